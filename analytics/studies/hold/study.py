"""When the price met its moving average, did it hold by the close? Rates beside their null."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median

import numpy as np

from analytics.indicators.intervals import MIN_FOR_RATE, apart, mean_interval, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, benjamini_hochberg
from analytics.indicators.series import DmaSessions
from analytics.model.levels import dma
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Moment
from analytics.studies.hold.cells import (
    CELL_COUNT,
    CELLS,
    COOLDOWN_SESSIONS,
    GAP_DOWN,
    MEAN_BLOCK_SESSIONS,
    TOUCH,
)
from analytics.studies.hold.events import (
    REACH_SESSIONS,
    Event,
    History,
    draw_null,
    draw_reaches,
    list_events,
    reach_waits,
    read_history,
)

VIX = "^VIX"
REGIME_NAMES = ("VIX < 15", "VIX 15-20", "VIX 20-30", "VIX >= 30", "VIX unknown")
GAP_NAMES = ("gap < 0.25%", "gap 0.25-1%", "gap >= 1%")
FORWARD_SESSIONS = (5, 20, 60)
PLACEBO_SESSIONS = (37, 43, 61)

DEFINITION = (
    "Touch: previous close above the level, open above it, low at or under it. Gap-down: "
    "previous close above, open at or under. Held: close at or above the level. The level is "
    "the moving average through the previous session; events are at least "
    f"{COOLDOWN_SESSIONS} sessions apart. Null: stationary bootstrap of whole bars "
    f"(mean block {MEAN_BLOCK_SESSIONS} sessions) through the same code; p = share of paths "
    "that held at least as often."
)


@dataclass(frozen=True)
class HoldStudyParameters:
    """Which symbol, which moving average, and how many bootstrap paths."""

    symbol: Symbol
    level: DmaSessions = 50
    paths: int = field(default=2000, metadata={"min": 100, "max": 20_000})
    placebo: bool = False


@dataclass(frozen=True)
class HoldRate:
    """How often a kind of event held, beside what chance alone gives.

    Attributes:
        events, held: counts.
        confirmed_breaks: two closes below, or a close 0.25 ATR14 under the level.
        rate_pct, wilson95_pct: None under 10 events (then ``refused`` says so).
        null_rate_pct: mean rate over the bootstrap paths that had such an event.
        p_value: (1 + paths at or above the observed rate) / (paths + 1); None when refused.
        null_paths, null_paths_without: paths used, and paths left out for want of an event.
        q_value: the p-value corrected for all that the study tests (Benjamini-Hochberg); None
            where it is not part of one.
    """

    events: int
    held: int
    confirmed_breaks: int
    rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    null_rate_pct: float | None
    p_value: float | None
    null_paths: int
    null_paths_without: int
    refused: str | None
    q_value: float | None = None

    @property
    def beats_chance(self) -> bool:
        """Whether "more often than chance" may be said."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


@dataclass(frozen=True)
class HoldSplit:
    """The rate within one class of events, against the null of that very class."""

    split: str
    value: str
    kind: str
    rate: HoldRate


@dataclass(frozen=True)
class AfterBreak:
    """What followed the breaks (closes below the level), within 60 sessions.

    Attributes:
        breaks: all of them; ``without_lower``: no 50, 100 or 200-DMA lay below.
        observed: breaks with a lower level whose 60 sessions are over or which reached it.
        reached: of those, how many traded at that (moving) level.
        median_sessions: to it, over the reached.
        median_overshoot_pct: lowest low within the 60 sessions against the broken level.
        null_rate_pct: mean reach rate over the bootstrap paths that had such a break.
        p_value, q_value: as in `HoldRate`, of reaching at least as often.
        null_paths: paths used.
        within: 60.
    """

    breaks: int
    without_lower: int
    observed: int
    reached: int
    reach_rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    median_sessions: float | None
    median_overshoot_pct: float | None
    null_rate_pct: float | None = None
    p_value: float | None = None
    null_paths: int = 0
    q_value: float | None = None
    within: int = REACH_SESSIONS

    @property
    def beats_chance(self) -> bool:
        """Whether "more often than chance" may be said."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


@dataclass(frozen=True)
class ForwardReturn:
    """Mean traded-close return over the sessions after an event, beside that of all days.

    ``n`` events at least ``sessions`` apart, so that the windows do not overlap; the mean and
    its 95% Student interval are None under 10.
    """

    after: str
    sessions: int
    n: int
    mean_pct: float | None
    interval95_pct: tuple[float, float] | None
    all_days_pct: float | None


@dataclass(frozen=True)
class HoldEvent:
    """One event, newest first in the list."""

    session: dt.date
    kind: str
    level: float
    open: float
    low: float
    close: float
    held: bool
    confirmed_break: bool
    first: bool
    rising: bool
    gap_pct: float | None
    vix: float | None


@dataclass(frozen=True)
class Placebo:
    """The touch rate at an average nobody watches: the same machinery, no meaning."""

    sessions: int
    rate: HoldRate


@dataclass(frozen=True)
class HoldStudy:
    """The study of one symbol and level; the top-level figures are the touches'."""

    symbol: str
    level: str
    first_session: dt.date
    last_session: dt.date
    sessions: int
    events: int
    held: int
    rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    null_rate_pct: float | None
    p_value: float | None
    touches: HoldRate
    gap_downs: HoldRate
    after_break: AfterBreak
    forward_returns: tuple[ForwardReturn, ...]
    splits: tuple[HoldSplit, ...]
    placebos: tuple[Placebo, ...]
    event_list: tuple[HoldEvent, ...]
    definition: str


def _needs(parameters: HoldStudyParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol, VIX), full_history=True)


def _compute(parameters: HoldStudyParameters, inputs: Inputs) -> HoldStudy:
    history = read_history(inputs.require_bars(parameters.symbol), inputs.bars.get(VIX))
    n = parameters.level
    events = list_events(history, n)
    lengths = [n, *(PLACEBO_SESSIONS if parameters.placebo else ())]
    null = draw_null(history, tuple(lengths), parameters.paths)
    touches, gaps, splits, after = corrected(
        rate_of(events, null[:, 0], (TOUCH,)),
        rate_of(events, null[:, 0], (GAP_DOWN,)),
        all_splits(events, null[:, 0]),
        after_break(history, n, events, draw_reaches(history, n, parameters.paths)),
    )
    return HoldStudy(
        symbol=parameters.symbol,
        level=dma(n).name,
        first_session=history.days[0].astype(dt.date),
        last_session=history.days[-1].astype(dt.date),
        sessions=len(history.close),
        events=touches.events,
        held=touches.held,
        rate_pct=touches.rate_pct,
        wilson95_pct=touches.wilson95_pct,
        null_rate_pct=touches.null_rate_pct,
        p_value=touches.p_value,
        touches=touches,
        gap_downs=gaps,
        after_break=after,
        forward_returns=forward_returns(history, events),
        splits=splits,
        placebos=tuple(
            Placebo(length, rate_of(list_events(history, length), null[:, i + 1], (TOUCH,)))
            for i, length in enumerate(lengths[1:])
        ),
        event_list=tuple(_shown(history, event) for event in reversed(events)),
        definition=DEFINITION,
    )


def rate_of(events: Sequence[Event], null: np.ndarray, within: tuple[int | None, ...]) -> HoldRate:
    """The rate of the events whose class matches ``within``, against the null of that class.

    Args:
        events: observed.
        null: shape (paths, `CELL_COUNT`, 2).
        within: leading entries of the class to match, None for any.
    """
    mask = _cells(within)
    chosen = [event for event in events if mask[np.ravel_multi_index(event.cell, CELLS)]]
    n, held = len(chosen), sum(event.held for event in chosen)
    counts = null[:, mask].sum(axis=1)
    with_event = counts[:, 0] > 0
    rates = counts[with_event, 1] / counts[with_event, 0]
    enough = n >= MIN_FOR_RATE
    interval = wilson(held, n) if enough else None
    p_value = p_at_or_above(rates, held / n) if enough else None
    return HoldRate(
        events=n,
        held=held,
        confirmed_breaks=sum(event.confirmed for event in chosen),
        rate_pct=held / n * 100 if enough else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
        null_rate_pct=float(rates.mean()) * 100 if rates.size else None,
        p_value=p_value,
        null_paths=int(rates.size),
        null_paths_without=int((~with_event).sum()),
        refused=None if enough else f"{n} events: a rate needs {MIN_FOR_RATE}",
    )


def p_at_or_above(null: np.ndarray, observed: float) -> float | None:
    """(1 + null rates at or above the observed one) / (how many + 1); None without any."""
    if not null.size:
        return None
    return float((1 + (null >= observed - 1e-12).sum()) / (null.size + 1))


@functools.lru_cache(maxsize=64)
def _cells(within: tuple[int | None, ...]) -> np.ndarray:
    index = np.indices(CELLS).reshape(len(CELLS), -1)
    mask = np.ones(CELL_COUNT, dtype=bool)
    for axis, value in enumerate(within):
        if value is not None:
            mask &= index[axis] == value
    return mask


def all_splits(events: Sequence[Event], null: np.ndarray) -> tuple[HoldSplit, ...]:
    """Rates by slope of the average, first event since a close below, VIX regime, gap size."""
    any_ = None
    rows: list[tuple[str, str, tuple[int | None, ...]]] = [
        ("slope", "rising average", (any_, 1)),
        ("slope", "falling average", (any_, 0)),
        ("first", "first since a close below", (any_, any_, 1)),
        ("first", "later", (any_, any_, 0)),
        *(("vix", name, (any_,) * 4 + (i,)) for i, name in enumerate(REGIME_NAMES)),
    ]
    splits = [
        HoldSplit(split, value, kind, rate_of(events, null, (code, *within[1:])))
        for code, kind in ((TOUCH, "touch"), (GAP_DOWN, "gap-down"))
        for split, value, within in rows
    ]
    splits += [
        HoldSplit("gap", name, "gap-down", rate_of(events, null, (GAP_DOWN, any_, any_, i)))
        for i, name in enumerate(GAP_NAMES)
    ]
    return tuple(split for split in splits if split.rate.events)


def corrected(
    touches: HoldRate, gaps: HoldRate, splits: Sequence[HoldSplit], after: AfterBreak
) -> tuple[HoldRate, HoldRate, tuple[HoldSplit, ...], AfterBreak]:
    """All that the study tests with its q-values (methods, "Many levels, one claim")."""
    tested = [touches, gaps, *(split.rate for split in splits)]
    q = benjamini_hochberg([*(rate.p_value for rate in tested), after.p_value])
    rates = [replace(rate, q_value=value) for rate, value in zip(tested, q[:-1], strict=True)]
    return (
        rates[0],
        rates[1],
        tuple(replace(split, rate=rate) for split, rate in zip(splits, rates[2:], strict=True)),
        replace(after, q_value=q[-1]),
    )


def after_break(
    history: History, sessions: int, events: Sequence[Event], null: np.ndarray
) -> AfterBreak:
    """Reach of the next lower 50, 100 or 200-DMA after each close below the level.

    Args:
        null: known and reached breaks on the null's paths, shape (paths, 2).
    """
    from analytics.studies.hold.kernels import NO_LOWER, UNREACHED

    breaks = [event for event in events if not event.held]
    waits = reach_waits(history, sessions, breaks)
    reached = waits[waits >= 0]
    observed = int((waits >= UNREACHED).sum())
    overshoots = [
        (float(history.low[event.at : event.at + REACH_SESSIONS + 1].min()) / event.level - 1) * 100
        for event in breaks
        if event.at + REACH_SESSIONS < len(history.low)
    ]
    enough = observed >= MIN_FOR_RATE
    interval = wilson(len(reached), observed) if enough else None
    known = null[null[:, 0] > 0]
    rates = known[:, 1] / known[:, 0]
    return AfterBreak(
        breaks=len(breaks),
        without_lower=int((waits == NO_LOWER).sum()),
        observed=observed,
        reached=len(reached),
        reach_rate_pct=len(reached) / observed * 100 if enough else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
        median_sessions=float(median(reached.tolist())) if len(reached) else None,
        median_overshoot_pct=median(overshoots) if overshoots else None,
        null_rate_pct=float(rates.mean()) * 100 if rates.size else None,
        p_value=p_at_or_above(rates, len(reached) / observed) if enough else None,
        null_paths=int(rates.size),
    )


def forward_returns(history: History, events: Sequence[Event]) -> tuple[ForwardReturn, ...]:
    """5, 20 and 60-session returns after a hold and after a break, against all days."""
    close = history.close
    groups: tuple[tuple[str, Callable[[Event], bool]], ...] = (
        ("hold", lambda event: event.held),
        ("break", lambda event: not event.held),
    )
    rows = []
    for name, belongs in groups:
        starts = [event.at for event in events if belongs(event)]
        for ahead in FORWARD_SESSIONS:
            ended = [t for t in starts if t + ahead < len(close)]
            kept = [ended[i] for i in apart(ended, ahead)]
            returns = [float(close[t + ahead] / close[t] - 1) * 100 for t in kept]
            enough = len(returns) >= MIN_FOR_RATE
            every = close[ahead:] / close[:-ahead] - 1 if len(close) > ahead else None
            rows.append(
                ForwardReturn(
                    after=name,
                    sessions=ahead,
                    n=len(returns),
                    mean_pct=fmean(returns) if enough else None,
                    interval95_pct=mean_interval(returns) if enough else None,
                    all_days_pct=None if every is None else float(every.mean()) * 100,
                )
            )
    return tuple(rows)


def _shown(history: History, event: Event) -> HoldEvent:
    t = event.at
    gap = (1 - float(history.open[t]) / event.level) * 100
    vix = float(history.vix[t])
    return HoldEvent(
        session=history.days[t].astype(dt.date),
        kind="gap-down" if event.kind == GAP_DOWN else "touch",
        level=event.level,
        open=float(history.open[t]),
        low=float(history.low[t]),
        close=float(history.close[t]),
        held=event.held,
        confirmed_break=event.confirmed,
        first=bool(event.cell[2]),
        rising=bool(event.cell[1]),
        gap_pct=gap if event.kind == GAP_DOWN else None,
        vix=None if vix != vix else vix,
    )


HOLD_STUDY = Question(
    name="hold-study",
    about="did a moving average hold when the price met it: rates, intervals, null",
    parameters=HoldStudyParameters,
    result=HoldStudy,
    needs=_needs,
    compute=_compute,
)
