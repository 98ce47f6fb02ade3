"""Shared vocabulary of every layer: chains, quarters, events, quotes, and those named elsewhere.

Nothing here computes a market figure and nothing here does I/O. Prices are in the
instrument's currency; stored times are timezone-aware UTC; session dates are the
exchange's own dates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analytics.model.bars import Bars as Bars
from analytics.model.bars import MinuteBars as MinuteBars
from analytics.model.basics import BadInput as BadInput
from analytics.model.basics import Floats as Floats
from analytics.model.basics import HoldlineError as HoldlineError
from analytics.model.basics import NotAvailable as NotAvailable
from analytics.model.basics import Phase as Phase
from analytics.model.basics import Sessions as Sessions
from analytics.model.basics import SourceFailure as SourceFailure
from analytics.model.basics import StillLoading as StillLoading
from analytics.model.basics import SymbolNotFound as SymbolNotFound
from analytics.model.basics import Unavailable as Unavailable
from analytics.model.moment import Freshness as Freshness
from analytics.model.moment import Moment as Moment
from analytics.model.moment import Provenance as Provenance
from analytics.model.spelling import bare

BENCHMARK = "SPY"

TICKER = re.compile(r"[A-Z0-9^][A-Z0-9.\-=^]{0,14}")


def parse_symbol(text: object) -> str:
    """Return a ticker in upper case, without marks as of ``$SPY`` or ``NASDAQ:AAPL``.

    Raises:
        BadInput: for anything that is not 1-15 letters, digits, ``. - ^ =``.
    """
    symbol = text.strip().upper() if isinstance(text, str) else ""
    if not TICKER.fullmatch(symbol):
        symbol = bare(symbol)
    if not TICKER.fullmatch(symbol):
        accepted = "1 to 15 letters, digits, '.', '-', '^' or '=' are accepted"
        if text is None or text == "":
            raise BadInput(f"symbol is missing: {accepted}.")
        shown = repr(text[:30] if isinstance(text, str) else text)[:40]
        raise BadInput(f"{shown} is not a symbol: {accepted}.")
    return symbol


@dataclass(frozen=True, eq=False)
class OptionChain:
    """One option chain as a source prints it, no row dropped yet; n rows.

    Attributes:
        time: UTC; the header's, or the fetch's, or the newest trade's of ``session``.
        session: the New York session asked for; never inferred from a single trade.
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
        passed_over: why a provider asked before the vendor has none; empty where none was.
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
    passed_over: str = ""

    def __len__(self) -> int:
        return len(self.strike)


@dataclass(frozen=True)
class Quarter:
    """One reported fiscal quarter, money in millions of ``currency``.

    Attributes:
        shares_m: shares outstanding, or the quarter's average basic shares, of all classes,
            millions, as then reported (before any later split); None where not stated.
        form: of the filing it was reported in ("10-Q", "20-F"); empty where not stated.
        receipt_ratio: ordinary shares that one traded receipt stands for; 1 for the shares
            themselves; None where not stated.
        repurchases_musd: spent on the company's own shares in the quarter; None where not stated.
        source: the provider that states it; empty: the answer's source.
        passed_over: why a provider asked before that one has not; empty where none was.
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
    repurchases_musd: float | None = None
    source: str = ""
    passed_over: str = ""


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
    BLACKOUT = "blackout"
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
        origin: whose data it was computed from, where it was not shown then: a vendor's that was
            imported, or the simulator's; empty for what was shown.
    """

    symbol: str
    session: dt.date
    final: bool
    shown_at: dt.datetime
    definition: int
    figures: Mapping[str, float | None]
    origin: str = ""


@dataclass(frozen=True)
class SymbolMatch:
    """One suggestion of the symbol search."""

    symbol: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """One price of a symbol, as a stream or a poll stated it.

    Attributes:
        price: rounded to the instrument's cent.
        time: UTC, of the price.
        open, high, low: of the session so far; None where not stated.
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
