"""The contract of a market-data source: what it can be asked, stated as data, and how.

A new provider is one subclass of `Source` and one line in `analytics.sources.registry`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol, Self

import pandas as pd

from analytics.model.rates import TreasuryYields
from analytics.model.vocabulary import (
    DailyFigures,
    Event,
    MarketValue,
    NotAvailable,
    OptionChain,
    Quarter,
    Quote,
    QuoteBatch,
    SymbolMatch,
)
from analytics.sources.guards import CircuitBreaker
from analytics.sources.shared import SharedState

BAR_COLUMNS = ("open", "high", "low", "close", "adj_close", "volume", "splits")


@dataclass(frozen=True, eq=False)
class RawBars:
    """Daily bars exactly as a source gave them, before `validate.clean_bars`.

    Attributes:
        frame: index of session dates (any datetime-like, any order, duplicates allowed);
            column ``close`` and any of the other `BAR_COLUMNS`.
        last_time: UTC time of the newest price, or None when only its date is known.
        last_complete: False while the newest bar's session is still trading.
        timezone: the exchange's zone; empty where not stated.
        currency: as the prices are quoted ("GBp" is pence); empty where not stated: then that of
            the exchange.
        already_rejected: rows the source had to drop to build the frame, by reason.
        exchange: the source's own code of the exchange ("NMS", "LSE"); empty where not stated.
        instrument: what it is in the source's words ("EQUITY", "ETF", "INDEX", "CURRENCY",
            "CRYPTOCURRENCY", "FUTURE"); empty where not stated.
        price_hint: decimals the source quotes its prices in; None where not stated.
        previous_close: of the session before the newest bar's, where the source states it.
        trading_period: (open, close), UTC, of the exchange's present or next regular session.
        notes: what is to be known of the rows beyond that, as words of a sentence each.

    A frame may have a column ``dividends`` (a share, in the prices' currency) as well.
    """

    symbol: str
    frame: pd.DataFrame
    last_time: dt.datetime | None = None
    last_complete: bool = True
    timezone: str = ""
    currency: str = ""
    name: str = ""
    already_rejected: tuple[tuple[str, int], ...] = ()
    exchange: str = ""
    instrument: str = ""
    price_hint: int | None = None
    previous_close: float | None = None
    trading_period: tuple[dt.datetime, dt.datetime] | None = None
    notes: tuple[str, ...] = ()


class Connection(Protocol):
    """One open stream; it is never opened again."""

    def follow(self, symbols: frozenset[str]) -> None:
        """Want exactly these symbols; also the heartbeat, so it always sends something.

        Raises:
            SourceFailure: the connection is gone.
        """
        ...

    def receive(self, seconds: float) -> QuoteBatch | None:
        """What comes next; None when nothing did within ``seconds``.

        Raises:
            SourceFailure: the connection dropped or was closed.
        """
        ...

    def close(self) -> None:
        """Let go of it; never raises."""
        ...


class PlayClock(Protocol):
    """The clock of a simulated market, whose speed a viewer may change."""

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 while paused."""
        ...

    @property
    def run(self) -> str:
        """Names the simulated day: another playing of it has another name."""
        ...

    def set_speed(self, speed: float) -> None:
        """Run faster, slower or (0) not at all; raises BadInput for a speed out of range."""
        ...

    def play_again(self) -> None:
        """Go back to the beginning of the simulated day."""
        ...

    def time_in_run(self, run: str, at: dt.datetime) -> dt.datetime | None:
        """The simulated time at a moment of the wall clock, in the run of this name.

        A moment from before the run began is from before its day: None where another run plays.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a source may need when it is opened; each takes what concerns it.

    Attributes:
        folder: of a source that reads one.
        simulation_starts: New York time at which a simulated session begins to play.
        requests_per_minute: the most requests upstream.
        shared_state: seen by all processes of the deployment, under the source's own name.
        several_processes: whether other processes serve the same viewers.
        contact: the operator's address, for providers that ask who asks; empty where not set.
        host: base address in place of the provider's own; empty: its own.
    """

    folder: Path | None = None
    simulation_starts: dt.time = dt.time(13, 50)
    requests_per_minute: int = 240
    shared_state: SharedState | None = None
    several_processes: bool = False
    contact: str = ""
    host: str = ""


def _by(method: str) -> Any:
    """A capability that is a method of the source."""
    return field(default=False, metadata={"method": method})


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a source can be asked, and how its answers are to be treated.

    Attributes:
        remote: asking costs a network call: answers are then kept on disk, served while they are
            refreshed behind, and left alone while the market is closed.
        simulated: its prices are no market's, which every page and export then says.
        reads_folder: it reads the folder of ``--data``, and is opened with no other.
        instant: it computes its answers and waits for nothing.
        delay_minutes: the stated delay of its prices.
        refresh_seconds: how long its prices stay fresh while the session is open.
        chain_in_parts: its `chain` takes ``so_far``.
        bars ... play_clock: it has the method of `Source` named beside each.
    """

    remote: bool
    simulated: bool = False
    reads_folder: bool = False
    instant: bool = False
    delay_minutes: int = 0
    refresh_seconds: float = 60.0
    chain_in_parts: bool = False
    bars: bool = _by("bars")
    minutes: bool = _by("minutes")
    quotes: bool = _by("quotes")
    stream: bool = _by("stream")
    chains: bool = _by("chain")
    chains_by_minute: bool = _by("chain_at")
    past_figures: bool = _by("past_figures")
    quarters: bool = _by("quarters")
    events: bool = _by("events")
    agenda: bool = _by("agenda")
    rates: bool = _by("rates")
    market_values: bool = _by("market_values")
    search: bool = _by("search")
    play_clock: bool = _by("play_clock")


class Source:
    """A provider of raw market data.

    A subclass names itself, states its `capabilities`, and has the method of each capability it
    states and of no other: else its definition fails. Every method may raise `SourceFailure`
    (could not be asked), `SymbolNotFound` (asked, and unknown) or `NotAvailable` (known symbol,
    but not this data set or date). None returns an empty frame in place of an error, and none
    computes a figure.

    Attributes:
        name: shown on every screen and export.
        breaker: what stops requests to a provider that refuses; None without one.
        status: what is wrong with the source itself, in one sentence, or None.
    """

    name: str
    capabilities: Capabilities
    breaker: CircuitBreaker | None = None
    status: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        stated = getattr(cls, "capabilities", None)
        if not isinstance(stated, Capabilities):
            return
        for spec in fields(Capabilities):
            method = spec.metadata.get("method")
            if method is None:
                continue
            written = getattr(cls, method) is not getattr(Source, method)
            if written != getattr(stated, spec.name):
                has = "has" if written else "lacks"
                states = "does not state" if written else "states"
                raise TypeError(
                    f"{cls.__name__} {has} the method {method!r} and {states} {spec.name!r}."
                )

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """The source as the deployment asks for it.

        Raises:
            BadInput: for what the operator can mend.
        """
        return cls()

    @property
    def parts(self) -> tuple[Source, ...]:
        """The providers behind it, each with its own breaker; a plain source is its only one."""
        return (self,)

    @property
    def scope(self) -> str:
        """Whose past and whose live prices these are in what deployments store."""
        return self.name

    def reachable(self, seconds: float) -> bool:
        """Whether it answers a small question within so many seconds."""
        return True

    def now(self) -> dt.datetime:
        """The source's clock, UTC: wall time, simulated time, or a folder's last close."""
        return dt.datetime.now(dt.UTC)

    def latest(self) -> dt.datetime:
        """The latest moment, UTC, that this source can be asked about as a past date."""
        return self.now()

    @property
    def play_clock(self) -> PlayClock | None:
        """The clock of a simulated market; None of a real one."""
        return None

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """Daily bars from ``start`` (None: all there are).

        With ``upto`` None they end at `now`, the running session's partial bar included. With
        a date they must reach the close of that session; later bars may follow, the desk
        cuts them.
        """
        raise NotAvailable(f"{self.name} has no daily bars.")

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """One-minute bars of one session, index = each bar's UTC start, columns as bars.

        Raises:
            NotAvailable: where the source has none. A session that trades still is given as far
                as it has come, or, by a source that knows its end already, whole: the desk cuts.
        """
        raise NotAvailable(f"{self.name} has no one-minute bars.")

    def quotes(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        """The latest price of each symbol, unknown ones left out."""
        raise NotAvailable(f"{self.name} has no live quotes.")

    def stream(self, symbols: frozenset[str]) -> Connection:
        """An open connection that follows these symbols.

        Raises:
            SourceFailure: it cannot be opened.
        """
        raise NotAvailable(f"{self.name} has no stream.")

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        """The chain now (``session`` None) or as recorded on a past session.

        A source that has to ask many times for one, and states ``chain_in_parts``, takes a second
        argument ``so_far``: it is called with the chain's nearest expiries while the others come.
        """
        raise NotAvailable(f"{self.name} has no option chains.")

    def chain_at(self, symbol: str, time: dt.datetime) -> OptionChain:
        """The chain at a minute, UTC; raises as `chain`."""
        raise NotAvailable(f"{self.name} has no option chains by the minute.")

    def past_figures(self, question: str, symbol: str) -> tuple[DailyFigures, ...]:
        """What a question would have shown on each past session, oldest first; may be empty."""
        return ()

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Reported quarters, oldest first."""
        raise NotAvailable(f"{self.name} has no reported quarters.")

    def events(self, symbol: str) -> tuple[Event, ...]:
        """Earnings and ex-dividend dates of one company, in any order; may be empty."""
        raise NotAvailable(f"{self.name} has no calendar of companies.")

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """The market's own events between two dates: releases, the largest companies' earnings."""
        raise NotAvailable(f"{self.name} has no calendar of the market.")

    def agenda_notes(self, start: dt.date, end: dt.date) -> tuple[str, ...]:
        """What of its `agenda` could not be read, a sentence each."""
        return ()

    def rates(self, session: dt.date) -> TreasuryYields:
        """Treasury yields, the newest by a session."""
        raise NotAvailable(f"{self.name} has no interest rates.")

    def market_values(self, symbols: tuple[str, ...]) -> tuple[MarketValue, ...]:
        """What the companies are worth now, those it does not know left out."""
        raise NotAvailable(f"{self.name} has no market values.")

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Up to ten symbols that match ``text``; may be empty."""
        return ()
