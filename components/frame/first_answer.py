"""A page's first answer: asked for by the page's first script, while the modules and Dash load.

Dash takes questions once its renderer has mounted the stores, some hundred milliseconds after the
page's html is here. What a page shows first depends on its address alone, so it is asked for at
once by a GET; every question after that is a callback's (`components.frame.exchange`).
"""

from __future__ import annotations

from collections.abc import Mapping

from analytics.model.parameters import as_of_text
from analytics.model.question import AsOf
from components.frame.page import Page
from components.frame.state import LIVE

ROUTE = "/first"
"""Before a page's path: ``/first/supports?symbol=NVDA``."""


def state_of(page: Page, given: Mapping[str, str], opened: AsOf | None) -> dict[str, str]:
    """What a page is asked with at an address, as the browser makes it (``address.mjs``).

    Args:
        page: the page.
        given: the address's parameters.
        opened: the moment that the process was opened on.
    """
    state = {name: given[name] for name in ("as_of", *page.takes) if name in given}
    if opened is not None:
        state.setdefault("as_of", as_of_text(opened))
    if state.get("as_of") == LIVE:
        del state["as_of"]
    return state
