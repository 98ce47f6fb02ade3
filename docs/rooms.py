"""Table of rooms in docs/architecture.md, made from the code's own imports.

``python -m docs.rooms`` writes it anew; a test fails when it is out of date.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).parent / "architecture.md"
BEGIN, END = "<!-- rooms: python -m docs.rooms -->\n", "<!-- end of rooms -->\n"
PACKAGES = ("analytics", "components")
_NESTED = ("analytics/studies", "analytics/sources", "components/pages")
"""Folders whose own folders are rooms."""


@dataclass(frozen=True)
class Room:
    """One folder with one purpose.

    Attributes:
        path: from the root ("analytics/model").
        purpose: the first line of its ``__init__`` docstring.
        imports: rooms that it imports from, in order of name.
    """

    path: str
    purpose: str
    imports: tuple[str, ...]


def room_of(path: Path) -> str:
    """The room of a file, given from the root: its folder, or the file itself at the top."""
    parts = path.parts
    if len(parts) == 1:
        return parts[0]
    for depth in (3, 2):
        folder = "/".join(parts[:depth])
        parent = "/".join(parts[: depth - 1])
        if len(parts) > depth and (depth == 2 or parent in _NESTED):
            return folder
    return parts[0]


def _files() -> list[Path]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in [*found, ROOT / "app.py"])


def _modules(files: list[Path]) -> dict[str, Path]:
    return {
        ".".join((path.parent if path.name == "__init__.py" else path.with_suffix("")).parts): path
        for path in files
    }


def imports_of(source: str) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it, the longest form of each."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_files(source: str, modules: dict[str, Path]) -> set[Path]:
    """The project's files that ``source`` imports."""
    found = set()
    for name in imports_of(source):
        for candidate in (name, name.rpartition(".")[0]):
            if candidate in modules:
                found.add(modules[candidate])
                break
    return found


def rooms() -> tuple[Room, ...]:
    """All rooms, by path."""
    files = _files()
    modules = _modules(files)
    members: dict[str, list[Path]] = {}
    for path in files:
        members.setdefault(room_of(path), []).append(path)
    found = []
    for name, paths in sorted(members.items()):
        sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
        reached = {
            room_of(there) for text in sources.values() for there in imported_files(text, modules)
        }
        head = sources.get(Path(name, "__init__.py")) or sources[paths[0]]
        purpose = (ast.get_docstring(ast.parse(head)) or "").partition("\n")[0]
        found.append(
            Room(
                name,
                purpose,
                tuple(sorted(reached - {name})),
            )
        )
    return tuple(found)


def table() -> str:
    """The rooms as a Markdown table."""
    lines = ["| room | purpose | imports from |", "|---|---|---|"]
    for room in rooms():
        names = ", ".join(name.removeprefix("analytics/") for name in room.imports) or "nothing"
        lines.append(f"| `{room.path}` | {room.purpose} | {names} |")
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    """``page`` with the table of rooms as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
