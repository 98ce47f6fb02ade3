"""The menu by which a page's levels leave it; ``assets/pages/levels_out.mjs`` fills it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from analytics.model.levels import LevelGroup, LevelSet
from components.frame.attributes import attributes


def levels_out(
    page: str,
    usual: Sequence[str],
    group: LevelGroup | None = None,
    sets: Sequence[LevelSet] = (),
    *,
    listed: bool = False,
) -> Component:
    """The menu: files for charting programs, and an address for spreadsheets.

    The symbols are, of a page that lists symbols, those that it links to Supports, in their order;
    else those of its address (``symbols``, or ``symbol``); else the usual ones.

    Args:
        page: its key.
        usual: symbols of the page where it says none.
        group: of the levels that leave; None: all.
        sets: further levels of the page where its address says none.
        listed: the page lists symbols.
    """
    return html.Details(
        [html.Summary("Export levels"), html.Div(className="levels-body")],
        className="picker levels-picker",
        **attributes(
            data_levels_out=page,
            data_symbols=",".join(usual),
            data_group=group.value if group else "",
            data_sets=",".join(sets),
            data_listed="1" if listed else "",
        ),
    )
