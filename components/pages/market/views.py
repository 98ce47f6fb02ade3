"""Market now, drawn: the answer, the indices, the watchlist, breadth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model import sessions
from analytics.model.levels import DMA, LevelId, dma
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import Moment
from analytics.studies.hold.study import HoldStudy
from analytics.studies.sentiment.breadth import Breadth
from analytics.studies.supports.how_likely import how_likely, level_in_question
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder
from analytics.studies.supports.watchlist import Watchlist, WatchlistRow
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.findings import (
    STATUS_KIND,
    STATUS_SIGN,
    joined,
    next_finding,
    next_session_finding,
    status_text,
    support_finding,
)
from components.frame.likely import ask_again, likely_line
from components.frame.widgets import Column
from components.pages.market.state import MarketState

INDICES = tuple(Symbol(symbol) for symbol in DEFAULT_WATCHLIST)
MAX_WATCHED = 40
NAMED = 6


def show_answer(
    state: MarketState,
    ladder: SupportLadder,
    moment: Moment,
    study: Answer[HoldStudy] | None = None,
    odds: Answer[OddsView] | None = None,
) -> panels.View:
    """The headline: what SPY has done at its supports, what is next, how likely it holds."""
    likely, again = None, None
    if study is not None and odds is not None:
        likely = how_likely(ladder, level_in_question(ladder), study, odds)
        again = ask_again(study, odds)
    by_id = {level.id: level for level in ladder.levels}
    figures = [
        widgets.figure_value(
            ladder.quotation.text(ladder.price),
            f"{ladder.symbol}, {formats.pct(ladder.change_pct)}",
            direction=formats.direction(ladder.change_pct),
        ),
        *(_level_figure(ladder, by_id[at]) for at in DMA.levels if at.is_headline and at in by_id),
    ]
    minutes = sessions.minutes_to_close(moment.time)
    if minutes is not None:
        figures.append(widgets.figure_value(formats.duration(minutes), "to the close"))
    sentences = (next_session_finding(ladder), next_finding(ladder))
    body: list[Component] = [
        widgets.indicated(ladder.symbol),
        html.P(" ".join(filter(None, sentences)), className="lead"),
        *([likely_line(likely, ladder.symbol)] if likely is not None else []),
        html.Div(figures, className="figures"),
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
        body=body,
        note=_decided_on(ladder),
        again=again,
    )


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


def _level_figure(ladder: SupportLadder, level: Level) -> Component:
    return widgets.figure_value(
        ladder.quotation.text(level.price),
        widgets.term("dma", formats.level_name(level.name)),
        detail=f"{formats.pct(level.distance_pct)}  {status_text(level)}",
    )


def show_indices(state: MarketState, watchlist: Watchlist) -> panels.View:
    """One card an index: spark line, price, both averages, next support."""
    cards = [_card(row) for row in watchlist.rows]
    cards += [widgets.absence_note(reason) for reason in watchlist.missing.values()]
    return panels.View(
        title=_indices_title(watchlist.rows),
        basis="Traded prices, spark lines of 60 sessions",
        body=html.Div(cards, className="cards"),
        data=_watch_data(watchlist.rows),
    )


def _indices_title(rows: Sequence[WatchlistRow]) -> str:
    below = [
        r.symbol for r in rows if r.dma50 and r.price < (r.dma50.session_level or r.dma50.price)
    ]
    known = [row for row in rows if row.dma50]
    if not known:
        return "The indices have no 50-DMA yet"
    if not below:
        return f"All {len(known)} indices stand above their 50-DMA"
    if len(below) == len(known):
        return f"All {len(known)} indices are under their 50-DMA"
    verb = "is" if len(below) == 1 else "are"
    return (
        f"{joined(below)} {verb} under the 50-DMA; {len(known) - len(below)} of {len(known)} above"
    )


def _card(row: WatchlistRow) -> Component:
    return html.A(
        [
            html.Div(
                [html.B(row.symbol), html.Span(row.name, className="card-name")],
                className="card-head",
            ),
            html.Div(
                [
                    widgets.ticking(
                        row.quotation.text(row.price), f"{row.symbol}.price", "card-price"
                    ),
                    widgets.ticking(
                        formats.pct(row.change_pct),
                        f"{row.symbol}.change_pct",
                        formats.direction(row.change_pct),
                    ),
                ],
                className="card-quote",
            ),
            html.Div(className="spark", style={"clipPath": spark_path(row.spark)}),
            _card_level(row, row.dma50, dma(50)),
            _card_level(row, row.dma100, dma(100)),
            html.Div(f"Below: {supports_below(row)}", className="card-next"),
        ],
        href=widgets.supports_link(row.symbol),
        className="card",
    )


def supports_below(row: WatchlistRow) -> str:
    """``100-DMA 584.75 (−2.1%), then 200-DMA 559.78``: the support in focus and the next."""
    if row.support is None and row.no_previous is not None and row.provisional:
        return f"not known: {row.no_previous}"
    if row.support is None:
        return "none of the 50, 100 and 200\u2011DMA"
    text = f"{formats.level_name(row.support.name)} {row.quotation.text(row.support.price)}"
    text += f" ({formats.pct(row.support.distance_pct, 1)})"
    if row.next_support is None:
        return text
    following = row.next_support
    return (
        f"{text}, then {formats.level_name(following.name)} {row.quotation.text(following.price)}"
    )


def _card_level(row: WatchlistRow, level: Level | None, at: LevelId) -> Component:
    name, symbol = at.name, row.symbol
    if level is None:
        why = (row.no_previous if row.provisional else None) or "too few sessions"
        return html.Div([html.Span(name), html.Span(why)], className="card-level")
    colour = {"borderColor": widgets.css_colour(at.style.token)}
    return html.Div(
        [
            html.Span(formats.level_name(name), className="dma-name", style=colour),
            widgets.ticking(row.quotation.text(level.price), f"{symbol}.level:{name}", "num"),
            widgets.ticking(formats.pct(level.distance_pct), f"{symbol}.distance:{name}", "num"),
            _status_chip(symbol, level, at),
        ],
        className="card-level",
    )


def _status_chip(symbol: str, level: Level | None, at: LevelId) -> Component | None:
    if level is None or level.status is None:
        return None
    return widgets.chip(
        f"{STATUS_SIGN[level.status]} {level.status}",
        STATUS_KIND[level.status],
        live=f"{symbol}.status:{at.name}",
    )


def _remove(state: MarketState, shown: Sequence[Symbol], symbol: str) -> Component:
    """A link to this view without the symbol: the address is what the watchlist is kept in."""
    rest = tuple(other for other in shown if other != symbol)
    return html.A(
        "×",
        href=state.link("/", symbols=rest),
        className="remove",
        title=f"Remove {symbol}",
        **attributes(aria_label=f"Remove {symbol} from the watchlist"),
    )


def spark_path(values: Sequence[float], stroke: float = 0.8) -> str:
    """A CSS polygon that draws ``values`` as a line of 2 x ``stroke`` pixels across a box."""
    if len(values) < 2:
        return "polygon(0 0)"
    low, high = min(values), max(values)
    span = high - low or 1.0
    points = [
        (100 * i / (len(values) - 1), 100 * (high - value) / span) for i, value in enumerate(values)
    ]
    over = [f"{x:.1f}% calc({y:.1f}% - {stroke}px)" for x, y in points]
    under = [f"{x:.1f}% calc({y:.1f}% + {stroke}px)" for x, y in reversed(points)]
    return f"polygon({','.join(over + under)})"


WATCH_COLUMNS = (
    Column("symbol", "Symbol", "node"),
    Column("price", "Price", "price"),
    Column("change_pct", "Change %", "pct", colour=True),
    Column("dma50", widgets.term("dma", formats.level_name("50-DMA")), "price"),
    Column("dma50_pct", widgets.term("distance", "to it %"), "pct"),
    Column("status", widgets.term("status", "Status"), "node"),
    Column("dma100", widgets.term("dma", formats.level_name("100-DMA")), "price"),
    Column("dma100_pct", "to it %", "pct"),
    Column("next", widgets.term("support", "Supports below"), "node"),
    Column("remove", "", "node"),
)


def show_watchlist(state: MarketState, watchlist: Watchlist) -> panels.View:
    """The viewer's own list; a symbol that is unknown says so in its place."""
    rows = [_watch_row(row) for row in watchlist.rows]
    rows += [
        {"symbol": html.B(symbol), "_symbol": symbol, "next": reason, "_class": "is-muted"}
        for symbol, reason in watchlist.missing.items()
    ]
    shown = state.symbols or tuple(Symbol(row["_symbol"]) for row in rows)
    for row in rows:
        row["remove"] = _remove(state, shown, row["_symbol"])
    empty = widgets.absence_note("The watchlist is empty: type symbols above, NVDA, AAPL for one.")
    table = widgets.table(WATCH_COLUMNS, rows, caption="Watchlist", sortable=True)
    return panels.View(
        title=_watch_title(watchlist.rows),
        basis="Traded prices",
        body=table if rows else empty,
        data=_watch_data(watchlist.rows),
        note=f"{_left_out(state)}Kept in this browser and in the link.",
    )


def _left_out(state: MarketState) -> str:
    """That the list is longer than what is watched, where it is."""
    given = len(state.symbols or ())
    return f"The first {MAX_WATCHED} of {given} are shown. " if given > MAX_WATCHED else ""


def _watch_title(rows: Sequence[WatchlistRow]) -> str:
    """How many of the list are under their 50-DMA; which, while the names are few."""
    average = formats.level_name("50-DMA")
    known = [row for row in rows if row.dma50]
    lost = [row.symbol for row in known if row.dma50 and row.dma50.distance_pct > 0]
    if not known:
        return f"The watchlist has no {average} yet" if rows else "Watchlist"
    if not lost:
        return f"The whole watchlist stands above its {average}"
    if len(lost) > NAMED:
        return f"{len(lost)} of {len(known)} are under their {average}"
    verb = "is under its" if len(lost) == 1 else "are under their"
    return f"{joined(lost)} {verb} {average}"


def _watch_row(row: WatchlistRow) -> dict[str, Any]:
    return {
        "symbol": html.A(row.symbol, href=widgets.supports_link(row.symbol), title=row.name),
        "_symbol": row.symbol,
        "price": row.price,
        "change_pct": row.change_pct,
        "dma50": row.dma50.price if row.dma50 else None,
        "dma50_pct": row.dma50.distance_pct if row.dma50 else None,
        "status": _status_chip(row.symbol, row.dma50, dma(50)),
        "dma100": row.dma100.price if row.dma100 else None,
        "dma100_pct": row.dma100.distance_pct if row.dma100 else None,
        "next": supports_below(row),
        "_quotation": row.quotation,
        "_live": {
            "price": f"{row.symbol}.price",
            "change_pct": f"{row.symbol}.change_pct",
            "dma50": f"{row.symbol}.level:50-DMA",
            "dma50_pct": f"{row.symbol}.distance:50-DMA",
            "dma100": f"{row.symbol}.level:100-DMA",
            "dma100_pct": f"{row.symbol}.distance:100-DMA",
        },
    }


def _watch_data(rows: Sequence[WatchlistRow]) -> panels.Data:
    return panels.Data(
        (
            ("Symbol", "text"),
            ("Price", "price"),
            ("Change %", "pct"),
            ("50-DMA", "price"),
            ("to 50-DMA %", "pct"),
            ("50-DMA status", "text"),
            ("100-DMA", "price"),
            ("to 100-DMA %", "pct"),
            ("Next support", "text"),
            ("Next support price", "price"),
        ),
        [
            (
                row.symbol,
                row.price,
                row.change_pct,
                row.dma50.price if row.dma50 else None,
                row.dma50.distance_pct if row.dma50 else None,
                row.dma50.status if row.dma50 else None,
                row.dma100.price if row.dma100 else None,
                row.dma100.distance_pct if row.dma100 else None,
                row.next_support.name if row.next_support else None,
                row.next_support.price if row.next_support else None,
            )
            for row in rows
        ],
        quotation=[row.quotation for row in rows],
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
        note="".join(f"{symbol}: {reason} " for symbol, reason in breadth.missing.items()),
    )
