"""Who may ask which routes: one declaration for each family of addresses.

The routes check it themselves, by `analytics.model.access` and `components.server.staff`;
``tests/contract/test_every_door.py`` asks every route of the app as everybody who can be declared
here, and fails for one that is not declared.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from analytics.model.access import Plan, Viewer


class Door(enum.Enum):
    """Whom a route answers; what it shows them is still cut to their plan."""

    EVERYBODY = enum.auto()
    SIGNED_IN = enum.auto()
    PRO = enum.auto()
    STAFF = enum.auto()
    METRICS = enum.auto()
    """Staff, and whoever shows a token for it."""

    def lets_in(self, who: Viewer) -> bool:
        """Whether it answers somebody."""
        if self is Door.EVERYBODY:
            return True
        if self is Door.SIGNED_IN:
            return who.person is not None
        if self is Door.PRO:
            return who.plan.includes(Plan.PRO)
        return who.is_staff or (self is Door.METRICS and who.reads_metrics)


DOORS: Mapping[str, Door] = {
    "/": Door.EVERYBODY,  # the pages' frame, the same for all
    "/<path:path>": Door.EVERYBODY,
    "/_": Door.EVERYBODY,  # Dash's own: panels are cut to the viewer's plan
    "/assets/": Door.EVERYBODY,
    "/static/": Door.EVERYBODY,
    "/first/": Door.EVERYBODY,
    "/panel.json": Door.EVERYBODY,
    "/scenes.json": Door.EVERYBODY,
    "POST /scenes.json": Door.STAFF,
    "/live.json": Door.EVERYBODY,
    "/live/clock": Door.STAFF,
    "/notices.json": Door.EVERYBODY,
    "/worker.js": Door.EVERYBODY,  # the service worker's script, the same for all
    "/replay/": Door.EVERYBODY,
    "/calendar.ics": Door.EVERYBODY,
    "/calendar/own-events": Door.EVERYBODY,  # reads a file back to its sender; stores nothing
    "/api": Door.EVERYBODY,  # what there is to ask, and how
    "/api/v1/<name>": Door.SIGNED_IN,
    "/levels": Door.EVERYBODY,  # the ladders, as the desk shows them to the viewer
    "/levels/links": Door.SIGNED_IN,
    "/levels/current.csv": Door.EVERYBODY,  # by its signature alone
    "/help/": Door.EVERYBODY,
    "/healthz": Door.EVERYBODY,
    "/readyz": Door.EVERYBODY,
    "/metrics": Door.METRICS,
    "/me": Door.EVERYBODY,
    "/owner": Door.EVERYBODY,
    "/sign-": Door.EVERYBODY,
    "/account": Door.SIGNED_IN,
    "/own": Door.SIGNED_IN,
    "/people": Door.STAFF,
    "/newsletter": Door.EVERYBODY,
    "/alerts/": Door.SIGNED_IN,
    "/alerts/confirm": Door.EVERYBODY,  # by its token alone, which was mailed
    "/stripe/webhook": Door.EVERYBODY,  # by its signature alone
    "/portfolio/": Door.STAFF,
    "/portfolio/changes.csv": Door.PRO,
    "/preview/": Door.STAFF,
    "/preview/file": Door.EVERYBODY,
}
"""By the beginning of an address, the longest that fits, a method before it where it matters;
``/`` alone and ``/<path:path>`` are those addresses only."""

_WHOLE = ("/", "/<path:path>")


def door_of(method: str, rule: str) -> Door | None:
    """Whom a route answers, by its rule in Flask's map; None where that is not declared."""
    if rule in _WHOLE:
        return DOORS[rule]
    found = [name for name in DOORS if name not in _WHOLE and _fits(name, method, rule)]
    return DOORS[max(found, key=len)] if found else None


def _fits(name: str, method: str, rule: str) -> bool:
    asked, _, path = name.rpartition(" ")
    return rule.startswith(path) and asked in ("", method)
