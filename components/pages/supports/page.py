"""Supports: does it hold, and what is next below? One symbol's chart and ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.levels import DMA
from analytics.model.question import DEFAULT_BENCHMARK, Answer
from analytics.settings import Settings
from analytics.studies.calendar.chart_events import ChartEvents
from analytics.studies.hold.levels import OTHER_LEVELS, id_of
from analytics.studies.supports.anchors import own_day
from analytics.studies.supports.how_likely import level_in_question
from analytics.studies.supports.price_history import (
    PriceHistory,
)
from analytics.studies.supports.supports import SupportLadder
from analytics.watch.day_log import LevelLog
from components.figures.price_chart import Today, price_chart
from components.frame import formats, panels, widgets
from components.frame.figure_views import FigureView, folded
from components.frame.findings import (
    next_finding,
    support_finding,
)
from components.frame.levels_out import levels_out
from components.frame.page import Page
from components.frame.state import Range
from components.pages.supports import (
    hold_pool_views,
    hold_views,
    ladder_views,
    likely_views,
    log_views,
    mark_views,
    odds_views,
)
from components.pages.supports.asking import RANGE_SESSIONS, SupportsQuestions
from components.pages.supports.state import SETS, SupportsState

KEY = "supports"
SHORT_RANGES: tuple[Range, ...] = ("1m", "3m", "6m", "1y", "2y")
"""Switched between without the server: they lie within `DRAWN`."""

LEVELS = [(level.parameter, formats.level_name(level.name)) for level in DMA.levels]
OTHERS = [("", "the average")] + [
    (word, formats.level_name(id_of(word).name)) for word in OTHER_LEVELS
]
SET_NAMES: list[tuple[str, str]] = [
    ("weekly", "10 and 40-week averages"),
    ("prior-lows", "Prior day, week, month low"),
    ("prior-highs", "Prior day, week, month high"),
    ("vwap", "Anchored VWAP"),
    ("profile", "Volume profile"),
]
POOLS = [
    ("off", "None"),
    ("sectors+ten", "Sectors + ten"),
    ("sp500", "S&P 500"),
]


def layout(settings: Settings) -> Component:
    """Chart with its ladder, the ladder's figures, and the hold study."""
    return html.Div(
        [
            html.H1(PAGE.title, className="sr-only"),
            html.Div(
                [*_page_controls(), _level_sets(), _own_levels()],
                className="page-head",
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "likely", height=76, class_name="span-12 strip-card"),
                    panels.chart_panel(
                        KEY, "price", height=452, class_name="span-12", readout=True
                    ),
                    panels.chart_panel(KEY, "days", height=300, class_name="span-5"),
                    panels.chart_panel(KEY, "hold", height=320, class_name="span-4"),
                    panels.html_panel(KEY, "log", height=230, class_name="span-3 short-log"),
                    html.Div(
                        [
                            html.H2("Every level"),
                            widgets.choice(KEY, "level", "Average studied", LEVELS, "50"),
                            widgets.menu(KEY, "other", "Or", OTHERS, ""),
                            levels_out(KEY, (DEFAULT_BENCHMARK,), sets=SETS),
                        ],
                        className="span-12 section-head",
                    ),
                    panels.html_panel(KEY, "ladder", height=300, class_name="span-12"),
                    panels.html_panel(KEY, "today", height=110, class_name="span-12"),
                    panels.chart_panel(KEY, "day", height=300, class_name="span-7", readout=True),
                    panels.html_panel(KEY, "after", height=300, class_name="span-5"),
                    panels.html_panel(KEY, "odds", height=260, class_name="span-12"),
                    panels.html_panel(KEY, "events", height=420, class_name="span-12"),
                    html.Div(
                        [
                            html.H2("And elsewhere?"),
                            widgets.choice(KEY, "pool", "Study", POOLS, "off"),
                        ],
                        className="span-12 section-head",
                    ),
                    panels.html_panel(KEY, "pool", height=90, class_name="span-12"),
                ],
                className="grid",
            ),
        ],
        className="supports",
    )


def _page_controls() -> list[Any]:
    ranges = [(key, key.upper()) for key in RANGE_SESSIONS if key not in ("5y", "max")]
    spans = [("near", "\u00b12 ATR"), ("all", "All levels")]
    return widgets.controls(
        KEY,
        widgets.text_field(KEY, "symbol", "Symbol", default="SPY"),
        widgets.choice(KEY, "range", "Range", [*ranges, ("5y", "5Y")], "3m"),
        widgets.choice(KEY, "span", "Prices", spans, "near"),
        widgets.switch(KEY, "log", "Log scale"),
        widgets.switch(KEY, "channel", "Channel"),
        widgets.switch(KEY, "marks", "Events", on=True),
        widgets.text_field(KEY, "compare", "Compare", placeholder="QQQ"),
    )


def _level_sets() -> Component:
    """Which levels the ladder has besides the daily averages."""
    return html.Details(
        [
            html.Summary("Levels"),
            html.Div(
                [
                    widgets.checks(KEY, "sets", SET_NAMES, SETS),
                    widgets.switch(KEY, "rungs", "Options levels"),
                    widgets.date_field(KEY, "since", "VWAP since"),
                ],
                className="sets-body",
            ),
        ],
        className="picker sets-picker",
    )


def _own_levels() -> Component:
    """The place where ``assets/pages/own_levels.mjs`` lists what the viewer has drawn."""
    return html.Details(
        [html.Summary("Own levels"), html.Div(className="own-body")],
        className="picker own-picker",
        id="own-levels",
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels."""
    asked = SupportsQuestions(desk)
    feed = panels.PagePanels(app, KEY, SupportsState)
    levels = ("own", "sets", "since")
    drawing = ("symbol", "range", "log", "channel", "compare", "marks", "span", "rungs", *levels)
    of_symbol, of_level = ("symbol",), ("symbol", "level", "other")
    with_own = ("symbol", *levels)
    feed.chart("price", asked.chart, show_chart, reads=drawing, same=one_drawing)
    feed.card("likely", asked.headline, likely_views.show_likely, reads=of_symbol)
    feed.card("ladder", asked.own_ladder, ladder_views.show_ladder, reads=with_own)
    feed.chart("day", asked.day, log_views.show_day, reads=with_own)
    feed.card("log", asked.log, log_views.show_log, reads=of_symbol)
    feed.card("odds", asked.odds, odds_views.show_odds, reads=("symbol", "sets", "since"))
    feed.card("today", asked.today, hold_views.show_today, reads=of_level)
    feed.chart("days", asked.days, hold_views.show_days, reads=of_level)
    feed.chart("hold", asked.study, hold_views.show_rates, reads=of_level)
    feed.card("after", asked.study, hold_views.show_after, reads=of_level)
    feed.card("events", asked.study, hold_views.show_events)  # its links hold the whole view
    feed.card("pool", asked.pool, hold_pool_views.show_pool, reads=("level", "other", "pool"))


def show_chart(
    state: SupportsState,
    history: PriceHistory,
    ladder: SupportLadder,
    log: Answer[LevelLog] | None = None,
    marked: Answer[ChartEvents] | None = None,
) -> panels.View:
    """The price chart; its title is what the session has done at the supports."""
    finding = support_finding(ladder)
    basis = ["Traded prices"]
    if ladder.close_only:
        basis.append("closes only: no candles, touches are unknown")
    if history.compare_missing:
        basis.append(history.compare_missing)

    today = _today(log, ladder)

    def drawn(span: Range, scale: bool) -> FigureView:
        shown = min(RANGE_SESSIONS[span], len(history.sessions))
        figure = price_chart(
            history=history,
            ladder=ladder,
            shown=shown,
            log=scale,
            channel=state.channel,
            events=mark_views.to_mark(marked),
            today=today,
            near=state.span == "near" and not state.compare,
            options=state.rungs,
        )
        first = history.sessions[-shown]
        note = " ".join([_chart_note(state, ladder), *mark_views.notes(marked, first)])
        return FigureView(figure, shown, note)

    def views() -> Mapping[str, Any]:
        found = {
            f"{span}|{int(scale)}": drawn(span, scale)
            for span in SHORT_RANGES
            for scale in (False, True)
        }
        whole = drawn("2y", False)
        table = _prices(history, whole.rows).to_plain()
        return folded([("range", "3m"), ("log", "0")], found, whole.figure, table)

    deep = state.range not in SHORT_RANGES
    own = drawn(state.range, state.log)
    return panels.View(
        title=finding,
        summary=f"{finding}. {next_finding(ladder)}",
        basis="; ".join(basis),
        figure=own.figure,
        data=_prices(history, own.rows),
        note=own.note,
        views=None if deep else views,
    )


def _today(log: Answer[LevelLog] | None, ladder: SupportLadder) -> Today | None:
    """The session's minutes, where there are any."""
    if log is None or log.result is None or not log.result.prices:
        return None
    if log.result.session != ladder.session:
        return None
    return Today(log.result, level_in_question(ladder), ladder.atr)


def one_drawing(state: SupportsState) -> SupportsState:
    """The state whose payload holds this one's view too: range and scale are the browser's."""
    if state.range not in SHORT_RANGES:
        return state
    return replace(state, range="3m", log=False)


def _chart_note(state: SupportsState, ladder: SupportLadder) -> str:
    candles = "" if ladder.close_only else "Hollow candles closed up, filled ones down. "
    notes = [f"{candles}The dotted line is the last price."]
    if state.channel and ladder.channel is not None:
        z = formats.signed(ladder.channel.z, 1)
        notes.append(f"Channel: {ladder.channel.sessions} sessions, the price stands at Z {z}.")
    elif state.channel:
        missing = [miss.reason for miss in ladder.unavailable if miss.name == "channel"]
        notes += [_sentence(reason) for reason in missing]
    own = [miss.reason for miss in ladder.unavailable if miss.id and own_day(miss.id) is not None]
    notes += [_sentence(said) for said in (*own, *ladder.notes)]
    return " ".join(notes)


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _prices(history: PriceHistory, shown: int) -> panels.Data:
    heads: list[tuple[str, panels.Kind]] = [("Date", "date")]
    series: list[list[Any]] = [[day.isoformat() for day in history.sessions]]
    if history.high:
        for name in ("open", "high", "low"):
            heads.append((f"{name.title()} {history.quotation.heading}", "price"))
            series.append(list(getattr(history, name)))
    heads.append((f"Close {history.quotation.heading}", "price"))
    series.append(list(history.close))
    heads.append(("Volume", "count"))
    series.append(list(history.volume))
    for average in history.averages:
        heads.append((average.name, "price"))
        series.append(list(average.values))
    rows = list(zip(*(column[-shown:] for column in series), strict=True))
    return panels.Data(tuple(heads), rows, history.quotation)


PAGE = Page(
    key=KEY,
    path="/supports",
    name="Supports",
    short="Supports",
    title="Does support hold?",
    layout=layout,
    register=register,
    state=SupportsState,
)
