"""Quarters of a filer point in time: a row for each day on which a quarter's figures changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.vocabulary import NotAvailable, Quarter
from analytics.sources.sec.facts import ANNUAL_FORMS, CompanyFacts, Fact
from analytics.sources.sec.periods import Figure, quarters_known

PROVIDER = "SEC EDGAR"

_EARLY_JANUARY = 10
"""A year that ends on the Saturday after New Year is named after the one before."""


@dataclass(frozen=True)
class _Amounts:
    """What a row is renewed for when it changes."""

    revenue: float
    gross_profit: float | None
    repurchases: float | None


def quarters_of(symbol: str, facts: CompanyFacts) -> tuple[Quarter, ...]:
    """All that was known of each quarter and when, oldest quarter first.

    A quarter has a row of the day on which it was first reported, and one more for each filing
    that restated it: of the rows reported by a day the last is what was known then.

    Raises:
        NotAvailable: the filer states no quarters, and why.
    """
    ends = fiscal_year_ends(facts)
    rows: list[Quarter] = []
    before: dict[dt.date, _Amounts] = {}
    for day in sorted({fact.filed for fact in (*facts.revenue, *facts.repurchases)}):
        revenue = quarters_known(facts.revenue, day)
        profits = gross_profits(facts, day)
        repurchases = quarters_known(facts.repurchases, day)
        for end, figure in sorted(revenue.items()):
            spent = repurchases.get(end)
            amounts = _Amounts(
                figure.value, profits.get(end), None if spent is None else spent.value
            )
            if before.get(end) == amounts:
                continue
            before[end] = amounts
            rows.append(_row(end, day, figure, amounts, facts, ends))
    if not rows:
        raise NotAvailable(_why_none(symbol, facts))
    return tuple(sorted(rows, key=lambda row: (row.period_end, row.reported_on or dt.date.min)))


def gross_profits(facts: CompanyFacts, day: dt.date) -> dict[dt.date, float]:
    """Last day of a quarter -> gross profit as stated, else revenue less its cost."""
    revenue = quarters_known(facts.revenue, day)
    costs = quarters_known(facts.cost, day)
    stated = quarters_known(facts.gross_profit, day)
    made = {end: revenue[end].value - costs[end].value for end in revenue if end in costs}
    return made | {end: figure.value for end, figure in stated.items()}


def _row(
    end: dt.date,
    day: dt.date,
    figure: Figure,
    amounts: _Amounts,
    facts: CompanyFacts,
    ends: tuple[dt.date, ...],
) -> Quarter:
    profit, spent = amounts.gross_profit, amounts.repurchases
    shares = _shares(end, figure.filing, facts)
    return Quarter(
        period_end=end,
        revenue_musd=amounts.revenue / 1e6,
        gross_profit_musd=None if profit is None else profit / 1e6,
        label=label(end, ends),
        reported_on=day,
        currency=facts.currency,
        shares_m=None if shares is None else shares / 1e6,
        form=figure.form,
        repurchases_musd=None if spent is None else spent / 1e6,
        source=PROVIDER,
    )


def _shares(end: dt.date, filing: str, facts: CompanyFacts) -> float | None:
    """Shares by the cover of the filing that reports the quarter first; else its average.

    A later filing that states the quarter beside its own has its own quarter's count.
    """
    newest = max(fact.span.last for fact in facts.revenue if fact.filing == filing)
    if newest != end:
        return None
    return facts.covers.get(filing) or _average(end, filing, facts.average_shares)


def _average(end: dt.date, filing: str, averages: tuple[Fact, ...]) -> float | None:
    """The filing's own average: of the quarter, in a yearly report of the year."""
    own = [fact for fact in averages if fact.filing == filing and fact.span.last == end]
    return min(own, key=lambda fact: fact.span.days).value if own else None


def fiscal_year_ends(facts: CompanyFacts) -> tuple[dt.date, ...]:
    """Last days of the years that filings state, oldest first."""
    return tuple(sorted({fact.span.last for fact in facts.revenue if fact.span.is_year}))


def label(end: dt.date, ends: tuple[dt.date, ...]) -> str:
    """``Q3 FY2025``: by the distance to a known year's end; empty where none is known."""
    if not ends:
        return ""
    nearest = min(ends, key=lambda one: abs((one - end).days))
    ahead = round((end - nearest).days / 91.31)
    number = (ahead - 1) % 4 + 1
    years = (ahead - number) // 4 + 1
    year_end = nearest + dt.timedelta(days=round(365.25 * years))
    early = year_end.month == 1 and year_end.day <= _EARLY_JANUARY
    return f"Q{number} FY{year_end.year - early}"


def _why_none(symbol: str, facts: CompanyFacts) -> str:
    foreign = sorted(facts.forms & ANNUAL_FORMS)
    if foreign:
        return f"{PROVIDER} has {symbol}'s figures by the year only: it files form {foreign[0]}."
    return f"{PROVIDER} has no quarterly revenue of {symbol}."
