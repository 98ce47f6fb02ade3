"""Fundamentals: what a company earns, its margin, and what the market pays for its sales."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Moment, NotAvailable, Quarter

ASSUMED_DAYS = 45
ASSUMED_DAYS_YEAR_END = 90
MARGIN_QUARTERS = 8
TTM_QUARTERS = 4


@dataclass(frozen=True)
class ValuationParameters:
    """Which company."""

    symbol: Symbol


@dataclass(frozen=True)
class QuarterRow:
    """One quarter known at the moment, money in millions of ``Valuation.currency``.

    Attributes:
        known_on: the report date, or the assumed one (``assumed``).
        growth_year_pct, growth_quarter_pct: revenue against four quarters and one before.
        gross_margin_pct: None when gross profit is not reported.
        repurchases_musd: cash paid for the company's own shares; None when not reported.
    """

    label: str
    period_end: dt.date
    known_on: dt.date
    assumed: bool
    revenue_musd: float
    gross_profit_musd: float | None
    gross_margin_pct: float | None
    growth_year_pct: float | None
    growth_quarter_pct: float | None
    repurchases_musd: float | None


@dataclass(frozen=True)
class Valuation:
    """Quarters and margins of one company (methods, "Fundamentals").

    Attributes:
        quarters: known at the moment, oldest first.
        gross_margin_mean_pct: mean of the last 8 quarterly margins; ``gross_margin_pooled_pct``
            the sum of their profits / the sum of their revenues; ``margin_absence`` says why
            they are None.
        revenue_ttm_musd: sum of the last four quarters; ``ttm_absence`` says why it is None.
        repurchases_ttm_musd: the same of the buy-backs, and ``repurchases_absence``.
    """

    symbol: str
    currency: str
    quarters: tuple[QuarterRow, ...]
    gross_margin_latest_pct: float | None
    gross_margin_mean_pct: float | None
    gross_margin_pooled_pct: float | None
    margin_absence: str | None
    revenue_ttm_musd: float | None
    ttm_absence: str | None
    repurchases_ttm_musd: float | None
    repurchases_absence: str | None


def _needs(parameters: ValuationParameters, moment: Moment) -> Needs:
    return Needs(quarters=(parameters.symbol,))


def _compute(parameters: ValuationParameters, inputs: Inputs) -> Valuation:
    symbol = parameters.symbol
    quarters = known_quarters(inputs.require_quarters(symbol), inputs.moment.session)
    if not quarters:
        raise NotAvailable(f"{symbol}: no quarter had been reported by {inputs.moment.session}.")
    mean, pooled, no_margin = gross_margins(quarters)
    ttm, no_ttm = revenue_ttm(quarters)
    spent, no_buybacks = repurchases_ttm(quarters)
    rows = quarter_rows(quarters)
    return Valuation(
        symbol=symbol,
        currency=quarters[-1].currency,
        quarters=rows,
        gross_margin_latest_pct=rows[-1].gross_margin_pct,
        gross_margin_mean_pct=mean,
        gross_margin_pooled_pct=pooled,
        margin_absence=no_margin,
        revenue_ttm_musd=ttm,
        ttm_absence=no_ttm,
        repurchases_ttm_musd=spent,
        repurchases_absence=no_buybacks,
    )


def known_on(quarter: Quarter) -> tuple[dt.date, bool]:
    """When a quarter became known, and whether that date is assumed.

    Without a report date: 45 days after the period's end, 90 for a fiscal year's last quarter.
    """
    if quarter.reported_on is not None:
        return quarter.reported_on, False
    days = ASSUMED_DAYS_YEAR_END if "Q4" in quarter.label.upper() else ASSUMED_DAYS
    return quarter.period_end + dt.timedelta(days=days), True


def known_quarters(quarters: Sequence[Quarter], day: dt.date) -> tuple[Quarter, ...]:
    """The quarters known on ``day``, oldest first: point in time.

    Of several rows of one quarter the one reported last stands, of equals the last.
    """
    known = [quarter for quarter in quarters if known_on(quarter)[0] <= day]
    known.sort(key=lambda quarter: (quarter.period_end, known_on(quarter)[0]))
    return tuple({quarter.period_end: quarter for quarter in known}.values())


def gross_margin_pct(quarter: Quarter) -> float | None:
    """Gross profit / revenue in percent; None without either."""
    if quarter.gross_profit_musd is None or quarter.revenue_musd <= 0:
        return None
    return quarter.gross_profit_musd / quarter.revenue_musd * 100


def gross_margins(
    quarters: Sequence[Quarter],
) -> tuple[float | None, float | None, str | None]:
    """(mean of the last 8 margins, pooled margin, why there are none), percent."""
    last = quarters[-MARGIN_QUARTERS:]
    margins = [m for m in map(gross_margin_pct, last) if m is not None]
    if len(margins) < MARGIN_QUARTERS:
        return None, None, f"n/a (needs {MARGIN_QUARTERS} quarters, has {len(margins)})"
    if not consecutive(last):
        return None, None, "n/a (a quarter is missing among the last eight)"
    profit = sum(q.gross_profit_musd or 0.0 for q in last)
    return fmean(margins), profit / sum(q.revenue_musd for q in last) * 100, None


def revenue_ttm(quarters: Sequence[Quarter]) -> tuple[float | None, str | None]:
    """(sum of the last four quarters' revenue, why there is none), millions."""
    last = quarters[-TTM_QUARTERS:]
    if len(last) < TTM_QUARTERS:
        return None, f"n/a (needs {TTM_QUARTERS} quarters, has {len(last)})"
    if len({quarter.currency for quarter in last}) > 1:
        return None, "n/a (the quarters are in different currencies)"
    if not consecutive(last):
        return None, "n/a (a quarter is missing among the last four)"
    return sum(quarter.revenue_musd for quarter in last), None


def repurchases_ttm(quarters: Sequence[Quarter]) -> tuple[float | None, str | None]:
    """(cash paid for own shares in the last four quarters, why there is none), millions."""
    _, absence = revenue_ttm(quarters)
    if absence is not None:
        return None, absence
    spent = [quarter.repurchases_musd for quarter in quarters[-TTM_QUARTERS:]]
    known = [amount for amount in spent if amount is not None]
    if not known:
        return None, "n/a (its quarters state no buy-backs)"
    if len(known) < TTM_QUARTERS:
        return None, f"n/a (needs {TTM_QUARTERS} quarters that state them, has {len(known)})"
    return sum(known), None


def consecutive(quarters: Sequence[Quarter]) -> bool:
    """Whether each period ends about a quarter (80 to 100 days) after the one before."""
    ends = [quarter.period_end for quarter in quarters]
    return all(80 <= (b - a).days <= 100 for a, b in pairwise(ends))


def quarter_rows(quarters: Sequence[Quarter]) -> tuple[QuarterRow, ...]:
    """The quarters with margins and growth; growth only across consecutive quarters."""
    rows = []
    for i, quarter in enumerate(quarters):
        day, assumed = known_on(quarter)
        rows.append(
            QuarterRow(
                label=quarter.label or f"quarter to {quarter.period_end}",
                period_end=quarter.period_end,
                known_on=day,
                assumed=assumed,
                revenue_musd=quarter.revenue_musd,
                gross_profit_musd=quarter.gross_profit_musd,
                gross_margin_pct=gross_margin_pct(quarter),
                growth_year_pct=_growth(quarters, i, 4),
                growth_quarter_pct=_growth(quarters, i, 1),
                repurchases_musd=quarter.repurchases_musd,
            )
        )
    return tuple(rows)


def _growth(quarters: Sequence[Quarter], i: int, back: int) -> float | None:
    if i < back or not consecutive(quarters[i - back : i + 1]):
        return None
    before = quarters[i - back].revenue_musd
    return (quarters[i].revenue_musd / before - 1) * 100 if before > 0 else None


VALUATION = Question(
    name="valuation",
    about="quarterly revenue, growth and gross margin of one company",
    parameters=ValuationParameters,
    result=Valuation,
    needs=_needs,
    compute=_compute,
)
