"""Levels of a ladder: moving averages and price structure, each with the price that decides.

One price decides (methods, "One level decides"): in session the level known before the open,
fixed all day; after the close the level for the next session. What an average would be if the
session closed at the running price is set apart, and nothing is measured on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.indicators.series import (
    YEAR_SESSIONS,
    average_true_range,
    daily_sigma,
    distance_pct,
    latest_dma,
    moving_average,
)
from analytics.model.levels import (
    ANCHORED_VWAP,
    DMA,
    PRIOR_HIGH,
    PRIOR_LOW,
    SWING_LOW,
    VOLUME_PROFILE,
    WEEKLY,
    YEAR_LOW,
    LevelFamily,
    LevelGroup,
    LevelId,
    LevelSet,
    dma,
    families,
)
from analytics.model.status import (
    Status,
    is_gap_down,
    status_after_close,
    status_in_session,
    status_since_birth,
)
from analytics.model.vocabulary import Bars, Floats
from analytics.studies.supports import period_levels, volume_levels
from analytics.studies.supports.level_words import too_short

SWING_SIDE = 5


@dataclass(frozen=True)
class Level:
    """One rung.

    Attributes:
        id: which level it is; ``name``: as printed.
        family: its group: moving average, price structure or options; what confluence counts.
        price: the level that decides: in session the one known before the open; after the close
            the one for the next session, through the as-of session.
        session_level: the level known before this session's open, on which its status is
            decided; None on a first day, and where the previous session has no bar.
        if_closed_here: in session, what the level becomes if this is the close; else None.
        distance_pct, distance_atr, distance_sigma: from the price down to the level, all
            with one sign: negative when the level lies below.
        status: at ``session_level``; None when that is None.
        close_needed: a close at or above this holds it, today or in the next session: the level
            that decides; None for families whose status a close does not settle.
        cluster: index into the ladder's clusters, or None.
        withheld: why there is no level for the session and no status, as part of a sentence
            ("no bar of 2025-01-24"); None when there is.
    """

    id: LevelId
    name: str
    family: LevelGroup
    price: float
    session_level: float | None
    distance_pct: float
    distance_atr: float | None
    distance_sigma: float | None
    status: Status | None
    gap_down: bool | None
    close_needed: float | None
    cluster: int | None = None
    if_closed_here: float | None = None
    withheld: str | None = None

    @property
    def price_status(self) -> Status | None:
        """The status at ``price``; None where this close bore another number."""
        return self.status if self.price == self.session_level else None


@dataclass(frozen=True)
class Unavailable:
    """What the bars or the chain do not give, and why; ``id`` is None when it is no level."""

    name: str
    reason: str
    id: LevelId | None = None


@dataclass(frozen=True)
class PriceContext:
    """What the distances and statuses of one symbol's levels are measured against.

    ``atr`` is through the as-of session, ``atr_before`` through the one before;
    ``no_previous`` says why the previous session is not known (`Bars.no_previous`).
    """

    price: float
    previous_close: float | None
    open: float
    low: float
    final: bool
    atr: float | None
    atr_before: float | None
    sigma: float | None
    no_previous: str | None = None


def read_price_context(bars: Bars) -> PriceContext:
    """The as-of session's prices and the volatility yardsticks of ``bars`` (n >= 1)."""
    return PriceContext(
        price=float(bars.close[-1]),
        previous_close=bars.previous_close,
        open=float(bars.open[-1]),
        low=float(bars.low[-1]),
        final=bars.last_complete,
        atr=average_true_range(bars.high, bars.low, bars.close),
        atr_before=None
        if bars.no_previous
        else average_true_range(bars.high[:-1], bars.low[:-1], bars.close[:-1]),
        sigma=daily_sigma(bars.close),
        no_previous=bars.no_previous,
    )


def make_level(
    identity: LevelId,
    through_session: float,
    session_level: float | None,
    context: PriceContext,
) -> Level:
    """A level with its distances and status against ``context``.

    Args:
        through_session: the level through the as-of session, its running price included.
        session_level: the level through the session before; None where there was none.
    """
    if context.no_previous is not None:
        session_level = None
    running = not context.final
    price = session_level if running and session_level is not None else through_session
    status = gap_down = None
    if session_level is not None and context.previous_close is not None:
        gap_down = is_gap_down(session_level, context.open, context.previous_close)
        if context.final:
            status = status_after_close(
                session_level, context.price, context.previous_close, context.low
            )
        else:
            status = status_in_session(
                session_level,
                context.price,
                context.previous_close,
                context.low,
                context.atr_before,
            )
    return Level(
        id=identity,
        name=identity.name,
        family=identity.declared.group,
        price=price,
        session_level=session_level,
        distance_pct=distance_pct(price, context.price),
        distance_atr=(price - context.price) / context.atr if context.atr else None,
        distance_sigma=math.log(price / context.price) / context.sigma if context.sigma else None,
        status=status,
        gap_down=gap_down,
        close_needed=price if identity.declared.follows_price else None,
        if_closed_here=through_session if running and session_level is not None else None,
        withheld=context.no_previous,
    )


def level_of_chain(
    identity: LevelId, price: float, price_at_birth: float, context: PriceContext
) -> Level:
    """A level born with an option chain: its status is found from its birth on.

    Args:
        price: of the level, as the chain gives it.
        price_at_birth: the underlying's at the chain's time.
    """
    made = make_level(identity, price, None, context)
    status = status_since_birth(
        price, context.price, price_at_birth, context.final, context.atr_before
    )
    return replace(made, session_level=price, status=status)


@dataclass(frozen=True)
class LevelComputation:
    """How the levels of one family are found in daily bars; each takes (bars, parameter).

    Attributes:
        latest: the level through the last bar, or None; also of no bars at all.
        missing: why ``latest`` is None, in one sentence without its full stop.
        path: the level through each bar, shape (n,), NaN where there is none yet; needed by a
            family that is drawn as a curve.
    """

    latest: Callable[[Bars, str], float | None]
    missing: Callable[[Bars, str], str]
    path: Callable[[Bars, str], Floats] | None = None


COMPUTATIONS: dict[str, LevelComputation] = {}
"""Family key -> its computation; of every family but those of option chains."""


def bar_levels(
    bars: Bars,
    context: PriceContext,
    families: Sequence[LevelFamily] | None = None,
    more: Sequence[LevelId] = (),
) -> tuple[list[Level], list[Unavailable]]:
    """The levels that daily bars give, or why one is missing, in the registry's order.

    Args:
        bars: through the as-of session, n >= 1.
        context: of ``bars``.
        families: None: those of every ladder but those of option chains.
        more: levels besides those of the families.
    """
    before = without_last(bars)
    levels, missing = [], []
    unknown = context.no_previous if not context.final and len(bars) > 1 else None
    chosen = families_of_bars(()) if families is None else families
    for identity in (*(level for family in chosen for level in family.levels), *more):
        computed, parameter = COMPUTATIONS[identity.family], identity.parameter
        price = computed.latest(bars, parameter)
        if price is None:
            reason = computed.missing(bars, parameter)
            missing.append(Unavailable(identity.name, reason, identity))
            continue
        if unknown is not None:
            reason = f"the {identity.name} for {bars.last_session} is not known: {unknown}"
            missing.append(Unavailable(identity.name, reason, identity))
            continue
        levels.append(make_level(identity, price, computed.latest(before, parameter), context))
    return levels, missing


def families_of_bars(sets: Collection[LevelSet] | None = None) -> tuple[LevelFamily, ...]:
    """The registered families that are computed from daily bars.

    Args:
        sets: those of every ladder and of these sets; None: all.
    """
    groups = (LevelGroup.MOVING_AVERAGE, LevelGroup.PRICE_STRUCTURE, LevelGroup.VOLUME)
    found = families(*groups)
    return tuple(f for f in found if sets is None or f.set is None or f.set in sets)


def without_last(bars: Bars) -> Bars:
    """The bars before the last one, in the last one's units."""
    adjusted = bars.adj_close
    return replace(
        bars,
        sessions=bars.sessions[:-1],
        open=bars.open[:-1],
        high=bars.high[:-1],
        low=bars.low[:-1],
        close=bars.close[:-1],
        adj_close=None if adjusted is None else adjusted[:-1],
        volume=bars.volume[:-1],
        splits=bars.splits[:-1],
        last_time=None,
        last_complete=True,
    )


def swing_low(lows: Floats) -> float | None:
    """Last low that is the minimum of 5 sessions either side, known 5 sessions later."""
    for i in range(len(lows) - 1 - SWING_SIDE, SWING_SIDE - 1, -1):
        if lows[i] == lows[i - SWING_SIDE : i + SWING_SIDE + 1].min():
            return float(lows[i])
    return None


def year_low(lows: Floats) -> float | None:
    """Lowest low of the last 252 sessions; None with fewer."""
    return float(lows[-YEAR_SESSIONS:].min()) if len(lows) >= YEAR_SESSIONS else None


def _lows(bars: Bars) -> Floats:
    """Lows, or closes where there are no lows."""
    return np.where(np.isnan(bars.low), bars.close, bars.low)


COMPUTATIONS[DMA.key] = LevelComputation(
    latest=lambda bars, sessions: latest_dma(bars.close, int(sessions)),
    missing=lambda bars, sessions: too_short(dma(int(sessions)).name, int(sessions), bars),
    path=lambda bars, sessions: moving_average(bars.close, int(sessions)),
)
COMPUTATIONS[SWING_LOW.key] = LevelComputation(
    latest=lambda bars, _: swing_low(_lows(bars)),
    missing=lambda bars, _: f"no low that is the lowest of {SWING_SIDE} sessions either side",
)
COMPUTATIONS[YEAR_LOW.key] = LevelComputation(
    latest=lambda bars, _: year_low(_lows(bars)),
    missing=lambda bars, _: too_short(YEAR_LOW.template, YEAR_SESSIONS, bars),
)
COMPUTATIONS[WEEKLY.key] = LevelComputation(
    latest=period_levels.weekly_average,
    missing=period_levels.weekly_missing,
    path=period_levels.weekly_path,
)
COMPUTATIONS[PRIOR_LOW.key] = LevelComputation(
    latest=period_levels.prior_low,
    missing=lambda _, period: period_levels.prior_missing(PRIOR_LOW, period),
)
COMPUTATIONS[PRIOR_HIGH.key] = LevelComputation(
    latest=period_levels.prior_high,
    missing=lambda _, period: period_levels.prior_missing(PRIOR_HIGH, period),
)
COMPUTATIONS[ANCHORED_VWAP.key] = LevelComputation(
    latest=volume_levels.vwap,
    missing=volume_levels.vwap_missing,
    path=volume_levels.vwap_path,
)
COMPUTATIONS[VOLUME_PROFILE.key] = LevelComputation(
    latest=volume_levels.profile_level,
    missing=volume_levels.profile_missing,
)
