"""Alerts over random days: every true event is told exactly once, and none that is not so.

``python -m tests.support.alert_days 10000`` plays so many more.
"""

from __future__ import annotations

import pytest

from tests.support.alert_days.oracle import judge
from tests.support.alert_days.play import play
from tests.support.alert_days.world import script_of

SEASONS = 50
DAYS = 6


@pytest.mark.parametrize("tens", range(SEASONS // 10))
def test_each_true_event_is_told_once_and_none_that_is_false(tens: int) -> None:
    wrong = []
    for seed in range(10 * tens, 10 * tens + 10):
        script = script_of(seed, DAYS)
        wrong += [f"season {seed}: {sentence}" for sentence in judge(script, play(script)).wrong]
    assert wrong == []


def test_all_that_a_storms_one_message_sums_up_has_arrived() -> None:
    """More fall due at once in season 109 than are sent singly."""
    script = script_of(109, DAYS)
    played = play(script)
    assert played.storms == 1
    assert judge(script, played).wrong == []
