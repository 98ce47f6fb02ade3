"""The soak's verdict on memory, on curves whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.soak import GROWTH_MIB_A_MINUTE, SAMPLE_SECONDS, STEP_MIB, memory_rows

IN_SESSION = "its slope in session"
AFTER_THE_CLOSE = "its slope after the close"
LONG = 20.0


def verdicts(curve: Callable[[float], float], minutes: float = 10.0) -> dict[str, str]:
    """Both stretches' verdicts on ``curve`` (minute -> MiB), sampled as a run samples."""
    count = int(minutes * 60 / SAMPLE_SECONDS)
    samples = [(at, curve(at)) for at in (n * SAMPLE_SECONDS / 60 for n in range(count + 1))]
    return {row.what: row.note for row in memory_rows(samples, minutes) if "slope" in row.what}


class TestStill:
    def test_what_warms_up_and_stands_is_no_growth(self) -> None:
        found = verdicts(lambda at: 500 + 10 * min(at, 3.4))
        assert found == {IN_SESSION: "no growth", AFTER_THE_CLOSE: "too short a run"}

    def test_what_the_close_brings_once_is_no_growth(self) -> None:
        found = verdicts(lambda at: 500 + (30 if at > 12.7 else 0), LONG)
        assert found == {IN_SESSION: "no growth", AFTER_THE_CLOSE: "no growth"}

    @pytest.mark.parametrize("at_minute", [3.8, 6.0, 9.2])
    def test_one_step_is_no_growth(self, at_minute: float) -> None:
        found = verdicts(lambda at: 500 + (STEP_MIB if at > at_minute else 0))
        assert found[IN_SESSION] == "no growth"


class TestGrowth:
    def test_a_leak_all_along_is_told_on_both_sides(self) -> None:
        found = verdicts(lambda at: 500 + 1.1 * GROWTH_MIB_A_MINUTE * at, LONG)
        assert found == {IN_SESSION: "GROWS", AFTER_THE_CLOSE: "GROWS"}

    def test_a_leak_of_the_closed_market_is_told(self) -> None:
        found = verdicts(lambda at: 500 + 3 * max(0.0, at - 12.6), LONG)
        assert found == {IN_SESSION: "no growth", AFTER_THE_CLOSE: "GROWS"}

    def test_a_leak_in_small_steps_is_told(self) -> None:
        found = verdicts(lambda at: 500 + STEP_MIB * int(at))
        assert found[IN_SESSION] == "GROWS"


class TestShort:
    @pytest.mark.parametrize("minutes", [0.5, 3.0, 4.5])
    def test_a_short_run_is_not_judged(self, minutes: float) -> None:
        found = verdicts(lambda at: 500 + 20 * at, minutes)
        assert found == {IN_SESSION: "too short a run", AFTER_THE_CLOSE: "too short a run"}
