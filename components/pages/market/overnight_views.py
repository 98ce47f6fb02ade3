"""Market now before the open: what futures imply, and how the markets elsewhere stand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.levels import dma
from analytics.model.question import Answer
from analytics.model.sessions import NEW_YORK, next_open, session_close
from analytics.model.vocabulary import Moment, Phase
from analytics.studies.overnight.implied_open import ImpliedLevel, ImpliedOpen, OpenSide
from analytics.studies.overnight.instruments import Region
from analytics.studies.overnight.overnight import Overnight, OvernightRow, SessionState
from analytics.studies.supports.levels import Level
from analytics.studies.supports.watchlist import Watchlist
from components.frame import formats, panels, widgets
from components.frame.findings import absences, joined
from components.frame.widgets import Column
from components.pages.market.state import MarketState

SHOWN_BEFORE = dt.timedelta(hours=12)
"""So long before the open the panel is shown without being asked for."""

_SIDES = {
    OpenSide.GAP_UNDER: ("under", "down"),
    OpenSide.GAP_OVER: ("above", "up"),
    OpenSide.ABOVE: ("above", ""),
    OpenSide.BELOW: ("under", "down"),
}


def is_shown(state: MarketState, moment: Moment) -> bool:
    """Whether the overnight markets are shown: before the open, or where they were asked for."""
    if state.overnight == "on":
        return True
    if not moment.live or moment.phase is Phase.OPEN:
        return False
    return next_open(moment.time) - moment.time <= SHOWN_BEFORE


def show_overnight(
    state: MarketState, answer: Answer[Overnight] | Watchlist, moment: Moment
) -> panels.View:
    """Implied opens first, then the markets by region; an empty body where it is not shown.

    Args:
        answer: the page's indices where the overnight markets were not asked for.
    """
    if isinstance(answer, Watchlist):
        return panels.View(
            title="Overnight markets are shown before the open",
            body=html.Div(className="overnight-off"),
        )
    overnight = answer.result
    if overnight is None:
        return panels.nothing("Overnight", answer.reason or "no answer.")
    body: list[Component] = [
        html.Div(
            [_implied(overnight), *(_region(overnight, region, moment) for region in Region)],
            className="overnight",
        )
    ]
    lost = absences(overnight.missing)
    if lost:
        body.append(widgets.absence_note(lost))
    title = overnight_finding(overnight)
    return panels.View(
        title=title,
        summary=f"{title}. {elsewhere(overnight)}".strip(),
        basis="Each market by its own session and close",
        body=body,
        data=_data(overnight),
        note="Implied open: the fund's close times its future over the future's settlement; an "
        "indication that decides nothing. Changes are from each market's own last close; the "
        "averages are its own, known before its session.",
    )


def overnight_finding(overnight: Overnight) -> str:
    """``Futures imply SPY opens at 594.86 (−2.16%): under its 50-DMA, 596.30``."""
    first = overnight.implied[0]
    if first.price is None:
        return _leading_moves(overnight)
    at = first.quotation.text(first.price)
    return (
        f"Futures imply {first.symbol} opens at {at} ({formats.pct(first.change_pct)})"
        f"{_against(first)}"
    )


def _leading_moves(overnight: Overnight) -> str:
    """The first market of each region with a change; without an implied open the title."""
    leading = {"ES=F": "S&P 500 futures", "^GDAXI": "DAX", "^N225": "Nikkei 225"}
    moves = [
        f"{leading[row.symbol]} {formats.pct(row.change_pct)}"
        for row in overnight.rows
        if row.symbol in leading and row.change_pct is not None
    ]
    return ", ".join(moves) or "No market that trades overnight has prices"


def _against(implied: ImpliedOpen) -> str:
    """Where the implied open lies at the fund's headline supports: what changes comes first."""
    gapped = [lv for lv in implied.levels if lv.side in (OpenSide.GAP_UNDER, OpenSide.GAP_OVER)]
    if gapped:
        side = _SIDES[gapped[0].side][0]
        named = [_named(implied, lv) for lv in gapped if lv.side is gapped[0].side]
        return f": {side} its {joined(named)}"
    above = [lv for lv in implied.levels if lv.side is OpenSide.ABOVE]
    if above:
        gap = abs(above[0].distance_pct)
        where = f"{formats.pct(gap, sign=False)} above" if gap >= 0.005 else "at"
        return f": {where} its {_named(implied, above[0])}"
    if implied.levels:
        return f": still under its {_named(implied, implied.levels[-1])}"
    return ""


def _named(implied: ImpliedOpen, level: ImpliedLevel) -> str:
    return f"{formats.level_name(level.name)}, {implied.quotation.text(level.price)}"


def elsewhere(overnight: Overnight) -> str:
    """``Europe: DAX −1.28%, FTSE 100 −0.57%. Asia: ...``, in one sentence a region."""
    said = []
    for region in Region:
        moves = [f"{row.name} {_change(row)}" for row in overnight.region(region) if row.change]
        if moves:
            said.append(f"{region}: {joined(moves)}.")
    return " ".join(said)


IMPLIED_COLUMNS = (
    Column("symbol", "Implied open", "node"),
    Column("price", widgets.term("implied-open", "Opens at"), "price"),
    Column("change_pct", "Change %", "pct", colour=True),
    Column("dma50", widgets.term("dma", formats.level_name("50-DMA")), "node"),
    Column("dma100", widgets.term("dma", formats.level_name("100-DMA")), "node"),
)


def _implied(overnight: Overnight) -> Component:
    rows = [
        {
            "symbol": html.A(
                [html.B(one.symbol), html.Span(f" {one.future}", className="muted")],
                href=widgets.supports_link(one.symbol),
            ),
            "price": one.price,
            "change_pct": one.change_pct,
            "dma50": _implied_level(one, 50),
            "dma100": _implied_level(one, 100),
            "_quotation": one.quotation,
        }
        for one in overnight.implied
        if one.price is not None
    ]
    reasons = dict.fromkeys(one.reason for one in overnight.implied if one.reason is not None)
    parts: list[Component] = []
    if rows:
        parts.append(widgets.table(IMPLIED_COLUMNS, rows, caption="Implied opens"))
    parts += [widgets.absence_note(f"No implied open: {reason}.") for reason in reasons]
    return html.Div(parts, className="overnight-implied")


def _implied_level(implied: ImpliedOpen, sessions: int) -> Component | None:
    at = dma(sessions)
    level = next((level for level in implied.levels if level.id == at), None)
    if level is None:
        return None
    word, kind = _SIDES[level.side]
    gap = " (gap)" if level.side in (OpenSide.GAP_UNDER, OpenSide.GAP_OVER) else ""
    sign = "▽" if word == "under" else "△"
    return html.Span(
        [
            html.Span(implied.quotation.text(level.price), className="num"),
            widgets.chip(f"{sign} {word}{gap}", kind),
        ],
        className="chips",
    )


ROW_COLUMNS = (
    Column("price", "Last", "price"),
    Column("change", "Change", "node"),
    Column("to50", widgets.term("distance", "50\u2011DMA %"), "pct"),
    Column("to100", "100\u2011DMA %", "pct"),
)


def _region(overnight: Overnight, region: Region, moment: Moment) -> Component:
    rows = [_row(row, moment) for row in overnight.region(region)]
    if not rows:
        return html.Div(widgets.absence_note(f"{region}: no prices."), className="overnight-region")
    columns = (Column("name", str(region), "node"), *ROW_COLUMNS)
    return html.Div(widgets.table(columns, rows, caption=str(region)), className="overnight-region")


def _row(row: OvernightRow, moment: Moment) -> dict[str, Any]:
    return {
        "name": html.A(
            [
                html.Span(row.name, className="overnight-name"),
                html.Small(state_words(row, moment), className=f"is-{row.state.name.lower()}"),
            ],
            href=widgets.supports_link(row.symbol),
            title=f"{row.symbol}, price of {formats.moment(row.time)}",
        ),
        "price": row.price,
        "change": html.Span(_change(row), className=formats.direction(row.change)),
        "to50": _distance(row.dma50),
        "to100": _distance(row.dma100),
        "_quotation": row.quotation,
        "_class": "is-muted" if _has_not_traded(row, moment) else "",
    }


def _has_not_traded(row: OvernightRow, moment: Moment) -> bool:
    """Whether a market has not traded since New York's close: its change is an older day's."""
    return row.time <= session_close(moment.session)


def _distance(level: Level | None) -> float | None:
    return None if level is None else level.distance_pct


def _change(row: OvernightRow) -> str:
    """``−1.28%``; of a yield ``−9 bp``, of which one is a hundredth of a percentage point."""
    if row.is_yield:
        text = formats.signed(None if row.change is None else row.change * 100, 0)
        return text if text == formats.ABSENT else f"{text}{formats.THIN}bp"
    return formats.pct(row.change_pct)


def state_words(row: OvernightRow, moment: Moment) -> str:
    """``open to 11:30``, ``closed, opens 19:00``, ``closed: Australia Day``: New York's time."""
    if row.state is not SessionState.CLOSED:
        word = "lunch break, open" if row.state is SessionState.LUNCH else "open"
        return f"{word} to {_clock(row.until, moment)}"
    if row.closure is not None and row.closure != "the weekend":
        return f"closed: {row.closure}"
    since = f"{row.session:%a} close" if _has_not_traded(row, moment) else "closed"
    return f"{since}, opens {_clock(row.until, moment)}"


def _clock(time: dt.datetime, moment: Moment) -> str:
    """``11:30``, with its day where that is not the moment's."""
    local, today = time.astimezone(NEW_YORK), moment.time.astimezone(NEW_YORK).date()
    day = "" if local.date() == today else f"{local:%a} "
    if (local.date() - today).days > 6:
        day = f"{local.day} {local:%b} "
    return f"{day}{local:%H:%M}"


def _data(overnight: Overnight) -> panels.Data:
    implied = [
        (
            f"{one.symbol} implied open",
            one.future,
            one.session.isoformat() if one.session else None,
            one.price,
            one.change_pct,
            None,
            *(_implied_distance(one, n) for n in (50, 100)),
            one.reason or "indication",
        )
        for one in overnight.implied
    ]
    rows = [
        (
            row.name,
            row.symbol,
            row.session.isoformat(),
            row.price,
            row.change_pct,
            row.change,
            _distance(row.dma50),
            _distance(row.dma100),
            row.state.value,
        )
        for row in overnight.rows
    ]
    return panels.Data(
        (
            ("Market", "text"),
            ("Symbol", "text"),
            ("Session", "date"),
            ("Price", "price"),
            ("Change %", "pct"),
            ("Change", "price"),
            ("to 50-DMA %", "pct"),
            ("to 100-DMA %", "pct"),
            ("State", "text"),
        ),
        [*implied, *rows],
        quotation=[
            *(one.quotation for one in overnight.implied),
            *(row.quotation for row in overnight.rows),
        ],
    )


def _implied_distance(implied: ImpliedOpen, sessions: int) -> float | None:
    found = (level.distance_pct for level in implied.levels if level.id == dma(sessions))
    return next(found, None)
