"""View of a result: title, figure or card, the table behind it, the small print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dash.development.base_component import Component

from analytics.model.quotation import DOLLARS, Quotation

Kind = Literal["text", "date", "price", "pct", "share", "signed", "count", "ratio", "p"]

_COLUMN_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {},
    "date": {},
    "price": {"decimals": 2},
    "pct": {"decimals": 2, "sign": True, "suffix": "%"},
    "share": {"decimals": 1, "suffix": "%"},
    "signed": {"decimals": 2, "sign": True},
    "count": {"decimals": 0},
    "ratio": {"decimals": 2},
    "p": {"decimals": 2, "p": True},
}


@dataclass(frozen=True)
class Data:
    """The numbers behind a panel, for "view as table" and the CSV: unrounded, None for absent.

    Attributes:
        columns: (heading with its unit, kind) each.
        rows: one value a column; dates as ISO texts.
        quotation: how the prices are written: of the one instrument, or of each row's.
    """

    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[Any]]
    quotation: Quotation | Sequence[Quotation] = DOLLARS

    def to_plain(self) -> dict[str, Any]:
        """As the browser reads it."""
        columns = [{"name": n, "kind": k} | _COLUMN_FORMATS[k] for n, k in self.columns]
        plain: dict[str, Any] = {"columns": columns, "rows": [list(row) for row in self.rows]}
        if isinstance(self.quotation, Quotation):
            for column in columns:
                if column["kind"] == "price":
                    column["decimals"] = self.quotation.decimals
        else:
            plain["quotations"] = [
                {"decimals": one.decimals, "prefix": one.prefix, "suffix": one.suffix}
                for one in self.quotation
            ]
        return plain


@dataclass(frozen=True)
class View:
    """What a page makes of an answer.

    Attributes:
        title: the finding, computed ("SPY's 50-DMA lies 1.9% below").
        summary: one sentence for who cannot see the chart; the title when empty.
        basis: which prices or lists the figures rest on; stands before the source.
        figure: a plain dict with colour tokens, for a chart panel.
        body: components, for a card.
        data: the table behind it.
        note: small print under the panel.
        again: seconds after which the browser asks again, until a view says nothing: for a
            result that is still growing.
        loading: (done, all) while inputs are still being fetched: a bar shows it.
        absence: why there is nothing to draw; see `nothing`.
        grid: plain values that the page's own script draws a table of.
        views: makes the other views that the browser switches to by itself
            (`figure_views.folded`); asked for only by a panel with a ``same``.
    """

    title: str
    summary: str = ""
    basis: str = ""
    figure: Mapping[str, Any] | None = None
    body: Component | Sequence[Component] | None = None
    data: Data | None = None
    note: str = ""
    again: float | None = None
    loading: tuple[int, int] | None = None
    absence: str = ""
    grid: Mapping[str, Any] | None = None
    views: Callable[[], Mapping[str, Any]] | None = None


def nothing(title: str, reason: str) -> View:
    """A view that states why there is nothing to draw, in place of an empty chart."""
    return View(title=title, summary=reason, absence=reason)


_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain(component: Any) -> Any:
    """A component tree as plain JSON, as the encoder's fast path needs it."""
    if type(component) in _PLAIN:  # most of a tree, and asking for abstract types is dear
        return component
    if isinstance(component, Component):
        return plain(component.to_plotly_json())
    if isinstance(component, dict | Mapping):
        return {key: plain(value) for key, value in component.items()}
    if isinstance(component, list | tuple):
        return [plain(item) for item in component]
    return component
