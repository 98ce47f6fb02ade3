"""The portfolio's charts and its returns: the fall to the supports, sectors, curve, drawdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.model.listings import sectors_basis
from analytics.portfolio.performance import Drawdown
from analytics.portfolio.view import Performance, PortfolioView
from components.figures.bars import Bar, ranked_bars
from components.figures.lines import Line, line_chart
from components.frame import formats, panels, widgets
from components.frame.findings import absences
from components.frame.widgets import Column
from components.pages.portfolio.state import PortfolioState
from components.pages.portfolio.views import (
    asked_fall,
    below_sentence,
    contained,
    dollars,
    sectors_age,
    unvalued,
)

RANGE_SESSIONS = {"1m": 21, "3m": 63, "6m": 126, "1y": 252, "2y": 504, "5y": 1260, "max": 100_000}
PORTFOLIO = "portfolio"


def show_fall(state: PortfolioState, view: PortfolioView) -> panels.View:
    """Short-term destruction: what each holding's fall to its support takes from the whole."""
    fall = asked_fall(view, state.level)
    if fall is None or not (fall.falls or fall.already_below or fall.missing):
        reason = unvalued(view) if view.unvalued else "Nothing is invested."
        return panels.nothing("No fall to measure", reason)
    name = formats.level_name(fall.level)
    above = len(fall.falls)
    title = (
        f"A fall of {above} holding{'' if above == 1 else 's'} to the {name} would cost "
        f"{formats.share(-fall.loss_pct)}, ${formats.count(-fall.loss_usd)}"
        if above
        else f"No holding is above its {name}: there is nothing left to fall to it"
    )
    notes = [contained(view), below_sentence(view, state.level)]
    if fall.missing:
        notes.append(absences(fall.missing))
    rows = [
        *((one, "above") for one in fall.falls),
        *((one, "below") for one in fall.already_below),
    ]
    return panels.View(
        title=title,
        basis=f"Latest prices to the {name} of record, all at once; cash stays",
        figure=ranked_bars(
            bars=[
                Bar(
                    name=one.symbol,
                    value=one.loss_pct,
                    text=formats.pct(one.loss_pct),
                    hover=f"falls {formats.pct(one.fall_pct)}: {dollars(one.loss_usd)}",
                    token="@down",
                    link=widgets.supports_link(one.symbol),
                )
                for one in fall.falls
            ],
            unit="percent of the whole portfolio",
            revision=f"portfolio-fall-{fall.level}",
        )
        if above
        else None,
        data=panels.Data(
            (
                ("Holding", "text"),
                (f"To {fall.level} %", "pct"),
                ("Loss USD", "signed"),
                ("Loss % of the whole", "pct"),
                ("Side", "text"),
            ),
            [(o.symbol, o.fall_pct, o.loss_usd, o.loss_pct, side) for o, side in rows],
        ),
        note=" ".join(filter(None, notes)),
        absence="" if above else title,
    )


def show_sectors(state: PortfolioState, view: PortfolioView) -> panels.View:
    """Exposure by sector; cash is one of the rows."""
    if not view.sectors:
        return panels.nothing("No exposure", unvalued(view))
    invested = [share for share in view.sectors if share.symbols]
    title = (
        f"{invested[0].name} is the largest exposure: {formats.share(invested[0].weight_pct)}"
        if invested
        else "All cash: no sector is exposed"
    )
    return panels.View(
        title=title,
        basis=f"{sectors_basis(view.session)}; sector funds count to their own",
        figure=ranked_bars(
            bars=[
                Bar(
                    name=share.name,
                    value=share.weight_pct,
                    text=formats.share(share.weight_pct),
                    hover=", ".join(share.symbols) or "not invested",
                    token="@accent" if share.symbols else "@ink3",
                )
                for share in view.sectors
            ],
            unit="percent of the whole portfolio",
            revision="portfolio-sectors",
        ),
        data=panels.Data(
            (("Sector", "text"), ("Value USD", "price"), ("Weight %", "share"), ("Of", "text")),
            [(s.name, s.value_usd, s.weight_pct, " ".join(s.symbols)) for s in view.sectors],
        ),
        summary=" ".join(filter(None, (f"{title}.", contained(view), sectors_age(view)))),
        note=" ".join(filter(None, (contained(view), sectors_age(view)))),
    )


def show_curve(state: PortfolioState, view: PortfolioView) -> panels.View:
    """The growth of 100 dollars, the benchmark's beside it."""
    if view.performance is None:
        return panels.nothing("No curve yet", _too_young(view))
    returned, curve = view.performance, view.curve
    shown = -RANGE_SESSIONS[state.range]
    days = curve.sessions[shown:]
    return panels.View(
        title=_curve_finding(view.benchmark, returned),
        basis=f"100 on {formats.date(returned.since)}; {view.benchmark} on {returned.basis}",
        figure=line_chart(
            lines=[
                Line(view.benchmark, days, curve.benchmark[shown:], "@ink3", "dash"),
                Line(PORTFOLIO, days, curve.grown[shown:], "@accent", width=2.0),
            ],
            unit="growth of 100",
            revision=f"portfolio-curve-{state.range}",
            level=100.0,
        ),
        data=panels.Data(
            (
                ("Date", "date"),
                ("Portfolio, growth of 100", "ratio"),
                (f"{view.benchmark}, growth of 100", "ratio"),
                ("Value USD", "price"),
                ("Cash USD", "price"),
            ),
            [
                (day.isoformat(), *numbers)
                for day, *numbers in zip(
                    days,
                    curve.grown[shown:],
                    curve.benchmark[shown:],
                    curve.value_usd[shown:],
                    curve.cash_usd[shown:],
                    strict=True,
                )
            ],
        ),
        note=contained(view),
    )


def _curve_finding(benchmark: str, returned: Performance) -> str:
    own, its = returned.time_weighted_pct, returned.benchmark_time_weighted_pct
    since = formats.date(returned.since)
    if its is None:
        return f"The portfolio returned {formats.pct(own, 1)} since {since}"
    side = "ahead of" if own > its else "behind"
    return (
        f"{formats.pct(own, 1)} since {since}, "
        f"{formats.share(abs(own - its))[:-1]} points {side} {benchmark}"
    )


def _too_young(view: PortfolioView) -> str:
    return unvalued(view) if view.unvalued else "A return needs two sessions (there is one)."


def show_drawdown(state: PortfolioState, view: PortfolioView) -> panels.View:
    """How far under its own high, and the benchmark under its."""
    if view.performance is None:
        return panels.nothing("No drawdown yet", _too_young(view))
    shown = -RANGE_SESSIONS[state.range]
    own, its = _under_high(view.curve.grown), _under_high(view.curve.benchmark)
    days = view.curve.sessions[shown:]
    deepest = view.performance.drawdown
    title = (
        f"Deepest fall from a high: {formats.pct(deepest.pct, 1)}, {_dates(deepest)}"
        if deepest
        else "The portfolio has not closed under its high since it began"
    )
    return panels.View(
        title=title,
        basis="Time-weighted, from the highest close since the start",
        figure=line_chart(
            lines=[
                Line(view.benchmark, days, its[shown:], "@ink3", "dash"),
                Line(PORTFOLIO, days, own[shown:], "@accent", width=2.0),
            ],
            unit="% under the high",
            revision=f"portfolio-drawdown-{state.range}",
            level=0.0,
        ),
        data=panels.Data(
            (("Date", "date"), ("Portfolio %", "pct"), (f"{view.benchmark} %", "pct")),
            [
                (day.isoformat(), a, b)
                for day, a, b in zip(days, own[shown:], its[shown:], strict=True)
            ],
        ),
        note=contained(view),
    )


def _under_high(grown: Sequence[float | None]) -> list[float | None]:
    high, under = 0.0, []
    for value in grown:
        high = max(high, value or 0.0)
        under.append(None if value is None else (value / high - 1) * 100)
    return under


def _dates(deepest: Drawdown) -> str:
    back = f"back on {formats.date(deepest.recovered)}" if deepest.recovered else "not made up yet"
    return f"{formats.short_date(deepest.peak)} to {formats.short_date(deepest.trough)}, {back}"


RETURN_COLUMNS = (
    Column("name", "Return", "node", unseen=True),
    Column("own", "Portfolio", "node"),
    Column("its", "Benchmark", "node"),
)


def show_returns(state: PortfolioState, view: PortfolioView) -> panels.View:
    """Both ways of measuring a return, and how rough the way was."""
    if view.performance is None:
        return panels.nothing("No return yet", _too_young(view))
    p = view.performance
    columns = (*RETURN_COLUMNS[:2], Column("its", view.benchmark, "node"))
    table = widgets.table(columns, _return_rows(p), caption="Returns", class_name="returns")
    rate = p.yearly_money_weighted_pct
    yearly = (
        f"A year: time-weighted {formats.pct(p.yearly_time_weighted_pct)}, money-weighted "
        f"(XIRR) {formats.pct(rate)}."
        if p.yearly_time_weighted_pct is not None
        else "Not stated as yearly rates: the portfolio is younger than a year."
    )
    return panels.View(
        title=f"Time-weighted {formats.pct(p.time_weighted_pct, 1)}, "
        f"money-weighted {formats.pct(p.money_weighted_pct, 1)}",
        basis=f"{formats.date(p.since)} to {formats.date(p.until)}",
        body=table,
        data=_returns_data(view.benchmark, p),
        note=f"{yearly} Dividends received: ${formats.count(p.dividends_usd)}. {view.benchmark} "
        f"on {p.basis}; money-weighted as if the same payments had gone into it. "
        f"{contained(view)}".strip(),
    )


def _return_rows(p: Performance) -> list[dict[str, Any]]:
    def row(name: Any, own: str, its: str) -> dict[str, Any]:
        return {"name": name, "own": own, "its": its}

    return [
        row(
            widgets.term("time-weighted-return"),
            formats.pct(p.time_weighted_pct),
            formats.pct(p.benchmark_time_weighted_pct),
        ),
        row(
            widgets.term("money-weighted-return"),
            formats.pct(p.money_weighted_pct),
            formats.pct(p.benchmark_money_weighted_pct),
        ),
        row(
            widgets.term("portfolio-drawdown"),
            formats.pct(p.drawdown.pct if p.drawdown else 0.0),
            formats.pct(p.benchmark_drawdown.pct if p.benchmark_drawdown else 0.0),
        ),
        row(
            widgets.term("portfolio-volatility"),
            formats.share(p.volatility_pct),
            formats.share(p.benchmark_volatility_pct),
        ),
        row(widgets.term("portfolio-beta"), formats.ratio(p.beta), formats.ratio(1.0)),
    ]


def _returns_data(benchmark: str, p: Performance) -> panels.Data:
    own, its = p.drawdown, p.benchmark_drawdown
    yearly = (p.yearly_time_weighted_pct, p.yearly_money_weighted_pct)
    return panels.Data(
        (("Figure", "text"), ("Portfolio", "ratio"), (benchmark, "ratio")),
        [
            ("Time-weighted return %", p.time_weighted_pct, p.benchmark_time_weighted_pct),
            ("Money-weighted return %", p.money_weighted_pct, p.benchmark_money_weighted_pct),
            ("Time-weighted, a year %", yearly[0], None),
            ("XIRR, a year %", yearly[1], None),
            ("Deepest drawdown %", own.pct if own else 0.0, its.pct if its else 0.0),
            ("Volatility, a year %", p.volatility_pct, p.benchmark_volatility_pct),
            ("Beta", p.beta, 1.0),
            ("Dividends USD", p.dividends_usd, None),
        ],
    )
