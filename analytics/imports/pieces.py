"""Batches of contracts as pieces of option chains, and two pieces of one chain put together.

Putting together is free of order: pieces may come in any order, twice, or in parts, and the chain
is the same. Of rows of one contract the newest counts, as everywhere (`contracts`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.imports.rows import ContractBatch
from analytics.model.sessions import session_close
from analytics.model.vocabulary import OptionChain

DEFAULT_MULTIPLIER = 100.0
_NEWEST_BY = ("last_trade", "volume", "open_interest", "bid", "ask", "last", "iv", "delta", "gamma")
"""What decides between rows of one contract, the first that differs; NaN is before all."""


def pieces_of(
    batch: ContractBatch, origin: str, minutes_before_close: int
) -> Iterator[OptionChain]:
    """The batch by underlying and session."""
    order = np.lexsort((batch.session, batch.symbol))
    symbol, session = batch.symbol[order], batch.session[order]
    new = np.append(True, (symbol[1:] != symbol[:-1]) | (session[1:] != session[:-1]))
    starts = np.flatnonzero(new) if len(order) else np.array([], int)
    for start, stop in zip(starts, np.append(starts[1:], len(order)), strict=True):
        yield _chain(batch, order[start:stop], origin, minutes_before_close)


def _chain(
    batch: ContractBatch, rows: NDArray[np.int64], origin: str, minutes_before_close: int
) -> OptionChain:
    session: dt.date = batch.session[rows[0]].astype(dt.date)
    number = {name: values[rows] for name, values in batch.numbers.items()}
    multiplier = np.where(number["multiplier"] > 0, number["multiplier"], DEFAULT_MULTIPLIER)
    return OptionChain(
        symbol=str(batch.symbol[rows[0]]),
        time=session_close(session) - dt.timedelta(minutes=minutes_before_close),
        session=session,
        underlying_price=_underlying(number["underlying"], number["underlying_ask"]),
        expiry=batch.expiry[rows],
        is_call=batch.is_call[rows],
        strike=batch.strike[rows],
        bid=number["bid"],
        ask=number["ask"],
        last=number["last"],
        change=number["change"],
        volume=number["volume"],
        open_interest=number["open_interest"],
        iv=number["iv"],
        delta=number["delta"],
        gamma=number["gamma"],
        last_trade=batch.last_trade[rows],
        vendor=origin,
        root=batch.root[rows],
        multiplier=multiplier,
    )


def _underlying(bid: NDArray[np.float64], ask: NDArray[np.float64]) -> float:
    """The median price beside the rows; the mid where a bid and an ask of it are printed."""
    price = np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.where(bid > 0, bid, np.nan))
    return float(np.nanmedian(price)) if np.isfinite(price).any() else float("nan")


def put_together(chain: OptionChain, piece: OptionChain) -> OptionChain:
    """Both pieces of one chain, each contract once.

    Whatever piece states the underlying's price first stands: every row states the same.
    """
    columns: dict[str, Any] = {
        spec.name: np.concatenate((ours, getattr(piece, spec.name)))
        for spec in fields(OptionChain)
        if isinstance(ours := getattr(chain, spec.name), np.ndarray) and spec.name != "quoted_at"
    }
    price = chain.underlying_price
    both = replace(
        chain,
        **columns,
        underlying_price=price if np.isfinite(price) else piece.underlying_price,
    )
    return each_once(both)


def each_once(chain: OptionChain) -> OptionChain:
    """The chain with each contract once, the newest, in order of expiry, root, strike and side."""
    by_age = [
        np.nan_to_num(np.asarray(getattr(chain, name), np.float64), nan=-np.inf)
        if name != "last_trade"
        else chain.last_trade.astype("M8[s]").astype(np.int64)
        for name in reversed(_NEWEST_BY)
    ]
    keys = (chain.is_call, chain.strike, chain.multiplier, chain.root, chain.expiry)
    order = np.lexsort((*by_age, *keys))
    last = np.zeros(len(order), bool)
    last[-1:] = True
    for key in keys:
        ordered = key[order]
        last[:-1] |= ordered[1:] != ordered[:-1]
    rows = order[last]
    columns: dict[str, Any] = {
        spec.name: value[rows]
        for spec in fields(OptionChain)
        if isinstance(value := getattr(chain, spec.name), np.ndarray) and len(value)
    }
    return replace(chain, **columns)
