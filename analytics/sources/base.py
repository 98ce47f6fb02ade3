"""The one protocol behind which all market data stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pandas as pd

from analytics.model.vocabulary import Event, OptionChain, Quarter, SymbolMatch

BAR_COLUMNS = ("open", "high", "low", "close", "adj_close", "volume", "splits")


@dataclass(frozen=True, eq=False)
class RawBars:
    """Daily bars exactly as a source gave them, before `validate.clean_bars`.

    Attributes:
        frame: index of session dates (any datetime-like, any order, duplicates allowed);
            column ``close`` and any of the other `BAR_COLUMNS`.
        last_time: UTC time of the newest price, or None when only its date is known.
        last_complete: False while the newest bar's session is still trading.
        already_rejected: rows the source had to drop to build the frame, by reason.
        exchange: the source's own code of the exchange ("NMS", "LSE"); empty where not stated.
        instrument: what it is in the source's words ("EQUITY", "ETF", "INDEX", "CURRENCY",
            "CRYPTOCURRENCY", "FUTURE"); empty where not stated.
        price_hint: decimals the source quotes its prices in; None where not stated.
        previous_close: of the session before the newest bar's, where the source states it.
        trading_period: (open, close), UTC, of the exchange's present or next regular session.

    A frame may have a column ``dividends`` (a share, in the prices' currency) as well.
    """

    symbol: str
    frame: pd.DataFrame
    last_time: dt.datetime | None = None
    last_complete: bool = True
    timezone: str = "America/New_York"
    currency: str = "USD"
    name: str = ""
    already_rejected: tuple[tuple[str, int], ...] = ()
    exchange: str = ""
    instrument: str = ""
    price_hint: int | None = None
    previous_close: float | None = None
    trading_period: tuple[dt.datetime, dt.datetime] | None = None


class Source(Protocol):
    """A provider of raw market data.

    Every method may raise `SourceFailure` (could not be asked), `SymbolNotFound` (asked, and
    unknown) or `NotAvailable` (known symbol, but not this data set or date). None returns an
    empty frame in place of an error, and none computes a figure.

    Attributes:
        name: shown on every screen and export.
        simulated: True only for the demo.
        remote: True when asking costs a network call: its answers are then kept on disk, served
            while they are refreshed behind, and left alone while the market is closed.
        delay_minutes: the stated delay of its prices.
        refresh_seconds: how long its prices stay fresh while the session is open.
    """

    name: str
    simulated: bool
    remote: bool
    delay_minutes: int
    refresh_seconds: float

    def now(self) -> dt.datetime:
        """The source's clock, UTC: wall time, simulated time, or a folder's last close."""
        ...

    def latest(self) -> dt.datetime:
        """The latest moment, UTC, that this source can be asked about as a past date."""
        ...

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """Daily bars from ``start`` (None: all there are).

        With ``upto`` None they end at `now`, the running session's partial bar included. With
        a date they must reach the close of that session; later bars may follow, the desk
        cuts them.
        """
        ...

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """One-minute bars of one session, index = each bar's UTC start, columns as bars.

        Raises:
            NotAvailable: where the source has none. A session that trades still is given as far
                as it has come, or, by a source that knows its end already, whole: the desk cuts.
        """
        ...

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        """The chain now (``session`` None) or as recorded on a past session."""
        ...

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Reported quarters, oldest first."""
        ...

    def events(self, symbol: str) -> tuple[Event, ...]:
        """Earnings and ex-dividend dates of one company, in any order; may be empty."""
        ...

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """The market's own events between two dates: releases, the largest companies' earnings."""
        ...

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Up to ten symbols that match ``text``; may be empty."""
        ...


@runtime_checkable
class ChainsByMinute(Protocol):
    """A source that knows its chains at every minute of a session, not only as recorded."""

    def chain_at(self, symbol: str, time: dt.datetime) -> OptionChain:
        """The chain at a minute, UTC; raises as `Source.chain`."""
        ...
