"""The mended log of any day says what the minutes say."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from analytics.watch.crossings import Print, events_of, prints_of_minutes
from analytics.watch.mending import mended
from tests.unit.watch.test_mending import (
    ATR,
    BASELINE,
    OPENS,
    call_at,
    day,
    minutes_of,
)

PRICES = st.lists(st.sampled_from([99.0, 99.9, 100.0, 100.05, 100.6, 102.0]), min_size=4)


class TestAnyDay:
    @given(PRICES, st.lists(st.tuples(st.integers(0, 389), st.floats(1, 500)), max_size=6))
    def test_it_says_what_the_minutes_say_whatever_came_in_live(
        self, prices: list[float], false: list[tuple[int, float]]
    ) -> None:
        every = 390 // len(prices) + 1
        minutes = minutes_of(day(*((every, price) for price in prices))[:390][:390])
        call = call_at()
        prints = list(prints_of_minutes(minutes))
        truth = events_of(call, ATR, prints, final=True)
        seen = [*prints, *(Print(OPENS + dt.timedelta(minutes=m, seconds=9), p) for m, p in false)]
        live = events_of(call, ATR, sorted(seen, key=lambda one: one.at), final=True)
        lines = mended([call], live, minutes, BASELINE)
        assert lines is not None
        assert [e.kind for e in lines] == [e.kind for e in truth]
        for mine, true in zip(lines, truth, strict=True):
            assert abs(mine.at - true.at) <= dt.timedelta(minutes=2)
            assert mine.price == true.price or mine in live
        assert mended([call], lines, minutes, BASELINE) == lines
