"""The rules of "Plausibility" in docs/methods.md on numbers worked out by hand."""

from __future__ import annotations

import pytest

from analytics.model.plausibility import agrees, is_far, is_other_unit, is_same_close, tolerance


@pytest.mark.parametrize(
    ("reference", "atr", "expected"),
    [
        (600.0, None, 30.0),  # 5%
        (600.0, 0.0, 30.0),
        (600.0, 6.0, 30.0),  # 5 ATR are as much
        (600.0, 8.0, 40.0),  # 5 ATR are more
        (40.0, 2.0, 10.0),
    ],
)
def test_the_tolerance_is_the_greater_of_five_percent_and_five_atr(
    reference: float, atr: float | None, expected: float
) -> None:
    assert tolerance(reference, atr) == pytest.approx(expected)


def test_far_begins_beyond_the_tolerance_on_either_side() -> None:
    assert not is_far(570.0, 600.0, None)
    assert not is_far(630.0, 600.0, None)
    assert is_far(569.99, 600.0, None)
    assert is_far(630.01, 600.0, None)
    assert not is_far(561.0, 600.0, 8.0)


@pytest.mark.parametrize(
    ("price", "other", "expected"),
    [(100.0, 100.5, True), (100.5, 100.0, True), (100.0, 100.51, False), (315.0, 630.0, False)],
)
def test_half_a_percent_confirms(price: float, other: float, expected: bool) -> None:
    assert agrees(price, other) is expected


@pytest.mark.parametrize(
    ("price", "reference", "expected"),
    [
        (2.5, 250.0, True),
        (25_400.0, 250.0, True),
        (2.2, 250.0, True),  # and a fall of 12%
        (125.0, 250.0, False),
        (25.0, 250.0, False),
        (750.0, 250.0, False),
    ],
)
def test_a_hundredfold_is_another_unit(price: float, reference: float, expected: bool) -> None:
    assert is_other_unit(price, reference) is expected


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        (607.97, 607.969970703125),  # as Yahoo's chart has it
        (33.0, 33.005),  # half a cent: the close of 66.01 before a 2:1 split
        (33.01, 33.005),
        (33.0, 33.01),
        (1.08, 1.085),  # stated in cents
        (0.5, 0.50004),
        (1.0834, 1.08342),  # a currency
        (700_000.0, 700_000.06),  # a 32-bit float has no more digits
        (60_123.46, 60_123.4609),
    ],
)
def test_rounding_is_no_difference(stated: float, known: float) -> None:
    assert is_same_close(stated, known)


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        (32.04, 33.0),  # 103 for 100
        (30.0, 33.0),  # 11 for 10
        (118.42, 142.62),
        (33.0, 33.02),
        (597.12, 597.19),
        (1.0834, 1.0871),  # a day's move of a currency
        (0.52, 0.5),
        (330.0, 3.3),
    ],
)
def test_more_is_a_difference_whatever_the_ratio(stated: float, known: float) -> None:
    assert not is_same_close(stated, known)
