"""The question ``odds``: what options price for each support: a touch, and a close below.

Risk-neutral probabilities of a lognormal price with the flat volatility that options price at
the level's own strike (methods, "Options-implied odds"): the skew's slope is left out. They are
prices of insurance, not forecasts. The touch formula is the reflection principle with drift, as
for one-touch options in E. Haug, *The Complete Guide to Option Pricing Formulas*, 2nd ed.,
section 4.19.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analytics.indicators.numerics import log_ndtr, ndtr
from analytics.model import sessions
from analytics.model.expiries import expiry_close
from analytics.model.levels import LevelGroup, LevelId
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Moment
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.surface import ExpiryCurve
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import ladder_with_options

SESSIONS_A_YEAR = 252.0
MONTH_SESSIONS = 21
CHAIN_DAYS = 45
"""Calendar days ahead within which the month's horizon has an expiry after it."""
LABEL = (
    "Risk-neutral: what options price, not a forecast; flat volatility at the level's strike, "
    "the skew's slope left out."
)
CLOCK = (
    "Total variance of the expiry at or after the horizon, spread evenly over its remaining "
    "sessions; T in sessions / 252, a session under way counting as its remaining share."
)


@dataclass(frozen=True)
class OddsParameters:
    """Which symbol's ladder."""

    symbol: Symbol


@dataclass(frozen=True)
class TouchOdds:
    """Probabilities, 0 to 1, that the price trades at or below a level, and ends below it."""

    touch: float
    close_below: float


@dataclass(frozen=True)
class Odds:
    """`TouchOdds` of one level over one horizon, in percent; None with a ``reason``.

    Attributes:
        sigma: volatility on the session clock, a fraction a year of 252 sessions.
        expiry: the expiry its variance is of.
    """

    touch_pct: float | None
    close_below_pct: float | None
    sigma: float | None
    expiry: dt.date | None
    reason: str | None = None


@dataclass(frozen=True)
class Horizon:
    """One horizon.

    Attributes:
        name: "today", "week" or "month".
        label: in words, with the date; after the close "today" is the next session.
        ends: the session at whose close it ends.
        sessions: T in sessions, a session under way counting as its remaining share.
        expiry: the first expiry at or after its end; None when the chain ends before.
    """

    name: str
    label: str
    ends: dt.date
    sessions: float
    expiry: dt.date | None


@dataclass(frozen=True)
class LevelOdds:
    """Odds of one rung of the ladder.

    Attributes:
        price: K: the level that decides (`Level.price`).
        distance_pct: K / price of the underlying - 1, percent.
    """

    name: str
    family: LevelGroup
    price: float
    distance_pct: float
    today: Odds
    week: Odds
    month: Odds
    id: LevelId


@dataclass(frozen=True)
class OddsView:
    """Odds of every level of one symbol's ladder, highest first.

    Attributes:
        time: UTC; from when the horizons run.
        price: S, the ladder's price.
        chain_time: UTC, of the quotes whose IVs are used, held by strike.
        chain_spot: the underlying at the time of those quotes.
    """

    symbol: str
    session: dt.date
    time: dt.datetime
    price: float
    chain_time: dt.datetime
    chain_spot: float
    rate: float
    dividend_yield: float
    label: str
    clock: str
    horizons: tuple[Horizon, ...]
    levels: tuple[LevelOdds, ...]


def touch_odds(
    spot: float, level: float, sigma: float, years: float, rate: float, dividend_yield: float
) -> TouchOdds:
    """Odds at a level under the price, over ``years`` on the clock of ``sigma``.

    nu = r - q - sigma^2 / 2, b = ln(K / S):
    P(close below) = N((b - nu T) / (sigma sqrt T)),
    P(touch) = that + exp(2 nu b / sigma^2) N((b + nu T) / (sigma sqrt T)).

    Args:
        spot: S, dollars.
        level: K < S, dollars.
        sigma: volatility, a fraction a year, > 0.
        years: T > 0.
        rate, dividend_yield: r and q, fractions a year.
    """
    drift = rate - dividend_yield - sigma**2 / 2
    barrier = float(np.log(level / spot))
    deviation = sigma * float(np.sqrt(years))
    below = float(ndtr((barrier - drift * years) / deviation))
    # in logs: the exponential alone overflows for a small sigma
    reflected = 2 * drift * barrier / sigma**2 + log_ndtr((barrier + drift * years) / deviation)
    return TouchOdds(min(below + float(np.exp(reflected)), 1.0), below)


@lru_cache(maxsize=256)
def sessions_left(time: dt.datetime, last: dt.date) -> float:
    """Sessions from ``time`` to the close of ``last``; one under way counts as what is left."""
    first = sessions.session_on_or_before(time.astimezone(sessions.NEW_YORK).date())
    total = 0.0
    for day in sessions.sessions_between(first, last).tolist():
        opens, closes = sessions.session_open(day), sessions.session_close(day)
        total += max((closes - max(opens, time)) / (closes - opens), 0.0)
    return total


def horizons_from(time: dt.datetime, curves: Sequence[ExpiryCurve]) -> tuple[Horizon, ...]:
    """Today, this week and a month of sessions from ``time`` on.

    After the close the next session takes the place of today, and its week that of this week.
    """
    today = sessions.session_on_or_before(time.astimezone(sessions.NEW_YORK).date())
    running = sessions.session_close(today) > time
    first = today if running else sessions.next_session(today)
    friday = first + dt.timedelta(days=4 - first.weekday())
    week = sessions.session_on_or_before(friday)
    month = sessions.next_session(first, MONTH_SESSIONS - 1)
    ends = {
        "today": (first, f"{'today' if running else 'next session'}, {first:%a %d %b}"),
        "week": (week, f"this week, to {week:%a %d %b}" if running else f"to {week:%a %d %b}"),
        "month": (month, f"{MONTH_SESSIONS} sessions, to {month:%a %d %b}"),
    }
    found = []
    for name, (last, label) in ends.items():
        curve = _curve_at(curves, last)
        expiry = curve.expiry if curve else None
        found.append(Horizon(name, label, last, sessions_left(time, last), expiry))
    return tuple(found)


def _curve_at(curves: Sequence[ExpiryCurve], last: dt.date) -> ExpiryCurve | None:
    """The first expiry that is alive until the close of ``last``."""
    closes = sessions.session_close(last)
    return next((c for c in curves if expiry_close(c.expiry) >= closes), None)


def odds_at(analysis: ChainAnalysis, price: float, level: float, horizon: Horizon) -> Odds:
    """Odds of ``level`` over ``horizon`` with the underlying at ``price``."""
    if level >= price:
        return Odds(None, None, None, horizon.expiry, "n/a (not below the price)")
    curve = _curve_at(analysis.curves, horizon.ends)
    if curve is None:
        return Odds(None, None, None, None, f"n/a (no expiry on or after {horizon.ends})")
    iv = curve.iv_at(level)
    if iv is None:
        reason = f"n/a (no implied volatility at {level:.2f} for {curve.expiry})"
        return Odds(None, None, None, curve.expiry, reason)
    try:
        last = sessions.session_on_or_before(curve.expiry)
    except ValueError:  # beyond the calendar's years
        reason = f"n/a (the calendar does not reach the expiry of {curve.expiry})"
        return Odds(None, None, None, curve.expiry, reason)
    clean = analysis.clean
    span = sessions_left(clean.quote_time, last) / SESSIONS_A_YEAR
    sigma = float(np.sqrt(iv**2 * curve.years / span))
    years = horizon.sessions / SESSIONS_A_YEAR
    carry = clean.carry
    odds = touch_odds(price, level, sigma, years, carry.rate, carry.dividend_yield)
    return Odds(100 * odds.touch, 100 * odds.close_below, sigma, curve.expiry)


def compute_odds(parameters: OddsParameters, inputs: Inputs) -> OddsView:
    """Odds of every level of the ladder.

    Raises:
        NotAvailable: there are no bars, or no chain, for the moment asked.
    """
    symbol = parameters.symbol
    bars, chain = inputs.require_bars(symbol), inputs.require_chain(symbol)
    analysis = analyse(chain, bars)
    ladder = ladder_with_options(symbol, inputs)
    # the quotes cannot be older than the moment they are used at
    time = max(inputs.moment.time, analysis.clean.quote_time)
    horizons = horizons_from(time, analysis.curves)

    def of_level(level: Level) -> LevelOdds:
        k = level.price
        today, week, month = (odds_at(analysis, ladder.price, k, h) for h in horizons)
        distance = (k / ladder.price - 1) * 100
        return LevelOdds(level.name, level.family, k, distance, today, week, month, level.id)

    return OddsView(
        symbol=symbol,
        session=ladder.session,
        time=time,
        price=ladder.price,
        chain_time=chain.time,
        chain_spot=analysis.clean.spot.price,
        rate=analysis.clean.carry.rate,
        dividend_yield=analysis.clean.carry.dividend_yield,
        label=LABEL,
        clock=CLOCK,
        horizons=horizons,
        levels=tuple(of_level(level) for level in ladder.levels),
    )


def _needs(parameters: OddsParameters, _moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,), chains=(parameters.symbol,), chain_days=CHAIN_DAYS)


ODDS = Question(
    name="odds",
    about="options-implied odds that SYMBOL touches, or closes below, each level of its ladder",
    parameters=OddsParameters,
    result=OddsView,
    needs=_needs,
    compute=compute_odds,
)
