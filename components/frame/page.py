"""What a tab is: one module in ``components/pages`` offers one `Page`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.settings import Settings


@dataclass(frozen=True)
class Page:
    """One tab.

    Attributes:
        key: names the page in component ids ("supports").
        path: its address ("/supports").
        name: the tab's label.
        short: the label in the phone's bottom bar.
        title: the heading that says which question the page answers.
        takes: the `PageState` fields it reads besides ``as_of``. Only these are kept in its
            URL, and only their change recomputes its panels.
        layout: built once, for all viewers: it may not depend on a viewer's state.
        register: declares the page's callbacks.
    """

    key: str
    path: str
    name: str
    title: str
    layout: Callable[[Settings], Component]
    register: Callable[[Dash, Desk], None]
    takes: tuple[str, ...] = ()
    short: str = ""
