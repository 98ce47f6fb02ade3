"""Correlation of each name with the benchmark and with its sector."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.access import Offer, Plan
from analytics.model.listings import GroupName, group, members_list, sector_fund, sector_names
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_name, has_total_return, paired_returns
from analytics.model.vocabulary import Bars, Floats, Moment

NOTE = (
    "Pearson correlation of daily returns. A large company is itself part of its sector fund and "
    "of the benchmark, which lifts its correlation with both."
)


@dataclass(frozen=True)
class CorrelationParameters:
    """The names (by default the sectors and the ten largest) and the window of returns."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors+ten"
    benchmark: Symbol = DEFAULT_BENCHMARK
    sessions: int = field(default=90, metadata={"min": 20, "max": YEAR_SESSIONS})


@dataclass(frozen=True)
class CorrelationRow:
    """One name's correlations over the window, each from -1 to 1.

    Attributes:
        sector: the sector fund; None for a fund itself or a company not on the dated list.
        to_sector: None without a sector, or when the sector's returns are too few.
        n, sector_n: returns used.
    """

    symbol: str
    to_benchmark: float
    n: int
    sector: str | None
    sector_name: str | None
    to_sector: float | None
    sector_n: int


@dataclass(frozen=True)
class Correlation:
    """Correlations, the closest to the benchmark first."""

    session: dt.date
    benchmark: str
    group: str
    sessions: int
    basis: str
    rows: tuple[CorrelationRow, ...]
    missing: Mapping[str, str]
    note: str


def _members(parameters: CorrelationParameters, moment: Moment) -> tuple[str, ...]:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return listed.beside(parameters.benchmark)


def _needs(parameters: CorrelationParameters, moment: Moment) -> Needs:
    members = _members(parameters, moment)
    funds = [fund for fund in map(sector_fund, members) if fund]
    return Needs(
        bars=tuple(dict.fromkeys((parameters.benchmark, *members, *funds))),
        lists=(
            *group(parameters.group, moment.session, parameters.symbols).lists,
            *((members_list(moment.session),) if funds else ()),
        ),
    )


def _compute(parameters: CorrelationParameters, inputs: Inputs) -> Correlation:
    benchmark = inputs.require_bars(parameters.benchmark)
    members = _members(parameters, inputs.moment)
    total = has_total_return(inputs.bars.values())
    inputs.require_any_bars(members)
    missing = inputs.missing_bars(members)
    rows: list[CorrelationRow] = []
    for bars in (inputs.bars[s] for s in members if s in inputs.bars):
        row = _row(bars, benchmark, inputs.bars, total, parameters.sessions)
        if isinstance(row, str):
            missing[bars.symbol] = row
        else:
            rows.append(row)
    rows.sort(key=lambda row: (-row.to_benchmark, row.symbol))
    return Correlation(
        session=inputs.moment.session,
        benchmark=benchmark.symbol,
        group=group(parameters.group, inputs.moment.session, parameters.symbols).title,
        sessions=parameters.sessions,
        basis=basis_name(total),
        rows=tuple(rows),
        missing=missing,
        note=NOTE,
    )


def _row(
    bars: Bars, benchmark: Bars, known: Mapping[str, Bars], total: bool, sessions: int
) -> CorrelationRow | str:
    ours, theirs = paired_returns(bars, benchmark, total)
    if len(ours) < sessions:
        return f"correlation needs {sessions} returns (has {len(ours)})"
    to_benchmark = correlation(ours[-sessions:], theirs[-sessions:])
    if to_benchmark is None:
        return "its returns, or the benchmark's, do not vary"
    sector = sector_fund(bars.symbol)
    to_sector, sector_n = None, 0
    if sector is not None and sector in known:
        ours, theirs = paired_returns(bars, known[sector], total)
        if len(ours) >= sessions:
            to_sector, sector_n = correlation(ours[-sessions:], theirs[-sessions:]), sessions
    return CorrelationRow(
        symbol=bars.symbol,
        to_benchmark=to_benchmark,
        n=sessions,
        sector=sector,
        sector_name=sector_names().get(sector) if sector else None,
        to_sector=to_sector,
        sector_n=sector_n,
    )


def correlation(ours: Floats, theirs: Floats) -> float | None:
    """Pearson correlation of two series of one length; None when one does not vary."""
    mine, its = ours - ours.mean(), theirs - theirs.mean()
    scale = float(np.sqrt((mine @ mine) * (its @ its)))
    if scale <= 0:
        return None
    return float(np.clip((mine @ its) / scale, -1.0, 1.0))


CORRELATION = Question(
    name="correlation",
    about="correlation of each name with the benchmark and with its sector fund",
    parameters=CorrelationParameters,
    result=Correlation,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Who moves with the market?",
        "the correlation of each name with the market and with its sector",
    ),
)
