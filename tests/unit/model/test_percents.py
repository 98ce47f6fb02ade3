from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.percents import p_text, p_words, percent_text, share_text


class TestLosses:
    @pytest.mark.parametrize(
        ("value", "decimals", "text"),
        [
            (-1.884, 2, "\u22121.88%"),
            (-99.94, 1, "\u221299.9%"),
            (-99.96, 1, "\u221299.96%"),
            (-99.9996, 1, "\u221299.999%"),  # as many decimals as there may be, cut
            (-99.6, 0, "\u221299.6%"),
            (-100.0, 1, "\u2212100.0%"),  # all is all
            (99.96, 1, "+100.0%"),  # a gain has no end
            (-100.04, 1, "\u2212100.0%"),
            (-0.001, 2, "0.00%"),
            (None, 2, "\u2013"),
            (float("nan"), 2, "\u2013"),
        ],
    )
    def test_a_loss_short_of_all_never_reads_as_all(
        self, value: float | None, decimals: int, text: str
    ) -> None:
        assert percent_text(value, decimals) == text


class TestShares:
    @pytest.mark.parametrize(
        ("value", "decimals", "text"),
        [
            (57.04, 1, "57.0%"),
            (99.96, 1, "99.96%"),
            (99.6, 0, "99.6%"),
            (99.9996, 1, ">99.999%"),
            (0.04, 1, "0.04%"),
            (0.4, 0, "0.4%"),
            (0.0004, 0, "<0.01%"),
            (0.0, 0, "0%"),
            (100.0, 1, "100.0%"),
            (100.0 - 1e-12, 1, "100.0%"),  # a sum of floats
            (1e-13, 1, "0.0%"),
            (212.0, 0, "212%"),  # of something smaller
        ],
    )
    def test_all_and_none_are_said_of_all_and_none_alone(
        self, value: float, decimals: int, text: str
    ) -> None:
        assert share_text(value, decimals) == text

    @given(st.floats(1e-8, 100 - 1e-8), st.integers(0, 3))
    def test_a_part_reads_as_neither(self, value: float, decimals: int) -> None:
        digits = share_text(value, decimals).rstrip("%")
        assert digits.startswith(("<", ">")) or 0 < float(digits) < 100


class TestChance:
    @pytest.mark.parametrize(
        ("value", "text", "words"),
        [
            (0.031, "0.03", "p = 0.03"),
            (0.01, "0.01", "p = 0.01"),
            (0.004, "0.004", "p = 0.004"),
            (0.001, "0.001", "p = 0.001"),
            (0.0002, "<0.001", "p < 0.001"),
            (1.0, "1.00", "p = 1.00"),
        ],
    )
    def test_a_p_value_is_never_nothing(self, value: float, text: str, words: str) -> None:
        assert (p_text(value), p_words("p", value)) == (text, words)
