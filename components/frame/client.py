"""The page's client: plain ES modules under ``assets/``, loaded without a bundler.

``assets/main.mjs`` imports the others by relative paths. An import map gives each its address with
a fingerprint, so that a browser keeps it for good and asks anew when it changes; the same address
is used everywhere, for a module that were loaded under two would exist twice.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "assets"

IGNORED_ASSETS = r".*\.mjs$"
"""Assets that Dash does not add to the page by itself: modules load what they import."""

MAIN = "/assets/main.mjs"


def addresses() -> dict[str, str]:
    """Each module's address, and the same with its fingerprint."""
    found = {}
    for path in sorted(ASSETS.rglob("*.mjs")):
        address = f"/assets/{path.relative_to(ASSETS).as_posix()}"
        found[address] = f"{address}?m={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    return found


def import_map() -> str:
    """The content of the page's ``importmap``; its hash is in the CSP."""
    return json.dumps({"imports": addresses()}, separators=(",", ":"))


def head() -> str:
    """Html that loads the modules, side by side and once each."""
    known = addresses()
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{address}">'
        for path, address in known.items()
        if path != MAIN
    )
    return (
        f'<script type="importmap">{import_map()}</script>\n{preloads}\n'
        f'<script type="module" src="{known[MAIN]}"></script>'
    )


def calls(name: str, *, triggered: bool = False) -> str:
    """A clientside callback that calls what ``main.mjs`` exports under ``name``.

    Dash may be ready before the modules are, so the callback waits for them.

    Args:
        name: of the exported function.
        triggered: hand it what triggered the callback in place of the values.
    """
    given = "[window.dash_clientside.callback_context.triggered]" if triggered else "given"
    return (
        f'function(...given){{const values={given};return import("{MAIN}")'
        f".then((page)=>page.{name}(...values))}}"
    )
