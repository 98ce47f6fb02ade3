"""Yahoo's option tables, one an expiry, put together to one chain."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model import sessions
from analytics.model.vocabulary import OptionChain

_FIELDS = {
    "strike": "strike",
    "bid": "bid",
    "ask": "ask",
    "last": "lastPrice",
    "change": "change",
    "volume": "volume",
    "open_interest": "openInterest",
    "iv": "impliedVolatility",
}


def assemble_chain(
    symbol: str,
    tables: list[tuple[pd.DataFrame, pd.DataFrame]],
    answers: list[dict[str, Any]],
    now: dt.datetime,
) -> OptionChain:
    """One chain of all expiries.

    Args:
        symbol: the underlying.
        tables: calls and puts of each expiry, in yfinance's columns; a field that Yahoo left
            out is NaN there.
        answers: for each, the ``optionChain`` result it came from: it names the expiry and
            carries the underlying's quote.
        now: the chain's time when no contract has ever traded, UTC.
    """
    parts: dict[np.datetime64, pd.DataFrame] = {}
    for (calls, puts), answer in zip(tables, answers, strict=True):
        expiry = np.datetime64(answer["options"][0]["expirationDate"], "s").astype("datetime64[D]")
        # By expiry: Yahoo answers a date that has just expired with the nearest one again.
        parts[expiry] = pd.concat(
            [table.assign(is_call=side, expiry=expiry) for table, side in _sides(calls, puts)],
            ignore_index=True,
        )
    rows = pd.concat(list(parts.values()), ignore_index=True)
    traded = pd.to_datetime(rows["lastTradeDate"], utc=True)
    time = now if traded.isna().all() else traded.max().to_pydatetime()
    local = time.astimezone(sessions.NEW_YORK).date()
    price = answers[-1].get("quote", {}).get("regularMarketPrice")
    values: dict[str, Any] = {
        name: pd.to_numeric(rows[column]).to_numpy(dtype=np.float64, na_value=np.nan)
        for name, column in _FIELDS.items()
    }
    unknown = np.full(len(rows), np.nan)
    last_trade: NDArray[np.datetime64] = traded.dt.tz_localize(None).to_numpy("datetime64[s]")
    return OptionChain(
        symbol=symbol,
        time=time,
        session=sessions.session_on_or_before(local),
        underlying_price=float("nan") if price is None else float(price),
        expiry=rows["expiry"].to_numpy("datetime64[D]"),
        is_call=rows["is_call"].to_numpy(np.bool_),
        delta=unknown,
        gamma=unknown.copy(),
        last_trade=last_trade,
        vendor="Yahoo",
        **values,
    )


def _sides(calls: pd.DataFrame, puts: pd.DataFrame) -> list[tuple[pd.DataFrame, bool]]:
    """The non-empty sides; an empty one has no column types to join with."""
    return [(table, side) for table, side in ((calls, True), (puts, False)) if len(table)]
