"""The README says what is so: its settings table, commands and pictures."""

from __future__ import annotations

import re
from pathlib import Path

from analytics.desk.questions import QUESTIONS
from analytics.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """The table as the settings describe themselves."""
    rows = ["| option | environment | default | meaning |", "|---|---|---|---|"]
    for option, variable, default, about in Settings.describe():
        cells = [f"`{option}`" if option else "", f"`{variable}`", default, about]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


class TestReadme:
    def test_the_settings_table_is_the_settings(self) -> None:
        assert settings_table() in README

    def test_every_picture_is_there(self) -> None:
        pictures = set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))
        assert pictures
        assert [name for name in pictures if not (ROOT / name).is_file()] == []

    def test_every_question_it_names_exists(self) -> None:
        named = set(re.findall(r"python -m analytics ([a-z-]+)", README))
        assert named
        assert named - {*QUESTIONS, "lists", "mcp", "import-chains", "import-put-call"} == set()
