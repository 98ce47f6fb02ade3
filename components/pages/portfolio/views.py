"""Views of the portfolio's panels: the desk's answer in, a `View` out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.levels import dma
from analytics.model.quotation import DOLLARS, Quotation
from analytics.portfolio.holdings import FallToSupport, Holding
from analytics.portfolio.view import ChangeRow, PortfolioView
from analytics.studies.supports.levels import Level
from components.frame import formats, panels, widgets
from components.frame.findings import joined
from components.frame.status_chips import status_chip
from components.frame.widgets import Column
from components.pages.portfolio.state import PortfolioState

BASIS = "Traded prices; changes at the close of their session, no costs; dividends in cash"


def show_answer(state: PortfolioState, view: PortfolioView) -> panels.View:
    """The day, the whole, and the fall: the page's headline."""
    if view.value_usd is None:
        return panels.nothing("The model portfolio has no value to show", unvalued(view))
    finding = day_finding(view, state.level)
    returned = view.performance
    figures = [
        widgets.figure_value(
            f"${formats.count(view.value_usd)}",
            "value",
            detail="; ".join(
                filter(None, (f"{formats.share(_cash_share(view))} cash", view.contains))
            ),
        ),
        widgets.figure_value(
            formats.pct(view.day_pct),
            "today" if view.provisional else f"on {formats.date(view.session)}",
            direction=formats.direction(view.day_pct),
            detail=dollars(view.day_usd),
        ),
    ]
    figures += [_fall_figure(fall) for fall in view.falls]
    if returned is not None:
        figures.append(
            widgets.figure_value(
                formats.pct(returned.time_weighted_pct),
                widgets.term("time-weighted-return", f"since {formats.date(returned.since)}"),
                direction=formats.direction(returned.time_weighted_pct),
                detail=f"{view.benchmark} "
                f"{formats.pct(returned.benchmark_time_weighted_pct)} with dividends",
            )
        )
    return panels.View(
        title=finding,
        summary=" ".join(
            filter(None, (f"{finding}.", contained(view), below_sentence(view, state.level)))
        ),
        basis=BASIS,
        body=html.Div(figures, className="figures"),
        note=" ".join(
            filter(None, (contained(view), below_sentence(view, state.level), *view.notes))
        ),
    )


def contained(view: PortfolioView) -> str:
    """Which holdings the totals count at an earlier close, as a sentence; empty for none."""
    return f"The whole {view.contains}." if view.contains else ""


def sectors_age(view: PortfolioView) -> str:
    """``S&P 500 members: list of 23 Dec 2024, 704 days old.``; empty within the list's life."""
    return f"{view.sectors_list}." if view.sectors_list else ""


def day_finding(view: PortfolioView, level: int) -> str:
    """``The model portfolio is down 2.1% today; a fall to every 50-DMA would cost 3.4%``."""
    return f"{_day_words(view)}; {_fall_words(view, level)}"


def _day_words(view: PortfolioView) -> str:
    pct = view.day_pct
    when = "today" if view.provisional else f"on {formats.date(view.session)}"
    if pct is None:
        return f"The model portfolio began {when}"
    size = formats.share(abs(pct))
    if round(pct, 1) == 0:
        return f"The model portfolio {'is' if view.provisional else 'was'} unchanged {when}"
    if view.provisional:
        return f"The model portfolio is {'up' if pct > 0 else 'down'} {size} {when}"
    return f"The model portfolio {'gained' if pct > 0 else 'lost'} {size} {when}"


def _fall_words(view: PortfolioView, level: int) -> str:
    fall = asked_fall(view, level)
    name = formats.level_name(fall.level if fall else "50-DMA")
    if fall is None or not (fall.falls or fall.already_below):
        return "nothing is invested" if not view.holdings else f"no holding has a {name} yet"
    if not fall.falls:
        return f"every holding is below its {name} already"
    return f"a fall to every {name} would cost {formats.share(-fall.loss_pct)}"


def _fall_figure(fall: FallToSupport) -> Component:
    name = formats.level_name(fall.level)
    return widgets.figure_value(
        formats.pct(fall.loss_pct),
        widgets.term("short-term-destruction", f"if all fall to the {name}"),
        direction=formats.direction(fall.loss_usd),
        detail=dollars(fall.loss_usd),
    )


def below_sentence(view: PortfolioView, level: int) -> str:
    """Who is below the level already; empty when nobody is."""
    fall = asked_fall(view, level)
    if fall is None or not fall.already_below:
        return ""
    symbols = [one.symbol for one in fall.already_below]
    verb = "is" if len(symbols) == 1 else "are"
    return (
        f"{joined(symbols)} {verb} below the {formats.level_name(fall.level)} already and not "
        "counted."
    )


def asked_fall(view: PortfolioView, level: int) -> FallToSupport | None:
    """The fall that the page's level asks for; the 20 and 200-DMA are none of its."""
    asked = dma(100 if level == 100 else 50)
    return next((fall for fall in view.falls if fall.level_id == asked), None)


def dollars(value: float | None) -> str:
    """``+$1 250``: whole dollars with their sign."""
    if value is None:
        return ""
    sign = formats.MINUS if round(value) < 0 else "+" if round(value) > 0 else ""
    return f"{sign}${formats.count(abs(value))}"


def _cash_share(view: PortfolioView) -> float | None:
    if view.value_usd is None or view.cash_usd is None:
        return None
    return view.cash_usd / view.value_usd * 100


def unvalued(view: PortfolioView) -> str:
    """Why there is no value, as a sentence."""
    reason = view.unvalued or "Nothing is held."
    return f"{reason[:1].upper()}{reason[1:]}"


HOLDING_COLUMNS = (
    Column("symbol", "Holding", "node"),
    Column("weight_pct", "Weight %", "share"),
    Column("price", "Price $", "price"),
    Column("day_change_pct", "Day %", "pct", colour=True),
    Column("value_usd", "Value $", "count"),
    Column("gain_pct", "Since bought %", "pct", colour=True),
    Column("to50", widgets.term("distance", "50\u2011DMA %"), "pct"),
    Column("status50", "Status", "node"),
    Column("to100", "100\u2011DMA %", "pct"),
    Column("status100", "Status", "node"),
    Column("sector", "Sector"),
)


def show_holdings(state: PortfolioState, view: PortfolioView) -> panels.View:
    """Every position with its weight and where its supports lie; cash at the end."""
    if not (view.holdings or view.value_usd):
        return panels.nothing("No holdings", unvalued(view))
    rows = [_holding_row(holding) for holding in view.holdings]
    rows.append(
        {
            "symbol": html.B("Cash"),
            "weight_pct": _cash_share(view),
            "value_usd": view.cash_usd,
            "_class": "is-price",
        }
    )
    missing = [f"{h.symbol}: {reason}" for h in view.holdings for reason in h.missing]
    body: list[Component] = [
        widgets.table(
            HOLDING_COLUMNS,
            rows,
            caption="Holdings of the model portfolio",
            sortable=True,
            class_name="holdings",
        )
    ]
    if missing:
        body.append(html.Ul([html.Li(text) for text in missing], className="reasons"))
    title = _holdings_finding(view)
    return panels.View(
        title=title,
        summary=" ".join(filter(None, (f"{title}.", contained(view)))),
        basis="Traded prices; status at the level known before the open",
        body=body,
        data=_holdings_data(view),
        note=" ".join(
            filter(None, (contained(view), _pending_sentence(view.changes), sectors_age(view)))
        ),
    )


def _holdings_finding(view: PortfolioView) -> str:
    lost = [h.symbol for h in view.holdings if h.dma50 and h.dma50.distance_pct > 0]
    count = len(view.holdings)
    name = formats.level_name("50-DMA")
    holdings = f"{count} holding{'' if count == 1 else 's'}"
    if view.unvalued:
        return f"{holdings}: {view.unvalued.rstrip('.')}"
    if not count:
        return "All cash"
    if not lost:
        return f"{holdings}, none below its {name}"
    who = joined(lost) if len(lost) <= 3 else f"{len(lost)} of them"
    return f"{holdings}: {who} below the {name}"


def _pending_sentence(changes: Sequence[ChangeRow]) -> str:
    waiting = [f"change {c.number} {c.pending}" for c in changes if c.pending]
    return f"Not yet in these figures: {joined(waiting)}." if waiting else ""


def _holding_row(holding: Holding) -> dict[str, Any]:
    named = [
        html.A(html.B(holding.symbol), href=widgets.supports_link(holding.symbol)),
        html.Span(holding.name, className="holding-name"),
    ]
    return {
        "symbol": html.Span(named, className="holding"),
        "weight_pct": holding.weight_pct,
        "price": holding.price,
        "_quotation": holding.quotation,
        "day_change_pct": holding.day_change_pct,
        "value_usd": holding.value_usd,
        "gain_pct": holding.gain_pct,
        "to50": holding.dma50.distance_pct if holding.dma50 else None,
        "status50": _chip(holding.dma50, holding.quotation),
        "to100": holding.dma100.distance_pct if holding.dma100 else None,
        "status100": _chip(holding.dma100, holding.quotation),
        "sector": holding.sector,
    }


def _chip(level: Level | None, quotation: Quotation) -> Component | None:
    return None if level is None else status_chip(level, quotation)


def _holdings_data(view: PortfolioView) -> panels.Data:
    return panels.Data(
        (
            ("Holding", "text"),
            ("Name", "text"),
            ("Sector", "text"),
            ("Shares", "ratio"),
            ("Price USD", "price"),
            ("Price of", "date"),
            ("Value USD", "price"),
            ("Weight %", "share"),
            ("Day %", "pct"),
            ("Cost USD", "price"),
            ("Since bought %", "pct"),
            ("50-DMA USD", "price"),
            ("To 50-DMA %", "pct"),
            ("100-DMA USD", "price"),
            ("To 100-DMA %", "pct"),
        ),
        [
            *(_holding_numbers(h) for h in view.holdings),
            ("Cash", "", "", None, None, "", view.cash_usd, _cash_share(view), *[None] * 7),
        ],
        quotation=[*(h.quotation for h in view.holdings), DOLLARS],
    )


def _holding_numbers(h: Holding) -> tuple[Any, ...]:
    levels: list[float | None] = []
    for level in (h.dma50, h.dma100):
        levels += [level.price, level.distance_pct] if level else [None, None]
    priced = (h.price, h.price_of.isoformat())
    worth = (*priced, h.value_usd, h.weight_pct, h.day_change_pct, h.cost_usd, h.gain_pct)
    return (h.symbol, h.name, h.sector, h.shares, *worth, *levels)


CHANGE_COLUMNS = (
    Column("number", "No.", "node"),
    Column("effective", "At the close of", "node"),
    Column("said", "Change", "node"),
    Column("reason", "Reason", "node"),
    Column("published", "Published", "node"),
)


def show_changes(state: PortfolioState, view: PortfolioView) -> panels.View:
    """Every published change, the newest first, with its reason."""
    if not view.changes:
        return panels.nothing("No change yet", "No change has been published yet.")
    newest = view.changes[0]
    count = len(view.changes)
    return panels.View(
        title=f"Last change, {formats.date(newest.effective)}: {newest.said}",
        summary=f"{count} published changes. {newest.said}: {newest.reason}",
        basis="A published change is never altered; a correction is a new change",
        body=html.Div(
            widgets.table(
                CHANGE_COLUMNS,
                [_change_row(change) for change in view.changes],
                caption="Changes of the model portfolio, newest first",
                class_name="changes",
            ),
            className="tall-list",
        ),
        data=panels.Data(
            (
                ("No.", "count"),
                ("Effective", "date"),
                ("Change", "text"),
                ("Reason", "text"),
                ("Published", "text"),
            ),
            [
                (c.number, c.effective.isoformat(), c.said, c.reason, _stamp(c.published_at))
                for c in view.changes
            ],
        ),
    )


def _change_row(change: ChangeRow) -> dict[str, Any]:
    said: list[Any] = [change.said]
    if change.pending:
        said.append(widgets.chip(change.pending, "near"))
    if change.lapsed:
        said.append(widgets.chip(f"not carried out: {change.lapsed}", "near"))
    if change.afterwards:
        said.append(widgets.chip("entered afterwards"))
    return {
        "number": html.Span(str(change.number), id=f"change-{change.number}"),
        "effective": formats.date(change.effective),
        "said": html.Span(said, className="change-said"),
        "reason": html.Span(change.reason, className="change-reason"),
        "published": formats.moment(change.published_at),
    }


def _stamp(time: dt.datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time else ""
