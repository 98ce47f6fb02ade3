"""Quarters, margins and price to sales, drawn."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.dated_lists import coverage
from analytics.studies.valuation.company_value import CompanyPs
from analytics.studies.valuation.fundamentals import QuarterRow, Valuation
from analytics.studies.valuation.group_valuation import GroupPs, GroupValuation
from components.figures.fundamentals import buybacks, groups_over_time, revenue_and_margin
from components.frame import formats, panels, widgets
from components.frame.view import nothing
from components.frame.widgets import Column
from components.pages.valuation.state import ValuationState

SHOWN_QUARTERS = 12
"""Bars that a chart has room for; its table holds every quarter."""


def show_quarters(state: ValuationState, company: Valuation) -> panels.View:
    """Revenue bars with the gross margin over them."""
    shown = company.quarters[-SHOWN_QUARTERS:]
    first, last = shown[0], shown[-1]
    title = (
        f"{company.symbol}\u2019s quarterly revenue: {_billions(first)} to {_billions(last)} bn "
        f"{company.currency} in {len(shown)} quarters"
    )
    assumed = sum(row.assumed for row in shown)
    note = f"{last.label}, known since {formats.short_date(last.known_on)}."
    if assumed:
        note += f" {assumed} report dates are assumed (45 days after the period, 90 at year end)."
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Reported quarters, point in time",
        figure=revenue_and_margin(
            quarters=shown, currency=company.currency, revision=company.symbol
        ),
        data=panels.Data(
            (
                ("Quarter", "text"),
                ("Period end", "date"),
                ("Known on", "date"),
                (f"Revenue, m {company.currency}", "count"),
                (f"Gross profit, m {company.currency}", "count"),
                ("Gross margin %", "share"),
                ("Growth on a year %", "pct"),
                ("Growth on a quarter %", "pct"),
            ),
            [
                (
                    row.label,
                    row.period_end.isoformat(),
                    row.known_on.isoformat(),
                    row.revenue_musd,
                    row.gross_profit_musd,
                    row.gross_margin_pct,
                    row.growth_year_pct,
                    row.growth_quarter_pct,
                )
                for row in company.quarters
            ],
        ),
        note=note,
    )


def show_buybacks(state: ValuationState, company: Valuation) -> panels.View:
    """Bars of what the company paid for its own shares."""
    shown = company.quarters[-SHOWN_QUARTERS:]
    if all(row.repurchases_musd is None for row in shown):
        title = f"{company.symbol}\u2019s buy-backs are not known"
        return nothing(title, "Its quarters, as this source gives them, state no buy-backs.")
    spent = company.repurchases_ttm_musd
    title = f"{company.symbol}\u2019s buy-backs by quarter"
    if spent is not None:
        title = (
            f"{company.symbol} bought back {spent / 1000:.1f} bn {company.currency} of its shares "
            "in four quarters"
        )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Cash paid for own shares, by quarter, point in time",
        figure=buybacks(
            quarters=shown, currency=company.currency, revision=f"{company.symbol} buy-backs"
        ),
        data=panels.Data(
            (
                ("Quarter", "text"),
                ("Period end", "date"),
                ("Known on", "date"),
                (f"Buy-backs, m {company.currency}", "count"),
            ),
            [
                (
                    row.label,
                    row.period_end.isoformat(),
                    row.known_on.isoformat(),
                    row.repurchases_musd,
                )
                for row in company.quarters
            ],
        ),
        note="" if spent is not None else f"Over four quarters: {company.repurchases_absence}.",
    )


def _billions(row: QuarterRow) -> str:
    return f"{row.revenue_musd / 1000:.2f}"


GROWTH_COLUMNS = (
    Column("quarter", "Quarter to", "text"),
    Column("revenue", "Revenue, bn", "ratio"),
    Column("year", "On a year %", "pct"),
    Column("quarterly", "On a quarter %", "pct"),
    Column("margin", widgets.term("gross-margin", "Margin %"), "share"),
)


def show_margins(state: ValuationState, company: Valuation) -> panels.View:
    """The margin three ways, and the growth of each quarter."""
    mean = company.gross_margin_mean_pct
    title = (
        f"Gross margin {formats.share(mean)} over eight quarters"
        if mean is not None
        else f"Mean gross margin: {company.margin_absence}"
    )
    figures = [
        widgets.figure_value(
            formats.share(company.gross_margin_latest_pct, 2), "latest quarter\u2019s margin"
        )
    ]
    if mean is not None:
        figures += [
            widgets.figure_value(formats.share(mean, 2), "mean of 8 margins"),
            widgets.figure_value(formats.share(company.gross_margin_pooled_pct, 2), "pooled"),
        ]
    sales = company.revenue_ttm_musd
    body: list[Component] = [
        html.Div(figures, className="figures"),
        html.Div(
            widgets.table(
                GROWTH_COLUMNS,
                [_growth(row) for row in reversed(company.quarters)],
                caption="Quarters, newest first",
            ),
            className="tall-list",
        ),
    ]
    return panels.View(
        title=title,
        basis="Reported quarters, point in time",
        body=body,
        note=(
            f"Sales of the last four quarters: {sales / 1000:.2f} bn {company.currency}."
            if sales is not None
            else f"Sales of the last four quarters: {company.ttm_absence}."
        ),
    )


def _growth(row: QuarterRow) -> dict[str, Any]:
    return {
        "quarter": formats.short_date(row.period_end),
        "revenue": row.revenue_musd / 1000,
        "year": row.growth_year_pct,
        "quarterly": row.growth_quarter_pct,
        "margin": row.gross_margin_pct,
    }


def show_groups(state: ValuationState, value: GroupValuation) -> panels.View:
    """Both groups' price to sales and their ratio."""
    if value.ratio is None:
        title = "Price to sales: one of the groups has no figure"
    else:
        title = (
            f"{value.first.title} cost {value.ratio:.1f} times the sales multiple of "
            f"{value.second.title}"
        )
    figures = [figure for group in (value.first, value.second) for figure in _group(group)]
    lists = " ".join(
        f"{group.title}: {group.source}."
        for group in (value.first, value.second)
        if group.valid_from
    )
    once = counted_once(value)
    absent = [text for group in (value.first, value.second) if (text := _absent(group))]
    return panels.View(
        title=title,
        summary=" ".join(filter(None, (f"{title}.", *absent, once))),
        basis=f"Sum of market values / sum of sales (TTM), {value.currency}",
        body=html.Div(figures, className="figures"),
        note=" ".join(filter(None, (*absent, once, lists))),
    )


def counted_once(value: GroupValuation) -> str:
    """``LEN-B counted once, as LEN.``: the share classes that are no company of their own."""
    counted_once = {**value.first.counted_once, **value.second.counted_once}
    return " ".join(f"{symbol} counted once, as {other}." for symbol, other in counted_once.items())


def _absent(group: GroupPs) -> str:
    """``The rest: 13 of 14 companies; XOM missing.``; empty when all of them count."""
    missing = [
        row.symbol
        for row in group.companies
        if row.price_to_sales is None and row.symbol not in group.counted_once
    ]
    covered = coverage(group.expected, missing, "companies")
    return f"{group.title[:1].upper()}{group.title[1:]}: {covered}." if covered else ""


def _group(group: GroupPs) -> list[Component]:
    shown = "n/a" if group.price_to_sales is None else f"{group.price_to_sales:.2f}"
    median = group.median_price_to_sales
    middle = "no median" if median is None else f"median {median:.2f}"
    return [
        widgets.figure_value(
            shown,
            widgets.term("price-to-sales", group.title),
            detail=f"{middle}; {group.n} of {group.expected} companies",
        )
    ]


COMPANY_COLUMNS = (
    Column("symbol", "Company", "node"),
    Column("group", "Group", "text"),
    Column("cap", "Market value, bn", "ratio"),
    Column("sales", "Sales TTM, bn", "ratio"),
    Column("ps", widgets.term("price-to-sales", "P/S"), "ratio"),
    Column("absence", "What is missing", "text", unseen=True),
)


def show_companies(state: ValuationState, value: GroupValuation) -> panels.View:
    """Every company of both groups, dearest first; what is missing says why."""
    pairs = [(group, row) for group in (value.first, value.second) for row in group.companies]
    known = [row for _, row in pairs if row.price_to_sales is not None]
    title = "No company has a price to sales"
    if known:
        top = max(known, key=lambda row: row.price_to_sales or 0.0)
        title = f"{top.symbol} is dearest at {top.price_to_sales:.1f} times its sales"
    table = widgets.table(
        COMPANY_COLUMNS,
        [_company(group, row) for group, row in pairs],
        caption="Companies",
        sortable=True,
    )
    return panels.View(
        title=title,
        basis=(
            f"Price of {formats.short_date(value.session)} times shares as last reported; "
            "sales of four quarters"
        ),
        body=html.Div(table, className="tall-list"),
        data=panels.Data(
            (
                ("Symbol", "text"),
                ("Group", "text"),
                ("Ordinary shares a unit", "ratio"),
                ("Market value, m", "count"),
                ("Sales TTM, m", "count"),
                ("Price to sales", "ratio"),
                ("Known on", "date"),
                ("Absence", "text"),
            ),
            [
                (
                    row.symbol,
                    group.title,
                    row.ordinary_per_unit,
                    row.market_cap_musd,
                    row.sales_ttm_musd,
                    row.price_to_sales,
                    row.known_on.isoformat() if row.known_on else None,
                    row.absence,
                )
                for group, row in pairs
            ],
        ),
    )


def _company(group: GroupPs, row: CompanyPs) -> dict[str, Any]:
    return {
        "symbol": html.A(row.symbol, href=f"/valuation?company={row.symbol}", title=row.name),
        "group": group.title,
        "cap": None if row.market_cap_musd is None else row.market_cap_musd / 1000,
        "sales": None if row.sales_ttm_musd is None else row.sales_ttm_musd / 1000,
        "ps": row.price_to_sales,
        "absence": row.absence or _receipt(row),
        "_class": "is-muted" if row.price_to_sales is None else "",
    }


def _receipt(row: CompanyPs) -> str:
    """``1 receipt = 6 shares``, and whether the ratio is unchecked; empty for shares themselves."""
    ratio = row.ordinary_per_unit
    if ratio is None or (ratio == 1.0 and row.ratio_unchecked is None):
        return ""
    words = "counted as ordinary shares" if ratio == 1.0 else f"1 receipt = {ratio:g} shares"
    return f"{words} (not checked against a filing)" if row.ratio_unchecked else words


def show_history(state: ValuationState, value: GroupValuation) -> panels.View:
    """Both groups at past quarter ends."""
    known = [row for row in value.history if row.ratio is not None]
    reasons = dict.fromkeys(row.absence for row in value.history if row.absence)
    if not known:
        text = " ".join(str(reason) for reason in reasons) or "No past quarter end is covered."
        return panels.View(title="No past quarter end is covered", summary=text, note=text)
    title = (
        f"The ratio went from {known[0].ratio:.1f} to {known[-1].ratio:.1f} "
        f"over {len(known)} quarter ends"
        if len(known) > 1
        else f"The ratio was {known[0].ratio:.1f} on {formats.short_date(known[0].session)}"
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Point in time: shares and sales as known then",
        figure=groups_over_time(
            history=value.history, first=value.first.title, second=value.second.title
        ),
        data=panels.Data(
            (
                ("Session", "date"),
                (value.first.title, "ratio"),
                (value.second.title, "ratio"),
                ("Ratio", "ratio"),
                ("Absence", "text"),
            ),
            [
                (
                    row.session.isoformat(),
                    row.first_price_to_sales,
                    row.second_price_to_sales,
                    row.ratio,
                    row.absence,
                )
                for row in value.history
            ],
        ),
        note=_uncovered(value),
    )


def _uncovered(value: GroupValuation) -> str:
    """How many past quarter ends have no figure, and why the newest of them has none."""
    missing = [row for row in value.history if row.absence]
    if not missing:
        return ""
    count = f"{len(missing)} earlier quarter end{'s' if len(missing) > 1 else ''} without a figure"
    return f"{count}: {missing[-1].absence}."
