"""A group, drawn: its mean fall to the 50-DMA, and what of it stays afloat."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.model.listings import ten_largest
from analytics.studies.sectors.afloat import Afloat, AfloatRow
from analytics.studies.sectors.group_drawdown import GroupDrawdown
from components.figures.bars import Bar, ranked_bars
from components.frame import formats, panels
from components.frame.findings import absences, joined
from components.frame.widgets import supports_link
from components.pages.market.state import MarketState

NAMED = 6


def show_group(state: MarketState, group: GroupDrawdown) -> panels.View:
    """The mean fall of the ten largest to their 50-DMA, and each member's."""
    rows = [*group.members, *group.already_below]
    if not rows:
        reasons = absences(group.missing) or "Tick a member to see its fall."
        return panels.nothing("None of the ticked members has a distance", reasons)
    bars = [
        Bar(
            name=member.symbol,
            value=member.distance_pct,
            text=formats.pct(member.distance_pct),
            hover=f"{formats.pct(member.distance_pct)} to the {group.level}",
            token="@series" if member.distance_pct <= 0 else "@muted",
            link=supports_link(member.symbol),
        )
        for member in rows
    ]
    level = formats.level_name(group.level)
    below = joined([member.symbol for member in group.already_below])
    absent = f": {group.coverage}" if group.coverage else ""
    title = (
        f"Ten largest: a mean fall of {formats.pct(abs(group.mean_pct), sign=False)} "
        f"to the {level} (n = {group.n} of {len(rows) + len(group.missing)}{absent})"
        if group.mean_pct is not None
        else f"None of the ticked members is above its {level}"
    )
    listed = ten_largest(group.session)
    notes = []
    if below:
        notes.append(f"Already below, not averaged in: {below} (grey).")
    if group.excluded:
        notes.append(f"Left out: {joined([member.symbol for member in group.excluded])}.")
    if group.missing:
        notes.append(absences(group.missing))
    notes.append(f"List of {formats.short_date(listed.valid_from)}.")
    return panels.View(
        title=title,
        summary=f"{title}. {' '.join(notes)}",
        basis="Traded closes, equal weight",
        figure=ranked_bars(bars=bars, unit=f"{level} / price \u2212 1, %", revision="group"),
        data=panels.Data(
            (("Symbol", "text"), (f"To the {group.level} %", "pct"), ("Counted", "text")),
            [
                *((m.symbol, m.distance_pct, "yes") for m in group.members),
                *((m.symbol, m.distance_pct, "already below") for m in group.already_below),
                *((m.symbol, m.distance_pct, "left out") for m in group.excluded),
            ],
        ),
        note=" ".join(notes),
    )


def show_afloat(state: MarketState, afloat: Afloat) -> panels.View:
    """The session's ranking by residual z, or by return."""
    by_return = state.sort == "return"
    ranking = (
        sorted(afloat.ranking, key=lambda row: -row.return_pct)
        if by_return
        else (list(afloat.ranking))
    )
    title = afloat_title(afloat, ranking)
    note = (
        f"Residual: return less beta times {afloat.benchmark}\u2019s, in standard deviations "
        "of its own past. "
    )
    note += (
        "Blue rose, orange fell."
        if by_return
        else "Blue did better than its beta explains, orange worse."
    )
    if afloat.last_down is not None:
        down = afloat.last_down
        note += (
            f" Last session {afloat.benchmark} fell: {formats.date(down.session)} "
            f"({formats.pct(down.benchmark_return_pct)}), led by "
            f"{joined([row.symbol for row in down.ranking[:3]])}."
        )
    note = f"{note} {absences(afloat.missing)}".rstrip()
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{afloat.basis.capitalize()}, beta over up to 252 returns",
        figure=ranked_bars(
            bars=[afloat_bar(row, by_return) for row in ranking],
            unit="return, %" if by_return else "residual, standard deviations",
            revision=f"afloat|{by_return}|{state.group}",
        ),
        data=panels.Data(
            (
                ("Symbol", "text"),
                ("Return %", "pct"),
                ("Beta", "ratio"),
                ("Residual %", "pct"),
                ("Residual z", "signed"),
                ("n", "count"),
            ),
            [(r.symbol, r.return_pct, r.beta, r.residual_pct, r.residual_z, r.n) for r in ranking],
        ),
        note=note,
    )


def afloat_title(afloat: Afloat, ranking: Sequence[AfloatRow]) -> str:
    """Who leads the ranking, and what the benchmark does."""
    if not ranking:
        return f"{afloat.headline.capitalize()}: no member can be ranked"
    leaders = joined([row.symbol for row in ranking[:3]])
    move = formats.pct(afloat.benchmark_return_pct)
    if afloat.benchmark_return_pct < 0:
        return f"{leaders} stay afloat best while {afloat.benchmark} falls ({move})"
    return f"{afloat.benchmark} is up ({move}): {leaders} lead by residual"


def afloat_bar(row: AfloatRow, by_return: bool) -> Bar:
    """A member's bar, by residual z or by return."""
    value = row.return_pct if by_return else row.residual_z
    return Bar(
        name=row.symbol,
        value=value,
        text=formats.pct(value) if by_return else formats.signed(value),
        hover=(
            f"return {formats.pct(row.return_pct)}, beta {row.beta:.2f}, "
            f"residual {formats.pct(row.residual_pct)}, z {formats.signed(row.residual_z)}"
        ),
        token="@up" if value >= 0 else "@down",
        link=supports_link(row.symbol),
    )
