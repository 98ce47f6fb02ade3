"""A list past its life is said on every surface, and absent members are named in the sentence."""

from __future__ import annotations

import datetime as dt
import json

from analytics.cli import as_text
from analytics.desk.desk import Desk
from analytics.model.listings import ten_largest
from analytics.model.question import Answer
from analytics.model.sessions import session_close, session_on_or_before
from analytics.preview.groups_text import drawdown_section
from analytics.preview.model import Answers
from analytics.studies.sectors.group_drawdown import (
    GROUP_DRAWDOWN,
    GroupDrawdown,
    GroupDrawdownParameters,
)
from components.frame import panels
from components.pages.market.group_views import show_group
from components.pages.market.state import MarketState
from tests.support.builders import Clock, FakeSource, make_desk, make_frame

TODAY = session_on_or_before(dt.date(2026, 11, 27))
AGED = "ten largest companies: list of 1 Jan 2025, 695 days old"


def desk(last: dt.date, *without: str) -> Desk:
    names = {"SPY", *ten_largest(last).symbols} - {*without}
    rising = [100.0 + i for i in range(100)]
    frames = {symbol: make_frame(rising, last=last) for symbol in names}
    return make_desk(FakeSource(frames, Clock(session_close(last))))


def asked(made: Desk) -> Answer[GroupDrawdown]:
    answer = made.ask(GROUP_DRAWDOWN, GroupDrawdownParameters())
    made.close()
    assert answer.result is not None
    return answer


def payload(answer: Answer[GroupDrawdown]) -> dict[str, object]:
    shown = panels.Panel("market", "group", MarketState, lambda state: answer, show_group)
    made = panels.build_payload({}, None, shown)
    assert made is not None
    return made


def test_past_its_life_every_surface_says_the_list_s_age() -> None:
    answer = asked(desk(TODAY))
    assert answer.provenance.lists == (AGED,)
    assert json.loads(answer.to_json())["provenance"]["lists"] == [AGED]
    assert AGED in as_text(answer)
    shown = payload(answer)
    assert AGED in str(shown["subtitle"])
    assert AGED[1:] in str(shown["summary"])
    section = drawdown_section(Answers(moment=answer.moment, drawdown=answer))
    assert section is not None
    assert section.sentences[-1].text == f"T{AGED[1:]}."


def test_within_its_life_nothing_is_said() -> None:
    answer = asked(desk(dt.date(2025, 1, 24)))
    assert answer.provenance.lists == ()
    assert "days old" not in json.dumps(payload(answer))


def test_an_own_list_has_no_age() -> None:
    made = desk(TODAY)
    answer = made.ask(GROUP_DRAWDOWN, GroupDrawdownParameters(symbols=("AAPL", "MSFT")))  # type: ignore[arg-type]
    made.close()
    assert answer.provenance.lists == ()


def test_the_absent_are_named_in_the_sentence() -> None:
    answer = asked(desk(dt.date(2025, 1, 24), "BRK-B"))
    assert answer.result is not None
    words = "nine of the ten largest; BRK-B missing"
    assert answer.result.coverage == words
    assert words in str(payload(answer)["title"])
    section = drawdown_section(Answers(moment=answer.moment, drawdown=answer))
    assert section is not None
    assert words in " ".join(sentence.text for sentence in section.sentences)
