"""Follow-through: whether names that stay afloat in a fall lead over the days after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.block_shuffle import PATHS, chance_of, null_windows
from analytics.indicators.forward_returns import (
    Outcome,
    beside_chance,
    forward_returns,
    outcome,
)
from analytics.indicators.intervals import MIN_FOR_RATE, apart
from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.access import Offer, Plan
from analytics.model.listings import Group, GroupName, group
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import (
    basis_close,
    basis_name,
    completed,
    has_total_return,
    on_axis,
    paired_closes,
)
from analytics.model.vocabulary import Bars, Floats, Moment, NotAvailable, Sessions
from analytics.studies.sectors.afloat import MIN_RETURNS, SHRINK_TO_ONE

FORWARD_SESSIONS = (5, 20)
MIN_RANKED = 3

METHOD = (
    "On each past session that fell by the threshold or more, members are ranked by stay-afloat z "
    "(beta over the 252 sessions before, at least 60 returns, shrunk a third towards 1). Lead: "
    "mean return of the top third less that of the other members over the sessions after the "
    "close. Means and intervals rest on events whose windows do not overlap."
)


@dataclass(frozen=True)
class FollowThroughParameters:
    """The members and what counts as a fall, in hundredths of a percent (150 = -1.5%)."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors"
    benchmark: Symbol = DEFAULT_BENCHMARK
    fall_bp: int = field(default=150, metadata={"min": 25, "max": 1000})


@dataclass(frozen=True)
class FollowThroughHorizon:
    """The top third's lead over one horizon.

    Attributes:
        outcome: of the leads, percentage points; ``positive`` counts the events it led.
        top_mean_pct, rest_mean_pct: mean returns over the same events; None under 10.
    """

    sessions: int
    outcome: Outcome
    top_mean_pct: float | None
    rest_mean_pct: float | None


@dataclass(frozen=True)
class FollowThroughEvent:
    """One fall: who stayed afloat, and their lead after it (None while still to come)."""

    session: dt.date
    benchmark_return_pct: float
    ranked: int
    top: tuple[str, ...]
    lead_5_pct: float | None
    lead_20_pct: float | None


@dataclass(frozen=True)
class FollowThrough:
    """The study over all completed sessions.

    Attributes:
        threshold_pct: falls of this size or larger are events.
        falls: sessions that fell so; ``not_ranked`` of them had under three rankable members.
        events: newest first.
        note: what following the list into the past gets wrong; empty when nothing.
    """

    session: dt.date
    benchmark: str
    group: str
    group_valid_from: dt.date | None
    threshold_pct: float
    first_session: dt.date
    falls: int
    not_ranked: int
    horizons: tuple[FollowThroughHorizon, ...]
    events: tuple[FollowThroughEvent, ...]
    basis: str
    method: str
    missing: Mapping[str, str]
    note: str


@dataclass(frozen=True, eq=False)
class ReturnPanel:
    """Members side by side on the benchmark's completed sessions; NaN where one has no bar.

    Attributes:
        ours, theirs: shape (sessions, members); each member's simple return, and the
            benchmark's between the same two sessions.
        close: shape (sessions, members).
        listed: shape (sessions, members); who was a member on which session.
    """

    symbols: tuple[str, ...]
    sessions: Sessions
    ours: Floats
    theirs: Floats
    close: Floats
    listed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Event:
    at: int
    top: tuple[int, ...]
    rest: tuple[int, ...]


def _members(parameters: FollowThroughParameters, moment: Moment) -> tuple[str, ...]:
    """Every member of any day up to the moment's: those of the day of a fall are ranked."""
    listed = group(parameters.group, moment.session, parameters.symbols)
    ever = listed.ever(dt.date.min, moment.session)
    return tuple(symbol for symbol in ever if symbol != parameters.benchmark)


def _needs(parameters: FollowThroughParameters, moment: Moment) -> Needs:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return Needs(
        bars=(parameters.benchmark, *_members(parameters, moment)),
        partial=listed.universe is not None,
        full_history=True,
        lists=listed.lists,
    )


def _compute(parameters: FollowThroughParameters, inputs: Inputs) -> FollowThrough:
    benchmark = inputs.require_bars(parameters.benchmark)
    listed = group(parameters.group, inputs.moment.session, parameters.symbols)
    members = _members(parameters, inputs.moment)
    present = [inputs.bars[s] for s in members if s in inputs.bars]
    if len(present) < MIN_RANKED:
        raise NotAvailable(
            f"follow-through needs {MIN_RANKED} members to rank (has {len(present)})."
        )
    total = has_total_return((benchmark, *present))
    panel = build_panel(present, benchmark, total, listed)
    close = basis_close(benchmark, total)[: len(panel.sessions)]
    moves = close[1:] / close[:-1] - 1
    moves[~benchmark.follows[1 : len(close)]] = np.nan
    threshold = -parameters.fall_bp / 10_000
    falls = (np.flatnonzero(moves <= threshold) + 1).tolist()
    events = [event for at in falls if (event := _rank(panel, at)) is not None]
    leads = {ahead: _sides(panel, events, ahead) for ahead in FORWARD_SESSIONS}
    return FollowThrough(
        session=inputs.moment.session,
        benchmark=benchmark.symbol,
        group=listed.title,
        group_valid_from=listed.valid_from,
        threshold_pct=threshold * 100,
        first_session=benchmark.sessions[0].astype(dt.date),
        falls=len(falls),
        not_ranked=len(falls) - len(events),
        horizons=_horizons(panel, events, leads),
        events=tuple(
            FollowThroughEvent(
                session=panel.sessions[event.at].astype(dt.date),
                benchmark_return_pct=float(moves[event.at - 1]) * 100,
                ranked=len(event.top) + len(event.rest),
                top=tuple(panel.symbols[i] for i in event.top),
                lead_5_pct=_lead(leads[5], i),
                lead_20_pct=_lead(leads[20], i),
            )
            for i, event in reversed(list(enumerate(events)))
        ),
        basis=basis_name(total),
        method=METHOD,
        missing=inputs.missing_bars(members),
        note=listed.past_note(members, inputs.missing_bars(members)),
    )


def build_panel(
    members: Sequence[Bars], benchmark: Bars, total: bool, listed: Group | None = None
) -> ReturnPanel:
    """Place the members' closes and paired returns on the benchmark's completed sessions."""
    axis = benchmark.sessions[: completed(benchmark)]
    ours, theirs, closes = [], [], []
    for bars in members:
        days, mine, its = paired_closes(bars, benchmark, total)
        closes.append(on_axis(axis, days, mine))
        daily = np.diff(np.searchsorted(axis, days)) == 1
        ours.append(on_axis(axis, days[1:][daily], (mine[1:] / mine[:-1] - 1)[daily]))
        theirs.append(on_axis(axis, days[1:][daily], (its[1:] / its[:-1] - 1)[daily]))
    return ReturnPanel(
        symbols=tuple(bars.symbol for bars in members),
        sessions=axis,
        ours=np.column_stack(ours),
        theirs=np.column_stack(theirs),
        close=np.column_stack(closes),
        listed=np.column_stack(
            [
                np.ones(len(axis), bool) if listed is None else listed.listed(bars.symbol, axis)
                for bars in members
            ]
        ),
    )


def residual_z(panel: ReturnPanel, at: int) -> Floats:
    """Stay-afloat z of each member on session ``at``, shape (members,); NaN when unrankable.

    The formula of `afloat.afloat_row` for all members at once, over the 252 sessions
    before ``at``: nothing of that session or later enters beta or sigma.
    """
    window = slice(max(at - YEAR_SESSIONS, 0), at)
    known = np.isfinite(panel.ours[window])
    n = known.sum(axis=0)
    count = np.maximum(n, 1)
    mine = np.where(known, panel.ours[window], 0.0)
    its = np.where(known, panel.theirs[window], 0.0)
    mine = np.where(known, mine - mine.sum(axis=0) / count, 0.0)
    its = np.where(known, its - its.sum(axis=0) / count, 0.0)
    variance = (its * its).sum(axis=0)
    usable = (n >= MIN_RETURNS) & (variance > 0)
    raw = (its * mine).sum(axis=0) / np.where(usable, variance, 1.0)
    beta = raw * (1 - SHRINK_TO_ONE) + SHRINK_TO_ONE
    spread = ((mine - beta * its) ** 2).sum(axis=0)
    usable &= spread > 0
    sigma = np.sqrt(np.where(usable, spread, 1.0) / np.maximum(n - 1, 1))
    residual = panel.ours[at] - beta * panel.theirs[at]
    return np.where(usable, residual / sigma, np.nan)


def _rank(panel: ReturnPanel, at: int) -> _Event | None:
    """Top third and the rest on one session; None with under three rankable members."""
    z = np.where(panel.listed[at], residual_z(panel, at), np.nan)
    order = [i for i in np.argsort(-z, kind="stable").tolist() if np.isfinite(z[i])]
    if len(order) < MIN_RANKED:
        return None
    third = len(order) // 3
    return _Event(at, tuple(order[:third]), tuple(order[third:]))


def _sides(panel: ReturnPanel, events: Sequence[_Event], ahead: int) -> tuple[Floats, Floats]:
    """Mean forward returns, percent, of the top third and of the rest; NaN while to come."""
    returns = forward_returns(panel.close, ahead) * 100
    top = [_mean(returns[event.at, list(event.top)]) for event in events]
    rest = [_mean(returns[event.at, list(event.rest)]) for event in events]
    return np.array(top), np.array(rest)


def _mean(values: Floats) -> float:
    """Mean of the values that exist; NaN when none does."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _lead(sides: tuple[Floats, Floats], i: int) -> float | None:
    lead = float(sides[0][i] - sides[1][i])
    return lead if np.isfinite(lead) else None


def _horizons(
    panel: ReturnPanel, events: Sequence[_Event], leads: Mapping[int, tuple[Floats, Floats]]
) -> tuple[FollowThroughHorizon, ...]:
    found = [_horizon(events, *leads[ahead], ahead) for ahead in FORWARD_SESSIONS]
    chances = [
        None
        if one.outcome.mean_pct is None
        else chance_of(one.outcome.mean_pct, null_leads(panel, counted, one.sessions))
        for one, counted in found
    ]
    outcomes = beside_chance([one.outcome for one, _ in found], chances)
    return tuple(
        replace(one, outcome=beside) for (one, _), beside in zip(found, outcomes, strict=True)
    )


def null_leads(
    panel: ReturnPanel, events: Sequence[_Event], ahead: int, paths: int = PATHS
) -> Floats:
    """Mean lead over the events on each of the null's paths, percentage points, shape (paths,).

    The days and their top thirds stay; what follows is drawn anew, all members' returns of a
    session together, so a member that gains more in the long run does so here too.
    """
    daily = np.full(panel.close.shape, np.nan)
    daily[1:] = panel.close[1:] / panel.close[:-1] - 1.0
    shape = (len(events), panel.close.shape[1])
    top, rest = np.zeros(shape, bool), np.zeros(shape, bool)
    for i, event in enumerate(events):
        top[i, list(event.top)], rest[i, list(event.rest)] = True, True
    means = []
    for windows in null_windows(daily, [event.at for event in events], ahead, paths):
        lead = _row_means(windows, top) - _row_means(windows, rest)
        known = lead[np.isfinite(lead)]
        means.append(float(known.mean()) * 100 if known.size else float("nan"))
    return np.asarray(means)


def _row_means(values: Floats, chosen: np.ndarray) -> Floats:
    """Mean of each row's chosen values that exist, shape (rows,); NaN when none does."""
    used = chosen & np.isfinite(values)
    count = used.sum(axis=1)
    sums = np.where(used, values, 0.0).sum(axis=1)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _horizon(
    events: Sequence[_Event], top: Floats, rest: Floats, ahead: int
) -> tuple[FollowThroughHorizon, list[_Event]]:
    """The lead over one horizon, without its null, and the events that it is taken over."""
    ended = np.flatnonzero(np.isfinite(top - rest)).tolist()
    at = [events[i].at for i in ended]
    leads = outcome(at, [float(top[i] - rest[i]) for i in ended], ahead)
    positions = [ended[i] for i in apart(at, ahead)]
    enough = len(positions) >= MIN_FOR_RATE
    horizon = FollowThroughHorizon(
        sessions=ahead,
        outcome=leads,
        top_mean_pct=fmean(top[positions].tolist()) if enough else None,
        rest_mean_pct=fmean(rest[positions].tolist()) if enough else None,
    )
    return horizon, [events[i] for i in positions]


FOLLOW_THROUGH = Question(
    name="follow-through",
    about="did the names that stayed afloat in past falls lead afterwards?",
    parameters=FollowThroughParameters,
    result=FollowThrough,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Did what stayed afloat lead afterwards?",
        "what became of the names that stayed afloat in past falls",
    ),
)
