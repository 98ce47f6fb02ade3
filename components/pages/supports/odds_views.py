"""Options-implied odds of the ladder's supports: to touch them, and to close below."""

from __future__ import annotations

from typing import Any

from analytics.studies.supports.odds import LevelOdds, Odds, OddsView
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.supports.state import SupportsState

HORIZONS = ("today", "week", "month")


def show_odds(state: SupportsState, view: OddsView) -> panels.View:
    """A row a support; touch and close-below over three horizons."""
    below = [level for level in view.levels if level.price < view.price]
    title = _title(view, below)
    spans = "; ".join(horizon.label for horizon in view.horizons)
    columns = [
        Column("name", "Level", "text"),
        Column("price", "Price", "price"),
        Column("distance", "Distance %", "pct"),
        *(
            Column(f"{name}_{kind}", f"{name.title()}: {text} %", "share")
            for name in HORIZONS
            for kind, text in (("touch", "touch"), ("close", "close below"))
        ),
    ]
    reasons = dict.fromkeys(
        odds.reason
        for level in below
        for odds in (level.today, level.week, level.month)
        if odds.reason
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{view.label} Chain of {formats.moment(view.chain_time)}",
        body=widgets.table(columns, [_row(level) for level in below], caption="Odds")
        if below
        else widgets.absence_note("Every level of the ladder lies above the price."),
        data=_data(view),
        note=" ".join(
            [
                f"{spans[:1].upper()}{spans[1:]}.",
                view.clock,
                *(f"–: {reason}." for reason in reasons),
            ]
        ),
    )


def _title(view: OddsView, below: list[LevelOdds]) -> str:
    named = [
        level for level in below if level.is_daily_average and level.week.touch_pct is not None
    ]
    if not named:
        return f"Options-implied odds of {view.symbol}\u2019s supports"
    first = named[0]
    return (
        f"Options price a touch of {view.symbol}\u2019s {formats.level_name(first.name)} this week "
        f"at {formats.share(first.week.touch_pct, 0)}, a close below it at "
        f"{formats.share(first.week.close_below_pct, 0)}"
    )


def _row(level: LevelOdds) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": formats.level_name(level.name),
        "price": level.price,
        "distance": level.distance_pct,
    }
    for name in HORIZONS:
        odds: Odds = getattr(level, name)
        row[f"{name}_touch"] = odds.touch_pct
        row[f"{name}_close"] = odds.close_below_pct
    return row


def _data(view: OddsView) -> panels.Data:
    heads: list[tuple[str, panels.Kind]] = [("Level", "text"), ("Price", "price")]
    for name in HORIZONS:
        heads += [(f"{name} touch %", "share"), (f"{name} close below %", "share")]
    rows = []
    for level in view.levels:
        row: list[Any] = [level.name, level.price]
        for name in HORIZONS:
            odds: Odds = getattr(level, name)
            row += [odds.touch_pct, odds.close_below_pct]
        rows.append(row)
    return panels.Data(tuple(heads), rows)
