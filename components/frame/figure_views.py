"""Several views of one chart in one payload: a switch between them asks the server nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.figures.theme import Figure


@dataclass(frozen=True)
class FigureView:
    """One of the views.

    Attributes:
        rows: how many of the table's last rows belong to it.
        note: the panel's small print in this view.
    """

    figure: Figure
    rows: int
    note: str


def folded(
    by: Sequence[tuple[str, str]],
    views: Mapping[str, FigureView],
    whole: Figure,
    table: Mapping[str, Any],
) -> dict[str, Any]:
    """The views as the browser unfolds them (``assets/core/figure.mjs``).

    A trace that is the end of one of ``whole``'s is given by that trace's number and its length:
    five ranges of one series then cost little more than the longest.

    Args:
        by: (URL field, its default) whose values, joined by ``|``, are a view's key.
        whole: a figure whose traces hold the longest series.
        table: `panels.Data.to_plain` of the longest series, of which a view has the last rows.
    """
    return {
        "by": [list(pair) for pair in by],
        "traces": list(whole["data"]),
        "table": dict(table),
        "figures": {
            key: {
                "data": [_folded(trace, whole["data"]) for trace in view.figure["data"]],
                "layout": view.figure["layout"],
                "rows": view.rows,
                "note": view.note,
            }
            for key, view in views.items()
        },
    }


def _folded(trace: dict[str, Any], among: Sequence[dict[str, Any]]) -> dict[str, Any]:
    for number, longer in enumerate(among):
        if _ends(trace, longer):
            return {"of": number, "last": len(trace["x"])}
    return trace


def _ends(trace: dict[str, Any], longer: dict[str, Any]) -> bool:
    """Whether the trace is the end of a longer one: every series of it, all else alike."""
    if trace.keys() != longer.keys() or "x" not in trace:
        return False
    last, full = len(trace["x"]), len(longer["x"])
    if not 0 < last <= full:
        return False
    for name, value in trace.items():
        other = longer[name]
        if isinstance(other, list | tuple) and len(other) == full:
            other = other[full - last :]
        if value != other:
            return False
    return True
