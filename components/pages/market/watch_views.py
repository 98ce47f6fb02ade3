"""The watch tables of Market now: the nearest to its level first, with what decides for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import Answer, Symbol
from analytics.studies.hold.study import HoldStudy, HoldStudyParameters
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import HeadlineLevel
from analytics.studies.supports.watchlist import Watchlist, WatchlistRow
from analytics.watch.day_log import LevelLog, LevelLogParameters
from components.frame import formats, panels, sparks, widgets
from components.frame.attributes import attributes
from components.frame.findings import joined, status_words
from components.frame.likely import ask_again
from components.frame.likely_scale import TOO_FEW
from components.frame.status_chips import status_chip
from components.frame.widgets import Column
from components.pages.market.log_words import last_cross_short
from components.pages.market.state import MarketState

INDICES = tuple(Symbol(symbol) for symbol in DEFAULT_WATCHLIST)
OWN_DEFAULT = tuple(Symbol(s) for s in ("NVDA", "AAPL", "MSFT", "XLK", "XLP"))
MAX_WATCHED = 40
NAMED = 6
COMPUTING = "being computed"
"""In the place of a figure that is on its way."""
BULLET_ATR = 2.0
"""The bullet's axis reaches so far to either side of the level."""


@dataclass(frozen=True)
class RowExtras:
    """What a row shows beside its prices; each may still be computed, or not be asked.

    Attributes:
        log: the day's log of the symbol.
        study: the hold study at the row's level.
        log_waits, study_waits: it is still being computed.
    """

    log: LevelLog | None = None
    study: HoldStudy | None = None
    log_waits: bool = False
    study_waits: bool = False


Extras = Mapping[str, RowExtras]

WATCH_COLUMNS = (
    Column("symbol", "Symbol", "node"),
    Column("price", "Last", "price"),
    Column("change_pct", "Change %", "pct", colour=True),
    Column("spark", "60 days", "node"),
    Column("level", widgets.term("deciding-level", "Level"), "node"),
    Column("level_price", "Level at", "price"),
    Column("distance_pct", widgets.term("distance", "To level %"), "pct"),
    Column("distance_atr", widgets.term("atr", "ATR"), "signed"),
    Column("bullet", "\u22122 ATR to +2", "node"),
    Column("status", widgets.term("status", "Status"), "node"),
    Column("cross", "Last cross", "node"),
    Column("next", widgets.term("support", "Next support"), "node"),
    Column("hold", widgets.term("hold-rate", "Held %"), "node"),
    Column("tools", "Alert, remove", "node", unseen=True),
)


def show_indices(state: MarketState, watchlist: Watchlist, *extras: Answer[Any]) -> panels.View:
    """The four indices."""
    rows = [_row(state, row, one) for row, one in _ranked(watchlist, extras)]
    rows += _unknown(watchlist)
    return panels.View(
        title=_indices_title(watchlist),
        basis="Traded prices; the nearest to its level first",
        body=_table(rows, "Indices"),
        data=watch_data(watchlist.rows),
        again=_again(extras),
    )


def show_watchlist(state: MarketState, watchlist: Watchlist, *extras: Answer[Any]) -> panels.View:
    """The viewer's own list; a symbol that is unknown says so in its place."""
    listed = [*(row.symbol for row in watchlist.rows), *watchlist.missing]
    shown = state.symbols or tuple(Symbol(symbol) for symbol in listed)
    rows = [_row(state, row, one, shown) for row, one in _ranked(watchlist, extras)]
    rows += [
        row | {"tools": _own_tools(state, shown, row["_symbol"])} for row in _unknown(watchlist)
    ]
    if state.order == "own":
        rows.sort(key=lambda row: shown.index(row["_symbol"]))
    order = "in your own order" if state.order == "own" else "the nearest to its level first"
    empty = widgets.absence_note("The watchlist is empty: type symbols above, NVDA, AAPL for one.")
    return panels.View(
        title=_watch_title(watchlist),
        basis=f"Traded prices; {order}",
        body=_table(rows, "Watchlist") if rows else empty,
        data=watch_data(watchlist.rows),
        note=f"{_left_out(state)}Kept in this browser and in the link.",
        again=_again(extras),
    )


def _table(rows: Sequence[Mapping[str, Any]], caption: str) -> Component:
    return widgets.table(WATCH_COLUMNS, rows, caption=caption, sortable=True, class_name="watch")


def _ranked(
    watchlist: Watchlist, answers: Sequence[Answer[Any]]
) -> list[tuple[WatchlistRow, RowExtras]]:
    """Rows by their distance in ATR, nearest first; those without a level last."""
    extras = extras_of(answers)
    ranked = sorted(watchlist.rows, key=away)
    return [(row, extras.get(row.symbol, RowExtras())) for row in ranked]


def extras_of(answers: Sequence[Answer[Any]]) -> dict[str, RowExtras]:
    """What there is of each symbol among the answers asked beside the rows."""
    extras: dict[str, RowExtras] = {}
    for answer in answers:
        found, waits = answer.result, answer.asked
        about = waits if found is None else found
        before = extras.get(about.symbol, RowExtras()) if about is not None else RowExtras()
        if isinstance(found, LevelLog):
            extras[found.symbol] = replace(before, log=found)
        elif isinstance(found, HoldStudy):
            extras[found.symbol] = replace(before, study=found)
        elif isinstance(waits, LevelLogParameters):
            extras[waits.symbol] = replace(before, log_waits=True)
        elif isinstance(waits, HoldStudyParameters):
            extras[waits.symbol] = replace(before, study_waits=True)
    return extras


def away(row: WatchlistRow) -> float:
    """How far the price is from the row's level, in ATR; infinite without a level."""
    level = row.deciding
    return float("inf") if level is None else abs(level.distance_atr or level.distance_pct)


def _again(answers: Sequence[Answer[Any]]) -> float | None:
    return ask_again(*answers)


def _unknown(watchlist: Watchlist) -> list[dict[str, Any]]:
    return [
        {"symbol": html.B(symbol), "_symbol": symbol, "next": reason, "_class": "is-muted"}
        for symbol, reason in watchlist.missing.items()
    ]


def _row(
    state: MarketState, row: WatchlistRow, extras: RowExtras, shown: Sequence[Symbol] = ()
) -> dict[str, Any]:
    level = row.deciding
    made: dict[str, Any] = {
        "symbol": html.A(row.symbol, href=widgets.supports_link(row.symbol), title=row.name),
        "_symbol": row.symbol,
        "price": row.price,
        "change_pct": row.change_pct,
        "spark": _chosen(state, row),
        "next": supports_below(row),
        "tools": _tools(state, row, shown),
        "_class": "is-focus" if row.symbol == state.focus else "",
        "_quotation": row.quotation,
        "_live": {"price": f"{row.symbol}.price", "change_pct": f"{row.symbol}.change_pct"},
    }
    if level is None:
        why = (row.no_previous if row.provisional else None) or "too few sessions"
        return made | {"level": html.Span(why, className="muted")}
    at = f"{row.symbol}.{{}}:{level.name}"
    made["_live"] |= {
        "level_price": at.format("level"),
        "distance_pct": at.format("distance"),
        "distance_atr": at.format("atr"),
    }
    colour = {"borderColor": widgets.css_colour(level.id.style.token)}
    return made | {
        "level": html.Span(formats.level_name(level.name), className="dma-name", style=colour),
        "level_price": level.price,
        "distance_pct": level.distance_pct,
        "distance_atr": level.distance_atr,
        "bullet": bullet(row.symbol, level.name, level.distance_atr),
        "status": status_chip(level, row.quotation, at.format("status")),
        "cross": _cross(extras, level),
        "hold": _hold(extras, gapped=bool(level.gap_down)),
    }


def _chosen(state: MarketState, row: WatchlistRow) -> Component:
    """The spark line, a link that puts the symbol into the verdict above."""
    about = f"{row.symbol}: verdict, day and odds above"
    return html.A(
        sparks.spark(row.spark, row.spark_average),
        href=state.link("/", focus=row.symbol),
        title=about,
        **attributes(aria_label=about),
    )


def bullet(symbol: str, level: str, distance_atr: float | None) -> Component | None:
    """Where the price stands at its level: the level in the middle, 2 ATR to either side.

    ``assets/pages/bullets.mjs`` moves the mark with the price.
    """
    if distance_atr is None:
        return None
    side = "above" if distance_atr <= 0 else "under"
    return html.Div(
        html.Span(className=f"bullet-mark is-{side}", style={"left": bullet_place(distance_atr)}),
        className="bullet",
        **attributes(data_bullet=f"{symbol}.atr:{level}", aria_hidden="true"),
    )


def bullet_place(distance_atr: float) -> str:
    """The mark's place: right of the middle while the price is above its level."""
    at = 50 - 50 * max(-BULLET_ATR, min(BULLET_ATR, distance_atr)) / BULLET_ATR
    return f"{at:.1f}%"


def _computing() -> Component:
    """A figure on its way, in a column too narrow for the word."""
    return html.Span(
        ["\u2026", html.Span(COMPUTING, className="sr-only")], className="muted", title=COMPUTING
    )


def _cross(extras: RowExtras, level: Level) -> Component | None:
    """When the level was last touched, lost or regained."""
    if extras.log is not None:
        return last_cross_short(extras.log, level.id)
    return _computing() if extras.log_waits else None


def _hold(extras: RowExtras, *, gapped: bool) -> Component | None:
    """How often it held before: a rate, or under ten events the counts."""
    study = extras.study
    if study is None:
        return _computing() if extras.study_waits else None
    rate = study.gap_downs if gapped else study.touches
    event = "gap-downs" if gapped else "touches"
    if rate.rate_pct is None:
        text = f"{rate.held} of {rate.events}" if rate.events else formats.ABSENT
        return html.Span(text, className="num muted", title=TOO_FEW)
    chance = formats.share(rate.null_rate_pct, 0)
    about = f"{rate.held} of {rate.events} {event} held by the close; chance {chance}"
    return html.Span(formats.share(rate.rate_pct, 0), className="num", title=about)


def _tools(state: MarketState, row: WatchlistRow, shown: Sequence[Symbol]) -> Component:
    """The bell, and in the viewer's own list the cross that removes a row."""
    parts: list[Component] = []
    if row.deciding is not None:
        parts.append(bell(row.symbol, row.deciding))
    if shown:
        parts.append(_own_tools(state, shown, row.symbol))
    return html.Span(parts, className="row-tools")


def _own_tools(state: MarketState, shown: Sequence[Symbol], symbol: str) -> Component:
    """The handle that a row is dragged by (``assets/pages/watch_order.mjs``), and its cross."""
    about = f"Move {symbol}: drag, or press the up and down arrows"
    handle = html.Button(
        "\u2807",
        type="button",
        className="handle",
        title=about,
        **attributes(aria_label=about, data_move=symbol),
    )
    return html.Span([handle, _remove(state, shown, symbol)], className="row-tools")


def bell(symbol: str, level: Level) -> Component:
    """A link to the form that has the viewer notified of the level."""
    about = f"Alert me about {symbol}\u2019s {level.name}"
    return html.A(
        className="bell",
        href=f"/alerts?symbol={quote(symbol)}&level={quote(level.id.name)}",
        title=about,
        **attributes(aria_label=about),
    )


def _remove(state: MarketState, shown: Sequence[Symbol], symbol: str) -> Component:
    """A link to this view without the symbol: the address is what the watchlist is kept in."""
    rest = tuple(other for other in shown if other != symbol)
    return html.A(
        "\u00d7",
        href=state.link("/", symbols=rest),
        className="remove",
        title=f"Remove {symbol}",
        **attributes(aria_label=f"Remove {symbol} from the watchlist"),
    )


def support_below(row: WatchlistRow) -> HeadlineLevel | None:
    """The first headline average under the level in question."""
    level, below = row.deciding, row.support
    if below is not None and level is not None and below.id == level.id:
        return row.next_support
    return below


def supports_below(row: WatchlistRow) -> str:
    """``100-DMA 584.75 (−2.1%)``, or that there is none."""
    if row.support is None and row.no_previous is not None and row.provisional:
        return f"not known: {row.no_previous}"
    below = support_below(row)
    if below is None:
        return "no lower average"
    return (
        f"{formats.level_name(below.name)} {row.quotation.text(below.price)} "
        f"({formats.pct(below.distance_pct, 1)})"
    )


def _all(known: int, of: int) -> str:
    """``All 4 indices are``, and of how many where not every one has bars."""
    if known == 1:
        return "The one index with bars is"
    return f"All {known} indices{'' if known == of else ' with bars'} are"


def _indices_title(watchlist: Watchlist) -> str:
    rows = watchlist.rows
    of = len(rows) + len(watchlist.missing)
    below = [
        r.symbol for r in rows if r.dma50 and r.price < (r.dma50.session_level or r.dma50.price)
    ]
    known = [row for row in rows if row.dma50]
    average = formats.level_name("50-DMA")
    if not known:
        return f"The indices have no {average} yet"
    if not below:
        return f"{_all(len(known), of)} above their {average}"
    if len(below) == len(known):
        return f"{_all(len(known), of)} under their {average}"
    verb = "is" if len(below) == 1 else "are"
    above = len(known) - len(below)
    return f"{joined(below)} {verb} under the {average}; {above} of {len(known)} above"


def _left_out(state: MarketState) -> str:
    """That the list is longer than what is watched, where it is."""
    given = len(state.symbols or ())
    return f"The first {MAX_WATCHED} of {given} are shown. " if given > MAX_WATCHED else ""


def _watch_title(watchlist: Watchlist) -> str:
    """How many of the list are under their 50-DMA; which, while the names are few."""
    average, rows = formats.level_name("50-DMA"), watchlist.rows
    known = [row for row in rows if row.dma50]
    lost = [row.symbol for row in known if row.dma50 and row.dma50.distance_pct > 0]
    if not known:
        return f"The watchlist has no {average} yet" if rows else "Watchlist"
    if not lost and watchlist.missing:
        return f"None of the {len(known)} with bars is under its {average}"
    if not lost:
        return f"The whole watchlist stands above its {average}"
    if len(lost) > NAMED:
        return f"{len(lost)} of {len(known)} are under their {average}"
    verb = "is under its" if len(lost) == 1 else "are under their"
    return f"{joined(lost)} {verb} {average}"


def watch_data(rows: Sequence[WatchlistRow]) -> panels.Data:
    """The numbers behind a watch table."""
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
                status_words(row.dma50, row.quotation) if row.dma50 else None,
                row.dma100.price if row.dma100 else None,
                row.dma100.distance_pct if row.dma100 else None,
                row.next_support.name if row.next_support else None,
                row.next_support.price if row.next_support else None,
            )
            for row in rows
        ],
        quotation=[row.quotation for row in rows],
    )
