"""Panels: the frame around every chart and card, and the thin callback that feeds it.

The server sends one plain JSON payload a panel; the browser paints title, badge, figure,
summary, table and CSV from it (``assets/core/panels.mjs``). Payloads hold no Dash component and no
Plotly figure, so that Dash's fast encoder takes them.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from cachetools import LRUCache
from dash import MATCH, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness, HoldlineError
from components.frame import client
from components.frame.attributes import attributes
from components.frame.provenance import aged_lists, badge, source_line
from components.frame.state import PageState
from components.frame.view import Data as Data
from components.frame.view import Kind as Kind
from components.frame.view import View as View
from components.frame.view import nothing as nothing
from components.frame.view import plain as plain

log = logging.getLogger(__name__)

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

LOADING_AGAIN_SECONDS = 2.0
"""While inputs are still being fetched the browser asks again this soon."""

RECENT_PAYLOADS = 6
"""Kept a panel: the page as it opens, and a few other views of it; 28 MiB for all panels."""


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


BUILDERS = "panel-builders"
"""Under it the server's ``extensions`` hold, by ``page/name``, what builds a panel's payload from
a page's state: for one panel asked for alone, as presenter mode does."""

S = TypeVar("S", bound=PageState)

Ask: TypeAlias = Callable[[S], "Answer[Any] | tuple[Any, ...]"]
"""(state) -> the answer that a panel shows; or several parts, of which the first is an answer.

Each part that is an answer must have a result for the panel to be shown; `show` gets the results.
A part in `MayBeAbsent` may be absent: `show` gets the answer itself, with its reason. Anything else
is handed on as it is.
"""

Show = Callable[..., View]
"""(state, result, ...) -> what is shown of it; one argument for each part of what was asked."""


@dataclass(frozen=True)
class MayBeAbsent:
    """An answer that a panel can do without."""

    answer: Answer[Any]


def timed(answer: Answer[Any]) -> tuple[Any, ...]:
    """The answer and its moment, for a panel that counts from the present."""
    return answer, answer.moment


@dataclass(frozen=True)
class Panel(Generic[S]):
    """How one panel is fed: state -> ``ask`` -> results -> ``show`` -> payload.

    Attributes:
        page: key of the page; ``name``: of the panel.
        state: the page's.
        show: called only when every required answer has a result and something changed since
            the viewer's last payload.
        card: True for an `html_panel`.
        reads: the state's fields besides ``as_of`` that ``ask`` and ``show`` look at, None for
            all: a change of the others sends nothing and repaints nothing.
        same: maps the states that share a payload onto one of them; the browser then shows the
            view of its own address out of `View.views`.

    Raises:
        ValueError: ``reads`` names what the state has not.
    """

    page: str
    name: str
    state: type[S]
    ask: Ask[S]
    show: Show
    card: bool = False
    reads: Sequence[str] | None = None
    same: Callable[[S], S] | None = None

    def __post_init__(self) -> None:
        unknown = set(self.reads or ()) - set(self.state.names())
        if unknown:
            raise ValueError(f"{self.page}/{self.name} reads {unknown}, which its page has not")


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

    @app.callback(
        Output(_part(kind, page, name), "data"),
        Output(_part(f"{kind}-version", page, name), "data"),
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


class Recent:
    """A panel's last payloads by version: what one viewer was sent, the next need not have drawn.

    Payloads are only read once they are here.
    """

    def __init__(self) -> None:
        self._payloads: LRUCache[str, dict[str, Any]] = LRUCache(RECENT_PAYLOADS)
        self._lock = threading.Lock()

    def get(self, version: str) -> dict[str, Any] | None:
        """The payload of that version, if it is among the last."""
        with self._lock:
            return self._payloads.get(version)

    def put(self, version: str, payload: dict[str, Any]) -> None:
        """Keep it, in place of the one not asked for the longest."""
        with self._lock:
            self._payloads[version] = payload


def build_payload(
    raw: Any, seen: Any, panel: Panel[Any], recent: Recent | None = None
) -> dict[str, Any] | None:
    """The payload of a panel, or None when the viewer already has it.

    Never raises: what cannot be shown becomes a payload that says why.

    Args:
        raw: the page's state as the browser holds it.
        seen: version of the payload the viewer has, or None.
        panel: whose payload.
        recent: payloads that were made before.
    """
    try:
        state = panel.state.parse(raw)
        if panel.same is not None:
            state = panel.same(state)
        asked = panel.ask(state)
        parts = asked if isinstance(asked, tuple) else (asked,)
        version = _version(panel, state, parts)
        if version == seen:
            return None
        for answer in parts:
            if isinstance(answer, Answer) and answer.result is None:
                reason = answer.reason or "No answer."
                return absence(reason, answer.freshness, version) | {"again": _again(answer)}
        payload = recent.get(version) if recent else None
        if payload is None:
            shown = panel.show(state, *(_shown(part) for part in parts))
            payload = _payload(shown, _answers(parts), version)
            if panel.same is not None and shown.views is not None:
                payload["views"] = shown.views()
            if recent:
                recent.put(version, payload)
        return payload
    except HoldlineError as error:
        return absence(str(error), Freshness.NO_DATA, f"absent|{error}")
    except Exception:
        log.exception("a panel could not be built")
        text = "This panel could not be built; the server's log says why."
        return absence(text, Freshness.ERROR, "error")


def _version(panel: Panel[Any], state: PageState, parts: Sequence[Any]) -> str:
    """What a payload depends on: of the state what the panel reads, and every answer."""
    view = state if panel.reads is None else state.only("as_of", *panel.reads)
    versions = [f"{answer.version}~{answer.freshness}" for answer in _answers(parts)]
    return "|".join([view.to_query(), *versions, *(["views"] if panel.same else [])])


def _answers(parts: Sequence[Any]) -> list[Answer[Any]]:
    """The answers among what was asked, required or not."""
    found = [part.answer if isinstance(part, MayBeAbsent) else part for part in parts]
    return [part for part in found if isinstance(part, Answer)]


def _shown(part: Any) -> Any:
    """What `show` gets of a part that was asked."""
    if isinstance(part, Answer):
        return part.result
    return part.answer if isinstance(part, MayBeAbsent) else part


def _payload(view: View, answers: Sequence[Answer[Any]], version: str) -> dict[str, Any]:
    answer = answers[0]
    drawn = view.figure is not None or view.body is not None
    lists = aged_lists(answers)
    parts = (view.basis, source_line(answer.provenance), lists)
    return {
        "title": view.title,
        "subtitle": " · ".join(part for part in parts if part),
        "badge": badge(answer.freshness, answer.provenance, answer.moment.time),
        "figure": None if view.figure is None else dict(view.figure),
        "body": plain(view.body),
        "summary": " ".join(filter(None, (view.summary or view.title, _sentence(lists)))),
        "data": None if view.data is None else view.data.to_plain(),
        "note": view.note,
        "again": view.again or _again(answer),
        "loading": view.loading,
        "absence": view.absence or (None if drawn else view.summary or view.title),
        "version": version,
        "simulated": answer.provenance.simulated,
    }


def _again(answer: Answer[Any]) -> float | None:
    return LOADING_AGAIN_SECONDS if answer.provenance.loading else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def absence(reason: str, freshness: Freshness, version: str) -> dict[str, Any]:
    """The payload of a panel that has nothing to show, and says why."""
    sentence = reason[:1].upper() + reason[1:]
    title = "Could not be shown" if freshness is Freshness.ERROR else "Nothing to show"
    return {
        "title": title,
        "subtitle": "",
        "badge": {"freshness": freshness.value, "text": freshness.value},
        "figure": None,
        "body": None,
        "summary": sentence,
        "data": None,
        "note": "",
        "absence": sentence,
        "version": version,
        "simulated": False,
    }
