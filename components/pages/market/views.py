"""Market now, drawn: the verdict, today, how likely it holds, breadth."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.model import sessions
from analytics.model.levels import LevelId, dma
from analytics.model.question import Answer
from analytics.model.vocabulary import Moment, Phase
from analytics.studies.hold.study import HoldStudy
from analytics.studies.sentiment.breadth import Breadth
from analytics.studies.supports.how_likely import how_likely, level_in_question
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder
from analytics.watch.day_log import LevelLog
from components.frame import formats, panels, widgets
from components.frame.findings import (
    absences,
    close_finding,
    joined,
    next_finding,
    next_session_finding,
    support_finding,
)
from components.frame.likely import ask_again, likely_line
from components.frame.likely_scale import numbers_of, scale
from components.frame.status_chips import status_chip
from components.pages.market.log_words import crossed
from components.pages.market.state import MarketState
from components.pages.supports.log_views import day_view


def show_answer(
    state: MarketState,
    ladder: SupportLadder,
    moment: Moment,
    study: Answer[HoldStudy] | None = None,
    odds: Answer[OddsView] | None = None,
    log: Answer[LevelLog] | None = None,
) -> panels.View:
    """The verdict: price, the level in question with its status, what is next below."""
    likely, again = None, None
    if study is not None and odds is not None:
        likely = how_likely(ladder, level_in_question(ladder), study, odds)
        again = ask_again(study, odds)
    asked = level_in_question(ladder)
    level = next((one for one in ladder.levels if one.id == asked), None)
    minutes = sessions.minutes_to_close(moment.time)
    lead = (next_session_finding(ladder), next_finding(ladder))
    body: list[Component] = [
        widgets.indicated(ladder.symbol),
        _quote(ladder),
        *([_standing(ladder, level)] if level is not None else []),
        html.P(_now(minutes, log, level, asked), className="verdict-now"),
        html.P(" ".join(filter(None, lead)), className="lead"),
    ]
    body += [
        widgets.absence_note(f"{missing.reason}.")
        for missing in ladder.unavailable
        if missing.id is not None and missing.id.is_headline
    ]
    finding = support_finding(ladder)
    return panels.View(
        title=finding,
        summary=" ".join(
            [f"{finding}. {next_finding(ladder)}", *([likely.text] if likely is not None else [])]
        ),
        basis="Traded prices",
        body=html.Div(body, className="verdict"),
        note=_decided_on(ladder),
        again=again,
    )


def _quote(ladder: SupportLadder) -> Component:
    """``SPY 597.23 -1.77%``: the price itself is neutral, its change is coloured."""
    live = ladder.symbol if ladder.provisional else ""
    return html.Div(
        [
            html.B(ladder.symbol, className="verdict-symbol"),
            widgets.ticking(
                ladder.quotation.text(ladder.price), f"{live}.price" if live else "", "value"
            ),
            widgets.ticking(
                formats.pct(ladder.change_pct),
                f"{live}.change_pct" if live else "",
                f"verdict-change {formats.direction(ladder.change_pct)}",
            ),
        ],
        className="verdict-quote",
    )


def _standing(ladder: SupportLadder, level: Level) -> Component:
    """The level in question: name, price, status and distance, each following the price."""
    follows = ladder.provisional and level.id.declared.follows_price
    live = f"{ladder.symbol}.{{}}:{level.name}" if follows else ""
    status = status_chip(level, ladder.quotation, live.format("status"))
    colour = {"borderColor": widgets.css_colour(level.id.style.token)}
    return html.Div(
        [
            status,
            html.Span(
                widgets.term("dma", formats.level_name(level.name)),
                className="dma-name",
                style=colour,
            ),
            html.B(ladder.quotation.text(level.price), className="num"),
            widgets.ticking(formats.pct(level.distance_pct), live.format("distance"), "num"),
            html.Span(
                [
                    widgets.ticking(formats.signed(level.distance_atr), live.format("atr"), "num"),
                    " ATR",
                ],
                className="muted",
            ),
        ],
        className="verdict-level",
    )


def _now(
    minutes: int | None, log: Answer[LevelLog] | None, level: Level | None, asked: LevelId
) -> list[Component]:
    """The clock, and when the level was last met."""
    parts: list[Component] = []
    if minutes is not None:
        parts.append(html.Span([html.B(formats.duration(minutes)), " to the close"]))
    if level is not None and level.gap_down:
        parts.append(html.Span("opened under it"))
    if log is not None and log.result is not None and log.result.missing is None:
        parts.append(crossed(log.result, asked))
    return parts


def show_likely(
    state: MarketState,
    ladder: SupportLadder,
    moment: Moment,
    study: Answer[HoldStudy],
    odds: Answer[OddsView],
) -> panels.View:
    """Will it hold? The past, chance and the options on one axis, and the sentence of the three.

    After the close: what became of it, beside how such sessions ended before.
    """
    asked = level_in_question(ladder)
    likely = how_likely(ladder, asked, study, odds)
    numbers = numbers_of(likely)
    name = formats.level_name(likely.level.name)
    level = next((one for one in ladder.levels if one.id == asked), None)
    done = None if moment.phase is Phase.PRE else close_finding(ladder, level)
    title = done or f"Will the {name} hold by the close?"
    body: list[Component] = [scale(numbers, decided=done is not None)]
    if numbers.apart is not None and done is None:
        points = "point" if numbers.apart == 1 else "points"
        words = f"Past and options: {numbers.apart} {points} apart"
        body.append(html.P(words, className="scale-apart"))
    body.append(likely_line(likely, ladder.symbol))
    return panels.View(
        title=title,
        summary=f"{title.rstrip('?')}. {likely.text}" if done else f"{title} {likely.text}",
        basis="All sessions the source has; the option chain’s own smiles",
        body=body,
        again=ask_again(study, odds),
    )


def show_today(state: MarketState, log: LevelLog, ladder: Answer[SupportLadder]) -> panels.View:
    """The session by the minute against its levels."""
    return day_view(log, ladder.result)


def _decided_on(ladder: SupportLadder) -> str:
    """What the levels shown are, and in session what they become if it closes here."""
    headline = [level for level in ladder.levels if level.id.is_headline]
    if ladder.provisional:
        moved = [
            f"{formats.level_name(level.name)} {ladder.quotation.text(level.if_closed_here)}"
            for level in headline
            if level.if_closed_here is not None
        ]
        then = f" If it closed here, for the next session: {joined(moved)}." if moved else ""
        return f"Levels are those known before the open; the close decides on them.{then}"
    decided = [
        f"{formats.level_name(level.name)} {ladder.quotation.text(level.session_level)}"
        for level in headline
        if level.session_level is not None
    ]
    if not decided:
        return ""
    return (
        "Levels and distances are those for the next session. "
        f"Held or broken was decided on the levels known before the open: {joined(decided)}."
    )


def show_breadth(state: MarketState, breadth: Breadth) -> panels.View:
    """How many members stand above each average, of how many."""
    rows = [
        html.Div(
            [
                html.Span(formats.level_name(share.level), className="meter-name"),
                html.Div(
                    html.Div(style={"width": f"{share.share_pct or 0:.1f}%"}), className="meter"
                ),
                html.Span(
                    formats.share(share.share_pct, 0) if share.of else "n/a", className="num live"
                ),
                html.Span(f"{share.above} of {share.of}", className="meter-of"),
            ],
            className="meter-row",
        )
        for share in breadth.shares
    ]
    fifty = next(share for share in breadth.shares if share.level_id == dma(50))
    title = (
        f"{formats.share(fifty.share_pct, 0)} stand above their {formats.level_name('50-DMA')}"
        if fifty.of
        else "Breadth: no member has a 50-DMA"
    )
    absent = f" ({breadth.coverage})" if breadth.coverage else ""
    return panels.View(
        title=title,
        summary=f"{title}: {fifty.above} of {fifty.of}{absent}.",
        basis="Eleven sectors and the ten largest, traded closes",
        body=rows,
        data=panels.Data(
            (("Average", "text"), ("Above", "count"), ("Of", "count"), ("Share %", "share")),
            [(s.level, s.above, s.of, s.share_pct) for s in breadth.shares],
        ),
        note=absences(breadth.missing),
    )
