"""Rotation: relative strength of groups against its own past, and who led and lagged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

import numpy as np

from analytics.model.access import Offer, Plan
from analytics.model.listings import GroupName, group, sector_names
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_close, basis_name, has_total_return, paired_closes
from analytics.model.vocabulary import Bars, Floats, Moment, Sessions

RATIO_SESSIONS = 63
CHANGE_SESSIONS = 14
MOMENTUM_SESSIONS = 63
MIN_SESSIONS = 140
CAPITAL_SESSIONS = (1, 5, 20, 60)
WEEK = 5
LED = 3
CENTRE = 100.0

METHOD = (
    "RRG-style, not the proprietary JdK formulas: RS = 100 x price / benchmark; ratio = 100 + z "
    f"of RS over {RATIO_SESSIONS} sessions; momentum = 100 + z over {MOMENTUM_SESSIONS} sessions "
    f"of the {CHANGE_SESSIONS}-session rate of change of the ratio."
)
CAPITAL_METHOD = (
    "The leading and the lagging third (three at most) by return less the benchmark's. Returns "
    "do not show whether money moved between them: that takes fund flows."
)

Quadrant = Literal["leading", "weakening", "lagging", "improving"]


@dataclass(frozen=True)
class RotationParameters:
    """The members, and how many points each tail has, a week or a session apart."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors"
    benchmark: Symbol = DEFAULT_BENCHMARK
    tail: int = field(default=12, metadata={"min": 1, "max": 60})
    step: Literal["week", "session"] = "week"


@dataclass(frozen=True)
class RotationPoint:
    """A member's place at the close of a session; both axes are centred on 100."""

    session: dt.date
    ratio: float
    momentum: float


@dataclass(frozen=True)
class RotationMember:
    """A member now, and the way it came.

    Attributes:
        quadrant: leading (both at least 100), weakening (momentum under 100), lagging (both
            under), improving (only the ratio under).
        previous_quadrant: one step earlier; None without an earlier point.
        tail: oldest first, the present point last.
    """

    symbol: str
    name: str
    ratio: float
    momentum: float
    quadrant: Quadrant
    previous_quadrant: Quadrant | None
    tail: tuple[RotationPoint, ...]


@dataclass(frozen=True)
class RelativeReturn:
    """A member's return over a window, percent, and less the benchmark's, points."""

    symbol: str
    name: str
    return_pct: float
    relative_pct: float


@dataclass(frozen=True)
class CapitalRotation:
    """From the worst to the best over one window.

    Attributes:
        sessions: the window.
        moved_from, moved_to: symbols of the lagging and of the leading third (three at
            most), the most extreme first; empty under two members.
        from_pct, to_pct: their mean relative returns, points.
        ranking: every member that has the window's first and last bar, best first.
        missing: the others: symbol -> why.
    """

    sessions: int
    benchmark_return_pct: float
    moved_from: tuple[str, ...]
    moved_to: tuple[str, ...]
    from_pct: float | None
    to_pct: float | None
    sentence: str
    ranking: tuple[RelativeReturn, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rotation:
    """The rotation chart and the capital rotation under it.

    Attributes:
        step: what lies between two points of a tail; a week's point is its last session.
        members: by ratio, highest first.
        capital: one a window of `CAPITAL_SESSIONS` that the data reach.
        missing: symbol -> why it is not placed.
        note: what following the list into the past gets wrong; empty when nothing.
    """

    session: dt.date
    provisional: bool
    benchmark: str
    group: str
    group_valid_from: dt.date | None
    basis: str
    step: str
    ratio_sessions: int
    change_sessions: int
    momentum_sessions: int
    method: str
    members: tuple[RotationMember, ...]
    capital: tuple[CapitalRotation, ...]
    capital_method: str
    missing: Mapping[str, str]
    note: str


def _members(parameters: RotationParameters, moment: Moment) -> tuple[str, ...]:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return listed.beside(parameters.benchmark)


def _needs(parameters: RotationParameters, moment: Moment) -> Needs:
    return Needs(
        bars=(parameters.benchmark, *_members(parameters, moment)),
        lists=group(parameters.group, moment.session, parameters.symbols).lists,
    )


def _compute(parameters: RotationParameters, inputs: Inputs) -> Rotation:
    benchmark = inputs.require_bars(parameters.benchmark)
    listed = group(parameters.group, inputs.moment.session, parameters.symbols)
    asked = _members(parameters, inputs.moment)
    present = [inputs.bars[s] for s in asked if s in inputs.bars]
    total = has_total_return((benchmark, *present))
    inputs.require_any_bars(asked)
    missing = inputs.missing_bars(asked)
    members: list[RotationMember] = []
    for bars in present:
        placed = place(bars, benchmark, total, parameters.tail, parameters.step)
        if isinstance(placed, str):
            missing[bars.symbol] = placed
        else:
            members.append(placed)
    members.sort(key=lambda member: (-member.ratio, member.symbol))
    capital = [capital_rotation(present, benchmark, total, w) for w in CAPITAL_SESSIONS]
    return Rotation(
        session=inputs.moment.session,
        provisional=not benchmark.last_complete,
        benchmark=benchmark.symbol,
        group=listed.title,
        group_valid_from=listed.valid_from,
        basis=basis_name(total),
        step=parameters.step,
        ratio_sessions=RATIO_SESSIONS,
        change_sessions=CHANGE_SESSIONS,
        momentum_sessions=MOMENTUM_SESSIONS,
        method=METHOD,
        members=tuple(members),
        capital=tuple(one for one in capital if one is not None),
        capital_method=CAPITAL_METHOD,
        missing=missing,
        note=listed.note,
    )


def place(
    bars: Bars, benchmark: Bars, total: bool, tail: int, step: Literal["week", "session"]
) -> RotationMember | str:
    """The member's points, or why it has none."""
    days, ours, theirs = paired_closes(bars, benchmark, total)
    if len(days) < MIN_SESSIONS:
        return f"rotation needs {MIN_SESSIONS} sessions (has {len(days)})"
    reach = MIN_SESSIONS + tail * (WEEK if step == "week" else 1)
    days, ours, theirs = days[-reach:], ours[-reach:], theirs[-reach:]
    ratio, momentum = rotation_lines(ours, theirs)
    at = week_ends(days) if step == "week" else np.arange(len(days))
    at = at[np.isfinite(momentum[at])][-tail:]
    if not at.size or at[-1] != len(days) - 1:
        return "its strength against the benchmark does not vary"
    points = tuple(
        RotationPoint(days[i].astype(dt.date), float(ratio[i]), float(momentum[i])) for i in at
    )
    return RotationMember(
        symbol=bars.symbol,
        name=_name(bars),
        ratio=points[-1].ratio,
        momentum=points[-1].momentum,
        quadrant=quadrant(points[-1].ratio, points[-1].momentum),
        previous_quadrant=(
            quadrant(points[-2].ratio, points[-2].momentum) if len(points) > 1 else None
        ),
        tail=points,
    )


def rotation_lines(ours: Floats, theirs: Floats) -> tuple[Floats, Floats]:
    """Ratio and momentum at every session, shape (n,); NaN in the first 62 and 138.

    RS = 100 ours / theirs; ratio = 100 + z(RS, 63); momentum = 100 + z(14-session rate of
    change of the ratio, 63).
    """
    ratio = CENTRE + rolling_z(CENTRE * ours / theirs, RATIO_SESSIONS)
    change = np.full(ratio.shape, np.nan)
    if len(ratio) > CHANGE_SESSIONS:
        change[CHANGE_SESSIONS:] = ratio[CHANGE_SESSIONS:] / ratio[:-CHANGE_SESSIONS] - 1
    return ratio, CENTRE + rolling_z(change, MOMENTUM_SESSIONS)


def rolling_z(values: Floats, sessions: int) -> Floats:
    """(value - mean) / sample standard deviation over the last ``sessions`` values.

    NaN before that, where the window holds a NaN, and where it does not vary.
    """
    out = np.full(values.shape, np.nan)
    if len(values) >= sessions:
        windows = np.lib.stride_tricks.sliding_window_view(values, sessions)
        sigma = windows.std(axis=1, ddof=1)
        varies = sigma > 1e-12 * np.abs(windows).max(axis=1)
        deviation = values[sessions - 1 :] - windows.mean(axis=1)
        out[sessions - 1 :] = np.where(varies, deviation / np.where(varies, sigma, 1.0), np.nan)
    return out


def quadrant(ratio: float, momentum: float) -> Quadrant:
    """Which quarter of the chart a point lies in; 100 belongs to the upper side."""
    if ratio >= CENTRE:
        return "leading" if momentum >= CENTRE else "weakening"
    return "improving" if momentum >= CENTRE else "lagging"


def week_ends(days: Sessions) -> np.ndarray:
    """Positions of the last session of each calendar week, the running week's newest included."""
    weeks = (days.astype("datetime64[D]").astype(np.int64) + 3) // 7  # day 0 is a Thursday
    return np.flatnonzero(np.append(weeks[1:] != weeks[:-1], True))


def capital_rotation(
    members: Sequence[Bars], benchmark: Bars, total: bool, sessions: int
) -> CapitalRotation | None:
    """Returns over the last ``sessions`` less the benchmark's, ranked; None without any.

    The window begins with the benchmark's calendar: who lacks the bar of that session has no
    return over it.
    """
    newest = benchmark.last_session
    start = benchmark.listing.previous_session(newest, sessions)
    move = _return_between(benchmark, start, newest, total)
    if move is None:
        return None
    rows: list[RelativeReturn] = []
    missing: dict[str, str] = {}
    for bars in members:
        own = _return_between(bars, start, newest, total)
        if own is None:
            lacks = newest if bars.last_session != newest else start
            missing[bars.symbol] = f"no bar of {lacks}"
        else:
            rows.append(RelativeReturn(bars.symbol, _name(bars), own, own - move))
    if not rows:
        return None
    rows.sort(key=lambda row: (-row.relative_pct, row.symbol))
    third = 0 if len(rows) < 2 else max(1, min(LED, len(rows) // 3))
    best, worst = rows[:third], rows[::-1][:third]
    to_pct = fmean(row.relative_pct for row in best) if best else None
    from_pct = fmean(row.relative_pct for row in worst) if worst else None
    return CapitalRotation(
        sessions=sessions,
        benchmark_return_pct=move,
        moved_from=tuple(row.symbol for row in worst),
        moved_to=tuple(row.symbol for row in best),
        from_pct=from_pct,
        to_pct=to_pct,
        sentence=_sentence(sessions, worst, best, from_pct, to_pct, benchmark.symbol),
        ranking=tuple(rows),
        missing=missing,
    )


def _return_between(bars: Bars, start: dt.date, end: dt.date, total: bool) -> float | None:
    """Percent from one session's close to another's; None where either has no bar."""
    at = np.searchsorted(bars.sessions, np.array([start, end], dtype="datetime64[D]"))
    if at[1] >= len(bars) or (bars.sessions[at] != np.array([start, end], "datetime64[D]")).any():
        return None
    close = basis_close(bars, total)
    return float(close[at[1]] / close[at[0]] - 1) * 100


def _sentence(
    sessions: int,
    worst: Sequence[RelativeReturn],
    best: Sequence[RelativeReturn],
    from_pct: float | None,
    to_pct: float | None,
    benchmark: str,
) -> str:
    over = f"Over {sessions} session{'s' if sessions > 1 else ''}"
    if from_pct is None or to_pct is None:
        return f"{over}: one member only, none leads and none lags."
    names = [", ".join(row.name or row.symbol for row in rows) for rows in (worst, best)]
    return (
        f"{over} {names[1]} led ({to_pct:+.1f} points against {benchmark}) "
        f"and {names[0]} lagged ({from_pct:+.1f})."
    )


def _name(bars: Bars) -> str:
    return sector_names().get(bars.symbol) or bars.name or bars.symbol


ROTATION = Question(
    name="rotation",
    about="which groups lead and lag: quadrants, tails, and the best and worst by window",
    parameters=RotationParameters,
    result=Rotation,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Who leads, and who lags?",
        "the rotation of the groups, their tails, and the best and worst by window",
    ),
)
