"""Checks of every figure of every page."""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

from components.figures.theme import PALETTES, themed
from components.frame.panels import View, plain

COLUMNS = ("x", "y", "text", "customdata", "open", "high", "low", "close")


def check_figure(figure: dict[str, Any]) -> None:
    """Plotly takes it in both themes, its columns match, the encoder's fast path takes it."""
    orjson.dumps(figure)
    assert figure["layout"]["uirevision"], "zoom has to survive an update"
    for name in PALETTES:
        assert "@" not in str(themed({"data": [], "layout": figure["layout"]}, name))
        themed(figure, name)
    for trace in figure["data"]:
        lengths = {len(trace[key]) for key in COLUMNS if isinstance(trace.get(key), list | tuple)}
        if trace["type"] == "heatmap":
            assert len(trace["z"]) == len(trace["y"])
            assert {len(row) for row in trace["z"]} <= {len(trace["x"])}
        else:
            assert len(lengths) <= 1, (trace.get("name"), lengths)
        assert not any(_is_nan(value) for value in _numbers(trace))


def drawn(figure: dict[str, Any]) -> int:
    """How many points and annotations there are to see: none would be a blank chart."""
    points = 0
    for trace in figure["data"]:
        cells = [value for row in trace.get("z", ()) for value in row]
        points += sum(value is not None for value in cells or trace.get("x") or ())
    return points + len(figure["layout"].get("annotations", ()))


def named(figure: dict[str, Any], name: str) -> dict[str, Any]:
    """The one trace of that name."""
    found: dict[str, Any]
    (found,) = [trace for trace in figure["data"] if trace.get("name") == name]
    return found


def _numbers(trace: dict[str, Any]) -> list[Any]:
    rows = trace.get("z") or []
    flat = [value for row in rows for value in row]
    return flat + [value for key in ("x", "y", "open", "close") for value in trace.get(key) or ()]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def check_view(view: View) -> None:
    """A view is never blank and never says nan or None."""
    texts = [view.title, view.summary, view.basis, view.note + view.absence, str(plain(view.body))]
    for text in texts[:4]:
        assert not re.search(r"\b(nan|inf|None)\b", text), text
        assert not re.search(r"\.\.(\s|$)|\s[.,;]|  ", text), text
    assert not re.search(r"'children': '[^']*\b(nan|None)\b", texts[4]), texts[4]
    assert view.title
    assert view.figure is not None or view.body is not None or view.absence, "a blank panel"
    if view.figure is not None:
        check_figure(dict(view.figure))
        assert drawn(dict(view.figure)) > 0, "a blank chart"
    if view.data is not None:
        orjson.dumps(view.data.to_plain())
        assert {len(row) for row in view.data.rows} <= {len(view.data.columns)}
    orjson.dumps(plain(view.body))
