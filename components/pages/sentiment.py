"""Sentiment & breadth: the index and its parts, breadth, and where the move came from."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.breadth import BREADTH, Breadth, BreadthParameters
from analytics.contribution import (
    CONTRIBUTION,
    Contribution,
    ContributionParameters,
    ContributionTable,
)
from analytics.desk import Desk
from analytics.forward import Outcome
from analytics.question import Answer
from analytics.sentiment import SENTIMENT, Sentiment, SentimentParameters
from analytics.settings import Settings
from components import formats, panels, widgets
from components.figures.bars import Bar, ranked_bars
from components.figures.lines import Line, Marks, line_chart
from components.figures.theme import DMA_DASH
from components.findings import joined
from components.page import Page
from components.state import PageState
from components.widgets import Column

KEY = "sentiment"


def layout(settings: Settings) -> Component:
    """The index, its parts and history; breadth; contributions."""
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.choice(
                    KEY,
                    "group",
                    "Members",
                    [
                        ("sectors+ten", "Sectors + ten"),
                        ("sectors", "Sectors"),
                        ("ten", "Ten largest"),
                        ("sp500", "S&P 500"),
                    ],
                    "sectors+ten",
                ),
                widgets.choice(
                    KEY,
                    "window",
                    "Move over",
                    [("1", "1 session"), ("5", "5"), ("20", "20"), ("60", "60")],
                    "1",
                ),
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "index", height=170, class_name="span-5"),
                    panels.chart_panel(KEY, "parts", height=250, class_name="span-7"),
                    panels.chart_panel(KEY, "history", height=320, class_name="span-8"),
                    panels.html_panel(KEY, "after", height=320, class_name="span-4"),
                    panels.chart_panel(KEY, "breadth", height=320, class_name="span-7"),
                    panels.chart_panel(KEY, "highs", height=320, class_name="span-5"),
                    panels.chart_panel(KEY, "companies", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "sectors", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "equal", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "concentration", height=300, class_name="span-6"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from three questions."""

    def ask_sentiment(state: PageState) -> Answer[Any]:
        return desk.ask(SENTIMENT, SentimentParameters(), state.as_of)

    def ask_breadth(state: PageState) -> Answer[Any]:
        group = state.group if state.group in GROUPS else "sectors+ten"
        return desk.ask(BREADTH, BreadthParameters(group=group), state.as_of)  # type: ignore[arg-type]

    def ask_move(state: PageState) -> Answer[Any]:
        return desk.ask(CONTRIBUTION, ContributionParameters(state.window), state.as_of)

    panels.panel_callback(app, KEY, "index", ask=ask_sentiment, show=show_index, card=True)
    panels.panel_callback(app, KEY, "parts", ask=ask_sentiment, show=show_parts)
    panels.panel_callback(app, KEY, "history", ask=ask_sentiment, show=show_history)
    panels.panel_callback(app, KEY, "after", ask=ask_sentiment, show=show_after, card=True)
    panels.panel_callback(app, KEY, "breadth", ask=ask_breadth, show=show_breadth)
    panels.panel_callback(app, KEY, "highs", ask=ask_breadth, show=show_highs)
    panels.panel_callback(app, KEY, "companies", ask=ask_move, show=show_companies)
    panels.panel_callback(app, KEY, "sectors", ask=ask_move, show=show_sectors)
    panels.panel_callback(app, KEY, "equal", ask=ask_move, show=show_equal_weight)
    panels.panel_callback(app, KEY, "concentration", ask=ask_move, show=show_concentration)


GROUPS = ("sectors+ten", "sectors", "ten", "sp500")


def mood(value: float) -> str:
    """The index in a word."""
    for bound, word in ((20, "crash"), (40, "fear"), (60, "neutral"), (80, "greed")):
        if value < bound:
            return word
    return "euphoria"


def show_index(state: PageState, answer: Answer[Sentiment]) -> panels.View:
    """The index now, against a week ago."""
    index = answer.result
    if index is None:
        return panels.View(title="Sentiment")
    if index.value is None:
        reason = index.reason or "n/a"
        return panels.View(
            title=f"Sentiment: {reason}", body=widgets.absence_note(reason), note=index.method
        )
    before = [value for value in index.history.values[:-1] if value is not None][-5:]
    week = before[0] if len(before) == 5 else None
    change = "" if week is None else f", {formats.signed(index.value - week, 0)} in a week"
    title = f"Sentiment {index.value:.0f} of 100: {mood(index.value)}{change}"
    figures = [
        widgets.figure_value(f"{index.value:.0f}", "0 crash to 100 euphoria"),
        widgets.figure_value("" if week is None else f"{week:.0f}", "a week ago"),
        widgets.figure_value(index.coverage, "parts used"),
    ]
    missing = [f"{part.name}: {part.reason}." for part in index.parts if part.reason]
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=index.basis.capitalize(),
        body=[
            html.Div(figures, className="figures"),
            html.Ul([html.Li(text) for text in missing], className="conventions"),
        ],
        note=index.method,
    )


def show_parts(state: PageState, answer: Answer[Sentiment]) -> panels.View:
    """Each part's percentile, most bullish first."""
    index = answer.result
    if index is None:
        return panels.View(title="Sentiment")
    known = [part for part in index.parts if part.percentile is not None]
    if not known:
        return panels.View(title="No part of the index is known", summary=index.reason or "")
    known.sort(key=lambda part: -(part.percentile or 0))
    title = f"{known[0].name} is most bullish, {known[-1].name} most bearish"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Mid-rank percentile over all earlier sessions",
        figure=ranked_bars(
            bars=[
                Bar(
                    name=part.name,
                    value=part.percentile or 0.0,
                    text=f"{part.percentile:.0f}",
                    hover=f"{part.value:.2f} {part.unit}, {part.n} sessions since {part.since}",
                    token="@up" if (part.percentile or 0) >= 50 else "@down",
                )
                for part in known
            ],
            unit="percentile, 0 bearish to 100 bullish",
            revision="parts",
        ),
        data=panels.Data(
            (("Part", "text"), ("Value", "ratio"), ("Unit", "text"), ("Percentile", "ratio")),
            [(part.name, part.value, part.unit, part.percentile) for part in index.parts],
        ),
    )


def show_history(state: PageState, answer: Answer[Sentiment]) -> panels.View:
    """The index over time, previous lows marked."""
    index = answer.result
    if index is None:
        return panels.View(title="Sentiment")
    if not index.history.sessions:
        return panels.View(title="No history yet", summary=index.reason or "No history yet.")
    lows = index.lows
    title = f"{len(lows)} previous lows since {index.history.sessions[0].year}"
    if lows:
        title += f"; the last on {formats.short_date(lows[-1].session)} at {lows[-1].value:.0f}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=index.basis.capitalize(),
        figure=line_chart(
            lines=[Line("index", index.history.sessions, index.history.values, "@ink", width=1.1)],
            marks=[
                Marks(
                    "previous low",
                    [low.session for low in lows],
                    [low.value for low in lows],
                    "@down",
                    "triangle-up",
                    [f"{formats.date(low.session)}: {low.value:.0f}" for low in lows],
                )
            ],
            unit="sentiment, 0 to 100",
            bounds=(0, 100),
            level=50,
            revision="sentiment",
        ),
        data=panels.Data(
            (("Date", "date"), ("Sentiment", "ratio")),
            [
                (day.isoformat(), value)
                for day, value in zip(index.history.sessions, index.history.values, strict=True)
            ],
        ),
        note=f"{index.low_rule} {index.note}".strip(),
    )


OUTCOME_COLUMNS = (
    Column("sessions", "Sessions", "count"),
    Column("n", "n", "count"),
    Column("mean", "Mean %", "pct"),
    Column("interval", "95% interval", "node"),
    Column("all", "All days %", "pct"),
)


def outcome_row(outcome: Outcome, all_days: float | None) -> dict[str, Any]:
    """A table row of what followed."""
    low_high = outcome.interval95_pct
    return {
        "sessions": outcome.sessions,
        "n": outcome.n,
        "mean": outcome.mean_pct,
        "interval": f"{formats.pct(low_high[0])} to {formats.pct(low_high[1])}"
        if low_high
        else "n/a (under 10)",
        "all": all_days,
    }


def show_after(state: PageState, answer: Answer[Sentiment]) -> panels.View:
    """What SPY did after past crashes of sentiment."""
    index = answer.result
    if index is None:
        return panels.View(title="Sentiment")
    rows = [outcome_row(after.outcome, after.all_days_mean_pct) for after in index.after_crash]
    longest = index.after_crash[-1] if index.after_crash else None
    title = f"{len(index.crashes)} crashes of sentiment"
    if longest is not None and longest.outcome.mean_pct is not None:
        title = (
            f"{longest.sessions} sessions after a crash of sentiment SPY stood "
            f"{formats.pct(longest.outcome.mean_pct, 1)} on average"
        )
    return panels.View(
        title=title,
        basis=f"{index.basis.capitalize()}; {len(index.crashes)} crashes",
        body=widgets.table(OUTCOME_COLUMNS, rows, caption="After crashes of sentiment"),
        note=index.crash_rule,
    )


def show_breadth(state: PageState, answer: Answer[Breadth]) -> panels.View:
    """The share of members above each average over time."""
    breadth = answer.result
    if breadth is None:
        return panels.View(title="Breadth")
    fifty = next(share for share in breadth.shares if share.level == "50-DMA")
    title = (
        f"{formats.share(fifty.share_pct, 0)} of {fifty.of} members stand above their 50\u2011DMA"
        if fifty.of
        else "Breadth: no member has a 50\u2011DMA"
    )
    lines = [
        Line(
            formats.level_name(one.level),
            breadth.history.sessions,
            one.share_pct,
            f"@dma{one.level.split('-')[0]}",
            DMA_DASH[int(one.level.split("-")[0])],
        )
        for one in breadth.history.levels
    ]
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Traded closes, {breadth.group}",
        figure=line_chart(
            lines=lines, unit="% of members above", bounds=(0, 100), level=50, revision="breadth"
        ),
        data=panels.Data(
            (
                ("Average", "text"),
                ("Above", "count"),
                ("Of", "count"),
                ("Share %", "share"),
                ("Above it", "text"),
                ("Below it", "text"),
            ),
            [
                (
                    share.level,
                    share.above,
                    share.of,
                    share.share_pct,
                    " ".join(share.above_symbols),
                    " ".join(share.below_symbols),
                )
                for share in breadth.shares
            ],
        ),
        note=breadth.note,
    )


def show_highs(state: PageState, answer: Answer[Breadth]) -> panels.View:
    """New 52-week highs minus lows, 20-session mean."""
    breadth = answer.result
    if breadth is None:
        return panels.View(title="Breadth")
    now = breadth.new_highs_lows
    title = (
        f"{now.highs} new highs and {now.lows} new lows of {now.of} members"
        if now.of
        else "New highs and lows need 252 sessions"
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Traded closes, {breadth.group}",
        figure=line_chart(
            lines=[
                Line(
                    "20-session mean",
                    breadth.history.sessions,
                    breadth.history.net_20_pct,
                    "@ink",
                )
            ],
            unit="new highs less new lows, % of members",
            level=0,
            revision="highs",
        ),
        data=panels.Data(
            (("Date", "date"), ("Highs", "count"), ("Lows", "count"), ("Net, 20-day %", "pct")),
            [
                (day.isoformat(), high, low, net)
                for day, high, low, net in zip(
                    breadth.history.sessions,
                    breadth.history.highs,
                    breadth.history.lows,
                    breadth.history.net_20_pct,
                    strict=True,
                )
            ],
        ),
        note=joined(list(now.high_symbols)) + (" at a high." if now.high_symbols else ""),
    )


def show_companies(state: PageState, answer: Answer[Contribution]) -> panels.View:
    """What the ten largest gave to SPY's move."""
    move = answer.result
    if move is None:
        return panels.View(title="Where the move came from")
    table = move.companies
    lead = (table.rows[0] if move.move_pct < 0 else table.rows[-1]) if table.rows else None
    most = (
        f", first of all {lead.name}\u2019s {formats.signed(lead.contribution_pct)}" if lead else ""
    )
    title = (
        f"The ten largest gave {formats.signed(table.sum_pct)} of {move.benchmark}\u2019s "
        f"{formats.signed(move.move_pct)} points{most}"
    )
    return _contribution_view(move, table, title, "The others")


def show_sectors(state: PageState, answer: Answer[Contribution]) -> panels.View:
    """What the sectors gave to SPY's move."""
    move = answer.result
    if move is None:
        return panels.View(title="Where the move came from")
    rows = move.sectors.rows
    title = "The sectors\u2019 parts in the move"
    if rows:
        low, high = rows[0], rows[-1]
        title = (
            f"{low.name} gave {formats.signed(low.contribution_pct)} points, "
            f"{high.name} {formats.signed(high.contribution_pct)}"
        )
    return _contribution_view(move, move.sectors, title, "Rounding of the weights")


def _contribution_view(
    move: Contribution, table: ContributionTable, title: str, rest: str
) -> panels.View:
    bars = [
        Bar(
            name=row.symbol,
            value=row.contribution_pct,
            text=formats.signed(row.contribution_pct),
            hover=f"weight {formats.share(row.weight_pct)}, return {formats.pct(row.return_pct)}",
            token="@up" if row.contribution_pct >= 0 else "@down",
        )
        for row in table.rows
    ]
    bars.append(
        Bar(
            rest,
            table.rest_pct,
            formats.signed(table.rest_pct),
            f"weight {formats.share(table.rest_weight_pct)}",
            "@muted",
        )
    )
    carried = "carried by prices" if table.carried else "as published"
    return panels.View(
        title=title,
        summary=title,
        basis=f"Weights of {formats.short_date(table.weights_as_of)}, {carried}",
        figure=ranked_bars(
            bars=bars, unit=f"points of {move.benchmark}\u2019s move", revision="contribution"
        ),
        data=panels.Data(
            (
                ("Symbol", "text"),
                ("Name", "text"),
                ("Weight %", "share"),
                ("Return %", "pct"),
                ("Points", "signed"),
            ),
            [
                (r.symbol, r.name, r.weight_pct, r.return_pct, r.contribution_pct)
                for r in table.rows
            ],
        ),
        note=" ".join([f"{table.weights_source}.", *table.missing.values()]),
    )


def show_equal_weight(state: PageState, answer: Answer[Contribution]) -> panels.View:
    """SPY against its equal-weight sister."""
    move = answer.result
    if move is None:
        return panels.View(title="Cap weight against equal weight")
    equal = move.equal_weight
    if equal.reason or not equal.sessions:
        reason = equal.reason or "n/a"
        return panels.View(title=f"No comparison: {reason}", summary=reason, note=reason)
    last = equal.gaps[-1]
    side = "ahead of" if last.gap_pct >= 0 else "behind"
    title = (
        f"{move.benchmark} is {formats.share(abs(last.gap_pct))} {side} equal weight "
        f"over {last.sessions} sessions"
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Total-return closes, 100 at the start",
        figure=line_chart(
            lines=[
                Line(move.benchmark, equal.sessions, equal.benchmark_index, "@ink"),
                Line(equal.symbol, equal.sessions, equal.equal_weight_index, "@accent", "dash"),
            ],
            unit="index, 100 at the start",
            revision="equal",
        ),
        data=panels.Data(
            (
                ("Sessions", "count"),
                (f"{move.benchmark} %", "pct"),
                (f"{equal.symbol} %", "pct"),
                ("Gap, points", "signed"),
            ),
            [(g.sessions, g.benchmark_pct, g.equal_weight_pct, g.gap_pct) for g in equal.gaps],
        ),
        note="A positive gap says the largest names carried the move.",
    )


def show_concentration(state: PageState, answer: Answer[Contribution]) -> panels.View:
    """The ten largest's share of the index over time, implied by prices."""
    move = answer.result
    if move is None:
        return panels.View(title="Concentration")
    held = move.concentration
    if not held.sessions:
        return panels.View(title="Concentration cannot be carried to this date", summary="n/a")
    now = held.now_pct if held.now_pct is not None else held.published_pct
    title = f"The ten largest are {formats.share(now)} of {move.benchmark}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=held.basis.capitalize(),
        figure=line_chart(
            lines=[Line("ten largest", held.sessions, held.sum_pct, "@c5")],
            unit=f"% of {move.benchmark}\u2019s weight",
            revision="concentration",
        ),
        data=panels.Data(
            (("Date", "date"), ("Ten largest %", "share")),
            [(d.isoformat(), v) for d, v in zip(held.sessions, held.sum_pct, strict=True)],
        ),
        note="Published weights carried back and forth by prices; changes of the index are not.",
    )


PAGE = Page(
    key=KEY,
    path="/sentiment",
    name="Sentiment & breadth",
    short="Mood",
    title="How is the mood, and how broad the move?",
    layout=layout,
    register=register,
    takes=("group", "window"),
)
