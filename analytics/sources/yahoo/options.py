"""Yahoo's option tables, one an expiry, put together to one chain."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from analytics.model import sessions
from analytics.model.vocabulary import Floats, OptionChain
from analytics.sources.contract_rows import ContractRows, chain_from_rows


def assemble_chain(
    symbol: str,
    tables: list[tuple[pd.DataFrame, pd.DataFrame]],
    answers: list[dict[str, Any]],
    now: dt.datetime,
) -> OptionChain:
    """One chain of all expiries, of the session that is the newest at ``now``.

    Args:
        symbol: the underlying.
        tables: calls and puts of each expiry, in yfinance's columns; a field that Yahoo left
            out is NaN there.
        answers: for each, the ``optionChain`` result it came from: it names the expiry and
            carries the underlying's quote.
        now: when they were fetched, UTC: the chain's time.
    """
    parts: dict[np.datetime64, pd.DataFrame] = {}
    for (calls, puts), answer in zip(tables, answers, strict=True):
        expiry = np.datetime64(answer["options"][0]["expirationDate"], "s").astype("datetime64[D]")
        # By expiry: Yahoo answers a date that has just expired with the nearest one again.
        parts[expiry] = pd.concat(
            [table.assign(is_call=side, expiry=expiry) for table, side in _sides(calls, puts)],
            ignore_index=True,
        )
    table = pd.concat(list(parts.values()), ignore_index=True)
    price = answers[-1].get("quote", {}).get("regularMarketPrice")

    def number(name: str) -> Floats:
        return pd.to_numeric(table[name]).to_numpy(dtype=np.float64, na_value=np.nan)

    traded = pd.to_datetime(table["lastTradeDate"], utc=True).dt.tz_localize(None)
    sizes = table["contractSize"] if "contractSize" in table else pd.Series(dtype=object)
    rows = ContractRows(
        symbols=table["contractSymbol"].tolist(),
        expiry=table["expiry"].to_numpy("datetime64[D]"),
        is_call=table["is_call"].to_numpy(np.bool_),
        strike=number("strike"),
        bid=number("bid"),
        ask=number("ask"),
        last=number("lastPrice"),
        change=number("change"),
        volume=number("volume"),
        open_interest=number("openInterest"),
        iv=number("impliedVolatility"),
        last_trade=traded.to_numpy("datetime64[s]"),
        underlying=float("nan") if price is None else float(price),
        multiplier=np.where(sizes.eq("MINI"), 10.0, 100.0),
    )
    return chain_from_rows(rows, symbol, sessions.current_session(now), now, "Yahoo")


def _sides(calls: pd.DataFrame, puts: pd.DataFrame) -> list[tuple[pd.DataFrame, bool]]:
    """The non-empty sides; an empty one has no column types to join with."""
    return [(table, side) for table, side in ((calls, True), (puts, False)) if len(table)]
