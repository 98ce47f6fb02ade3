"""The hold study over many symbols: a table, pooled rates, corrected for looking often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analytics.hold_events import GAP_DOWN, TOUCH
from analytics.hold_study import VIX, HoldRate, draw_null, list_events, rate_of, read_history
from analytics.indicators import DmaSessions
from analytics.listings import sectors, ten_largest
from analytics.question import Inputs, Needs, Question, Symbol
from analytics.vocabulary import HoldlineError, Moment


@dataclass(frozen=True)
class HoldUniverseParameters:
    """The symbols (none: the eleven sectors and the ten largest), the average, the paths."""

    symbols: tuple[Symbol, ...] = ()
    level: DmaSessions = 50
    paths: int = field(default=500, metadata={"min": 100, "max": 20_000})


@dataclass(frozen=True)
class HoldUniverseRow:
    """One symbol's rates; the q-values correct its p-values for the number of symbols.

    Attributes:
        touch_q, gap_q: Benjamini-Hochberg over the symbols with a p-value of that kind.
    """

    symbol: str
    sessions: int
    touches: HoldRate
    gap_downs: HoldRate
    touch_q: float | None = None
    gap_q: float | None = None


@dataclass(frozen=True)
class HoldUniverse:
    """Rows by symbol, and the events of all symbols thrown together.

    Attributes:
        touches, gap_downs: pooled. Each pooled path is the sum of one path a symbol, drawn
            apart, so the symbols' common moves are not in the null: the pooled p-value is too
            bold and is therefore left out.
        missing: symbol -> why it is not studied.
    """

    level: str
    session: dt.date
    rows: tuple[HoldUniverseRow, ...]
    touches: HoldRate
    gap_downs: HoldRate
    missing: Mapping[str, str]


def _members(parameters: HoldUniverseParameters, moment: Moment) -> tuple[str, ...]:
    return parameters.symbols or (*sectors(), *ten_largest(moment.session).symbols)


def _needs(parameters: HoldUniverseParameters, moment: Moment) -> Needs:
    return Needs(bars=(*_members(parameters, moment), VIX), full_history=True)


def _compute(parameters: HoldUniverseParameters, inputs: Inputs) -> HoldUniverse:
    members = _members(parameters, inputs.moment)
    missing = inputs.missing_bars(members)
    rows, events, nulls = [], [], []
    for symbol in members:
        if symbol in missing:
            continue
        try:
            history = read_history(inputs.bars[symbol], inputs.bars.get(VIX))
        except HoldlineError as error:
            missing[symbol] = str(error)
            continue
        own = list_events(history, parameters.level)
        null = draw_null(history, (parameters.level,), parameters.paths)[:, 0]
        events += own
        nulls.append(null)
        touches, gaps = (rate_of(own, null, (kind,)) for kind in (TOUCH, GAP_DOWN))
        rows.append(HoldUniverseRow(symbol, len(history.close), touches, gaps))
    pooled = np.sum(nulls, axis=0) if nulls else np.zeros((0, 1, 2))
    return HoldUniverse(
        level=f"{parameters.level}-DMA",
        session=inputs.moment.session,
        rows=with_q_values(rows),
        touches=_without_p(rate_of(events, pooled, (TOUCH,))) if nulls else _NOTHING,
        gap_downs=_without_p(rate_of(events, pooled, (GAP_DOWN,))) if nulls else _NOTHING,
        missing=missing,
    )


_NOTHING = HoldRate(0, 0, 0, None, None, None, None, 0, 0, "0 events: a rate needs 10")


def _without_p(rate: HoldRate) -> HoldRate:
    return replace(rate, p_value=None)


def with_q_values(rows: Sequence[HoldUniverseRow]) -> tuple[HoldUniverseRow, ...]:
    """The rows with Benjamini-Hochberg q-values beside their p-values."""
    touch = benjamini_hochberg([row.touches.p_value for row in rows])
    gap = benjamini_hochberg([row.gap_downs.p_value for row in rows])
    return tuple(
        replace(row, touch_q=touch_q, gap_q=gap_q)
        for row, touch_q, gap_q in zip(rows, touch, gap, strict=True)
    )


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """q-value of each p-value; None stays None and does not count as a test.

    Benjamini & Hochberg, Controlling the False Discovery Rate, JRSS B 1995: the smallest
    p_(j) m / j over the ranks j at or above the p-value's own.
    """
    tested = [(p, i) for i, p in enumerate(p_values) if p is not None]
    tested.sort()
    out: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank in range(len(tested), 0, -1):
        p, i = tested[rank - 1]
        lowest = min(lowest, p * len(tested) / rank)
        out[i] = lowest
    return out


HOLD_UNIVERSE = Question(
    name="hold-universe",
    about="the hold study over many symbols, with Benjamini-Hochberg over them",
    parameters=HoldUniverseParameters,
    result=HoldUniverse,
    needs=_needs,
    compute=_compute,
)
