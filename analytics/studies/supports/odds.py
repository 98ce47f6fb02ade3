"""The question ``odds``: what options price for each support: a touch, and a close below.

Risk-neutral probabilities off the chain's own smiles (methods, "Options-implied odds"): prices of
insurance, not forecasts. They hold at the moment of the quotes: spot, smiles and clock are those
of one minute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analytics.model.levels import LevelGroup, LevelId, LevelSet
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import DailyFigures, Moment
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.surface import ExpiryCurve
from analytics.options.variance_surface import VarianceSurface, variance_surface
from analytics.studies.supports.horizons import (
    Horizon,
    horizons_from,
    sessions_to_expiry,
)
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds_record import ODDS_NAME, closes_below, daily_odds
from analytics.studies.supports.supports import ladder_with_options, needs_of_levels

SESSIONS_A_YEAR = 252.0
CHAIN_DAYS = 45
"""Calendar days ahead within which the month's horizon has an expiry after it."""
DENSITY_POINTS = 121
LABEL = "Risk-neutral: what options price, not a forecast; from the smile of the quotes."
CLOCK = (
    "Total variance between expiries at constant moneyness, on a clock of sessions (one under "
    "way counts as what is left of it); a touch under the local volatility of that surface."
)


@dataclass(frozen=True)
class OddsParameters:
    """Which symbol's ladder, and its further levels: as in `SupportsParameters`."""

    symbol: Symbol
    sets: tuple[LevelSet, ...] = ()
    since: dt.date | None = field(default=None, metadata={"any_year": True})


@dataclass(frozen=True)
class Odds:
    """Probabilities, percent, that the price touches a level, and closes below it.

    Attributes:
        touch_pct: trades at or below it by the horizon's end.
        close_below_pct: closes the horizon below it.
        sigma: volatility at the level on the session clock, a fraction a year of 252 sessions.
        expiry: the first expiry at or after the horizon's end.
        reason: why there are none; above the price, why there is no touch.
    """

    touch_pct: float | None
    close_below_pct: float | None
    sigma: float | None
    expiry: dt.date | None
    reason: str | None = None


@dataclass(frozen=True)
class LevelOdds:
    """Odds of one rung of the ladder.

    Attributes:
        price: K: the level that decides: known before the open while the session trades, after
            it the one for the next session.
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

    @property
    def is_daily_average(self) -> bool:
        """Whether it is a moving average that every ladder has."""
        return self.family is LevelGroup.MOVING_AVERAGE and self.id.declared.set is None


@dataclass(frozen=True)
class Band:
    """What is priced for a close between two moving averages; an open end is None.

    Attributes:
        above_name, below_name: of the supports that bound it.
        probability_pct: at the horizon's close.
    """

    low: float | None
    high: float | None
    above_name: str | None
    below_name: str | None
    probability_pct: float


@dataclass(frozen=True)
class CloseDensity:
    """What options price for the close of one horizon.

    Attributes:
        horizon: in words, with the date.
        ends: the session at whose close it is.
        expiry: the expiry at or after it, whose quotes bound the strikes.
        prices: dollars, ascending.
        density_per_dollar: risk-neutral density at each.
        below_pct: probability of a close below each.
        bands: between the moving averages below the price, lowest first.
        reason: why there is none.
    """

    horizon: str
    ends: dt.date
    expiry: dt.date | None
    prices: tuple[float, ...] = ()
    density_per_dollar: tuple[float, ...] = ()
    below_pct: tuple[float, ...] = ()
    bands: tuple[Band, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class OddsView:
    """Odds of every level of one symbol's ladder, highest first.

    Attributes:
        time: UTC, of the quotes: from when the horizons run.
        price: the ladder's price.
        chain_time: UTC, of the chain.
        chain_spot: the underlying at the time of the quotes, from which the odds run.
        residual_points: of the smile that ends the week: root mean square distance from the
            quotes' mids, vol points; None without one.
        density: what options price for the week's close.
        closes_below: close-below odds, percent, of prices some percent below the spot, by horizon
            and distance; None where the quotes do not reach.
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
    residual_points: float | None = None
    density: CloseDensity | None = None
    closes_below: Mapping[str, float | None] = field(default_factory=dict)


def chain_surface(analysis: ChainAnalysis) -> VarianceSurface | None:
    """The chain's surface on the session clock, from the moment of its quotes."""
    time = analysis.clean.quote_time
    return variance_surface(analysis.curves, lambda day: sessions_to_expiry(time, day))


def level_odds(
    surface: VarianceSurface | None, price: float, level: float, horizons: Sequence[Horizon]
) -> tuple[Odds, ...]:
    """Odds of ``level`` over each horizon, with the underlying at ``price``."""
    if level >= price or (surface is not None and level >= surface.spot):
        return tuple(_above(surface, level, horizon) for horizon in horizons)
    if surface is None:
        return tuple(_none(h, "n/a (too few quotes for a smile)") for h in horizons)
    reasons = [_no_odds(surface, level, horizon) for horizon in horizons]
    reached = [h for h, reason in zip(horizons, reasons, strict=True) if reason is None]
    touches = dict(
        zip(
            (h.name for h in reached),
            surface.touch(level, [h.sessions for h in reached]) if reached else (),
            strict=True,
        )
    )
    return tuple(
        _odds(surface, level, h, float(touches[h.name])) if reason is None else _none(h, reason)
        for h, reason in zip(horizons, reasons, strict=True)
    )


def _no_odds(surface: VarianceSurface, level: float, horizon: Horizon) -> str | None:
    """Why the surface has no odds of a level over a horizon; None where it has."""
    at = surface.bracket(horizon.sessions)
    if at is None:
        return f"n/a (no expiry on or after {horizon.ends})"
    if horizon.sessions <= 0:
        return "n/a (the session is over)"
    if level < surface.fits[at].lowest:
        return "n/a (no quote with an implied volatility reaches down to the level)"
    return None


def _none(horizon: Horizon, reason: str) -> Odds:
    return Odds(None, None, None, horizon.expiry, reason)


def _above(surface: VarianceSurface | None, level: float, horizon: Horizon) -> Odds:
    """A close below is priced for a level above the price too; a touch from above is not asked."""
    none = _none(horizon, "n/a (not below the price)")
    if surface is None or _no_odds(surface, level, horizon) is not None:
        return none
    at = surface.bracket(horizon.sessions)
    if at is None or level > surface.fits[at].highest:
        return none
    below = float(np.clip(surface.below(np.array([level]), horizon.sessions)[0], 0.0, 1.0))
    return replace(none, close_below_pct=100 * below)


def _odds(surface: VarianceSurface, level: float, horizon: Horizon, touch: float) -> Odds:
    strike = np.array([level])
    below = float(np.clip(surface.below(strike, horizon.sessions)[0], 0.0, 1.0))
    k = np.log(strike / surface.forward(horizon.sessions))
    w = surface.variance(k, horizon.sessions)[0][0]
    sigma = float(np.sqrt(w * SESSIONS_A_YEAR / horizon.sessions))
    # who closes below has touched: the grid's last digit does not say otherwise
    return Odds(100 * max(touch, below), 100 * below, sigma, horizon.expiry)


def close_density(
    surface: VarianceSurface | None, horizon: Horizon, levels: Sequence[LevelOdds], price: float
) -> CloseDensity:
    """What options price for the close of a horizon, and between the supports below the price."""
    empty = CloseDensity(horizon.label, horizon.ends, horizon.expiry)
    if surface is None:
        return CloseDensity(*_named(empty), reason="n/a (too few quotes for a smile)")
    at = surface.bracket(horizon.sessions)
    if at is None or horizon.sessions <= 0:
        return CloseDensity(*_named(empty), reason=f"n/a (no expiry on or after {horizon.ends})")
    fit, middle = surface.fits[at], surface.forward(horizon.sessions)
    reach = 4.0 * surface.deviation(horizon.sessions)
    low = max(fit.lowest, middle * float(np.exp(-reach)))
    high = min(fit.highest, middle * float(np.exp(reach)))
    prices = np.linspace(low, high, DENSITY_POINTS)
    supports = sorted(
        (one.price, one.name)
        for one in levels
        if one.is_daily_average and fit.lowest <= one.price < price
    )
    edges = np.array([one for one, _ in supports])
    below = np.concatenate([[0.0], surface.below(edges, horizon.sessions), [1.0]])
    names = [None, *(name for _, name in supports), None]
    ends = [None, *edges.tolist(), None]
    return CloseDensity(
        *_named(empty),
        prices=tuple(prices.tolist()),
        density_per_dollar=tuple(
            np.maximum(surface.density(prices, horizon.sessions), 0.0).tolist()
        ),
        below_pct=tuple((100 * surface.below(prices, horizon.sessions)).tolist()),
        bands=tuple(
            Band(ends[i], ends[i + 1], names[i], names[i + 1], 100 * float(below[i + 1] - below[i]))
            for i in range(len(ends) - 1)
        ),
    )


def _named(one: CloseDensity) -> tuple[str, dt.date, dt.date | None]:
    return one.horizon, one.ends, one.expiry


def compute_odds(parameters: OddsParameters, inputs: Inputs) -> OddsView:
    """Odds of every level of the ladder.

    Raises:
        NotAvailable: there are no bars, or no chain, for the moment asked.
    """
    symbol = parameters.symbol
    bars, chain = inputs.require_bars(symbol), inputs.require_chain(symbol)
    analysis = analyse(chain, bars, inputs.rates)
    ladder = ladder_with_options(symbol, inputs, parameters.sets, parameters.since)
    clean, surface = analysis.clean, chain_surface(analysis)
    horizons = horizons_from(clean.quote_time, surface.expiries if surface else ())
    # a level is below the price only where it is below both the quotes' and the newest one
    lowest = min(ladder.price, clean.spot.price)

    def of_level(level: Level) -> LevelOdds:
        k = level.price
        today, week, month = level_odds(surface, lowest, k, horizons)
        distance = (k / ladder.price - 1) * 100
        return LevelOdds(level.name, level.family, k, distance, today, week, month, level.id)

    levels = tuple(of_level(level) for level in ladder.levels)
    return OddsView(
        symbol=symbol,
        session=ladder.session,
        time=clean.quote_time,
        price=ladder.price,
        chain_time=chain.time,
        chain_spot=clean.spot.price,
        rate=clean.carry.rate,
        dividend_yield=clean.carry.dividend_yield,
        label=LABEL,
        clock=CLOCK,
        horizons=horizons,
        levels=levels,
        residual_points=_residual(analysis.curves, horizons[1].expiry),
        density=close_density(surface, horizons[1], levels, lowest),
        closes_below=closes_below(surface, clean.spot.price, horizons),
    )


def _residual(curves: Sequence[ExpiryCurve], expiry: dt.date | None) -> float | None:
    fits = (c.fit for c in curves if c.expiry == expiry and not c.morning_settled)
    fit = next(fits, None)
    return None if fit is None else fit.residual_points


def _record(
    _parameters: OddsParameters, view: OddsView, moment: Moment, final: bool
) -> DailyFigures:
    return daily_odds(view.symbol, view.closes_below, moment, final)


def _needs(parameters: OddsParameters, _moment: Moment) -> Needs:
    needs = needs_of_levels(parameters.symbol, parameters.sets, parameters.since)
    return replace(needs, chains=(parameters.symbol,), chain_days=CHAIN_DAYS, rates=True)


ODDS = Question(
    name=ODDS_NAME,
    about="options-implied odds that SYMBOL touches, or closes below, each level of its ladder",
    parameters=OddsParameters,
    result=OddsView,
    needs=_needs,
    compute=compute_odds,
    keep=_record,
)
