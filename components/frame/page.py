"""Contract of a tab: one module in ``components/pages`` offers one `Page`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.settings import Settings
from components.frame.state import PageState


@dataclass(frozen=True)
class Page:
    """One tab.

    Attributes:
        key: names the page in component ids ("supports").
        path: its address ("/supports").
        name: the tab's label.
        short: the label in the phone's bottom bar.
        title: the heading that says which question the page answers.
        state: what distinguishes its views. Only these parameters are kept in its URL, and
            only their change recomputes its panels.
        layout: built once, for all viewers: it may not depend on a viewer's state.
        register: declares the page's callbacks.
    """

    key: str
    path: str
    name: str
    title: str
    layout: Callable[[Settings], Component]
    register: Callable[[Dash, Desk], None]
    state: type[PageState] = PageState
    short: str = ""

    @property
    def takes(self) -> tuple[str, ...]:
        """The parameters of its URL besides ``as_of``."""
        return tuple(name for name in self.state.names() if name != "as_of")
