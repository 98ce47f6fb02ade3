"""A rule asked in the shell: what it would fire, set now or before a session that is over."""

from __future__ import annotations

import json

import pytest

from analytics.alerts.question import ALERT, AlertParameters
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Moment, Phase
from tests.support.builders import MONDAY, MONDAY_NOON, make_bars

SPY = Symbol("SPY")


def fires(rule: dict[str, object], *, over: bool) -> list[str]:
    """Of a Monday from 99 to a high of 111, now at 110; Friday ranged from 109 to 111."""
    bars = make_bars([110.0] * 60 + [110.0], MONDAY, symbol="SPY", complete=over)
    for prices in (bars.open, bars.low):
        prices[-1] = 99.0
    moment = Moment(
        session_close(MONDAY) if over else MONDAY_NOON,
        MONDAY,
        Phase.CLOSED if over else Phase.OPEN,
        not over,
    )
    parameters = AlertParameters(SPY, json.dumps({"symbol": "SPY", "at": "prior day low"} | rule))
    return [one.name for one in ALERT.compute(parameters, Inputs(moment, {"SPY": bars})).fires]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"kind": "touch"}, "touched"),
        ({"kind": "near", "distance": 0.01, "unit": "pct"}, "near"),
    ],
)
def test_set_now_it_finds_nothing_of_before_and_set_before_a_session_all_of_it(
    rule: dict[str, object], name: str
) -> None:
    assert fires(rule, over=False) == []
    assert fires(rule, over=True) == [name]


def test_set_now_it_finds_what_holds_now() -> None:
    near = {"kind": "near", "distance": 1.5, "unit": "pct"}
    assert fires(near, over=False) == ["near"]
