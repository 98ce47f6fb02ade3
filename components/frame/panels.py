"""Panels: the frame around every chart and card, and the thin callback that feeds it.

The server sends one plain JSON payload a panel; the browser paints title, badge, figure,
summary, table and CSV from it (``assets/core/panels.mjs``). Payloads hold no Dash component and no
Plotly figure, so that Dash's fast encoder takes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from dash import MATCH, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.frame import client
from components.frame.attributes import attributes
from components.frame.payloads import Ask as Ask
from components.frame.payloads import MayBeAbsent as MayBeAbsent
from components.frame.payloads import Panel as Panel
from components.frame.payloads import Recent as Recent
from components.frame.payloads import Show as Show
from components.frame.payloads import absence as absence
from components.frame.payloads import build_payload as build_payload
from components.frame.payloads import timed as timed
from components.frame.state import PageState
from components.frame.view import Data as Data
from components.frame.view import Kind as Kind
from components.frame.view import View as View
from components.frame.view import nothing as nothing
from components.frame.view import plain as plain

GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": "reset",
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "toImage"],
    "showTips": False,
}


def state_id(page: str) -> dict[str, str]:
    """Id of the store that holds a page's state as the URL gives it."""
    return {"type": "page-state", "page": page}


def pulse_id(page: str) -> dict[str, str]:
    """Id of the store that ticks while the page is on screen and shows the present."""
    return {"type": "pulse", "page": page}


def _part(part: str, page: str, name: str) -> dict[str, str]:
    return {"type": part, "page": page, "name": name}


def page_stores(page: str) -> list[Component]:
    """The stores each page has: its state and its pulse."""
    return [dcc.Store(id=state_id(page)), dcc.Store(id=pulse_id(page))]


def chart_panel(
    page: str, name: str, *, height: int = 360, class_name: str = "", tall: bool = False
) -> Component:
    """The place of a chart, showing a skeleton of its size until the first payload.

    Head, foot and the graph itself are made by the browser (``assets/core/panels.mjs``), not as
    Dash components: Dash's renderer looks at every mounted component at every change, so
    that two dozen dressed panels on tabs nobody has opened cost a cold page ten seconds.

    Args:
        page: key of the page; with ``name`` it identifies the panel.
        name: of the panel, unique on the page.
        height: of the chart in CSS pixels; a phone takes three quarters of it.
        class_name: grid placement such as ``span-8``.
        tall: let the chart grow with its grid row above ``height``.
    """
    slot = html.Div(
        id=_part("chart-slot", page, name),
        role="figure",
        className="panel-figure grows" if tall else "panel-figure",
        style={"--height": f"{height}px"},
        **attributes(aria_label="Loading"),
    )
    return _frame("chart", page, name, slot, class_name)


def html_panel(page: str, name: str, *, height: int = 160, class_name: str = "") -> Component:
    """The place of a card: html built by the server; ``height`` is the skeleton's, in pixels."""
    body = html.Div(
        role="group",
        className="panel-body",
        style={"--height": f"{height}px"},
        **attributes(aria_label="Loading"),
    )
    return _frame("card", page, name, body, class_name)


def static(component: Component, *, class_name: str = "") -> Component:
    """Html that no callback changes, handed to the browser as data; see `chart_panel`."""
    body = json.dumps(plain(component), separators=(",", ":"))
    return html.Div(className=class_name, **attributes(data_body=body))


def _frame(kind: str, page: str, name: str, content: Component, class_name: str) -> Component:
    return html.Section(
        [
            content,
            dcc.Store(id=_part(kind, page, name)),
            dcc.Store(id=_part(f"{kind}-version", page, name)),
        ],
        id=f"{page}-{name}",
        className=" ".join(filter(None, ("panel", f"panel-{kind}", "is-loading", class_name))),
        **attributes(data_panel=f"{page}/{name}", data_kind=kind, aria_busy="true"),
    )


def register_painters(app: Dash) -> None:
    """Declare, once for the app, how the browser paints every panel from its payload."""

    def at(part: str) -> dict[str, Any]:
        return {"type": part, "page": MATCH, "name": MATCH}

    app.clientside_callback(
        client.calls("paintChart"),
        Output(at("chart-slot"), "children"),
        Input(at("chart"), "data"),
        Input("theme", "data"),
        State(at("chart"), "id"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        client.calls("paintCard"),
        Input(at("card"), "data"),
        State(at("card"), "id"),
        prevent_initial_call=True,
    )


PANELS = "panels"
"""Under it the server's ``extensions`` hold every `Panel` by its callback's name, as the browser
calls it."""

BUILDERS = "panel-builders"
"""Under it the server's ``extensions`` hold, by ``page/name``, what builds a panel's payload from
a page's state: for one panel asked for alone, as presenter mode does."""

S = TypeVar("S", bound=PageState)


@dataclass(frozen=True)
class PagePanels(Generic[S]):
    """Declares the panels of one page.

    Attributes:
        page: its key; ``state``: of its views.
    """

    app: Dash
    page: str
    state: type[S]

    def chart(self, name: str, ask: Ask[S], show: Show, **more: Any) -> None:
        """Feed a `chart_panel`; ``more`` as in `Panel`."""
        panel_callback(self.app, Panel(self.page, name, self.state, ask, show, **more))

    def card(self, name: str, ask: Ask[S], show: Show, **more: Any) -> None:
        """Feed an `html_panel`; ``more`` as in `Panel`."""
        panel_callback(self.app, Panel(self.page, name, self.state, ask, show, card=True, **more))


def panel_callback(app: Dash, panel: Panel[Any]) -> None:
    """Declare the callback that feeds one panel."""
    kind = "card" if panel.card else "chart"
    page, name = panel.page, panel.name
    recent = Recent()

    def build(raw: Any) -> dict[str, Any] | None:
        return build_payload(raw, None, replace(panel, same=None), recent)

    app.server.extensions.setdefault(BUILDERS, {})[f"{page}/{name}"] = build

    outputs = [_part(kind, page, name), _part(f"{kind}-version", page, name)]
    app.server.extensions.setdefault(PANELS, {})[_callback_name(outputs)] = panel

    @app.callback(
        *(Output(part, "data") for part in outputs),
        Input(state_id(page), "data"),
        Input(pulse_id(page), "data"),
        State(_part(f"{kind}-version", page, name), "data"),
        prevent_initial_call=True,
    )
    def update(raw: Any, pulse: Any, seen: Any) -> tuple[Any, Any]:
        if raw is None:
            raise PreventUpdate
        payload = build_payload(raw, seen, panel, recent)
        return (no_update, no_update) if payload is None else (payload, payload["version"])


def _callback_name(outputs: Sequence[dict[str, str]]) -> str:
    """As Dash names a callback with several outputs."""
    ids = (json.dumps(part, sort_keys=True, separators=(",", ":")) for part in outputs)
    return f"..{'...'.join(f'{one}.data' for one in ids)}.."
