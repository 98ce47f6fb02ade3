"""A question and its answer between the page's scripts and a Dash callback.

The browser writes a question into one store (Dash's public ``set_props``), Dash calls the server
with it and writes the answer into another, and a clientside callback hands that to the scripts. The
stores are all that Dash mounts: pages are html that React never sees, so that what Dash's renderer
does at each change does not grow with them, and Dash's component libraries are never loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.frame import client

STORE_SCRIPT = "window.holdline={Store:function(){return null}};"
"""The browser's half of `Store`: a React component that draws nothing. Dash looks it up as
``window[namespace][type]``; ``main.mjs`` adds to the same object, the page's one global."""


_PROPS, _NONE = ["id", "data"], list[str]()


class Store(Component):
    """A value that Dash's callbacks read and write, by its id; draws nothing.

    In place of ``dcc.Store``, which brings all of Dash's core components: half a megabyte of
    scripts, of which a page would use these few lines.
    """

    _namespace = "holdline"
    _type = "Store"
    _prop_names = _PROPS
    _valid_wildcard_attributes = _NONE
    available_properties = _PROPS
    available_wildcard_properties = _NONE

    def __init__(self, name: str) -> None:
        super().__init__(id=name)  # type: ignore[no-untyped-call]


def question_id(name: str) -> str:
    """Id of the store in which the browser asks."""
    return f"question-{name}"


def answer_id(name: str) -> str:
    """Id of the store that holds the newest answer."""
    return f"answer-{name}"


def stores(name: str) -> list[Store]:
    """What Dash mounts for an exchange."""
    return [Store(question_id(name)), Store(answer_id(name))]


def register(app: Dash, name: str, answer: Callable[[dict[str, Any]], Any]) -> None:
    """Declare an exchange.

    Args:
        app: the Dash app.
        name: by which ``assets/core/questions.mjs`` asks.
        answer: plain JSON for a question, which is client data.
    """
    app.clientside_callback(
        client.answered(name), Input(answer_id(name), "data"), prevent_initial_call=True
    )

    @app.callback(
        Output(answer_id(name), "data"), Input(question_id(name), "data"), prevent_initial_call=True
    )
    def reply(asked: Any) -> Any:
        if not isinstance(asked, dict):
            raise PreventUpdate
        return answer(asked)
