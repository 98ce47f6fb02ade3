from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.quotation import DOLLARS
from analytics.model.status import Status
from analytics.studies.supports.supports import SupportLadder
from components.frame.findings import (
    STATUS_KIND,
    STATUS_SIGN,
    absences,
    close_finding,
    joined,
    next_finding,
    next_session_finding,
    status_words,
    support_finding,
)
from tests.support.small_ladders import ladder, level, young

AFTER_CLOSE = (Status.HELD, Status.BROKEN, Status.RECLAIMED, Status.ABOVE, Status.BELOW)
IN_SESSION = (Status.UNDER, Status.RECLAIMING, Status.TESTING, Status.ABOVE, Status.BELOW)


def said(finding: str) -> str:
    """The sentence with plain hyphens, for comparison."""
    return finding.replace("\u2011", "-")


class TestJoined:
    @pytest.mark.parametrize(
        ("words", "text"),
        [
            ([], ""),
            (["a"], "a"),
            (["a", "b"], "a and b"),
            (["a", "b", "c"], "a, b and c"),
        ],
    )
    def test_words_are_joined_as_prose(self, words: list[str], text: str) -> None:
        assert joined(words) == text


class TestBecameOfIt:
    @pytest.mark.parametrize(
        ("status", "at", "text"),
        [
            (Status.HELD, 99.5, "The 50-DMA held: the close was 0.50% above it"),
            (Status.BROKEN, 102.0, "The 50-DMA broke: the close was 2.00% under it"),
            (Status.RECLAIMED, 98.0, "The 50-DMA was reclaimed: the close was 2.00% above it"),
            (Status.ABOVE, 90.0, "The 50-DMA was not touched: the close was 10.00% above it"),
            (Status.BELOW, 110.0, "The 50-DMA stayed lost: the close was 10.00% under it"),
        ],
    )
    def test_the_close_says_by_how_much(self, status: Status, at: float, text: str) -> None:
        rung = level("50-DMA", at, status)
        assert said(close_finding(ladder(rung), rung) or "") == text

    def test_before_the_close_nothing_is_decided(self) -> None:
        rung = level("50-DMA", 99.5, Status.TESTING)
        assert close_finding(ladder(rung, provisional=True), rung) is None
        assert close_finding(ladder(), None) is None


class TestAfterTheClose:
    def test_held_after_a_touch(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 99.5, Status.HELD)))
        assert said(finding) == "SPY touched its 50-DMA and held by the close, 0.50% above"

    def test_held_after_a_gap(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 99.5, Status.HELD, gap_down=True)))
        assert said(finding) == "SPY opened under its 50-DMA and held by the close, 0.50% above"

    def test_broken(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 102.0, Status.BROKEN)))
        assert said(finding) == "SPY broke its 50-DMA: closed 2.00% below"

    def test_gapped_under_and_broke(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 102.0, Status.BROKEN, gap_down=True)))
        assert said(finding) == "SPY gapped under and broke its 50-DMA: closed 2.00% below"

    def test_reclaimed(self) -> None:
        finding = support_finding(ladder(level("100-DMA", 98.0, Status.RECLAIMED)))
        assert said(finding) == "SPY reclaimed its 100-DMA, 2.00% above"

    def test_nothing_met_tells_the_nearest(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 98.0), level("100-DMA", 90.0)))
        assert said(finding) == "SPY’s 50-DMA lies 2.0% below at 98.00"

    def test_below_all_of_them(self) -> None:
        rungs = [level(f"{n}-DMA", 100 + n / 10, Status.BELOW) for n in (50, 100, 200)]
        finding = support_finding(ladder(*rungs))
        assert said(finding) == (
            "SPY is below its 200-DMA, 100-DMA and 50-DMA: no headline support underneath"
        )

    def test_the_gap_is_measured_from_the_level_the_session_is_judged_on(self) -> None:
        rung = level("50-DMA", 99.0, Status.HELD, session_level=98.0)
        assert "2.00% above" in support_finding(ladder(rung))


class TestInSession:
    def test_under(self) -> None:
        finding = support_finding(ladder(level("50-DMA", 101.0, Status.UNDER), provisional=True))
        assert said(finding) == "SPY trades 1.00% under its 50-DMA; the close decides"

    def test_under_after_a_gap(self) -> None:
        rung = level("50-DMA", 101.0, Status.UNDER, gap_down=True)
        assert "after a gap at the open" in support_finding(ladder(rung, provisional=True))

    def test_testing_says_that_it_opened_under(self) -> None:
        rung = level("50-DMA", 99.9, Status.TESTING, gap_down=True)
        assert said(support_finding(ladder(rung, provisional=True))) == (
            "SPY is testing its 50-DMA after opening under it: 0.10% above; the close decides"
        )

    def test_reclaiming(self) -> None:
        rung = level("50-DMA", 99.0, Status.RECLAIMING)
        assert said(support_finding(ladder(rung, provisional=True))) == (
            "SPY is reclaiming its 50-DMA, 1.00% above; the close decides"
        )


class TestSeveralAtOnce:
    def test_what_broke_comes_before_what_held(self) -> None:
        finding = support_finding(
            ladder(level("50-DMA", 102.0, Status.BROKEN), level("100-DMA", 99.0, Status.HELD))
        )
        assert said(finding) == "SPY broke its 50-DMA: closed 2.00% below"

    def test_two_broken_are_named_together(self) -> None:
        finding = support_finding(
            ladder(level("50-DMA", 102.0, Status.BROKEN), level("100-DMA", 101.0, Status.BROKEN))
        )
        assert said(finding) == ("SPY broke its 50-DMA and 100-DMA: closed 1.00% below the 100-DMA")

    def test_two_tested_are_named_together(self) -> None:
        finding = support_finding(
            ladder(
                level("50-DMA", 99.9, Status.TESTING, gap_down=True),
                level("100-DMA", 99.8, Status.TESTING, gap_down=True),
                provisional=True,
            )
        )
        assert said(finding) == (
            "SPY is testing its 50-DMA and 100-DMA after opening under them: "
            "0.10% above the 50-DMA; the close decides"
        )

    def test_a_gap_is_told_only_of_what_was_gapped(self) -> None:
        """The highest was gapped under, the lower one broke later: one sentence must not say
        that both were gapped under."""
        finding = support_finding(
            ladder(
                level("50-DMA", 102.0, Status.BROKEN, gap_down=True),
                level("100-DMA", 100.2, Status.BROKEN, gap_down=False),
            )
        )
        assert "gapped under" not in finding or "100" not in finding.split(":")[0]

    def test_levels_off_the_headline_are_left_to_the_ladder(self) -> None:
        finding = support_finding(
            ladder(level("20-DMA", 101.0, Status.BROKEN), level("50-DMA", 98))
        )
        assert "20" not in said(finding).replace("2.0%", "")


class TestNextSession:
    """A close at 100; the level decided on and the next session's stand on both sides of it."""

    def test_a_level_that_turned_is_said_with_both_sides(self) -> None:
        rung = level("50-DMA", 100.2, Status.HELD, session_level=99.9)
        made = ladder(rung, next_session=dt.date(2025, 1, 27))
        assert said(support_finding(made)) == (
            "SPY touched its 50-DMA and held by the close, 0.10% above; "
            "for Monday it lies 0.20% above the close"
        )
        assert said(next_session_finding(made)) == (
            "For Monday its 50-DMA lies at 100.20, 0.20% above the close."
        )

    def test_one_that_nothing_happened_at_too(self) -> None:
        rung = level("50-DMA", 99.8, Status.BELOW, session_level=100.1)
        made = ladder(rung, level("100-DMA", 95.0), next_session=dt.date(2025, 1, 27))
        assert said(support_finding(made)) == (
            "SPY closed 0.10% under its 50-DMA; for Monday it lies 0.20% below the close"
        )
        assert said(next_finding(made)) == "Next support: the 100-DMA at 95.00 (\u22125.00%)."

    def test_in_session_there_is_none(self) -> None:
        made = ladder(level("50-DMA", 99.9, Status.TESTING), provisional=True)
        assert next_session_finding(made) == ""

    def test_a_week_away_is_a_date(self) -> None:
        rung = level("50-DMA", 99.0, Status.HELD)
        made = ladder(rung, next_session=dt.date(2025, 2, 3))
        assert "For Mon 3 Feb 2025 its" in said(next_session_finding(made))


class TestYoungListing:
    def test_it_says_what_is_needed(self) -> None:
        assert support_finding(young()) == "SPY: 50-DMA needs 50 sessions (has 30)"
        assert said(next_finding(young())) == "No lower support among the 50, 100 and 200-DMA."

    def test_a_ladder_of_nothing_says_the_price(self) -> None:
        assert support_finding(ladder()) == "SPY at 100.00"


class TestNext:
    def test_the_support_under_the_one_in_focus(self) -> None:
        finding = next_finding(ladder(level("50-DMA", 98.0), level("100-DMA", 95.0)))
        assert said(finding) == "Next support: the 100-DMA at 95.00 (−5.00%)."

    def test_once_one_is_lost_the_next_is_the_nearest_below(self) -> None:
        finding = next_finding(
            ladder(
                level("50-DMA", 102.0, Status.BROKEN), level("100-DMA", 95.0), level("200-DMA", 90)
            )
        )
        assert said(finding) == "Next support: the 100-DMA at 95.00 (−5.00%)."

    def test_none_is_said(self) -> None:
        assert "No lower support" in next_finding(ladder(level("50-DMA", 98.0)))


rungs = st.lists(
    st.tuples(
        st.sampled_from(["20-DMA", "50-DMA", "100-DMA", "200-DMA"]),
        st.floats(20, 500),
        st.sampled_from([*AFTER_CLOSE, *IN_SESSION, Status.CLOSE_ONLY, None]),
        st.sampled_from([True, False, None]),
    ),
    max_size=4,
    unique_by=lambda rung: rung[0],
)


def any_ladder(found: list[tuple[str, float, Status | None, bool | None]]) -> SupportLadder:
    return ladder(
        *(level(name, price, status, gap_down=gap) for name, price, status, gap in found),
        provisional=any(status in (Status.UNDER, Status.TESTING) for _, _, status, _ in found),
    )


class TestAnyLadder:
    @given(found=rungs)
    def test_every_sentence_is_fit_to_print(
        self, found: list[tuple[str, float, Status | None, bool | None]]
    ) -> None:
        made = any_ladder(found)
        for text in (support_finding(made), next_finding(made)):
            assert not re.search(r"\b(nan|None|inf)\b", text)
            assert "  " not in text
            assert not re.search(r"(^|[\s(])-\d", text), "a true minus"
            assert text.startswith(("SPY", "Next support", "No lower support"))

    @given(found=rungs)
    def test_a_finding_has_no_full_stop_and_a_next_support_has_one(
        self, found: list[tuple[str, float, Status | None, bool | None]]
    ) -> None:
        assert not support_finding(any_ladder(found)).endswith(".")
        assert next_finding(any_ladder(found)).endswith(".")


class TestStatus:
    def test_each_status_has_a_kind_and_a_shape(self) -> None:
        assert set(STATUS_KIND) == set(STATUS_SIGN) == set(Status)

    def test_kinds_that_share_a_colour_differ_in_shape(self) -> None:
        for kind in ("up", "down"):
            signs = [STATUS_SIGN[status] for status in Status if STATUS_KIND[status] == kind]
            assert len(set(signs)) == len(signs)

    def test_no_status_wears_the_colour_of_stale_and_simulated(self) -> None:
        assert "warn" not in STATUS_KIND.values()

    def test_a_status_stands_beside_the_number_it_is_of(self) -> None:
        moved = level("prior day low", 594.64, Status.BROKEN, session_level=606.4)
        assert status_words(moved, DOLLARS) == "✕ broken 606.40"
        assert status_words(level("prior week low", 99.0, Status.HELD), DOLLARS) == "● held"
        assert status_words(level("50-DMA", 99.0, None), DOLLARS) == ""


class TestAbsences:
    def test_a_reason_is_told_once_for_all_it_holds_for(self) -> None:
        sentence = absences({"XLB": "needs 60 returns (has 5)", "XLC": "needs 60 returns (has 5)"})
        assert sentence == "XLB and XLC: needs 60 returns (has 5)."

    def test_a_symbol_is_not_named_twice(self) -> None:
        assert absences({"XLE": "XLE: no bar of 2025-01-24."}) == "XLE: no bar of 2025-01-24."

    def test_nothing_missing_is_nothing_said(self) -> None:
        assert absences({}) == ""
