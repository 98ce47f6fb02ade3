"""Rank and percentile of the newest figure among those kept, by hand."""

from __future__ import annotations

import pytest

from analytics.options.history import MIN_SESSIONS, YEAR_SESSIONS, history_rank


class TestHistoryRank:
    def test_it_is_the_place_between_the_lowest_and_the_highest(self) -> None:
        """Of 10, 20, ..., and then 40: three tenths of the way from 10 to 110."""
        values = [float(10 * (n % 11) + 10) for n in range(MIN_SESSIONS + 10)]
        found = history_rank("iv30", [*values, 40.0])
        assert found.rank_pct == pytest.approx(30.0)
        under = sum(value < 40.0 for value in values)
        assert found.percentile_pct == pytest.approx(100 * under / len(values))
        assert (found.key, found.value, found.n) == ("iv30", 40.0, len(values) + 1)

    def test_only_the_last_year_counts(self) -> None:
        flat = [1000.0, *[50.0] * (YEAR_SESSIONS - 2), 0.0, 25.0]
        assert history_rank("iv30", flat).rank_pct == pytest.approx(50.0)

    def test_figures_that_never_moved_have_no_rank(self) -> None:
        found = history_rank("iv30", [5.0] * MIN_SESSIONS)
        assert (found.rank_pct, found.percentile_pct) == (None, 0.0)

    def test_too_few_or_none_today_is_said(self) -> None:
        few = history_rank("iv30", [1.0, None, 2.0])
        assert few.rank_pct is None
        assert few.reason == f"needs {MIN_SESSIONS} sessions, has 2: collect daily, or import"
        absent = history_rank("iv30", [*[1.0] * MIN_SESSIONS, None])
        assert (absent.value, absent.rank_pct) == (None, None)
        assert absent.reason == "n/a (absent this session)"
