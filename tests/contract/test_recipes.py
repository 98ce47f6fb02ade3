"""The recipes of CONTRIBUTING name files that exist, at most four each, and a test that follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_FILES = 4


def recipes() -> dict[str, str]:
    """Heading -> text of each recipe."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("\n## Recipes\n")[1].split("\n## ")[0]
    return {section.split("\n")[0]: section for section in part.split("\n### ")[1:]}


def test_the_promised_recipes_are_there() -> None:
    promised = {"level family", "tab", "source", "alert kind"}
    assert {word for word in promised for heading in recipes() if word in heading} == promised


@pytest.mark.parametrize("heading", recipes())
class TestRecipe:
    def test_it_takes_four_files_at_most_and_they_lie_where_it_says(self, heading: str) -> None:
        files = re.findall(r"^\d\. `([^`]+)`", recipes()[heading], re.MULTILINE)
        assert 0 < len(files) <= MOST_FILES
        for file in files:
            folder = re.split(r"/(?=[^/]*(?:NAME|FAMILY))", file)[0]
            assert (ROOT / folder).exists(), file

    def test_a_test_follows_it(self, heading: str) -> None:
        (test,) = re.findall(r"Test: `([^`]+)`", recipes()[heading])
        assert (ROOT / test).exists()
