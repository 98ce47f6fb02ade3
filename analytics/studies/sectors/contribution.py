"""Contributions to a move: companies' and sectors' shares of the benchmark's move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS, optional_values
from analytics.model.access import Offer, Plan
from analytics.model.bars import no_bar_of
from analytics.model.dated_lists import coverage
from analytics.model.listings import Weights, index_weights
from analytics.model.question import Inputs, Needs, Question
from analytics.model.returns import (
    basis_close,
    basis_name,
    has_total_return,
    on_axis,
    paired_closes,
)
from analytics.model.vocabulary import BENCHMARK, Bars, Floats, Moment, NotAvailable

EQUAL_WEIGHT = "RSP"
GAP_SESSIONS = (1, 5, 20, 60, 252)
HISTORY_YEARS = 3

METHOD = (
    "Contribution = weight before the move x return over it. Weights are the published ones of "
    "their date, carried to the day before the move by prices alone (traded closes; changes in "
    "share counts and members are left out), or used as published where the prices do not reach "
    "that date."
)


@dataclass(frozen=True)
class ContributionParameters:
    """How many sessions the move spans, and how many the histories show."""

    sessions: int = field(default=1, metadata={"min": 1, "max": YEAR_SESSIONS})
    history: int = field(default=YEAR_SESSIONS, metadata={"min": 20, "max": 2520})


@dataclass(frozen=True)
class ContributionRow:
    """One part of the benchmark's move.

    Attributes:
        published_pct: weight as published; ``weight_pct`` as carried to before the move.
        contribution_pct: weight x return, percentage points of the benchmark's move.
    """

    symbol: str
    name: str
    published_pct: float
    weight_pct: float
    return_pct: float
    contribution_pct: float


@dataclass(frozen=True)
class ContributionTable:
    """The parts of one kind, the largest drag first, and what they leave over.

    Attributes:
        carried: whether the weights were carried by prices from ``weights_as_of``.
        rest_pct: the benchmark's move less the sum: the other companies; for the sectors,
            what rounded weights and the funds' own caps leave unexplained.
        rest_return_pct: the return that the rest's weight implies; None under 5% of weight.
        missing: symbol -> why; its share is then inside the rest.
        coverage: "nine of the ten largest; BRK-B missing"; empty when none is.
    """

    rows: tuple[ContributionRow, ...]
    weights_as_of: dt.date
    weights_source: str
    carried: bool
    sum_weight_pct: float
    sum_pct: float
    rest_weight_pct: float
    rest_pct: float
    rest_return_pct: float | None
    missing: Mapping[str, str]
    coverage: str


@dataclass(frozen=True)
class WeightGap:
    """The benchmark against the equal-weight fund over one window, percent and points."""

    sessions: int
    benchmark_pct: float
    equal_weight_pct: float
    gap_pct: float


@dataclass(frozen=True)
class EqualWeight:
    """Cap weight against equal weight: a positive gap says the large names carried the move.

    Attributes:
        reason: why there is no comparison; every tuple is then empty.
        sessions: of the two indices, which start at 100.
    """

    symbol: str
    reason: str | None
    gaps: tuple[WeightGap, ...]
    sessions: tuple[dt.date, ...]
    benchmark_index: tuple[float, ...]
    equal_weight_index: tuple[float, ...]


@dataclass(frozen=True)
class Concentration:
    """Joint weight of the ten largest, as published and as prices imply it over time.

    Attributes:
        names: how many of the ten are counted: those with a bar of the weights' date.
        now_pct: implied at the last session; None when prices do not reach the weights' date.
        sum_pct: None where a name had no bar.
        basis: always traded closes: weights follow market value.
    """

    names: int
    published_pct: float
    now_pct: float | None
    sessions: tuple[dt.date, ...]
    sum_pct: tuple[float | None, ...]
    basis: str


@dataclass(frozen=True)
class Contribution:
    """The benchmark's move taken apart."""

    session: dt.date
    from_session: dt.date
    provisional: bool
    benchmark: str
    sessions: int
    move_pct: float
    sentence: str
    companies: ContributionTable
    sectors: ContributionTable
    equal_weight: EqualWeight
    concentration: Concentration
    basis: str
    method: str


def _needs(parameters: ContributionParameters, moment: Moment) -> Needs:
    weights = (
        index_weights("company", moment.session),
        index_weights("sector", moment.session),
    )
    old = moment.session.year - min(w.as_of.year for w in weights) >= HISTORY_YEARS
    return Needs(
        bars=(BENCHMARK, *weights[0].weights_pct, *weights[1].weights_pct, EQUAL_WEIGHT),
        full_history=old or parameters.history > 2 * YEAR_SESSIONS,
        lists=tuple(dict.fromkeys(one.dated for one in weights)),
    )


def _compute(parameters: ContributionParameters, inputs: Inputs) -> Contribution:
    benchmark = inputs.require_bars(BENCHMARK)
    if len(benchmark) <= parameters.sessions:
        raise NotAvailable(
            f"{BENCHMARK}: a move over {parameters.sessions} sessions needs "
            f"{parameters.sessions + 1} sessions (has {len(benchmark)})."
        )
    gap = benchmark.listing.without_bar(benchmark.sessions[-1 - parameters.sessions :])
    if gap.size:
        raise NotAvailable(
            f"{BENCHMARK}: {no_bar_of(gap)}, so its move over {parameters.sessions} sessions is "
            "not known."
        )
    total = has_total_return(inputs.bars.values())
    companies = contribution_table(
        index_weights("company", inputs.moment.session),
        inputs,
        benchmark,
        total,
        parameters.sessions,
        "ten largest",
    )
    close = basis_close(benchmark, total)
    move = _change_pct(close, parameters.sessions)
    return Contribution(
        session=inputs.moment.session,
        from_session=benchmark.sessions[-1 - parameters.sessions].astype(dt.date),
        provisional=not benchmark.last_complete,
        benchmark=BENCHMARK,
        sessions=parameters.sessions,
        move_pct=move,
        sentence=_sentence(move, companies),
        companies=companies,
        sectors=contribution_table(
            index_weights("sector", inputs.moment.session),
            inputs,
            benchmark,
            total,
            parameters.sessions,
            "sectors",
        ),
        equal_weight=_equal_weight(inputs, benchmark, total, parameters.history),
        concentration=_concentration(inputs, benchmark, parameters.history),
        basis=basis_name(total),
        method=METHOD,
    )


def contribution_table(
    weights: Weights,
    inputs: Inputs,
    benchmark: Bars,
    total: bool,
    sessions: int,
    what: str = "companies",
) -> ContributionTable:
    """Contributions to the benchmark's last ``sessions`` sessions; ``what`` the members are."""
    missing = inputs.missing_bars(tuple(weights.weights_pct))
    anchor = weight_anchor(weights, benchmark)
    start = len(benchmark) - 1 - sessions
    rows = []
    for symbol, published in weights.weights_pct.items():
        if symbol in missing:
            continue
        bars = inputs.bars[symbol]
        close = on_axis(benchmark.sessions, bars.sessions, basis_close(bars, total))
        change = float(close[-1] / close[start] - 1) * 100
        carried = implied_weight(published, bars, benchmark, anchor)
        weight = published if carried is None else float(carried[start])
        if not (np.isfinite(change) and np.isfinite(weight)):
            missing[symbol] = f"no close of {symbol} at the start of the move or of the weights"
            continue
        name = weights.names[symbol]
        part = weight * change / 100
        rows.append(ContributionRow(symbol, name, published, weight, change, part))
    rows.sort(key=lambda row: (row.contribution_pct, row.symbol))
    sum_weight = sum(row.weight_pct for row in rows)
    sum_pct = sum(row.contribution_pct for row in rows)
    rest = _change_pct(basis_close(benchmark, total), sessions) - sum_pct
    return ContributionTable(
        rows=tuple(rows),
        weights_as_of=weights.as_of,
        weights_source=weights.source,
        carried=anchor is not None,
        sum_weight_pct=sum_weight,
        sum_pct=sum_pct,
        rest_weight_pct=100 - sum_weight,
        rest_pct=rest,
        rest_return_pct=rest / (100 - sum_weight) * 100 if sum_weight <= 95 else None,
        missing=missing,
        coverage=coverage(len(weights.weights_pct), missing, what),
    )


def weight_anchor(weights: Weights, benchmark: Bars) -> int | None:
    """Position of the benchmark's bar of the weights' date; None when its bars miss that date.

    The date is a session's close, so the newest bar on or before it must be of that date's
    week; as of an earlier day there is none yet.
    """
    day = np.datetime64(weights.as_of, "D")
    at = int(np.searchsorted(benchmark.sessions, day, side="right")) - 1
    if at < 0 or benchmark.sessions[-1] < day or day - benchmark.sessions[at] > np.timedelta64(5):
        return None
    return at


def implied_weight(
    published_pct: float, bars: Bars, benchmark: Bars, anchor: int | None
) -> Floats | None:
    """Weight by session on the benchmark's sessions, percent: it grows with relative price."""
    if anchor is None:
        return None
    close = on_axis(benchmark.sessions, bars.sessions, bars.close)
    relative = close / benchmark.close
    weight: Floats = published_pct * relative / relative[anchor]
    return weight


def _equal_weight(inputs: Inputs, benchmark: Bars, total: bool, history: int) -> EqualWeight:
    if EQUAL_WEIGHT not in inputs.bars:
        reason = inputs.missing_bars((EQUAL_WEIGHT,))[EQUAL_WEIGHT]
        return EqualWeight(EQUAL_WEIGHT, reason, (), (), (), ())
    days, equal, capped = paired_closes(inputs.bars[EQUAL_WEIGHT], benchmark, total)
    gaps = []
    for sessions in GAP_SESSIONS:
        if len(days) > sessions:
            ours, theirs = _change_pct(capped, sessions), _change_pct(equal, sessions)
            gaps.append(WeightGap(sessions, ours, theirs, ours - theirs))
    shown = slice(-history, None)
    return EqualWeight(
        symbol=EQUAL_WEIGHT,
        reason=None,
        gaps=tuple(gaps),
        sessions=tuple(days[shown].tolist()),
        benchmark_index=_from_100(capped[shown]),
        equal_weight_index=_from_100(equal[shown]),
    )


def _concentration(inputs: Inputs, benchmark: Bars, history: int) -> Concentration:
    weights = index_weights("company", inputs.moment.session)
    anchor = weight_anchor(weights, benchmark)
    known: list[float] = []
    carried: list[Floats] = []
    for symbol, published in weights.weights_pct.items():
        if symbol not in inputs.bars:
            continue
        path = implied_weight(published, inputs.bars[symbol], benchmark, anchor)
        if path is not None and not np.isfinite(path[anchor]).all():
            continue
        known.append(published)
        carried += [] if path is None else [path]
    total = np.sum(carried, axis=0)[-history:] if carried else np.empty(0)
    sum_pct = optional_values(total)
    return Concentration(
        names=len(known),
        published_pct=sum(known),
        now_pct=sum_pct[-1] if sum_pct else None,
        sessions=tuple(benchmark.sessions[-history:].tolist()) if sum_pct else (),
        sum_pct=sum_pct,
        basis=basis_name(total=False),
    )


def _sentence(move: float, companies: ContributionTable) -> str:
    leaders = companies.rows if move < 0 else companies.rows[::-1]
    most = " and ".join(f"{row.name} {row.contribution_pct:+.2f}" for row in leaders[:2])
    absent = f" ({companies.coverage})" if companies.coverage else ""
    return (
        f"{BENCHMARK} {move:+.2f}%: the ten largest{absent} gave {companies.sum_pct:+.2f} points "
        f"({most or 'none has prices'}), the rest {companies.rest_pct:+.2f}; weights of "
        f"{companies.weights_as_of}{', carried by prices' if companies.carried else ''}."
    )


def _change_pct(close: Floats, sessions: int) -> float:
    return float(close[-1] / close[-1 - sessions] - 1) * 100


def _from_100(close: Floats) -> tuple[float, ...]:
    return tuple((close / close[0] * 100).tolist()) if len(close) else ()


CONTRIBUTION = Question(
    name="contribution",
    about="where the benchmark's move came from: the ten largest, the sectors, equal weight",
    parameters=ContributionParameters,
    result=Contribution,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Where did the move come from?",
        "the part of each company and sector in the move, and the move at equal weight",
    ),
)
