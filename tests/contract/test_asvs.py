"""docs/asvs.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/\S+?\.py)::(\w+)(?:::(\w+))?`")


def missing(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    found = []
    for path, owner, name in NAMED.findall(text):
        source = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
        body = source.partition(f"class {owner}")[2].partition("\nclass ")[0] if name else source
        if not re.search(rf"def {name or owner}\(", body):
            found.append(f"{path}::{owner}::{name}")
    return found


def test_each_is_there() -> None:
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    assert len(NAMED.findall(text)) > 40
    assert missing(text) == []


def test_one_that_is_not_there_is_found() -> None:
    assert missing("`tests/contract/test_asvs.py::TestNone::test_x`") != []
