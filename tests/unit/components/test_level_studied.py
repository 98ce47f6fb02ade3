"""The level that the Supports page studies, and links to it."""

from __future__ import annotations

import pytest

from analytics.model.levels import LevelId, dma
from analytics.studies.supports.how_likely import HowLikely
from components.frame.likely import likely_line
from components.frame.markup import markup
from components.pages.supports.state import SupportsState


def test_another_level_stands_in_the_averages_place() -> None:
    assert SupportsState().studied == dma(50)
    other = SupportsState(level=200, other="week-low")
    assert other.studied == LevelId("prior-low", "week")
    assert other.hold_level == "week-low"


@pytest.mark.parametrize(
    ("level", "query"),
    [
        (dma(100), "level=100"),
        (LevelId("prior-low", "week"), "other=week-low"),
        (LevelId("weekly", "10"), "other=10-week"),
    ],
)
def test_the_sentence_links_to_the_study_of_its_level(level: LevelId, query: str) -> None:
    line = markup(likely_line(HowLikely(level, False, ("held",), ("priced",)), "KO"))
    assert f"/supports?symbol=KO&amp;{query}#supports-hold" in line
