"""Breadth and the sources of a move, drawn."""

from __future__ import annotations

from analytics.model.levels import dma
from analytics.studies.sectors.contribution import (
    Contribution,
    ContributionTable,
)
from analytics.studies.sentiment.breadth import Breadth
from components.figures.bars import Bar, ranked_bars
from components.figures.lines import Line, line_chart
from components.frame import formats, panels
from components.frame.findings import absences, joined
from components.pages.sentiment.state import SentimentState


def absent_text(coverage: str) -> str:
    """`` (nine of ten members; BRK-B missing)``; empty when none is missing."""
    return f" ({coverage})" if coverage else ""


def show_breadth(state: SentimentState, breadth: Breadth) -> panels.View:
    """The share of members above each average over time."""
    fifty = next(share for share in breadth.shares if share.level_id == dma(50))
    title = (
        f"{formats.share(fifty.share_pct, 0)} of {fifty.of} members stand above their 50\u2011DMA"
        if fifty.of
        else "Breadth: no member has a 50\u2011DMA"
    ) + absent_text(breadth.coverage)
    lines = [
        Line(
            formats.level_name(one.level),
            breadth.history.sessions,
            one.share_pct,
            one.level_id.style.token,
            one.level_id.style.dash,
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
        loading=_loading(breadth),
    )


def _loading(breadth: Breadth) -> tuple[int, int] | None:
    return (breadth.members - breadth.loading, breadth.members) if breadth.loading else None


def show_highs(state: SentimentState, breadth: Breadth) -> panels.View:
    """New 52-week highs minus lows, 20-session mean."""
    now = breadth.new_highs_lows
    title = (
        f"{now.highs} new highs and {now.lows} new lows of {now.of} members"
        if now.of
        else "New highs and lows need 252 sessions"
    ) + absent_text(breadth.coverage)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Intraday highs and lows, closes where there are none; {breadth.group}",
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
        loading=_loading(breadth),
    )


def show_companies(state: SentimentState, move: Contribution) -> panels.View:
    """What the ten largest gave to SPY's move."""
    table = move.companies
    leader = (table.rows[0] if move.move_pct < 0 else table.rows[-1]) if table.rows else None
    most = (
        f", first of all {leader.name}\u2019s {formats.signed(leader.contribution_pct)}"
        if leader
        else ""
    )
    title = (
        f"The ten largest{absent_text(table.coverage)} gave {formats.signed(table.sum_pct)} of "
        f"{move.benchmark}\u2019s {formats.signed(move.move_pct)} points{most}"
    )
    return _contribution_view(move, table, title, "The others")


def show_sectors(state: SentimentState, move: Contribution) -> panels.View:
    """What the sectors gave to SPY's move."""
    rows = move.sectors.rows
    title = "The sectors\u2019 parts in the move"
    if rows:
        low, high = rows[0], rows[-1]
        title = (
            f"{low.name} gave {formats.signed(low.contribution_pct)} points, "
            f"{high.name} {formats.signed(high.contribution_pct)}"
        )
    return _contribution_view(
        move,
        move.sectors,
        title,
        "Not explained",
        f"Not explained: what the sector funds, at these weights, leave of {move.benchmark}\u2019s "
        "move: they cap their largest companies, and the weights are rounded.",
    )


def _contribution_view(
    move: Contribution, table: ContributionTable, title: str, rest: str, *said: str
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
                *(
                    (r.symbol, r.name, r.weight_pct, r.return_pct, r.contribution_pct)
                    for r in table.rows
                ),
                (None, rest, table.rest_weight_pct, table.rest_return_pct, table.rest_pct),
            ],
        ),
        note=" ".join([f"{table.weights_source}.", *said, absences(table.missing)]).rstrip(),
    )


def show_equal_weight(state: SentimentState, move: Contribution) -> panels.View:
    """SPY against its equal-weight sister."""
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
        note="A positive gap: the index weighted by value rose more than its members on average.",
    )


def show_concentration(state: SentimentState, move: Contribution) -> panels.View:
    """The ten largest's share of the index over time, implied by prices."""
    concentration = move.concentration
    if not concentration.sessions:
        return panels.View(title="Concentration cannot be carried to this date", summary="n/a")
    now = (
        concentration.now_pct if concentration.now_pct is not None else concentration.published_pct
    )
    of = len(move.companies.rows) + len(move.companies.missing)
    whose = (
        "The ten largest"
        if concentration.names == of
        else f"{concentration.names} of the {of} largest"
    )
    title = f"{whose} are {formats.share(now)} of {move.benchmark}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=concentration.basis.capitalize(),
        figure=line_chart(
            lines=[
                Line(
                    whose.removeprefix("The "),
                    concentration.sessions,
                    concentration.sum_pct,
                    "@series",
                )
            ],
            unit=f"% of {move.benchmark}\u2019s weight",
            revision="concentration",
        ),
        data=panels.Data(
            (("Date", "date"), ("Ten largest %", "share")),
            [
                (d.isoformat(), v)
                for d, v in zip(concentration.sessions, concentration.sum_pct, strict=True)
            ],
        ),
        note="Published weights carried back and forth by prices; changes of the index are not.",
    )
