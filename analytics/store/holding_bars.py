"""Closes of what a portfolio holds: a provider forgets a listing soon after its end."""

from __future__ import annotations

import datetime as dt
import zlib

import msgspec
import numpy as np
from sqlalchemy import select

from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import Bars
from analytics.store.database import Database
from analytics.store.schema import holding_bars as table

LATER_START = dt.timedelta(days=400)
"""How much later than the kept bars newer ones may begin: a window of some years moves on by
one each January; what begins later still is a part, or another listing under the symbol."""


class _Columns(msgspec.Struct):
    """What a ledger needs of bars; NaN is not among the numbers."""

    sessions: list[dt.date]
    close: list[float]
    adj_close: list[float] | None
    splits: list[float]
    currency: str
    timezone: str
    name: str


class HoldingBars:
    """One set of bars a source and symbol, the newest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, source: str, bars: Bars, recorded_at: dt.datetime) -> bool:
        """Keep the bars in place of older ones that they continue; whether they were kept.

        Raises:
            StoreUnavailable: when they were not written.
        """
        first: dt.date = bars.sessions[0].astype(dt.date)
        row = {
            "source": source,
            "symbol": bars.symbol,
            "first_session": first,
            "last_session": bars.last_session,
            "recorded_at": recorded_at,
            "data": zlib.compress(msgspec.json.encode(_columns(bars))),
        }
        where = (table.c.source == source, table.c.symbol == bars.symbol)
        with self._database.writing() as connection:
            stored = connection.execute(
                select(table.c.first_session, table.c.last_session).where(*where)
            ).first()
            if stored is not None and (
                bars.last_session < stored.last_session
                or first > min(stored.last_session, stored.first_session + LATER_START)
            ):
                return False
            statement = self._database.insertion(table).values(**row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["source", "symbol"],
                    set_={name: statement.excluded[name] for name in list(row)[2:]},
                )
            )
        return True

    def bars(self, source: str, symbol: str) -> Bars | None:
        """The bars kept of a symbol, closes only; None when there are none."""
        asked = select(table.c.data).where(table.c.source == source, table.c.symbol == symbol)
        with self._database.reading() as connection:
            data: bytes | None = connection.execute(asked).scalar()
        return None if data is None else _read(symbol, data)


def _columns(bars: Bars) -> _Columns:
    return _Columns(
        sessions=bars.sessions.tolist(),
        close=bars.close.tolist(),
        adj_close=None if bars.adj_close is None else bars.adj_close.tolist(),
        splits=bars.splits.tolist(),
        currency=bars.currency,
        timezone=bars.timezone,
        name=bars.name,
    )


def _read(symbol: str, data: bytes) -> Bars:
    stored = msgspec.json.decode(zlib.decompress(data), type=_Columns)
    unknown = np.full(len(stored.close), np.nan)
    return Bars(
        symbol=symbol,
        sessions=np.array(stored.sessions, dtype="datetime64[D]"),
        open=unknown,
        high=unknown,
        low=unknown,
        close=np.array(stored.close),
        adj_close=None if stored.adj_close is None else np.array(stored.adj_close),
        volume=unknown,
        splits=np.array(stored.splits),
        currency=stored.currency,
        timezone=stored.timezone,
        name=stored.name,
        calendar=calendar_of(symbol, "", stored.timezone).code,
    )
