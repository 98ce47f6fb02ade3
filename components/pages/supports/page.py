"""Supports: does it hold, and what is next below? One symbol's chart and ladder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.levels import DMA, LevelId, families
from analytics.model.question import DEFAULT_BENCHMARK, Answer
from analytics.runtime.hold_scan import NO_SCAN, HoldScans
from analytics.settings import Settings
from analytics.studies.calendar.chart_events import CHART_EVENTS, ChartEvents, ChartEventsParameters
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import ODDS, OddsParameters
from analytics.studies.supports.price_history import (
    PRICE_HISTORY,
    PriceHistory,
    PriceHistoryParameters,
)
from analytics.studies.supports.supports import SUPPORTS, SupportLadder, SupportsParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from components.figures.price_chart import price_chart
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.figure_views import FigureView, folded
from components.frame.findings import (
    STATUS_KIND,
    STATUS_SIGN,
    next_finding,
    next_session_finding,
    support_finding,
)
from components.frame.page import Page
from components.frame.state import Range
from components.frame.widgets import Column
from components.pages.supports import hold_pool_views, hold_views, log_views, mark_views, odds_views
from components.pages.supports.state import SupportsState

KEY = "supports"
RANGE_SESSIONS = {"1m": 21, "3m": 63, "6m": 126, "1y": 252, "2y": 504, "5y": 1260, "max": 10_000}
DRAWN = 504
SHORT_RANGES: tuple[Range, ...] = ("1m", "3m", "6m", "1y", "2y")
"""Switched between without the server: they lie within `DRAWN`."""

LEVELS = [
    (level.parameter, formats.level_name(level.name))
    for family in families()
    if family.in_hold_study
    for level in family.levels
]
POOLS = [
    ("off", "None"),
    ("sectors+ten", "Sectors + ten"),
    ("sp500", "S&P 500"),
]


def layout(settings: Settings) -> Component:
    """Chart with its ladder, the ladder's figures, and the hold study."""
    ranges = [(key, key.upper()) for key in RANGE_SESSIONS if key not in ("5y", "max")]
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.text_field(KEY, "symbol", "Symbol", default="SPY"),
                widgets.choice(KEY, "range", "Range", [*ranges, ("5y", "5Y")], "6m"),
                widgets.switch(KEY, "log", "Log scale"),
                widgets.switch(KEY, "channel", "Channel"),
                widgets.switch(KEY, "marks", "Events", on=True),
                widgets.text_field(KEY, "compare", "Compare", placeholder="QQQ"),
            ),
            html.Div(
                [
                    panels.chart_panel(KEY, "price", height=560, class_name="span-12"),
                    panels.html_panel(KEY, "ladder", height=300, class_name="span-12"),
                    panels.chart_panel(KEY, "day", height=300, class_name="span-8"),
                    panels.html_panel(KEY, "log", height=300, class_name="span-4"),
                    panels.html_panel(KEY, "odds", height=260, class_name="span-12"),
                    html.Div(
                        [
                            html.H2("Did it hold before?"),
                            widgets.choice(KEY, "level", "Average", LEVELS, "50"),
                        ],
                        className="span-12 section-head",
                    ),
                    panels.html_panel(KEY, "today", height=110, class_name="span-12"),
                    panels.chart_panel(KEY, "hold", height=520, class_name="span-7"),
                    panels.html_panel(KEY, "after", height=300, class_name="span-5"),
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
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels."""

    def ask_chart(state: SupportsState) -> tuple[Any, ...]:
        sessions = max(RANGE_SESSIONS[state.range], DRAWN)
        wanted = PriceHistoryParameters(state.symbol, state.compare, sessions)
        answers: tuple[Answer[Any], ...] = (
            desk.ask(PRICE_HISTORY, wanted, state.as_of),
            desk.ask(SUPPORTS, SupportsParameters(state.symbol), state.as_of),
        )
        if not state.marks:
            return answers
        marked = ChartEventsParameters(state.symbol, sessions)
        return (*answers, panels.MayBeAbsent(desk.ask(CHART_EVENTS, marked, state.as_of)))

    def ask_ladder(state: SupportsState) -> Answer[Any]:
        return desk.ask(SUPPORTS, SupportsParameters(state.symbol), state.as_of)

    def ask_study(state: SupportsState) -> Answer[Any]:
        return desk.ask(HOLD_STUDY, HoldStudyParameters(state.symbol, state.level), state.as_of)

    def ask_odds(state: SupportsState) -> Answer[Any]:
        return desk.ask(ODDS, OddsParameters(state.symbol), state.as_of)

    def ask_log(state: SupportsState) -> Answer[Any]:
        return desk.ask(LEVEL_LOG, LevelLogParameters(state.symbol), state.as_of)

    def ask_today(state: SupportsState) -> tuple[Any, ...]:
        study, odds = panels.MayBeAbsent(ask_study(state)), panels.MayBeAbsent(ask_odds(state))
        return ask_ladder(state), study, odds

    scans = HoldScans(desk)

    def ask_pool(state: SupportsState) -> Answer[Any]:
        where: Answer[Any] = desk.ask(SUPPORTS, SupportsParameters(DEFAULT_BENCHMARK), state.as_of)
        session = where.moment.session
        if state.pool == "off":
            return replace(where, result=NO_SCAN, reason=None, version=f"{session}|off")
        progress = scans.watch(state.pool, state.level, state.as_of)
        version = f"{session}|{progress.done}|{progress.running}"
        return replace(where, result=progress, reason=None, version=version)

    feed = panels.PagePanels(app, KEY, SupportsState)
    drawing = ("symbol", "range", "log", "channel", "compare", "marks")
    of_symbol, of_level = ("symbol",), ("symbol", "level")
    feed.chart("price", ask_chart, show_chart, reads=drawing, same=one_drawing)
    feed.card("ladder", ask_ladder, show_ladder, reads=of_symbol)
    feed.chart("day", ask_log, log_views.show_day, reads=of_symbol)
    feed.card("log", ask_log, log_views.show_log, reads=of_symbol)
    feed.card("odds", ask_odds, odds_views.show_odds, reads=of_symbol)
    feed.card("today", ask_today, hold_views.show_today, reads=of_level)
    feed.chart("hold", ask_study, hold_views.show_rates, reads=of_level)
    feed.card("after", ask_study, hold_views.show_after, reads=of_level)
    feed.card("events", ask_study, hold_views.show_events)  # its links hold the whole view
    feed.card("pool", ask_pool, hold_pool_views.show_pool, reads=("level", "pool"))


def show_chart(
    state: SupportsState,
    history: PriceHistory,
    ladder: SupportLadder,
    marked: Answer[ChartEvents] | None = None,
) -> panels.View:
    """The price chart; its title is what the session has done at the supports."""
    finding = support_finding(ladder)
    basis = ["Traded prices"]
    if ladder.close_only:
        basis.append("closes only: no candles, touches are not told")
    if history.compare_missing:
        basis.append(history.compare_missing)

    def drawn(span: Range, log: bool) -> FigureView:
        shown = min(RANGE_SESSIONS[span], len(history.sessions))
        figure = price_chart(
            history=history,
            ladder=ladder,
            shown=shown,
            log=log,
            channel=state.channel,
            events=mark_views.to_mark(marked),
        )
        first = history.sessions[-shown]
        note = " ".join([_chart_note(state, ladder), *mark_views.notes(marked, first)])
        return FigureView(figure, shown, note)

    def views() -> Mapping[str, Any]:
        found = {
            f"{span}|{int(log)}": drawn(span, log) for span in SHORT_RANGES for log in (False, True)
        }
        whole = drawn("2y", False)
        table = _prices(history, whole.rows).to_plain()
        return folded([("range", "6m"), ("log", "0")], found, whole.figure, table)

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


def one_drawing(state: SupportsState) -> SupportsState:
    """The state whose payload holds this one's view too: range and scale are the browser's."""
    if state.range not in SHORT_RANGES:
        return state
    return replace(state, range="6m", log=False)


def _chart_note(state: SupportsState, ladder: SupportLadder) -> str:
    candles = "" if ladder.close_only else "Hollow candles closed up, filled ones down. "
    notes = [f"{candles}The dotted line is the last price."]
    if state.channel and ladder.channel is not None:
        z = formats.signed(ladder.channel.z, 1)
        notes.append(f"Channel: {ladder.channel.sessions} sessions, the price stands at Z {z}.")
    elif state.channel:
        missing = [miss.reason for miss in ladder.unavailable if miss.name == "channel"]
        notes += [f"{reason[:1].upper()}{reason[1:]}." for reason in missing]
    return " ".join(notes)


def _prices(history: PriceHistory, shown: int) -> panels.Data:
    heads: list[tuple[str, panels.Kind]] = [("Date", "date")]
    series: list[list[Any]] = [[day.isoformat() for day in history.sessions]]
    if history.high:
        for name in ("open", "high", "low"):
            heads.append((f"{name.title()} {history.currency}", "price"))
            series.append(list(getattr(history, name)))
    heads.append((f"Close {history.currency}", "price"))
    series.append(list(history.close))
    heads.append(("Volume", "count"))
    series.append(list(history.volume))
    for average in history.averages:
        heads.append((average.name, "price"))
        series.append(list(average.values))
    rows = list(zip(*(column[-shown:] for column in series), strict=True))
    return panels.Data(tuple(heads), rows)


def _columns(ladder: SupportLadder) -> tuple[Column, ...]:
    """Level and distances on the price that decides; what else there is of it stands last."""
    if ladder.provisional:
        price, other = "Level today", ("if_closed_here", "if-closed-here", "If it closed here")
    else:
        price, other = "Next session", ("session_level", "session-level", "Decided on")
    return (
        Column("name", "Level", "node"),
        Column("price", widgets.term("deciding-level", price), "price"),
        Column("distance_pct", widgets.term("distance", "To level %"), "pct"),
        Column("distance_atr", widgets.term("atr", "ATR"), "signed"),
        Column("distance_sigma", "\u03c3", "signed"),
        Column("status", widgets.term("status", "Status"), "node"),
        Column(other[0], widgets.term(other[1], other[2]), "price"),
        Column("cluster", widgets.term("confluence", "Confluence"), "node"),
        Column("alert", "", "node"),
    )


def show_ladder(state: SupportsState, ladder: SupportLadder) -> panels.View:
    """Every rung with its figures; what is missing is listed with its reason."""
    rows = [_row(ladder, level) for level in ladder.levels]
    rows.insert(sum(level.price > ladder.price for level in ladder.levels), _price_row(ladder))
    body: list[Component] = [
        widgets.indicated(ladder.symbol),
        widgets.table(
            _columns(ladder),
            rows,
            caption=f"Support ladder of {ladder.symbol}",
            class_name="ladder",
        ),
    ]
    if ladder.unavailable:
        reasons = [html.Li(missing.reason) for missing in ladder.unavailable]
        body.append(html.Ul(reasons, className="reasons"))
    unit = f"ATR14 {formats.price(ladder.atr)}; " if ladder.atr else ""
    sigma = f"daily σ {formats.share(ladder.sigma_pct, 2)}; " if ladder.sigma_pct else ""
    return panels.View(
        title=next_finding(ladder).rstrip("."),
        summary=" ".join(
            [f"{len(ladder.levels)} levels.", next_session_finding(ladder), next_finding(ladder)]
        ).replace("  ", " "),
        basis="Traded prices",
        body=body,
        data=_ladder_data(ladder),
        note=f"{unit}{sigma}{_decides(ladder)}",
    )


def _decides(ladder: SupportLadder) -> str:
    when = formats.date(ladder.session)
    if ladder.provisional:
        return f"statuses are provisional: the close of {when} decides."
    return (
        f"statuses are of the close of {when}, decided on the levels known before its open; "
        "levels and distances are for the next session."
    )


def _row(ladder: SupportLadder, level: Level) -> dict[str, Any]:
    focus = ladder.support is not None and level.id == ladder.support.id
    return {
        "name": [_swatch(level.id), _named(level.id)],
        "price": level.price,
        "session_level": level.session_level,
        "if_closed_here": level.if_closed_here,
        "distance_pct": level.distance_pct,
        "distance_atr": level.distance_atr,
        "distance_sigma": level.distance_sigma,
        "status": _status(ladder, level),
        "cluster": _cluster(ladder, level),
        "alert": _alert_link(ladder.symbol, level),
        "_class": "is-focus" if focus else "",
        "_live": _follows(ladder, level),
    }


def _follows(ladder: SupportLadder, level: Level) -> dict[str, str]:
    """What the cells of a rung that moves with the price follow; others stand until the close."""
    if not ladder.provisional or not level.id.declared.follows_price:
        return {}
    fields = {
        "distance_pct": "distance",
        "distance_atr": "atr",
        "if_closed_here": "if_closed_here",
    }
    return {key: f"{ladder.symbol}.{field}:{level.name}" for key, field in fields.items()}


def _alert_link(symbol: str, level: Level) -> Component | str:
    """To the form that has the viewer told about this level."""
    if not level.id.declared.alertable:
        return ""
    return html.A(
        "alert",
        href=f"/alerts?symbol={quote(symbol)}&level={level.id.parameter}",
        className="muted",
        **attributes(aria_label=f"Tell me about {symbol}\u2019s {level.name}"),
    )


def _swatch(level: LevelId) -> Component:
    return html.Span(
        className="swatch", style={"background": widgets.css_colour(level.style.token)}
    )


def _named(level: LevelId) -> Component:
    key = level.declared.term
    name = formats.level_name(level.name) if level.family == DMA.key else level.name
    return widgets.term(key, name) if key else html.Span(name)


def _status(ladder: SupportLadder, level: Level) -> Any:
    if level.status is None:
        return None
    follows = ladder.provisional and level.id.declared.follows_price
    chips = [
        widgets.chip(
            f"{STATUS_SIGN[level.status]} {level.status}",
            STATUS_KIND[level.status],
            live=f"{ladder.symbol}.status:{level.name}" if follows else "",
        )
    ]
    if level.gap_down:
        chips.append(widgets.chip("gap-down", "down"))
    return html.Span(chips, className="chips")


def _cluster(ladder: SupportLadder, level: Level) -> str | None:
    if level.cluster is None:
        return None
    cluster = ladder.clusters[level.cluster]
    others = [one.name for one in cluster.ids if one != level.id]
    return f"×{cluster.score} with {', '.join(others)}"


def _price_row(ladder: SupportLadder) -> dict[str, Any]:
    return {
        "name": html.B(f"{ladder.symbol} price"),
        "price": ladder.price,
        "status": widgets.ticking(
            formats.pct(ladder.change_pct),
            f"{ladder.symbol}.change_pct" if ladder.provisional else "",
            formats.direction(ladder.change_pct),
        ),
        "alert": "",
        "_class": "is-price",
        "_live": {"price": f"{ladder.symbol}.price"} if ladder.provisional else {},
    }


def _ladder_data(ladder: SupportLadder) -> panels.Data:
    return panels.Data(
        (
            ("Level", "text"),
            ("Family", "text"),
            (f"Level {ladder.currency}", "price"),
            (f"Decided on {ladder.currency}", "price"),
            (f"If it closed here {ladder.currency}", "price"),
            ("Distance %", "pct"),
            ("Distance ATR", "signed"),
            ("Distance sigma", "signed"),
            ("Status", "text"),
            ("Gap-down", "text"),
            (f"Close needed {ladder.currency}", "price"),
        ),
        [
            (
                level.name,
                level.family,
                level.price,
                level.session_level,
                level.if_closed_here,
                level.distance_pct,
                level.distance_atr,
                level.distance_sigma,
                level.status,
                None if level.gap_down is None else ("yes" if level.gap_down else "no"),
                level.close_needed,
            )
            for level in ladder.levels
        ],
    )


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
