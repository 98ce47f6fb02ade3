"""Budgets counted: by address, within a minute, in Redis where processes share one."""

from __future__ import annotations

import logging

import pytest

from analytics.model.budgets import Budget, OverBudget, spend, spending
from components.server.budgets import Client, Counts

TWO = Budget("two", 2, "things")


class TestCounts:
    def test_each_client_has_its_own(self) -> None:
        counts = Counts()
        taken = [counts.spend("a", TWO) for _ in range(3)]
        assert taken[:2] == [0.0, 0.0]
        assert 1.0 <= taken[2] <= 60.0
        assert counts.spend("b", TWO) == 0.0

    def test_looking_counts_nothing(self) -> None:
        counts = Counts()
        assert [counts.left("a", TWO) for _ in range(5)] == [0.0] * 5
        counts.spend("a", TWO)
        counts.spend("a", TWO)
        assert counts.left("a", TWO) > 0

    def test_a_redis_that_is_away_is_done_without(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        counts = Counts("redis://127.0.0.1:1/0")
        assert counts.spend("a", TWO) == 0.0
        counts.spend("a", TWO)
        assert counts.spend("a", TWO) > 0
        assert "in this process" in caplog.text


class TestSpend:
    def test_without_a_client_nothing_is_refused(self) -> None:
        for _ in range(5):
            spend(TWO)

    def test_the_refusal_says_how_long_it_lasts(self) -> None:
        with spending(Client(Counts(), "a")):
            spend(TWO)
            spend(TWO)
            with pytest.raises(
                OverBudget, match=r"more than 2 things .* try again in \d+ s"
            ) as said:
                spend(TWO)
        assert 1 <= said.value.retry_after <= 60
        spend(TWO)
