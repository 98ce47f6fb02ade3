"""The words every layer shares: bars, chains, quarters, moments, provenance, absences.

Nothing here computes a market figure and nothing here does I/O. Prices are in the
instrument's currency; stored times are timezone-aware UTC; session dates are the
exchange's own dates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Sessions: TypeAlias = NDArray[np.datetime64]
"""Session dates, ``datetime64[D]``, ascending and unique."""

BENCHMARK = "SPY"

_TICKER = re.compile(r"[A-Z0-9^][A-Z0-9.\-=^]{0,14}")


class HoldlineError(Exception):
    """Base of the errors whose message is one sentence fit for a user."""


class BadInput(HoldlineError, ValueError):
    """What was asked is malformed; the message says what is accepted."""


class SymbolNotFound(HoldlineError):
    """The source answered, and it does not know this symbol."""


class NotAvailable(HoldlineError):
    """The source answered, and it does not have this data set for this symbol or date."""


class StillLoading(NotAvailable):
    """It is being fetched in the background: a later answer will have it."""


class SourceFailure(HoldlineError):
    """The source could not be asked: time-out, refusal, outage, or an unreadable answer."""


def parse_symbol(text: object) -> str:
    """Return a ticker in upper case.

    Raises:
        BadInput: for anything that is not 1-15 letters, digits, ``. - ^ =``.
    """
    symbol = text.strip().upper() if isinstance(text, str) else ""
    if not _TICKER.fullmatch(symbol):
        shown = repr(text)[:40]
        raise BadInput(
            f"{shown} is not a symbol: 1 to 15 letters, digits, '.', '-', '^' or '=' are accepted."
        )
    return symbol


@dataclass(frozen=True, eq=False)
class Bars:
    """Daily bars of one symbol, oldest first.

    Attributes:
        sessions: shape (n,), ascending, unique.
        open: shape (n,); NaN throughout when the source has closes only. So ``high``, ``low``.
        close: shape (n,); the *traded* close (split-adjusted, not dividend-adjusted), > 0.
        adj_close: shape (n,); the total-return close, or None when the source has none.
        volume: shape (n,); shares, NaN where unknown.
        splits: shape (n,); the split ratio effective that session (4.0 for 4:1), else 1.0.
        last_time: UTC time of the last bar's last price; None when only the date is known.
        last_complete: False while the last bar's session is still trading (or its closing
            price has not reached the source yet).
        timezone: the exchange's zone, from which the session dates are taken.
    """

    symbol: str
    sessions: Sessions
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    adj_close: Floats | None
    volume: Floats
    splits: Floats
    last_time: dt.datetime | None = None
    last_complete: bool = True
    timezone: str = "America/New_York"
    currency: str = "USD"
    name: str = ""

    def __len__(self) -> int:
        return len(self.close)

    @property
    def close_only(self) -> bool:
        """True when no bar has a high and a low: touch-based answers are then refused."""
        return bool(np.isnan(self.low).all())

    @property
    def last_session(self) -> dt.date:
        """Date of the newest bar."""
        session: dt.date = self.sessions[-1].astype(dt.date)
        return session

    def upto(self, session: dt.date) -> Bars:
        """The bars as seen at the close of ``session``: later ones cut, later splits undone.

        A split after ``session`` had not happened yet, so the prices it divided are
        multiplied back (and volumes divided), as methods, "As of a past date" asks.
        """
        n = int(np.searchsorted(self.sessions, np.datetime64(session, "D"), side="right"))
        if n == len(self):
            return self
        later = float(np.prod(self.splits[n:]))

        def price(values: Floats) -> Floats:
            return values[:n] * later if later != 1.0 else values[:n]

        return replace(
            self,
            sessions=self.sessions[:n],
            open=price(self.open),
            high=price(self.high),
            low=price(self.low),
            close=price(self.close),
            adj_close=None if self.adj_close is None else price(self.adj_close),
            volume=self.volume[:n] / later if later != 1.0 else self.volume[:n],
            splits=self.splits[:n],
            last_time=None,
            last_complete=True,
        )


@dataclass(frozen=True, eq=False)
class OptionChain:
    """One option chain as a source prints it, no row dropped yet; n rows.

    Attributes:
        time: UTC; the header's, or the fetch's, or the newest trade's of ``session``.
        session: the New York session asked for; never told by a single trade.
        underlying_price: the underlying as the source printed it (may be after-hours), or NaN.
        expiry: shape (n,), ``datetime64[D]``.
        is_call: shape (n,), bool.
        strike, bid, ask, last: shape (n,), dollars; NaN where unknown.
        change: shape (n,); the contract's change from its previous close, dollars.
        volume, open_interest: shape (n,), contracts; NaN where the source left it empty.
        iv: shape (n,); the vendor's implied volatility as a fraction (0.5 = 50%).
        delta, gamma: shape (n,); the vendor's, NaN where it prints none.
        last_trade: shape (n,), ``datetime64[s]`` UTC; NaT when the source prints none, in
            which case its volume is the session's own.
        vendor: "Cboe", "Yahoo", ... for the provenance line.
        root: shape (n,), of each contract's symbol, "" where it cannot be read; shape (0,) from
            a source that prints no symbols: every row is then the underlying's own.
        multiplier: shape (n,), shares a contract delivers; shape (0,): 100 each.
        quoted_at: shape (n,), ``datetime64[s]`` UTC, when each row was taken; shape (0,): at
            ``time``, all of them.
        expiries_left: listed expiries, later than these, that are still being fetched.
    """

    symbol: str
    time: dt.datetime
    session: dt.date
    underlying_price: float
    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats
    bid: Floats
    ask: Floats
    last: Floats
    change: Floats
    volume: Floats
    open_interest: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    last_trade: NDArray[np.datetime64]
    vendor: str = ""
    root: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, "U6"))
    multiplier: Floats = field(default_factory=lambda: np.empty(0))
    quoted_at: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, "M8[s]"))
    expiries_left: int = 0

    def __len__(self) -> int:
        return len(self.strike)


@dataclass(frozen=True, eq=False)
class MinuteBars:
    """One-minute bars of one session, oldest first; shapes (n,).

    Attributes:
        times: each bar's start, UTC, ``datetime64[s]``, unique.
        open, high, low: NaN where not told.
    """

    symbol: str
    session: dt.date
    times: NDArray[np.datetime64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.times)

    def upto(self, time: dt.datetime) -> MinuteBars:
        """The minutes that have ended by ``time``, UTC."""
        ends = self.times + np.timedelta64(60, "s")
        cut = int(np.searchsorted(ends, np.datetime64(time.replace(tzinfo=None)), side="right"))
        prices = (self.open, self.high, self.low, self.close, self.volume)
        return MinuteBars(
            self.symbol, self.session, self.times[:cut], *(series[:cut] for series in prices)
        )


@dataclass(frozen=True)
class Quarter:
    """One reported fiscal quarter, money in millions of ``currency``.

    Attributes:
        shares_m: shares outstanding, or the quarter's average basic shares, of all classes,
            millions, as then reported (before any later split); None where not told.
        form: of the filing it was reported in ("10-Q", "20-F"); empty where not told.
        receipt_ratio: ordinary shares that one traded receipt stands for; 1 for the shares
            themselves; None where not told.
    """

    period_end: dt.date
    revenue_musd: float
    gross_profit_musd: float | None
    label: str = ""
    reported_on: dt.date | None = None
    currency: str = "USD"
    shares_m: float | None = None
    form: str = ""
    receipt_ratio: float | None = None


@dataclass(frozen=True)
class MarketValue:
    """What a source says a company is worth now, in its own words and units.

    Attributes:
        value_m: of all the company's shares, millions of ``currency``.
        name: of what trades.
    """

    symbol: str
    value_m: float
    currency: str = "USD"
    name: str = ""


class EventKind(StrEnum):
    """What a calendar entry is about."""

    FOMC = "fomc"
    CPI = "cpi"
    PCE = "pce"
    JOBS = "jobs"
    RELEASE = "release"
    EARNINGS = "earnings"
    EX_DIVIDEND = "ex-dividend"
    SPLIT = "split"
    EXPIRY = "expiry"
    HOLIDAY = "holiday"
    HALF_DAY = "half-day"
    OWN = "own"


@dataclass(frozen=True)
class Event:
    """One calendar entry.

    Attributes:
        day: the exchange's date.
        time: UTC; None where only the day, or only its half (``timing``), is known.
        timing: "before the open", "after the close", or empty.
        symbol: of the company; empty for the market's own.
        expected, previous, actual: in ``unit``; ``actual`` only once it is out.
        market_cap_musd: what earnings are ordered by, where the source tells it.
        confirmed: False for a date that the source only estimates.
        source: who says so.
    """

    day: dt.date
    kind: EventKind
    title: str
    time: dt.datetime | None = None
    timing: str = ""
    symbol: str = ""
    detail: str = ""
    expected: float | None = None
    previous: float | None = None
    actual: float | None = None
    unit: str = ""
    market_cap_musd: float | None = None
    confirmed: bool = True
    source: str = ""


@dataclass(frozen=True)
class DailyFigures:
    """What a question answered on one session, as it was shown then.

    Attributes:
        final: shown after the session's close.
        definition: version of the definitions the figures followed.
        figures: by name; None where a figure was absent.
    """

    symbol: str
    session: dt.date
    final: bool
    shown_at: dt.datetime
    definition: int
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class SymbolMatch:
    """One suggestion of the symbol search."""

    symbol: str
    name: str = ""


class Freshness(StrEnum):
    """What a panel's badge says; exactly one holds."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    CLOSED = "CLOSED"
    REPLAY = "REPLAY"
    STALE = "STALE"
    NO_DATA = "NO DATA"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Provenance:
    """Where an answer's inputs came from.

    Attributes:
        source: the source's name.
        simulated: True for the demo: every surface then carries the banner.
        bar_time: UTC time of the newest price used (the session's close when complete).
        fetched_at: UTC time of the oldest fetch among the inputs.
        delay_minutes: the source's stated delay (0 for none).
        rejected: rows quarantined, by reason.
        missing: symbol -> why its data could not be used.
        stale: why older data is shown in place of what was asked, or None.
        lists: dated lists past their life that figures rest on, each as "ten largest companies:
            list of 24 Dec 2024, 705 days old".
        loading: inputs that are still being fetched: the figures are those of the others.
    """

    source: str
    simulated: bool = False
    bar_time: dt.datetime | None = None
    fetched_at: dt.datetime | None = None
    delay_minutes: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    stale: str | None = None
    lists: tuple[str, ...] = ()
    loading: int = 0


class Phase(StrEnum):
    """Where the exchange's day stands."""

    PRE = "pre-market"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Moment:
    """The market moment an answer is for.

    Attributes:
        time: UTC; for an as-of date, that session's close.
        session: the newest session whose bars may be seen.
        phase: of the exchange at ``time``.
        live: False for a moment in the past.
    """

    time: dt.datetime
    session: dt.date
    phase: Phase
    live: bool

    @property
    def replayed(self) -> bool:
        """Whether a session of the past is under way: its bar is made of minutes."""
        return not self.live and self.phase is Phase.OPEN


@dataclass(frozen=True, slots=True)
class Quote:
    """One price of a symbol, as a stream or a poll told it.

    Attributes:
        price: rounded to the instrument's cent.
        time: UTC, of the price.
        open, high, low: of the session so far; None where not told.
        volume: shares of the session so far, or None.
        previous_close: the previous session's, or None.
        pre_market: an indicated price from before the open: it never decides a status.
    """

    symbol: str
    price: float
    time: dt.datetime
    open: float | None = None
    high: float | None = None
    low: float | None = None
    volume: float | None = None
    previous_close: float | None = None
    pre_market: bool = False


@dataclass(frozen=True, slots=True)
class QuoteBatch:
    """What a stream brought at once; empty for a mere sign of life.

    Attributes:
        garbage: frames that could not be read.
    """

    quotes: tuple[Quote, ...] = ()
    garbage: int = 0
