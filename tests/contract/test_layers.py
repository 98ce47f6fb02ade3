"""The directions of the house, by folder: imports go down only, nowhere in a circle.

`LAYERS` is the whole rule. A module may import from its own room and from every layer below;
within a layer only where `SIDEWAYS` says so. An import counts wherever it stands: in a function,
and for type checkers alone, too.
"""

from __future__ import annotations

import ast
import graphlib
import importlib
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PURE = "pure rooms"
PLATFORM = "platform"

LAYERS: dict[str, tuple[str, ...]] = {
    "model": ("analytics.model",),
    "indicators": ("analytics.indicators",),
    PURE: (
        "analytics.accounts",
        "analytics.alerts",
        "analytics.levels_out",
        "analytics.newsletter",
        "analytics.options",
        "analytics.portfolio",
        "analytics.preview",
        "analytics.studies",
        "analytics.watch",
    ),
    PLATFORM: ("analytics.cache", "analytics.feed", "analytics.sources", "analytics.store"),
    "desk": ("analytics.desk",),
    "runtime": ("analytics.api", "analytics.imports", "analytics.runtime"),
    "top files": ("analytics", "analytics.commands"),
    "components": ("components",),
    "app": ("app",),
}
"""Lowest first; a room is a folder, or what is left of its parent's folder."""

SIDEWAYS: dict[str, frozenset[tuple[str, str]] | None] = {
    PURE: None,
    PLATFORM: frozenset({("analytics.feed", "analytics.sources")}),
    "top files": frozenset(
        {("analytics", "analytics.commands"), ("analytics.commands", "analytics")}
    ),
}
"""Layer -> which of its rooms may import which other; None: any, as long as none in a circle."""

NESTED = ("analytics.studies", "components.pages")
"""Folders each of whose folders is a room by itself among its neighbours."""

NARROWER: dict[str, tuple[str, ...]] = {
    "analytics.cache": ("analytics.model", "analytics.cache"),
    "analytics.sources": ("analytics.model", "analytics.indicators", "analytics.sources"),
}
"""Rooms that may import less than all that lies below them."""

CLOSED: dict[str, tuple[str, ...]] = {
    "analytics.sources.demo": ("analytics.sources.yahoo", "analytics.sources.files"),
    "analytics.sources.files": ("analytics.sources.yahoo", "analytics.sources.demo"),
    "analytics.sources.yahoo": ("analytics.sources.demo", "analytics.sources.files"),
    "components": (
        "analytics.sources",
        "analytics.cache",
        "analytics.store",
        "analytics.assembly",
        "analytics.desk.gather",
        "analytics.desk.fetching",
    ),
    "components.document": ("components.pages", "components.server"),
    "components.figures": ("analytics.desk", "analytics.feed", "components.pages", "dash"),
    "components.frame": ("components.pages", "components.server"),
    "components.server": ("components.pages",),
}
"""Folder -> what lies below or beside it and is none of its business."""

LIBRARIES: dict[str, tuple[str, ...]] = {
    "yfinance": ("analytics.sources.yahoo",),
    "curl_cffi": ("analytics.sources.yahoo", "analytics.sources.http_client"),
    "diskcache": ("analytics.cache",),
    "redis": ("analytics.cache",),
    "celery": ("analytics.desk", "analytics.worker"),
    **dict.fromkeys(
        ("dash", "plotly", "flask", "dash_ag_grid", "dash_mantine_components"),
        ("components", "app"),
    ),
}
"""Library -> the only folders that may import it."""


def module_of(path: Path) -> str:
    """Its dotted name; ``path`` from the root."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_of(path.relative_to(ROOT)): path
    for path in sorted(
        [*(ROOT / "analytics").rglob("*.py"), *(ROOT / "components").rglob("*.py"), ROOT / "app.py"]
    )
}


def lies_in(module: str, folder: str) -> bool:
    """Whether ``module`` is the folder or something in it."""
    return module == folder or module.startswith(folder + ".")


def room_of(module: str) -> str:
    """The listed folder that holds the module; "" for a library."""
    rooms = (room for layer in LAYERS.values() for room in layer)
    return max((room for room in rooms if lies_in(module, room)), key=len, default="")


def layer_of(module: str) -> str:
    """The layer of the module's room."""
    room = room_of(module)
    return next(name for name, rooms in LAYERS.items() if room in rooms)


def imports_of(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """All that ``source`` imports, wherever in it, by its full name: of a name in a module, too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                names = module.split(".")
                home = names[: len(names) - node.level + is_package]
                base = ".".join([*home, *([base] if base else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def offence(module: str, imported: str) -> str | None:
    """What is wrong with an import, or None."""
    said = f"{module} imports {imported}"
    for folder, closed in CLOSED.items():
        if lies_in(module, folder) and any(lies_in(imported, each) for each in closed):
            return f"{said}, which is closed to {folder}"
    for library, allowed in LIBRARIES.items():
        if lies_in(imported, library) and not any(lies_in(module, each) for each in allowed):
            return f"{said}, which is for {' and '.join(allowed)}"
    here, there = room_of(module), room_of(imported)
    if there in ("", here):
        return None
    narrower = NARROWER.get(here)
    if narrower is not None and there not in narrower:
        return f"{said}: {here} may import {' and '.join(narrower)}"
    order = list(LAYERS)
    own, other = layer_of(module), layer_of(imported)
    if order.index(other) > order.index(own):
        return f"{said}: up from {own} to {other}"
    if own == other:
        pairs = SIDEWAYS.get(own, frozenset())
        if pairs is not None and (here, there) not in pairs:
            return f"{said}: sideways in {own}"
    return None


def offences(source: str, module: str, *, is_package: bool = False) -> list[str]:
    found = (offence(module, name) for name in imports_of(source, module, is_package=is_package))
    return [text for text in found if text]


def graph_of(sources: Mapping[str, str], packages: Iterable[str] = ()) -> dict[str, set[str]]:
    """Which of these modules imports which of them."""
    return {
        module: {
            there
            for name in imports_of(source, module, is_package=module in packages)
            if (there := _longest(name, sources)) not in (None, module)
        }
        for module, source in sources.items()
    }


def _longest(name: str, modules: Container[str]) -> str | None:
    """The module that a full name is in."""
    parts = name.split(".")
    heads = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((head for head in heads if head in modules), None)


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle of imports; none when there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    sources = {module: path.read_text(encoding="utf-8") for module, path in FILES.items()}
    return graph_of(sources, [m for m, path in FILES.items() if path.name == "__init__.py"])


class TestDirections:
    @pytest.mark.parametrize("module", FILES)
    def test_a_module_reaches_neither_up_nor_sideways(self, module: str) -> None:
        path = FILES[module]
        source = path.read_text(encoding="utf-8")
        assert offences(source, module, is_package=path.name == "__init__.py") == []

    def test_every_folder_of_analytics_has_its_layer(self) -> None:
        folders = {path.parent.name for path in (ROOT / "analytics").glob("*/__init__.py")}
        listed = {room for layer in LAYERS.values() for room in layer}
        assert {f"analytics.{name}" for name in folders} <= listed

    @pytest.mark.parametrize(
        ("module", "line"),
        [
            (
                "components.pages.supports.page",
                "from analytics.sources.yahoo.source import YahooSource",
            ),
            ("components.frame.layout", "import yfinance as yf"),
            ("components.frame.layout", "from components.pages import PAGES"),
            ("components.figures.price_chart", "from analytics import desk"),
            ("components.figures.price_chart", "import dash"),
            ("components.pages.alerts.routes", "from analytics.store.notices import Notices"),
            ("components.pages.alerts.routes", "import app"),
            ("components.document.parts", "from analytics.sources.base import Source"),
            ("analytics.model.question", "from analytics.indicators import series"),
            ("analytics.indicators.series", "from analytics.options.greeks import vega"),
            ("analytics.studies.supports.supports", "import plotly.graph_objects as go"),
            ("analytics.studies.supports.supports", "from analytics.sources import files"),
            (
                "analytics.studies.supports.supports",
                "def f():\n    from analytics.cache.single_flight import Cache",
            ),
            (
                "analytics.studies.supports.supports",
                "if TYPE_CHECKING:\n    from analytics.desk.desk import Desk",
            ),
            ("analytics.options.question", "from analytics.desk.desk import Desk"),
            ("analytics.options.question", "from ..desk import desk"),
            ("analytics.watch.ledger", "from analytics.store.level_calls import LevelCallTable"),
            ("analytics.alerts.evaluate", "from analytics.store.notices import Notices"),
            ("analytics.portfolio.ledger", "from analytics.store.portfolios import Portfolios"),
            ("analytics.preview.compose", "from components import formats"),
            ("analytics.sources.files.source", "from analytics.desk.desk import Desk"),
            ("analytics.sources.files.source", "from analytics.cache import Cache"),
            ("analytics.sources.files.source", "from analytics.sources.demo import DemoSource"),
            ("analytics.sources.files.source", "from analytics.watch import crossings"),
            ("analytics.sources.files.source", "import yfinance"),
            ("analytics.cache.single_flight", "from analytics.sources.base import Source"),
            ("analytics.store.scenes", "from analytics.cache import Cache"),
            ("analytics.store.scenes", "from analytics.desk.desk import Desk"),
            ("analytics.feed.feeder", "import flask"),
            ("analytics.feed.feeder", "from analytics.cache.disk_backend import DiskBackend"),
            ("analytics.desk.desk", "from components.frame.state import PageState"),
            ("analytics.desk.jobs", "from analytics.settings import Settings"),
            ("analytics.desk.desk", "from analytics.runtime.watcher import Watcher"),
            ("analytics.desk.desk", "import yfinance"),
            ("analytics.runtime.watcher", "from analytics.assembly import open_desk"),
            ("analytics.worker", "from components.pages import PAGES"),
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
            ("analytics.feed.feeder", "from analytics.sources.base import PlayClock"),
            ("analytics.sources.yahoo.source", "import yfinance"),
        ],
    )
    def test_a_right_one_is_not(self, module: str, line: str) -> None:
        assert offences(line, module) == []


class TestCircles:
    def test_no_module_imports_itself_through_others(self, graph: dict[str, set[str]]) -> None:
        assert circle_in(graph) == []

    def test_no_pure_room_does(self, graph: dict[str, set[str]]) -> None:
        rooms: dict[str, set[str]] = {}
        for module, reached in graph.items():
            here = _neighbour(module)
            if layer_of(module) == PURE:
                beside = {_neighbour(name) for name in reached if layer_of(name) == PURE}
                rooms.setdefault(here, set()).update(beside - {here})
        assert len(rooms) > len(LAYERS[PURE])
        assert circle_in(rooms) == []

    def test_one_would_be_caught_wherever_its_imports_stand(self) -> None:
        made = {
            "a.one": "from a.two import two",
            "a.two": "def f():\n    from a import three",
            "a.three": "if TYPE_CHECKING:\n    from a.one import one",
        }
        assert set(circle_in(graph_of(made))) == set(made)
        made["a.three"] = "from a.four import four"
        assert circle_in(graph_of(made)) == []

    def test_one_through_a_package_s_own_names_would_be_caught(self) -> None:
        made = {"a": "from a.one import One", "a.one": "from a import two", "a.two": ""}
        assert circle_in(graph_of(made, ["a"])) == []
        made["a.one"] = "from a import Two"
        assert set(circle_in(graph_of(made, ["a"]))) == {"a", "a.one"}


def _neighbour(module: str) -> str:
    """The room among its neighbours: of `NESTED` folders the folder within."""
    room = room_of(module)
    return ".".join(module.split(".")[:3]) if room in NESTED else room


@pytest.mark.parametrize("module", FILES)
def test_every_module_can_be_imported(module: str) -> None:
    assert importlib.import_module(module).__name__ == module
