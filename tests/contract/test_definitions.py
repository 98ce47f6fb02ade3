from __future__ import annotations

import re
from pathlib import Path

from analytics.model.definitions import DEFINITIONS, to_markdown

DOCS = Path(__file__).parents[2] / "docs" / "definitions.md"


class TestDefinitions:
    def test_the_document_is_what_the_code_says(self) -> None:
        assert DOCS.read_text(encoding="utf-8") == to_markdown()

    def test_each_term_has_one_sentence_and_an_anchor(self) -> None:
        terms = [d.term for d in DEFINITIONS.values()]
        assert len(set(terms)) == len(terms)
        for key, definition in DEFINITIONS.items():
            assert re.fullmatch(r"[a-z0-9-]+", key)
            assert definition.sentence.endswith(".")
            assert definition.group
