"""The browser's plotly.js is a build of our own, with only the trace types that are drawn."""

from __future__ import annotations

import json
import re
from pathlib import Path

from plotly.offline import get_plotlyjs_version

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "assets" / "0-plotly.min.js"
_BANNER = re.compile(r"/\* plotly\.js v(\S+) \(([a-z, ]+)\)\.")


def bundled() -> tuple[str, frozenset[str]]:
    """Version and trace types, as the first line tells them."""
    with BUNDLE.open(encoding="utf-8") as file:
        found = _BANNER.match(file.readline())
    assert found is not None
    return found[1], frozenset(found[2].split(", "))


def test_it_is_of_the_version_that_the_python_package_writes_figures_for() -> None:
    wanted = json.loads((ROOT / "deploy" / "plotly" / "package.json").read_text())
    assert bundled()[0] == get_plotlyjs_version() == wanted["devDependencies"]["plotly.js"]


def test_it_is_small_and_carries_its_licence() -> None:
    text = BUNDLE.read_text(encoding="utf-8")
    assert len(text) < 1_500_000
    assert "MIT licence" in text[:200]
