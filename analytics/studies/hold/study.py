"""Hold study: did a level that the price met hold by the close? Rates and their null."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from cachetools import LRUCache

from analytics.indicators.block_shuffle import PATHS
from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, benjamini_hochberg, p_at_or_above
from analytics.indicators.session_levels import PROFILE
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Moment
from analytics.studies.hold.aftermath import (
    AfterBreak,
    ForwardReturn,
    after_break,
    forward_returns,
)
from analytics.studies.hold.cells import (
    CELL_COUNT,
    CELLS,
    COOLDOWN_SESSIONS,
    GAP_DOWN,
    MEAN_BLOCK_SESSIONS,
    TOUCH,
)
from analytics.studies.hold.events import (
    PROFILE_PATHS,
    Event,
    History,
    Studied,
    draw_null,
    draw_null_at,
    draw_reaches,
    list_events,
    read_history,
)
from analytics.studies.hold.levels import HoldLevel, id_of, studied

VIX = "^VIX"
REGIME_NAMES = ("VIX < 15", "VIX 15-20", "VIX 20-30", "VIX >= 30", "VIX unknown")
GAP_NAMES = ("gap < 0.25%", "gap 0.25-1%", "gap >= 1%")
PLACEBO_SESSIONS = (37, 43, 61)

STUDY_PATHS = 2000
"""Paths of the null in the study of one symbol; where many are studied, each has fewer."""

_DEFINITION = (
    "Touch: previous close above the level, open above it, low at or under it. Gap-down: "
    "previous close above, open at or under. Held: close at or above the level. The level is "
    "the {level}; events are at least "
    f"{COOLDOWN_SESSIONS} sessions apart. Null: stationary bootstrap of whole bars "
    f"(mean block {MEAN_BLOCK_SESSIONS} sessions) through the same code; p = share of paths "
    "that held at least as often."
)
PROFILE_PRECISION = (
    f"At most {PROFILE_PATHS} paths are drawn of a volume profile: a p of 5% is known to 1 point."
)
_AVERAGE = "moving average through the previous session"


@dataclass(frozen=True)
class HoldStudyParameters:
    """Which symbol, which level, and how many bootstrap paths.

    Attributes:
        level: sessions of a moving average, or the word of another level.
        placebo: rates of averages that nobody watches beside it.
    """

    symbol: Symbol
    level: HoldLevel = 50
    paths: int = field(default=STUDY_PATHS, metadata={"min": 100, "max": 20_000})
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
    quotation: Quotation = DOLLARS


def _needs(parameters: HoldStudyParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol, VIX), full_history=True)


_known: LRUCache[tuple[HoldStudyParameters, bytes], HoldStudy] = LRUCache(64)
_known_lock = threading.Lock()


def _compute(parameters: HoldStudyParameters, inputs: Inputs) -> HoldStudy:
    """The study of the completed sessions: a running bar changes with every price, and nothing."""
    history = read_history(inputs.require_bars(parameters.symbol), inputs.bars.get(VIX))
    key = (parameters, history.digest)
    with _known_lock:
        known = _known.get(key)
    if known is None:
        known = _study(parameters, history)
        with _known_lock:
            _known[key] = known
    return known


def _study(parameters: HoldStudyParameters, history: History) -> HoldStudy:
    level = studied(parameters.level)
    events = list_events(history, level)
    lengths = PLACEBO_SESSIONS if parameters.placebo else ()
    null, placebo_null, reaches = _draw(history, level, lengths, parameters.paths)
    touches = rate_of(events, null, (TOUCH,))
    name = id_of(parameters.level).name
    is_average = isinstance(level, int)
    study = HoldStudy(
        symbol=parameters.symbol,
        level=name,
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
        gap_downs=rate_of(events, null, (GAP_DOWN,)),
        after_break=after_break(history, level, events, reaches),
        forward_returns=forward_returns(history, events, min(parameters.paths, PATHS)),
        splits=all_splits(events, null, "average" if is_average else "level"),
        placebos=tuple(
            Placebo(length, rate_of(list_events(history, length), placebo_null[:, i], (TOUCH,)))
            for i, length in enumerate(lengths)
        ),
        event_list=tuple(_shown(history, event) for event in reversed(events)),
        definition=_definition(level, name),
    )
    return with_q_values(study)


def _definition(level: Studied, name: str) -> str:
    if isinstance(level, int):
        return _DEFINITION.format(level=_AVERAGE)
    said = _DEFINITION.format(level=f"{name} known before the open")
    return f"{said} {PROFILE_PRECISION}" if level.kind == PROFILE else said


def _draw(
    history: History, level: Studied, placebos: tuple[int, ...], paths: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The null's counts at the level, its counts at the placebo averages, and its reaches."""
    if isinstance(level, int):
        null = draw_null(history, (level, *placebos), paths)
        return null[:, 0], null[:, 1:], draw_reaches(history, level, paths)
    counts, reaches = draw_null_at(history, level, paths)
    beside = draw_null(history, placebos, paths) if placebos else np.empty((paths, 0))
    return counts, beside, reaches


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


@functools.lru_cache(maxsize=64)
def _cells(within: tuple[int | None, ...]) -> np.ndarray:
    index = np.indices(CELLS).reshape(len(CELLS), -1)
    mask = np.ones(CELL_COUNT, dtype=bool)
    for axis, value in enumerate(within):
        if value is not None:
            mask &= index[axis] == value
    return mask


def all_splits(
    events: Sequence[Event], null: np.ndarray, level: str = "average"
) -> tuple[HoldSplit, ...]:
    """Rates by slope of the level, first event since a close below, VIX regime, gap size.

    Args:
        level: what it is called.
    """
    any_ = None
    rows: list[tuple[str, str, tuple[int | None, ...]]] = [
        ("slope", f"rising {level}", (any_, 1)),
        ("slope", f"falling {level}", (any_, 0)),
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


def with_q_values(study: HoldStudy) -> HoldStudy:
    """All that the study tests, corrected for it (methods, "Many levels, one claim")."""
    tested: tuple[HoldRate | AfterBreak | ForwardReturn, ...] = (
        study.touches,
        study.gap_downs,
        *(split.rate for split in study.splits),
        study.after_break,
        *study.forward_returns,
    )
    q = iter(benjamini_hochberg([one.p_value for one in tested]))
    return replace(
        study,
        touches=replace(study.touches, q_value=next(q)),
        gap_downs=replace(study.gap_downs, q_value=next(q)),
        splits=tuple(
            replace(split, rate=replace(split.rate, q_value=next(q))) for split in study.splits
        ),
        after_break=replace(study.after_break, q_value=next(q)),
        forward_returns=tuple(replace(row, q_value=next(q)) for row in study.forward_returns),
    )


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
    about="did a level hold when the price met it: rates, intervals, null",
    parameters=HoldStudyParameters,
    result=HoldStudy,
    needs=_needs,
    compute=_compute,
)
