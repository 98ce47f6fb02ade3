"""Every question that rests on a dated list declares it: no figure outlives its list unsaid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from analytics.desk.questions import QUESTIONS
from analytics.model import baskets, dated_lists, listings
from analytics.model.parameters import parameter_types, parse_parameters
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Moment, Phase

DAY = dt.date(2025, 1, 24)
MOMENT = Moment(session_close(DAY), DAY, Phase.CLOSED, False)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_lists_it_reads_are_those_it_declares(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[dt.date] = set()

    def recorded(day: dt.date, lists: Sequence[Any], dated: Any) -> Any:
        chosen = dated_lists.newest_on(day, lists, dated)
        read.add(dated(chosen))
        return chosen

    monkeypatch.setattr(listings, "newest_on", recorded)
    monkeypatch.setattr(baskets, "newest_on", recorded)
    question = QUESTIONS[name]
    asked = {"symbol": "NVDA"} if "symbol" in parameter_types(question.parameters) else {}
    needs = question.needs(parse_parameters(question.parameters, asked), MOMENT)
    assert read <= {one.dated for one in needs.lists}
