"""Docstrings cite headings of docs/methods.md, and each cited heading is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CITATION = re.compile(r'\bmethods,\s+"([^"]+)"')
"""As ``(methods, "Bar validity")``; a line may break after the comma or inside the heading."""


def headings() -> set[str]:
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    return set(re.findall(r"^#{2,3} (.+)$", text, flags=re.MULTILINE))


def cited() -> list[tuple[str, str]]:
    """File and heading of each citation."""
    return [
        (str(path.relative_to(ROOT)), " ".join(heading.split()))
        for folder in ("analytics", "components")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for heading in CITATION.findall(path.read_text(encoding="utf-8"))
    ]


def test_each_cited_heading_exists() -> None:
    there = headings()
    assert [f"{file}: {heading}" for file, heading in cited() if heading not in there] == []


def test_the_computations_cite_their_definitions() -> None:
    files = {file for file, _ in cited()}
    assert {"analytics/sources/validate.py", "analytics/model/status.py"} <= files
    assert len(cited()) >= 15


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('"""A bar (methods, "Bar validity")."""', ["Bar validity"]),
        ('"""As methods,\n    "As of a past date" asks."""', ["As of a past date"]),
        ('"""No citation of methods."""', []),
    ],
)
def test_what_counts_as_a_citation(line: str, found: list[str]) -> None:
    assert CITATION.findall(line) == found
