"""Market map: names by sector and size, coloured by the distance to their level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.studies.scan.row import ScanRow
from components.figures.theme import Figure, base_layout
from components.frame import formats

FULL_PCT = 6.0
"""Distance at which the colour is full."""
OTHERS = "Other"
WHOLE = "All sectors"


def market_map(*, rows: Sequence[ScanRow]) -> Figure:
    """A treemap of rows that have a distance and a size.

    Args:
        rows: ``distance_pct`` is negative where the level lies below the price: blue; a name under
            its level is orange, and is written with a sign either way.
    """
    sectors = sorted({row.sector_name or OTHERS for row in rows})
    ids = [WHOLE, *(f"sector {name}" for name in sectors)]
    labels, parents = [WHOLE, *sectors], ["", *[WHOLE] * len(sectors)]
    values, colours, texts = [0.0] * len(ids), [0.0] * len(ids), list(labels)
    for row in rows:
        distance = row.distance_pct or 0.0
        ids.append(row.symbol)
        labels.append(row.symbol)
        parents.append(f"sector {row.sector_name or OTHERS}")
        values.append(row.size_musd or 0.0)
        colours.append(distance)
        texts.append(_hover(row))
    layout = base_layout(revision="map")
    layout["margin"] = {"t": 4, "r": 4, "b": 4, "l": 4}
    trace: dict[str, Any] = {
        "type": "treemap",
        "ids": ids,
        "labels": labels,
        "parents": parents,
        "values": values,
        "text": texts,
        "textinfo": "label",
        "hovertemplate": "%{text}<extra></extra>",
        "tiling": {"pad": 1},
        "pathbar": {"visible": False},
        "marker": {
            "colors": colours,
            "cmin": -FULL_PCT,
            "cmid": 0.0,
            "cmax": FULL_PCT,
            "colorscale": [[0.0, "@up"], [0.5, "@raise"], [1.0, "@down"]],
            "line": {"width": 0.5, "color": "@panel"},
            "pad": {"t": 18, "l": 1, "r": 1, "b": 1},
        },
        "meta": "map",
    }
    return {"data": [trace], "layout": layout}


def _hover(row: ScanRow) -> str:
    distance = formats.pct(row.distance_pct)
    status = "" if row.status is None else f", {row.status}"
    return f"{row.name or row.symbol}: {row.level_name} at {distance}{status}"
