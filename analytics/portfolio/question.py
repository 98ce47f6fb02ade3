"""Question of the model portfolio: how it stands, and what a fall to its supports would cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model.access import Offer, Plan
from analytics.model.dated_lists import aged_lists
from analytics.model.dates import day_text
from analytics.model.listings import members_list
from analytics.model.portfolio_changes import Change, said
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_close, basis_name, on_axis
from analytics.model.vocabulary import Bars, Floats, HoldlineError, Moment, NotAvailable
from analytics.portfolio import performance as measures
from analytics.portfolio.holdings import (
    FALL_LEVELS,
    fall_to_support,
    read_holdings,
    sector_shares,
)
from analytics.portfolio.ledger import Ledger, keep_ledger, session_axis
from analytics.portfolio.price_checks import came_late, refuse_other_basis
from analytics.portfolio.view import NO_CURVE, ChangeRow, Curve, Performance, PortfolioView


@dataclass(frozen=True)
class PortfolioParameters:
    """What it is compared with."""

    benchmark: Symbol = DEFAULT_BENCHMARK


def _needs(parameters: PortfolioParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.benchmark,), portfolio=True)


def _compute(parameters: PortfolioParameters, inputs: Inputs) -> PortfolioView:
    return value_portfolio(inputs.require_changes(), inputs, parameters.benchmark)


def value_portfolio(changes: Sequence[Change], inputs: Inputs, benchmark: str) -> PortfolioView:
    """The portfolio that ``changes`` make, over the inputs' bars.

    Never raises: without prices the changes are still listed, with the reason there is no value.
    """
    session = inputs.moment.session
    try:
        ledger = build_ledger(changes, inputs, benchmark)
    except HoldlineError as error:
        return _unvalued(changes, session, benchmark, str(error))
    complete = inputs.bars[benchmark].last_complete
    if not len(ledger):
        reason = "Nothing has been paid in yet." if changes else "No change has been published yet."
        return _unvalued(changes, session, benchmark, reason, ledger)
    value = float(ledger.value[-1])
    whole = value if np.isfinite(value) and value > 1e-9 else None
    holdings = read_holdings(ledger, inputs.bars, session, whole)
    day_usd, day_pct = (None, None) if came_late(ledger, inputs) else _day(ledger)
    return PortfolioView(
        session=session,
        provisional=not complete,
        benchmark=benchmark,
        unvalued=None if whole else "The portfolio is empty: everything was paid out.",
        value_usd=whole,
        cash_usd=float(ledger.cash[-1]),
        day_usd=day_usd,
        day_pct=day_pct,
        carried_usd=float(ledger.carried[-1]),
        contains=_contains(ledger),
        sectors_list="; ".join(aged_lists([members_list(session)], session)),
        holdings=holdings,
        sectors=sector_shares(holdings, float(ledger.cash[-1]), whole) if whole else (),
        falls=tuple(fall_to_support(holdings, n, whole) for n in FALL_LEVELS) if whole else (),
        performance=_performance(ledger, inputs.bars[benchmark]),
        curve=_curve(ledger, inputs.bars[benchmark]),
        changes=_rows(changes, ledger),
        notes=_notes(changes, ledger, inputs.bars),
    )


def build_ledger(changes: Sequence[Change], inputs: Inputs, benchmark: str) -> Ledger:
    """Positions and values over the exchange's sessions up to the inputs' moment.

    Raises:
        HoldlineError: bars of the benchmark or of a symbol in the changes are absent, or are
            not in dollars.
    """
    standing = inputs.require_bars(benchmark)
    symbols = tuple(dict.fromkeys(s for change in changes for s in change.symbols))
    for symbol in symbols:
        bars = inputs.require_bars(symbol)
        if bars.currency != "USD":
            raise NotAvailable(f"{symbol} is priced in {bars.currency}: only dollars are added up.")
        refuse_other_basis(bars, min(c.effective for c in changes if symbol in c.symbols))
    axis = session_axis(changes, inputs.moment.session)
    return keep_ledger(changes, {s: inputs.bars[s] for s in symbols}, axis, standing.last_complete)


def _unvalued(
    changes: Sequence[Change],
    session: dt.date,
    benchmark: str,
    reason: str,
    ledger: Ledger | None = None,
) -> PortfolioView:
    return PortfolioView(
        session=session,
        provisional=False,
        benchmark=benchmark,
        unvalued=reason,
        value_usd=None,
        cash_usd=None,
        day_usd=None,
        day_pct=None,
        carried_usd=None,
        contains="",
        sectors_list="",
        holdings=(),
        sectors=(),
        falls=(),
        performance=None,
        curve=NO_CURVE,
        changes=_rows(changes, ledger),
        notes=(),
    )


def _contains(ledger: Ledger) -> str:
    """Which holdings the value counts at an earlier close; empty for none."""
    if not ledger.last_closes:
        return ""
    last_closes = [f"{s} at its last close of {day_text(d)}" for s, d in ledger.last_closes.items()]
    return f"contains {', '.join(last_closes)}"


def _day(ledger: Ledger) -> tuple[float | None, float | None]:
    """Dollars and percent that the last session made, its payments left out."""
    if len(ledger) < 2 or not np.isfinite(ledger.value[-2:]).all() or ledger.value[-2] <= 1e-9:
        return None, None
    made = float(ledger.value[-1] - ledger.flow[-1] - ledger.value[-2])
    return made, made / float(ledger.value[-2]) * 100


def _performance(ledger: Ledger, benchmark: Bars) -> Performance | None:
    known = np.flatnonzero(np.isfinite(ledger.value))
    if len(known) < 2:
        return None
    days = ledger.sessions[: known[-1] + 1]
    value, flow = ledger.value[: len(days)], ledger.flow[: len(days)]
    total = benchmark.adj_close is not None
    closes = on_axis(days, benchmark.sessions, basis_close(benchmark, total))
    returns = measures.time_weighted_returns(value, flow)
    theirs = closes[1:] / closes[:-1] - 1
    grown, its = measures.growth(returns), closes / closes[0]
    since, until = days[0].astype(dt.date), days[-1].astype(dt.date)
    length = (until - since).days
    rate = _money_weighted(days, value, flow)
    its_rate = _money_weighted(days, same_payments(flow, closes), flow)
    yearly = length >= measures.DAYS_A_YEAR
    return Performance(
        since=since,
        until=until,
        time_weighted_pct=float(grown[-1] - 1) * 100,
        benchmark_time_weighted_pct=_finite((its[-1] - 1) * 100),
        money_weighted_pct=_period(rate, length),
        benchmark_money_weighted_pct=_period(its_rate, length),
        yearly_time_weighted_pct=(float(grown[-1]) ** (measures.DAYS_A_YEAR / length) - 1) * 100
        if yearly
        else None,
        yearly_money_weighted_pct=rate * 100 if yearly and rate is not None else None,
        drawdown=measures.deepest_drawdown(days, grown),
        benchmark_drawdown=measures.deepest_drawdown(days, its),
        volatility_pct=measures.volatility_pct(returns),
        benchmark_volatility_pct=measures.volatility_pct(theirs),
        beta=measures.beta(returns, theirs),
        dividends_usd=float(ledger.dividends[: len(days)].sum()),
        basis=basis_name(total),
    )


def _money_weighted(days: np.ndarray, value: Floats, flow: Floats) -> float | None:
    if not np.isfinite(value[-1]):
        return None
    dates = [day.astype(dt.date) for day in days]
    paid = [(day, -float(f)) for day, f in zip(dates, flow, strict=True) if f]
    paid.append((dates[-1], float(value[-1])))
    return measures.money_weighted_rate([d for d, _ in paid], [p for _, p in paid])


def same_payments(flow: Floats, closes: Floats) -> Floats:
    """Value of the benchmark bought and sold with the same payments; NaN when one has no close."""
    with np.errstate(invalid="ignore"):
        bought = np.where(flow == 0, 0.0, flow / closes)
    value: Floats = np.cumsum(bought) * closes
    return value


def _period(rate: float | None, days: int) -> float | None:
    return None if rate is None else measures.over_period(rate, days) * 100


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _curve(ledger: Ledger, benchmark: Bars) -> Curve:
    returns = measures.time_weighted_returns(ledger.value, ledger.flow)
    total = benchmark.adj_close is not None
    closes = on_axis(ledger.sessions, benchmark.sessions, basis_close(benchmark, total))
    grown = measures.growth(returns) * 100
    return Curve(
        sessions=tuple(day.astype(dt.date) for day in ledger.sessions),
        grown=_numbers(grown),
        benchmark=_numbers(closes / closes[0] * 100),
        value_usd=_numbers(ledger.value),
        cash_usd=_numbers(ledger.cash),
    )


def _numbers(series: Floats) -> tuple[float | None, ...]:
    return tuple(_finite(value) for value in series.tolist())


def _rows(changes: Sequence[Change], ledger: Ledger | None) -> tuple[ChangeRow, ...]:
    pending = {c.id: why for c, why in ledger.pending} if ledger else {}
    lapsed = {c.id: why for c, why in ledger.lapsed} if ledger else {}
    return tuple(
        ChangeRow(
            number=c.number,
            effective=c.effective,
            kind=c.kind,
            said=said(c),
            reason=c.reason,
            published_at=c.published_at,
            afterwards=c.afterwards,
            pending=pending.get(c.id, ""),
            lapsed=lapsed.get(c.id, ""),
        )
        for c in reversed(changes)
    )


def _notes(changes: Sequence[Change], ledger: Ledger, bars: Mapping[str, Bars]) -> tuple[str, ...]:
    notes = []
    late = [c.number for c in changes if c.afterwards]
    if late:
        notes.append(
            f"{_counted(len(late), 'change was', 'changes were')} published after the close of "
            "the session: entered afterwards, not traded ahead."
        )
    if ledger.overdrawn:
        notes.append(
            "The cash was overdrawn by change "
            f"{', '.join(str(n) for n in ledger.overdrawn)}: the close was not the price it was "
            "drafted at."
        )
    bare = [s for s in ledger.units if bars[s].adj_close is None]
    if bare:
        notes.append(
            f"No dividends of {', '.join(bare)}: the source has no total-return closes of them."
        )
    notes += [
        f"Change {number} could not trade {', '.join(symbols)}, without a close that day: its "
        "weights are of the rest."
        for number, symbols in ledger.left_alone.items()
    ]
    notes += [f"Change {c.number} was not carried out: {why}." for c, why in ledger.lapsed]
    carried = int(np.count_nonzero(ledger.carried))
    if carried:
        notes.append(
            f"{_counted(carried, 'session counts', 'sessions count')} a holding without a close "
            "at its last one."
        )
    return tuple(notes)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


PORTFOLIO_QUESTION = Question(
    name="portfolio",
    about="the model portfolio: holdings, returns, and what a fall to its supports would cost",
    parameters=PortfolioParameters,
    result=PortfolioView,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "How does the model portfolio stand?",
        "its holdings, returns and changes, and what a fall to its supports would cost",
    ),
    across_breaks=True,
)
