"""Saved scans of a person: names and addresses that are no more than that."""

from __future__ import annotations

import pytest

from analytics.model.own_lists import MOST_SCANS, parse_scans
from analytics.model.vocabulary import BadInput


def test_scans_are_kept_as_given() -> None:
    given = [{"name": " Falls ", "query": "band=0.5&status=under"}, {"name": "all", "query": ""}]
    kept = [{"name": "Falls", "query": "band=0.5&status=under"}, {"name": "all", "query": ""}]
    assert parse_scans(given) == {"scans": kept}


@pytest.mark.parametrize(
    "given",
    [
        "scans",
        [1],
        [{"name": "", "query": ""}],
        [{"name": "x" * 25, "query": ""}],
        [{"name": "a\u0007b", "query": ""}],
        [{"name": "a", "query": "javascript:alert(1)"}],
        [{"name": "a", "query": "x" * 2001}],
        [{"name": "a", "query": None}],
        [{"name": "a", "query": ""}, {"name": "a", "query": "b=1"}],
        [{"name": str(i), "query": ""} for i in range(MOST_SCANS + 1)],
    ],
)
def test_what_is_refused(given: object) -> None:
    with pytest.raises(BadInput):
        parse_scans(given)
