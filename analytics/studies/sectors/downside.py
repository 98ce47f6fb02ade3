"""Downside capture: how much of the benchmark's falls a member takes part in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.access import Offer, Plan
from analytics.model.listings import GroupName, group
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_name, has_total_return, paired_returns
from analytics.model.vocabulary import Floats, Moment

MIN_RETURNS = 60
MIN_DOWN_DAYS = 10


@dataclass(frozen=True)
class DownsideParameters:
    """The members, and over how many sessions the benchmark's down days are counted."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors+ten"
    benchmark: Symbol = DEFAULT_BENCHMARK
    sessions: int = field(default=YEAR_SESSIONS, metadata={"min": MIN_RETURNS, "max": 2520})


@dataclass(frozen=True)
class DownsideRow:
    """A member on the benchmark's down days.

    Attributes:
        capture_pct: 100 x its geometric mean return on those days / the benchmark's: 50 means
            half the fall, negative means it rose.
        mean_return_pct, benchmark_return_pct: the two geometric means, percent a day.
        down_days: of the ``n`` returns that both have.
    """

    symbol: str
    capture_pct: float
    mean_return_pct: float
    benchmark_return_pct: float
    down_days: int
    n: int


@dataclass(frozen=True)
class Downside:
    """Downside capture, the smallest first."""

    session: dt.date
    benchmark: str
    group: str
    sessions: int
    basis: str
    rows: tuple[DownsideRow, ...]
    missing: Mapping[str, str]


def _members(parameters: DownsideParameters, moment: Moment) -> tuple[str, ...]:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return listed.beside(parameters.benchmark)


def _needs(parameters: DownsideParameters, moment: Moment) -> Needs:
    return Needs(
        bars=(parameters.benchmark, *_members(parameters, moment)),
        full_history=parameters.sessions > 2 * YEAR_SESSIONS,
        lists=group(parameters.group, moment.session, parameters.symbols).lists,
    )


def _compute(parameters: DownsideParameters, inputs: Inputs) -> Downside:
    benchmark = inputs.require_bars(parameters.benchmark)
    members = _members(parameters, inputs.moment)
    present = [inputs.bars[s] for s in members if s in inputs.bars]
    total = has_total_return((benchmark, *present))
    inputs.require_any_bars(members)
    missing = inputs.missing_bars(members)
    rows: list[DownsideRow] = []
    for bars in present:
        ours, theirs = paired_returns(bars, benchmark, total)
        row = downside_row(
            bars.symbol, ours[-parameters.sessions :], theirs[-parameters.sessions :]
        )
        if isinstance(row, str):
            missing[bars.symbol] = row
        else:
            rows.append(row)
    rows.sort(key=lambda row: (row.capture_pct, row.symbol))
    return Downside(
        session=inputs.moment.session,
        benchmark=benchmark.symbol,
        group=group(parameters.group, inputs.moment.session, parameters.symbols).title,
        sessions=parameters.sessions,
        basis=basis_name(total),
        rows=tuple(rows),
        missing=missing,
    )


def downside_row(symbol: str, ours: Floats, theirs: Floats) -> DownsideRow | str:
    """Downside capture over paired simple returns, or why there is none.

    Geometric means over the days with a negative benchmark return (methods, "Downside
    capture"; Morningstar's upside/downside capture ratio).
    """
    if len(ours) < MIN_RETURNS:
        return f"downside capture needs {MIN_RETURNS} returns (has {len(ours)})"
    down = theirs < 0
    days = int(down.sum())
    if days < MIN_DOWN_DAYS:
        return f"downside capture needs {MIN_DOWN_DAYS} down days (has {days})"
    own = float(np.expm1(np.log1p(ours[down]).mean())) * 100
    its = float(np.expm1(np.log1p(theirs[down]).mean())) * 100
    return DownsideRow(symbol, own / its * 100, own, its, days, len(ours))


DOWNSIDE = Question(
    name="downside-capture",
    about="how much of the benchmark's down days each member takes part in",
    parameters=DownsideParameters,
    result=Downside,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Who falls with the market?",
        "how much of the down days each name takes part in, and its correlation",
    ),
)
