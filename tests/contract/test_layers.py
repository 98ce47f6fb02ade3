"""The house's directions: dependencies point down only, and every module can be imported."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("analytics", "components")
    for path in (ROOT / folder).rglob("*.py")
)
WIRING = {
    "analytics.desk.desk",
    "analytics.desk.gather",
    "analytics.desk.fetching",
    "analytics.desk.as_of",
    "analytics.desk.archive",
    "analytics.store.records",
    "analytics.assembly",
    "analytics.collect",
    "analytics.runtime.hold_scan",
    "analytics.cli",
    "analytics.__main__",
    "analytics.settings",
    "analytics.runtime.watcher",
    "analytics.desk.portfolio_editor",
    "analytics.desk.jobs",
    "analytics.worker",
}
"""What may know of sources and caches; all else in analytics computes."""

BELOW_THE_DESK = ("analytics.sources", "analytics.cache", "analytics.store")
WIRED = (
    *BELOW_THE_DESK,
    "analytics.desk.desk",
    "analytics.desk.gather",
    "analytics.desk.fetching",
    "analytics.assembly",
)
PROVIDERS = ("yfinance", "curl_cffi", "diskcache", "redis")
DRAWING = ("dash", "plotly", "flask", "dash_ag_grid", "dash_mantine_components")


def module_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[str]:
    """Every module that ``source`` imports, wherever in it, by its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = node.level - is_package
                home = module.split(".")[: len(module.split(".")) - up]
                base = ".".join([*home, *([base] if base else [])])
            yield base
            # `from analytics import desk` imports analytics.desk.desk
            yield from (f"{base}.{alias.name}" for alias in node.names)


def forbidden_to(module: str) -> tuple[str, ...]:
    """What the layer of ``module`` must not import."""
    if module == "components" or module.startswith("components."):
        if module.startswith("components.figures"):
            return ("dash", "app", *WIRED, *PROVIDERS, "components.pages")
        return ("app", *BELOW_THE_DESK, "analytics.desk.gather", "analytics.assembly", *PROVIDERS)
    up = ("components", "app", *DRAWING)
    if module in WIRING:
        return (*up, *PROVIDERS)
    if module.startswith("analytics.sources"):
        return (*up, *WIRED[1:], "diskcache", "analytics.desk.questions")
    if module.startswith("analytics.cache"):
        return (*up, "analytics.sources", *WIRED[3:], "yfinance", "analytics.desk.questions")
    if module.startswith("analytics.feed"):
        return (*up, "analytics.cache", "analytics.store", *WIRED[3:], *PROVIDERS)
    if module.startswith("analytics.store"):
        return (*up, "analytics.sources", "analytics.cache", *WIRED[3:], *PROVIDERS)
    return (*up, *WIRED, *PROVIDERS)


def reaches(imported: str, forbidden: str) -> bool:
    return imported == forbidden or imported.startswith(forbidden + ".")


def offences(source: str, module: str, is_package: bool = False) -> list[str]:
    return [
        f"{module} imports {imported}"
        for imported in imports_of(source, module, is_package)
        if any(reaches(imported, name) for name in forbidden_to(module))
    ]


class TestDirections:
    @pytest.mark.parametrize("path", FILES, ids=str)
    def test_a_layer_reaches_neither_up_nor_sideways(self, path: Path) -> None:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert offences(source, module_of(path), path.name == "__init__.py") == []

    @pytest.mark.parametrize(
        ("module", "line"),
        [
            (
                "components.pages.supports.page",
                "from analytics.sources.yahoo.source import YahooSource",
            ),
            ("components.frame.layout", "import yfinance as yf"),
            ("components.figures.price_chart", "from analytics import desk"),
            ("components.figures.price_chart", "import dash"),
            ("analytics.studies.supports.supports", "import plotly.graph_objects as go"),
            ("analytics.studies.supports.supports", "from analytics.sources import files"),
            (
                "analytics.studies.supports.supports",
                "def f():\n    from analytics.cache.single_flight import Cache",
            ),
            ("analytics.options.question", "from analytics.desk.desk import Desk"),
            ("analytics.options.question", "from ..desk import Desk"),
            ("analytics.desk.desk", "from components.frame.state import PageState"),
            ("analytics.desk.desk", "import yfinance"),
            ("analytics.sources.files.source", "from analytics.desk.desk import Desk"),
            ("analytics.sources.files.source", "from analytics.cache import Cache"),
            ("analytics.cache.single_flight", "from analytics.sources.base import Source"),
            ("analytics.store.scenes", "from analytics.cache import Cache"),
            ("analytics.store.scenes", "from analytics.desk.desk import Desk"),
            ("analytics.watch.ledger", "from analytics.store.level_calls import LevelCallTable"),
            ("analytics.alerts.evaluate", "from analytics.store.notices import Notices"),
            ("analytics.portfolio.ledger", "from analytics.store.portfolios import Portfolios"),
            ("analytics.preview.compose", "from components import formats"),
            ("analytics.feed.feeder", "import flask"),
            ("analytics.worker", "from components.pages import PAGES"),
            ("components.pages.alerts.routes", "from analytics.store.notices import Notices"),
            ("components.document.parts", "from analytics.sources.base import Source"),
        ],
    )
    def test_a_wrong_import_would_be_caught(self, module: str, line: str) -> None:
        assert offences(line, module)

    @pytest.mark.parametrize(
        ("module", "line"),
        [
            ("components.pages.supports.page", "from analytics.desk.desk import Desk"),
            ("components.pages.supports.page", "import dash"),
            (
                "analytics.studies.supports.supports",
                "from analytics.studies.sectors.sectors import SECTORS",
            ),
            ("analytics.desk.desk", "from analytics.cache.single_flight import Cache"),
            ("analytics.sources.yahoo.source", "import yfinance"),
        ],
    )
    def test_a_right_one_is_not(self, module: str, line: str) -> None:
        assert offences(line, module) == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_module_can_be_imported(path: Path) -> None:
    module = module_of(path)
    assert importlib.import_module(module).__name__ == module
