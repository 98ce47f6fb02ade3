"""The tiles of the Board: each symbol's day against the level that decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.question import Answer, Symbol
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, Moment
from analytics.studies.supports.levels import Level
from analytics.studies.supports.watchlist import Watchlist, WatchlistRow
from analytics.watch.day_log import LevelLog
from components.frame import formats, panels, sparks, widgets
from components.frame.attributes import attributes
from components.frame.findings import absences
from components.frame.likely import ask_again
from components.frame.status_chips import status_chip
from components.pages.board.state import BoardState
from components.pages.board.tile_axis import TileAxis, apart, tile_axis
from components.pages.market.log_words import SIGN, last_met, not_touched
from components.pages.market.watch_views import (
    COMPUTING,
    INDICES,
    OWN_DEFAULT,
    RowExtras,
    away,
    bell,
    extras_of,
    support_below,
    supports_below,
    watch_data,
)

MOST = 12
USUAL = (*INDICES, *OWN_DEFAULT)
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3, 10: 4, 11: 4, 12: 4}
"""How many tiles stand beside each other on a desk, by how many there are."""

LABEL_PCT = 14.0
"""Least distance of two labels of a tile, in percent of its plot."""


def shown_symbols(state: BoardState) -> tuple[Symbol, ...]:
    """The symbols of the tiles, each once.

    Raises:
        BadInput: the view names a watchlist that the viewer's browser does not have, or no symbol.
    """
    if state.symbols is None and state.list is not None:
        raise BadInput(
            f"This browser has no watchlist named \u201c{state.list}\u201d: type symbols below, "
            "or save a list on Market now."
        )
    listed = tuple(dict.fromkeys(USUAL if state.symbols is None else state.symbols))
    if not listed:
        raise BadInput("The board is empty: type symbols below, SPY, NVDA for two.")
    return listed[:MOST]


def show_tiles(
    state: BoardState, watchlist: Watchlist, moment: Moment, *logs: Answer[Any]
) -> panels.View:
    """A tile a symbol, in the order given; what is left out is said under them."""
    extras = extras_of(logs)
    again = ask_again(*logs)
    tiles = []
    for at, row in enumerate(watchlist.rows, start=1):
        beside = extras.get(row.symbol, RowExtras())
        tiles.append(_tile(at, row, beside.log, moment, waits=beside.log_waits))
    count = len(tiles)
    body = html.Div(tiles, className="tiles", style={"--columns": str(COLUMNS.get(count, 4))})
    return panels.View(
        title=_title(watchlist.rows, state.list),
        basis="Traded prices",
        body=body if tiles else widgets.absence_note(absences(watchlist.missing)),
        data=watch_data(watchlist.rows),
        note=" ".join(filter(None, (_left_out(state), absences(watchlist.missing)))),
        again=again,
    )


def _title(rows: Sequence[WatchlistRow], name: str | None) -> str:
    """How many are under their level, and which is the nearest to its own."""
    known = [row for row in rows if row.deciding is not None]
    whose = f"{name}: " if name else ""
    if not known:
        return f"{whose}none of the symbols has a moving average yet"
    under = sum(1 for row in known if row.deciding and row.price < row.deciding.price)
    nearest = min(known, key=away)
    level = nearest.deciding
    assert level is not None  # of a row that is known
    side = "above" if nearest.price >= level.price else "under"
    gap = formats.pct(abs(level.distance_pct), sign=False)
    return (
        f"{whose}{under} of {len(known)} are under their level; nearest: {nearest.symbol}, "
        f"{gap} {side} its {formats.level_name(level.name)}"
    )


def _left_out(state: BoardState) -> str:
    given = len(set(state.symbols or ()))
    return f"A board has {MOST} tiles: the first {MOST} of {given} are shown." * (given > MOST)


def _tile(
    at: int, row: WatchlistRow, log: LevelLog | None, moment: Moment, *, waits: bool
) -> Component:
    live = row.symbol if row.provisional else ""
    key = html.Kbd(str(at), **attributes(aria_hidden="true")) if at <= 9 else None
    head = html.Div(
        [
            key,
            html.H3(html.A(row.symbol, href=widgets.supports_link(row.symbol), title=row.name)),
            widgets.ticking(
                row.quotation.text(row.price), live and f"{live}.price", "tile-last num"
            ),
            widgets.ticking(
                formats.pct(row.change_pct),
                live and f"{live}.change_pct",
                f"num {formats.direction(row.change_pct)}",
            ),
        ],
        className="tile-head",
    )
    axis = tile_axis(row, log, waits=waits)
    return html.Article(
        [head, _standing(row), _plot(row, axis), _foot(row, log, moment, waits=waits)],
        className="tile",
        **attributes(data_tile=row.symbol, data_key=str(at)),
    )


def _standing(row: WatchlistRow) -> Component:
    """Status, deciding level and the distance to it, all of the row's one finding."""
    level = row.deciding
    if level is None:
        why = row.no_previous or "too few sessions for an average"
        return html.P(f"No level: {why}.", className="tile-standing muted")
    live = f"{row.symbol}.{{}}:{level.name}" if row.provisional else ""
    chip = status_chip(level, row.quotation, live.format("status"))
    return html.P(
        [
            chip,
            widgets.ticking(formats.pct(level.distance_pct), live.format("distance"), "num"),
            html.Span(["to ", html.B(formats.level_name(level.name))]),
            html.Span(
                [widgets.ticking(formats.signed(level.distance_atr), live.format("atr")), " ATR"],
                className="num muted",
            ),
        ],
        className="tile-standing",
    )


def _plot(row: WatchlistRow, axis: TileAxis) -> Component:
    """The day's line with its levels, and beside it, on the same axis, the ladder."""
    left = {"left": f"{100 * axis.passed:.1f}%"}
    caption = html.Small(f"{len(row.spark)} sessions") if axis.by_closes else None
    day = html.Div(
        [
            html.Div(className="tile-left", style=left) if axis.passed < 1 else None,
            *(_line(row, level, axis) for level in row.averages if axis.holds(level.price)),
            sparks.trace(axis.points, axis.low, axis.high),
            caption,
        ],
        className="tile-day",
    )
    mark = html.Div(className="tile-mark", style={"top": f"{axis.top_pct(row.price):.1f}%"})
    ladder = html.Div([*_rungs(row, axis), mark], className="tile-ladder")
    return html.Div(
        [day, ladder],
        className="tile-plot",
        role="img",
        **attributes(
            aria_label=_spoken(row),
            data_plot=row.symbol if row.provisional else "",
            data_low=repr(axis.low),
            data_high=repr(axis.high),
        ),
    )


def _is_deciding(row: WatchlistRow, level: Level) -> bool:
    return row.deciding is not None and level.id == row.deciding.id


def _line(row: WatchlistRow, level: Level, axis: TileAxis) -> Component:
    decides = " is-deciding" if _is_deciding(row, level) else ""
    return html.Div(
        className=f"tile-line{decides}",
        style={
            "top": f"{axis.top_pct(level.price):.1f}%",
            "borderColor": widgets.css_colour(level.id.style.token),
        },
    )


def _rungs(row: WatchlistRow, axis: TileAxis) -> list[Component]:
    """The averages by name and price; the nearest off the axis at its edge, with an arrow."""
    above = [level for level in row.averages if level.price > axis.high]
    below = [level for level in row.averages if level.price < axis.low]
    pinned = {level.id for level in (*above[-1:], *below[:1])}

    def is_shown(level: Level) -> bool:
        return axis.holds(level.price) or level.id in pinned or _is_deciding(row, level)

    shown = [level for level in row.averages if is_shown(level)]
    tops = [axis.top_pct(level.price) for level in shown]
    made: list[Component] = []
    for level, top, label in zip(shown, tops, apart(tops, LABEL_PCT), strict=True):
        colour = {"--colour": widgets.css_colour(level.id.style.token)}
        if axis.holds(level.price):
            made.append(html.Div(className="tile-rung", style={"top": f"{top:.1f}%", **colour}))
        made.append(_label(row, level, axis, label))
    return made


def _label(row: WatchlistRow, level: Level, axis: TileAxis, top: float) -> Component:
    """``50 596.30`` at its height."""
    arrow = "\u25b2\u2009" * (level.price > axis.high) + "\u25bc\u2009" * (level.price < axis.low)
    decides = " is-deciding" if _is_deciding(row, level) else ""
    ink = f"var(--{level.id.style.token.removeprefix('@')}-ink)"
    return html.Div(
        [arrow, html.B(level.name.removesuffix("-DMA")), f" {row.quotation.text(level.price)}"],
        className=f"tile-label num{decides}",
        style={"--y": f"{top:.1f}%", "color": ink},
        title=level.name,
    )


def _spoken(row: WatchlistRow) -> str:
    level = row.deciding
    price = row.quotation.text(row.price)
    if level is None:
        return f"{row.symbol} at {price}, without a level"
    side = "above" if row.price >= level.price else "under"
    return (
        f"{row.symbol} at {price}, {side} its {level.name} at {row.quotation.text(level.price)}; "
        f"below: {supports_below(row)}"
    )


def _foot(row: WatchlistRow, log: LevelLog | None, moment: Moment, *, waits: bool) -> Component:
    """When the level was last met and how long ago, what is next below, and the bell."""
    level = row.deciding
    then = "then " if support_below(row) is not None else ""
    parts: list[Any] = [
        _last_cross(row, log, moment, waits=waits),
        html.Span([then, html.B(supports_below(row))], className="tile-next"),
    ]
    if level is not None:
        parts.append(bell(row.symbol, level))
    return html.Div(parts, className="tile-foot")


def _last_cross(
    row: WatchlistRow, log: LevelLog | None, moment: Moment, *, waits: bool = False
) -> Component | None:
    """``reclaimed 139 min ago``; of a session that is over ``reclaimed 11:31``."""
    if row.deciding is None:
        return None
    if log is None:
        return html.Span(COMPUTING, className="muted") if waits else None
    if log.missing is not None:
        return None
    last = last_met(log, row.deciding.id)
    if last is None:
        return html.Span(not_touched(log, row.deciding.id), className="muted")
    sign, kind = SIGN[last.happening]
    at = f"{last.at.astimezone(NEW_YORK):%H:%M}"
    minutes = max(0, int((moment.time - last.at).total_seconds() // 60))
    since = "" if log.final else last.at.isoformat(timespec="seconds")
    ago = at if log.final else f"{minutes} min ago"
    return html.Span(
        [
            html.Span(sign, className=f"log-sign {kind}", **attributes(aria_hidden="true")),
            f" {last.happening} ",
            html.Span(ago, className="num", **attributes(data_since=since)),
        ],
        className="tile-cross",
        title=f"{last.happening} {at} at {log.quotation.text(last.price)}",
    )
