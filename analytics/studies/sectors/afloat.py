"""Assets that stay afloat when the benchmark falls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.listings import Group, group
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_close, basis_name, has_total_return, paired_returns
from analytics.model.vocabulary import Bars, Floats, Moment, NotAvailable, Sessions

MIN_RETURNS = 60
SHRINK_TO_ONE = 1 / 3
_FLAT = 1e-14
"""Returns that spread less than this do not vary: what is left is rounding."""


@dataclass(frozen=True)
class AfloatParameters:
    """The members (none: the eleven sectors and the ten largest companies)."""

    symbols: tuple[Symbol, ...] = ()
    benchmark: Symbol = DEFAULT_BENCHMARK


@dataclass(frozen=True)
class AfloatRow:
    """A member's session against what its beta would have made of the benchmark's.

    Attributes:
        beta: over ``n`` returns ended the day before, shrunk one third towards 1.
        residual_pct: return - beta x benchmark return, percentage points.
        residual_z: residual / standard deviation of the residuals over the same window.
    """

    symbol: str
    return_pct: float
    beta: float
    residual_pct: float
    residual_z: float
    n: int


@dataclass(frozen=True)
class LastDown:
    """The last session on which the benchmark fell, with the leaders of that day."""

    session: dt.date
    benchmark_return_pct: float
    ranking: tuple[AfloatRow, ...]


@dataclass(frozen=True)
class Afloat:
    """The ranking by residual z, highest first.

    Attributes:
        headline: what the panel is called: "stays afloat", or that the benchmark is up.
        basis: which closes the returns use, the same for every member.
        last_down: set when the benchmark is up (or flat) this session.
        missing: symbol -> why it is not ranked.
    """

    session: dt.date
    benchmark: str
    benchmark_return_pct: float
    headline: str
    ranking: tuple[AfloatRow, ...]
    last_down: LastDown | None
    basis: str
    missing: Mapping[str, str]


def _members(parameters: AfloatParameters, moment: Moment) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_group(parameters, moment).beside(parameters.benchmark)))


def _group(parameters: AfloatParameters, moment: Moment) -> Group:
    return group("sectors+ten", moment.session, parameters.symbols)


def _needs(parameters: AfloatParameters, moment: Moment) -> Needs:
    return Needs(
        bars=(parameters.benchmark, *_members(parameters, moment)),
        lists=_group(parameters, moment).lists,
    )


def _compute(parameters: AfloatParameters, inputs: Inputs) -> Afloat:
    benchmark = inputs.require_bars(parameters.benchmark)
    members = _members(parameters, inputs.moment)
    present = [inputs.bars[s] for s in members if s in inputs.bars]
    total = has_total_return((benchmark, *present))
    inputs.require_any_bars(members)
    missing = inputs.missing_bars(members)
    ranking, too_short = _rank(present, benchmark, total)
    move = benchmark_return(benchmark, total)
    return Afloat(
        session=inputs.moment.session,
        benchmark=benchmark.symbol,
        benchmark_return_pct=move * 100,
        headline=(
            f"what stays afloat while {benchmark.symbol} falls"
            if move < 0
            else f"{benchmark.symbol} is up: residual leaders"
        ),
        ranking=ranking,
        last_down=None if move < 0 else _last_down(present, benchmark, total),
        basis=basis_name(total),
        missing={**missing, **too_short},
    )


def benchmark_return(bars: Bars, total: bool) -> float:
    """The last session's return, a fraction; 0 with a single bar.

    Raises:
        NotAvailable: the session before has no bar.
    """
    if len(bars) > 1 and bars.no_previous:
        raise NotAvailable(
            f"{bars.symbol}: {bars.no_previous}, so its move of {bars.last_session} is not known."
        )
    close = basis_close(bars, total)
    return float(close[-1] / close[-2] - 1) if len(close) > 1 else 0.0


def _rank(
    members: list[Bars], benchmark: Bars, total: bool
) -> tuple[tuple[AfloatRow, ...], dict[str, str]]:
    rows: list[AfloatRow] = []
    short: dict[str, str] = {}
    for bars in members:
        ours, theirs = paired_returns(bars, benchmark, total)
        if len(ours) - 1 < MIN_RETURNS:
            has = max(len(ours) - 1, 0)
            short[bars.symbol] = f"beta needs {MIN_RETURNS} earlier returns (has {has})"
            continue
        if bars.no_previous:
            short[bars.symbol] = bars.no_previous
            continue
        if not _same_last_move(bars, benchmark):
            short[bars.symbol] = "it has no bar of the session, or of the one before"
            continue
        row = afloat_row(bars.symbol, ours, theirs)
        if row is None:
            short[bars.symbol] = "its returns, or the benchmark's, do not vary"
        else:
            rows.append(row)
    rows.sort(key=lambda row: (-row.residual_z, row.symbol))
    return tuple(rows), short


def _same_last_move(bars: Bars, benchmark: Bars) -> bool:
    """Whether the last return of both is of the same session: a gap would stretch one of them."""
    return bool(np.array_equal(bars.sessions[-2:], benchmark.sessions[-2:]))


def afloat_row(symbol: str, ours: Floats, theirs: Floats) -> AfloatRow | None:
    """Residual of the last return; beta and sigma from up to 252 returns before it.

    Ordinary least-squares beta, shrunk 2/3 beta + 1/3 (Blume 1971 as practised); sigma is
    the sample standard deviation of r_i - beta_i r_m over the same window. None when the
    benchmark or the residuals do not vary.
    """
    window = slice(-1 - YEAR_SESSIONS, -1)
    mine, its = ours[window], theirs[window]
    deviation = its - its.mean()
    variance = float(deviation @ deviation)
    if variance <= _FLAT:
        return None
    raw = float(deviation @ mine) / variance
    beta = raw * (1 - SHRINK_TO_ONE) + SHRINK_TO_ONE
    sigma = float(np.std(mine - beta * its, ddof=1))
    if sigma <= _FLAT:
        return None
    residual = float(ours[-1] - beta * theirs[-1])
    return AfloatRow(
        symbol=symbol,
        return_pct=float(ours[-1]) * 100,
        beta=beta,
        residual_pct=residual * 100,
        residual_z=residual / sigma,
        n=len(mine),
    )


def _last_down(members: list[Bars], benchmark: Bars, total: bool) -> LastDown | None:
    close = basis_close(benchmark, total)
    down = np.flatnonzero((close[1:] < close[:-1]) & benchmark.follows[1:])
    if not down.size:
        return None
    at = int(down[-1]) + 1
    session = _session(benchmark.sessions, at)
    earlier = [bars.upto(session) for bars in members if _has(bars, session)]
    ranking, _ = _rank(earlier, benchmark.upto(session), total)
    return LastDown(session, float(close[at] / close[at - 1] - 1) * 100, ranking)


def _session(days: Sessions, at: int) -> dt.date:
    session: dt.date = days[at].astype(dt.date)
    return session


def _has(bars: Bars, session: dt.date) -> bool:
    return bool(np.isin(np.datetime64(session, "D"), bars.sessions))


AFLOAT = Question(
    name="afloat",
    about="what stays afloat this session: residual against beta, ranked",
    parameters=AfloatParameters,
    result=Afloat,
    needs=_needs,
    compute=_compute,
)
