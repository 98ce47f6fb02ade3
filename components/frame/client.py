"""The page's client: plain ES modules and style sheets under ``assets/``, without a bundler.

``assets/main.mjs`` imports what is needed until a page is painted, and later the rest, by relative
paths. An import map gives each module its address with a fingerprint, so that a browser keeps it
for good and asks anew when it changes; the same address is used everywhere, for a module that were
loaded under two would exist twice. Style sheets are sent joined, in the order of their names.
"""

from __future__ import annotations

import functools
import hashlib
import json
import posixpath
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dash
from dash import Dash
from dash.fingerprint import check_fingerprint
from flask import Flask, Response

ASSETS = Path(__file__).parents[2] / "assets"

IGNORED_ASSETS = r".*\.(mjs|css)$|.*\.min\.js$"
"""Assets that Dash does not add to the page: `head` does, or a module when it needs one."""

MAIN = "/assets/main.mjs"
_STYLE = "/assets/style.css"
_PLOTLY = "0-plotly.min.js"
_GRID = "/assets/grid.js"
_STATIC_IMPORT = re.compile(r'^(?:import|export)\b(?:[^;]*?\bfrom)? *"(\.[^"]+)"', re.MULTILINE)


_DASH = "/assets/dash-renderer.js"
_SCRIPT = re.compile(r'<script src="[^"]*/_dash-component-suites/dash/([^"]+)"></script>\n?')
_UNUSED = ("dcc/", "html/", "dash_table/", "deps/polyfill@")
"""Dash names its component libraries in every page; ours mounts `exchange.Store` alone. Its
polyfill is for browsers without modules, and puts slow copies in the place of what others have: a
sixth of a chart's drawing went into its ``trim`` and ``parseInt``."""


class App(Dash):
    """Dash without its component libraries and polyfill, 800 KB that no page here uses; what is
    left of its scripts is sent as one."""

    _script = b""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page's html, of the parts that Dash hands over by their names."""
        named = _SCRIPT.findall(parts["scripts"])
        self._script = _joined(tuple(name for name in named if not name.startswith(_UNUSED)))
        own = f'<script src="{_DASH}?m={_fingerprint(self._script)}"></script>\n'
        given = parts | {"scripts": own + _SCRIPT.sub("", parts["scripts"])}
        return str(super().interpolate_index(**given))  # type: ignore[no-untyped-call]

    def script(self) -> bytes:
        """Dash's scripts, joined in their order."""
        if not self._script:
            self.index()  # type: ignore[no-untyped-call]
        return self._script


@functools.lru_cache(maxsize=2)
def _joined(names: tuple[str, ...]) -> bytes:
    root = Path(dash.__file__).parent
    files = (root / check_fingerprint(name)[0] for name in names)
    return b"".join(b";" + file.read_bytes() + b"\n" for file in files)


@functools.cache
def addresses() -> dict[str, str]:
    """Each module's address, and the same with its fingerprint."""
    found = {}
    for path in sorted(ASSETS.rglob("*.mjs")):
        address = f"/assets/{path.relative_to(ASSETS).as_posix()}"
        found[address] = f"{address}?m={_fingerprint(path.read_bytes())}"
    return found


def plotly() -> str:
    """Address of Plotly's bundle; a page without charts never asks for it."""
    return f"/assets/{_PLOTLY}?m={_fingerprint((ASSETS / _PLOTLY).read_bytes())}"


def grid() -> str:
    """Address of AG Grid, of which the scan's table is made; no other page asks for it."""
    return f"{_GRID}?m={_fingerprint(_grid_script())}"


@functools.cache
def _grid_script() -> bytes:
    """The script that the package dash-ag-grid brings, without importing the package: Dash would
    name its scripts in every page."""
    found = find_spec("dash_ag_grid")
    if found is None or not found.submodule_search_locations:
        return b""
    return (Path(found.submodule_search_locations[0]) / "dash_ag_grid.min.js").read_bytes()


def icon() -> str:
    """The page's icon as a data address: one request fewer."""
    return f"data:image/svg+xml,{quote((ASSETS / 'favicon.svg').read_text(encoding='utf-8'))}"


def style() -> str:
    """Address of the joined style sheets."""
    return f"{_STYLE}?m={_fingerprint(_style())}"


def import_map() -> str:
    """The content of the page's ``importmap``; its hash is in the CSP."""
    return json.dumps({"imports": addresses()}, separators=(",", ":"))


def imported(address: str) -> list[str]:
    """What a module loads before it runs: itself, and what it imports statically, each once."""
    found = [address]
    for known in found:
        text = (ASSETS.parent / known.lstrip("/")).read_text(encoding="utf-8")
        for target in _STATIC_IMPORT.findall(text):
            joined = posixpath.normpath(posixpath.join(posixpath.dirname(known), target))
            if joined not in found:
                found.append(joined)
    return found


def head() -> str:
    """Html that loads the style and the modules, side by side and once each."""
    known = addresses()
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{known[path]}">' for path in imported(MAIN)
    )
    return (
        f'<link rel="stylesheet" href="{style()}">\n'
        f'<script type="importmap">{import_map()}</script>\n{preloads}'
    )


def entry() -> str:
    """Html that runs the modules, as soon as they are here: it stands after all they look for, and
    does not wait for Dash's scripts, which follow."""
    return f'<script type="module" async src="{addresses()[MAIN]}"></script>'


def register(app: App) -> None:
    """Serve the joined style sheets, Dash's joined scripts, and the scan's grid."""
    style = _style()
    server: Flask = app.server

    @server.get(_STYLE)
    def sheet() -> Response:
        return Response(style, mimetype="text/css")

    @server.get(_GRID)
    def grid_script() -> Response:
        return Response(_grid_script(), mimetype="text/javascript")

    @server.get(_DASH)
    def script() -> Response:
        return Response(app.script(), mimetype="text/javascript")


def answered(name: str) -> str:
    """The clientside callback that hands an answer to ``main.mjs``, which may still be loading."""
    return f'(given)=>import("{MAIN}").then((page)=>page.answered("{name}",given))'


def mounted() -> str:
    """The clientside callback that tells ``main.mjs`` that Dash takes questions."""
    return f'()=>import("{MAIN}").then((page)=>page.mounted())'


def _style() -> bytes:
    sheets = sorted((ASSETS / "css").glob("*.css"))
    return b"\n".join(sheet.read_bytes() for sheet in sheets)


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
