"""The scan as the page shows it: counts of the day, rows for the grid, the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.dates import day_text
from analytics.model.question import Answer
from analytics.model.vocabulary import Moment
from analytics.studies.hold.study import STUDY_PATHS, HoldRate
from analytics.studies.scan.counts import DayCount
from analytics.studies.scan.events import PATHS, EventDetails
from analytics.studies.scan.row import ScanRow
from analytics.studies.scan.scan import Scan, with_details
from components.figures.market_map import market_map
from components.frame import formats, panels
from components.frame.likely import ask_again
from components.pages.scan.state import ScanState

MOST_DRAWN = 600
"""Names of a map: more are too small to be seen, and take a browser seconds."""


def show_rows(
    state: ScanState, scan: Scan, moment: Moment, details: Answer[EventDetails] | None
) -> panels.View:
    """The counts of the day; the rows go to the grid, and to the table and its CSV."""
    studied = details.result if details is not None else None
    known = scan if studied is None else with_details(scan, studied)
    if not known.rows:
        return panels.nothing(f"{scan.title}: no rows", _absent(scan) or "The list is empty.")
    offer = details.offer if details is not None else None
    again = ask_again(details) if details is not None else None
    return panels.View(
        title=_title(known),
        summary=_title(known),
        basis=f"Traded prices; {_whose(known)}{_which(known)}",
        body=_strip(known),
        data=_data(known.rows),
        grid={
            "rows": [_plain(row) for row in known.rows],
            "offer": offer and offer.words,
            "counting": again is not None,
        },
        note=_note(known, studied, offer.words if offer is not None else ""),
        again=again,
        loading=(scan.members - scan.loading, scan.members) if scan.loading else None,
    )


def _title(scan: Scan) -> str:
    """``48 of 503 stand under a support they came from above, usually 26; 45 held theirs``"""
    counts = scan.counts
    when = "so far" if scan.provisional else "by the close"
    usual = counts.broke.usual
    beside = "" if usual is None else f", usually {usual:g}"
    came = f" ({len(scan.rows)} of {scan.members} names so far)" if scan.loading else ""
    return (
        f"{counts.broke.names} of {counts.of} {_stand(counts.broke.names, scan.family)} from above"
        f"{beside}; "
        f"{counts.held.names} held {'its own' if counts.held.names == 1 else 'theirs'} {when}{came}"
    )


def _stand(names: int, family: str) -> str:
    stands, they, its = ("stands", "it", "its") if names == 1 else ("stand", "they", "their")
    return f"{stands} under {f'{its} level, which' if family else 'a support'} {they} came"


def _which(scan: Scan) -> str:
    """Which level the counts are at, where they are not at the averages."""
    return "; counted at each name's level below" if scan.family else ""


def _whose(scan: Scan) -> str:
    """``S&P 500 members (503) as of 24 Jan 2025``"""
    if scan.listed_on is None:
        return scan.title
    return f"{scan.title} as of {day_text(scan.listed_on)}"


def _strip(scan: Scan) -> Component:
    counts = scan.counts
    when = "so far" if scan.provisional else ""
    touched = "touched their level" if scan.family else "touched a support"
    return html.Div(
        [
            _count(touched, counts.touched, when),
            _count("hold it" if scan.provisional else "held it", counts.held, when),
            _count("under it" if scan.provisional else "broke it", counts.broke, when),
            html.Div(
                [
                    html.Span(formats.ABSENT, id="scan-shown", className="figure-number num"),
                    html.Span(f"rows of {len(scan.rows)} shown", className="muted"),
                ],
                className="scan-count",
                role="status",
            ),
        ],
        className="scan-counts",
    )


def _count(what: str, count: DayCount, when: str) -> Component:
    usual = "" if count.usual is None else f"usually {count.usual:g}"
    return html.Div(
        [
            html.Span(str(count.names), className="figure-number num"),
            html.Span(f"{what} {when}".strip()),
            html.Span(usual, className="muted"),
        ],
        className="scan-count",
    )


def _plain(row: ScanRow) -> dict[str, Any]:
    """A row as ``assets/pages/scan_grid.mjs`` reads it (its typedef ScanRow)."""
    hold = row.hold
    return {
        "symbol": row.symbol,
        "name": row.name,
        "sector": row.sector,
        "sector_name": row.sector_name,
        "price": row.price,
        "change_pct": row.change_pct,
        "level_name": row.level_name,
        "level_short": None if row.level_id is None else row.level_id.short_name,
        "level": row.level,
        "session_level": row.session_level,
        "status": None if row.status is None else str(row.status),
        "distance_pct": row.distance_pct,
        "distance_atr": row.distance_atr,
        "distance_sigma": row.distance_sigma,
        "low_pct": row.low_pct,
        "volume_ratio": row.volume_ratio,
        "crossed_at": None if row.crossed_at is None else row.crossed_at.isoformat(),
        "minutes_since_cross": row.minutes_since_cross,
        "next_support": row.next_support,
        "next_distance_pct": row.next_distance_pct,
        "event": None if row.event is None else str(row.event),
        "first_touch": row.first_touch,
        "families": row.families,
        "hold": None if hold is None else _hold(hold),
        "lean_pct": row.lean_pct,
        "earnings": None if row.earnings is None else row.earnings.isoformat(),
        "live": row.provisional,
        "decimals": row.quotation.decimals,
        "prefix": row.quotation.prefix,
        "suffix": row.quotation.suffix,
    }


def _hold(rate: HoldRate) -> dict[str, Any]:
    low, high = rate.wilson95_pct or (None, None)
    return {
        "held": rate.held,
        "events": rate.events,
        "rate_pct": rate.rate_pct,
        "low_pct": low,
        "high_pct": high,
        "null_pct": rate.null_rate_pct,
        "beats_chance": rate.beats_chance,
    }


def _data(rows: Sequence[ScanRow]) -> panels.Data:
    return panels.Data(
        (
            *(("Symbol", "text"), ("Name", "text"), ("Sector", "text"), ("Price", "price")),
            *(("Change %", "pct"), ("Level", "text"), ("Level price", "price")),
            *(
                ("Status", "text"),
                ("Status at", "price"),
                ("To level %", "pct"),
                ("ATR", "signed"),
                ("Sigma", "signed"),
            ),
            *(("Low against level %", "pct"), ("Volume against usual", "ratio")),
            *(("Minutes since the cross", "count"), ("Next support", "text")),
            *(("Event", "text"), ("Held", "count"), ("Of", "count"), ("Held %", "share")),
            *(("Wilson 95% from", "share"), ("to", "share"), ("Chance %", "share")),
            *(("Bullish options %", "share"), ("Next earnings", "date")),
        ),
        [_cells(row) for row in rows],
        [row.quotation for row in rows],
    )


def _cells(row: ScanRow) -> tuple[Any, ...]:
    hold = row.hold
    low, high = (hold and hold.wilson95_pct) or (None, None)
    return (
        *(row.symbol, row.name, row.sector_name, row.price, row.change_pct, row.level_name),
        *(row.level, row.status and str(row.status), row.session_level),
        *(row.distance_pct, row.distance_atr),
        *(row.distance_sigma, row.low_pct, row.volume_ratio, row.minutes_since_cross),
        *(row.next_support, row.event and str(row.event)),
        *((None,) * 3 if hold is None else (hold.held, hold.events, hold.rate_pct)),
        *(low, high, None if hold is None else hold.null_rate_pct),
        *(row.lean_pct, None if row.earnings is None else row.earnings.isoformat()),
    )


def _note(scan: Scan, studied: EventDetails | None, offer: str) -> str:
    said = [_absent(scan), offer]
    if scan.pace is not None:
        share = formats.share(min(scan.pace, 9.99) * 100, 0)
        said.append(
            f"Volume is against the usual scaled by the universe's pace: its median name has "
            f"traded {share} of a usual session."
        )
    if studied is not None:
        said.append(
            "Held: of past events of that kind at that level, by the close, with the Wilson 95% "
            "interval; chance: the same count on the name's own bars in random order, "
            f"{formats.count(PATHS)} times. Supports does it {formats.count(STUDY_PATHS)} times, "
            "which can make a point of difference."
        )
    return " ".join(part for part in said if part)


def _absent(scan: Scan) -> str:
    if not scan.missing:
        return ""
    names = list(scan.missing)
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{len(names)} of {scan.members} had no bars: {', '.join(names[:5])}{more}."


def show_map(state: ScanState, scan: Scan) -> panels.View:
    """Names by sector and size, coloured by how far their level is."""
    shown = [row for row in scan.rows if row.distance_pct is not None and row.size_musd]
    if not shown:
        return panels.nothing("No map", _absent(scan) or "No name has a level and a volume.")
    under = sum(1 for row in shown if (row.distance_pct or 0) > 0)
    title = f"{under} of {len(shown)} names are under their level"
    drawn = sorted(shown, key=lambda row: -(row.size_musd or 0.0))[:MOST_DRAWN]
    few = "" if len(drawn) == len(shown) else f"; the {len(drawn)} most traded are drawn"
    return panels.View(
        title=title,
        summary=f"{title}. {_worst_sector(shown)}",
        basis="Area: value traded on a usual day; colour: distance to the level; all names, "
        f"whatever the filters{few}",
        figure=market_map(rows=drawn),
        data=_data(drawn),
    )


def _worst_sector(rows: Sequence[ScanRow]) -> str:
    by_sector: dict[str, list[bool]] = {}
    for row in rows:
        if row.sector_name:
            by_sector.setdefault(row.sector_name, []).append((row.distance_pct or 0) > 0)
    if not by_sector:
        return ""
    share = {name: sum(under) / len(under) for name, under in by_sector.items()}
    worst = max(share, key=lambda name: (share[name], name))
    return f"Most in {worst}: {formats.share(share[worst] * 100, 0)}."
