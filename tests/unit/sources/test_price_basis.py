"""One basis: stated splits that were not applied, jumps that nothing explains, detours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.vocabulary import Bars
from analytics.sources.base import RawBars
from analytics.sources.price_columns import carried_splits
from analytics.sources.validate import clean_bars
from tests.support.builders import make_frame, walk

PRICES = ["open", "high", "low", "close", "adj_close"]


def clean(frame: pd.DataFrame, symbol: str = "TEST", **more: object) -> Bars:
    return clean_bars(RawBars(symbol, frame, **more))[0]  # type: ignore[arg-type]


def tape(n: int = 60, seed: int = 3) -> pd.DataFrame:
    """A quiet walk, in the shares of today."""
    return make_frame(walk(n, seed=seed, sigma=0.008), spread=0.5)


def in_old_shares(frame: pd.DataFrame, rows: slice, ratio: float) -> pd.DataFrame:
    old = frame.copy()
    where = old.index[rows]
    old.loc[where, PRICES] *= ratio
    old.loc[where, "volume"] /= ratio
    return old


def with_split(frame: pd.DataFrame, at: int, ratio: float) -> pd.DataFrame:
    stated = frame.copy()
    stated.loc[stated.index[at], "splits"] = ratio
    return stated


RATIOS = st.sampled_from([1.5, 2.0, 3.0, 4.0, 7.0, 10.0, 20.0, 0.5, 0.1, 1 / 25, 1 / 190])


class TestStatedSplits:
    @given(RATIOS, st.integers(5, 58), st.integers(0, 50))
    def test_the_bars_are_the_same_whether_the_source_applied_it_or_not(
        self, ratio: float, at: int, seed: int
    ) -> None:
        applied = with_split(tape(seed=seed), at, ratio)
        forgotten = in_old_shares(applied, slice(0, at), ratio)
        right, mended = clean(applied), clean(forgotten)
        assert mended.close == pytest.approx(right.close)
        assert mended.low == pytest.approx(right.low)
        assert mended.volume == pytest.approx(right.volume)
        assert mended.adj_close == pytest.approx(right.adj_close)
        assert right.notes == ()
        assert len(mended.notes) == 1
        day = applied.index[at].date()
        assert f"prices before {day} were" in mended.notes[0].text
        before = applied.index[at - 1].date()
        seen = forgotten["close"].to_numpy()[:at]
        assert mended.upto(before).close == pytest.approx(seen)  # as it was seen then
        assert mended.upto(before).notes == ()

    @given(st.sampled_from([1.5, 2.0, 4.0, 10.0, 0.1]), st.integers(-10, 10))
    def test_the_new_basis_may_begin_some_sessions_off_the_date(
        self, ratio: float, shift: int
    ) -> None:
        shift = max(-3, min(3, shift)) if ratio == 1.5 else shift
        applied = with_split(tape(), 40, ratio)
        forgotten = in_old_shares(applied, slice(0, 40 + shift), ratio)
        mended = clean(forgotten)
        assert mended.close == pytest.approx(clean(applied).close)
        for at in (10, 40 + shift - 1, 40 + shift):
            seen = mended.upto(forgotten.index[at].date()).close
            newest_basis = ratio if at < 40 + shift else 1.0
            assert seen[-1] == pytest.approx(clean(applied).close[at] * newest_basis)

    @given(st.sampled_from([2.0, 4.0, 10.0, 0.05]), st.integers(1, 28))
    def test_it_may_be_applied_to_the_newer_part_alone(self, ratio: float, length: int) -> None:
        applied = with_split(tape(), 40, ratio)
        mended = clean(in_old_shares(applied, slice(0, 40 - length), ratio))
        assert mended.close == pytest.approx(clean(applied).close)
        assert mended.breaks == ()
        assert len(mended.notes) == 1

    @given(
        st.sampled_from([1.5, 2.0, 10.0, 0.1, 1.05]),
        st.integers(1, 10),
        st.booleans(),
    )
    def test_stated_twice_it_counts_once(self, ratio: float, apart: int, applied: bool) -> None:
        once = with_split(tape(), 40, ratio)
        twice = with_split(once, 40 + apart, ratio)
        mended = clean(twice if applied else in_old_shares(twice, slice(0, 40), ratio))
        assert mended.close == pytest.approx(clean(once).close)
        assert mended.upto(once.index[20].date()).close == pytest.approx(
            once["close"].to_numpy()[:21] * ratio
        )
        assert "it counts once" in mended.notes[0].text

    @given(st.sampled_from([1.05, 1.1, 1.04, 0.95]))
    def test_a_small_one_shows_where_the_price_hardly_moves(self, ratio: float) -> None:
        quiet = make_frame(100.0 + 0.1 * np.sin(np.arange(60)), spread=0.001)
        applied = with_split(quiet, 40, ratio)
        mended = clean(in_old_shares(applied, slice(0, 40), ratio))
        assert mended.close == pytest.approx(clean(applied).close)
        assert "had not applied it" in mended.notes[0].text

    def test_a_small_one_of_which_nobody_can_tell_ends_the_window(self) -> None:
        """Moves of 0.7% as a rule, and one of 3% at a stated split of 1.03."""
        closes = 100 * np.exp(np.cumsum(0.007 * (-1.0) ** np.arange(60)))
        closes[40:] *= closes[39] / closes[40] / 1.03
        bars = clean(with_split(make_frame(closes), 40, 1.03))
        (found,) = bars.breaks
        assert found.reason.startswith("the stated split of 1.03 for 1 of ")
        assert found.reason.endswith(", which may not be applied")
        assert bars.close == pytest.approx(closes)

    def test_only_the_bars_back_to_the_opposite_jump_are_on_the_old_basis(self) -> None:
        applied = with_split(tape(), 40, 4.0)
        mended = clean(in_old_shares(applied, slice(25, 40), 4.0))
        assert mended.close == pytest.approx(clean(applied).close)

    def test_two_of_them(self) -> None:
        applied = with_split(with_split(tape(), 20, 3.0), 45, 10.0)
        forgotten = in_old_shares(in_old_shares(applied, slice(0, 45), 10.0), slice(0, 20), 3.0)
        mended = clean(forgotten)
        assert mended.close == pytest.approx(clean(applied).close)
        assert len(mended.notes) == 2

    def test_a_small_stock_dividend_is_not_read_out_of_a_usual_move(self) -> None:
        frame = with_split(tape(), 40, 1.05)
        assert clean(frame).notes == ()
        assert clean(frame).close == pytest.approx(frame["close"].to_numpy())

    def test_total_return_closes_that_were_adjusted_all_the_same_stay(self) -> None:
        applied = with_split(tape(), 40, 10.0)
        forgotten = in_old_shares(applied, slice(0, 40), 10.0)
        forgotten["adj_close"] = applied["adj_close"]
        assert clean(forgotten).adj_close == pytest.approx(applied["adj_close"].to_numpy())


class TestUntoldJumps:
    @given(st.floats(3.3, 500.0), st.booleans(), st.integers(2, 58))
    def test_averages_begin_after_it_and_it_is_named(
        self, factor: float, rises: bool, at: int
    ) -> None:
        frame = in_old_shares(tape(), slice(0, at), 1 / factor if rises else factor)
        bars = clean(frame)
        assert [one.session for one in bars.breaks] == [frame.index[at].date()]
        assert "which no stated split explains" in bars.breaks[0].reason
        assert bars.unbroken.close == pytest.approx(frame["close"].to_numpy()[at:])
        if at == 59:
            assert bars.previous_close is None

    @given(st.floats(0.4, 2.5), st.integers(2, 57))
    def test_a_smaller_one_is_a_move(self, factor: float, at: int) -> None:
        frame = in_old_shares(tape(), slice(0, at), factor)
        assert clean(frame).breaks == ()

    @pytest.mark.parametrize("factor", [1.5, 2.0, 0.5, 2.8])
    def test_one_that_may_be_a_split_is_said(self, factor: float) -> None:
        frame = in_old_shares(tape(), slice(0, 30), factor)
        (note,) = clean(frame).notes
        day = frame.index[30].date()
        assert note.text.endswith(f" on {day}; no split is stated.")
        assert note.session == day
        assert clean(frame, "^VIX").notes == ()  # an index has no splits

    def test_a_split_that_does_not_fit_the_jump_explains_nothing(self) -> None:
        frame = in_old_shares(with_split(tape(), 59, 1 / 190), slice(0, 59), 1 / 125)
        bars = clean(frame)
        assert "the stated split of 0.00526316 for 1 does not explain" in bars.breaks[0].reason
        assert bars.previous_close is None
        before = frame.index[58].date()
        assert bars.upto(before).close == pytest.approx(frame["close"].to_numpy()[:59])

    def test_ticks_of_a_price_near_nothing_and_yields_are_no_jumps(self) -> None:
        near_nothing = make_frame([0.0001, 0.0003, 0.0001, 0.0004] * 5, spread=0.0)
        assert clean(near_nothing).breaks == ()
        yields = make_frame([0.01, 0.05, 0.02, 0.2, 0.5] * 4, spread=0.0)
        assert clean(yields, "^IRX").breaks == ()


class TestDetours:
    @given(
        st.integers(1, 5),
        st.integers(1, 50),
        st.sampled_from([100.0, 0.01, 5.0, 0.2]),
        st.integers(0, 30),
    )
    def test_bars_in_another_unit_are_absent_and_counted(
        self, length: int, at: int, factor: float, seed: int
    ) -> None:
        frame = in_old_shares(tape(seed=seed), slice(at, at + length), factor)
        bars, rejected = clean_bars(RawBars("TEST", frame))
        assert rejected == {"price in another unit, and back": length}
        remaining = np.delete(frame["close"].to_numpy(), np.arange(at, at + length))
        assert bars.close == pytest.approx(remaining)
        assert bars.breaks == ()

    def test_a_single_bar_by_a_factor_of_two(self) -> None:
        frame = in_old_shares(tape(), slice(30, 31), 0.5)
        assert clean_bars(RawBars("TEST", frame))[1] == {"price in another unit, and back": 1}

    def test_a_split_of_a_rejected_bar_goes_to_the_next(self) -> None:
        frame = with_split(in_old_shares(tape(), slice(30, 31), 0.01), 30, 2.0)
        assert clean(frame).splits[30] == 2.0

    def test_a_high_or_low_in_another_unit_is_unknown(self) -> None:
        frame = tape()
        frame.loc[frame.index[10], "low"] = 0.5
        frame.loc[frame.index[20], "high"] *= 100
        bars = clean(frame)
        assert np.isnan(bars.low[[10, 20]]).all()
        assert bars.close == pytest.approx(frame["close"].to_numpy())
        assert "2 bars have a high or low in another unit" in bars.notes[0].text


class TestStrayExtremes:
    @pytest.mark.parametrize(
        ("name", "factor", "told"),
        [
            ("low", 0.6, "under every other price"),
            ("high", 1.6, "above every other price"),
            ("low", 0.8, "lies 20% under"),
        ],
    )
    def test_one_of_a_bar_is_said_and_stands(self, name: str, factor: float, told: str) -> None:
        frame = tape()
        values = frame[name].to_numpy(copy=True)
        values[-1] *= factor
        frame[name] = values
        bars = clean(frame)
        assert f"the {name} of {frame.index[-1].date()}" in bars.notes[-1].text
        assert told in bars.notes[-1].text
        assert getattr(bars, name)[-1] == frame[name].iloc[-1]

    def test_a_wild_day_of_a_wild_share_is_not(self) -> None:
        frame = tape()
        frame["high"] *= 1.06
        frame["low"] *= 0.94
        low = frame["low"].to_numpy(copy=True)
        low[-1] *= 0.75
        frame["low"] = low
        assert clean(frame).notes == ()


class TestStatedPreviousClose:
    def test_it_stands_in_for_a_missing_bar_and_is_said(self) -> None:
        frame = tape().drop(tape().index[-2])
        bars = clean(frame, previous_close=90.0)
        assert bars.previous_close == 90.0
        assert "the one the source states" in bars.notes[0].text

    @pytest.mark.parametrize("factor", [100.0, 10.0, 2.0, 0.5, 0.01])
    def test_in_another_unit_it_stands_in_for_nothing(self, factor: float) -> None:
        frame = tape().drop(tape().index[-2])
        bars = clean(frame, previous_close=float(frame["close"].iloc[-2]) * factor)
        assert bars.previous_close is None
        assert bars.no_previous == f"no bar of {tape().index[-2].date()}"
        assert "in another unit than the bars beside it: it is not used" in bars.notes[-1].text

    def test_the_close_of_the_day_before_it_stands_in_for_nothing(self) -> None:
        frame = tape().drop(tape().index[-2])
        bars = clean(frame, previous_close=float(frame["close"].iloc[-2]))
        assert bars.previous_close is None
        assert f"which is that of {tape().index[-3].date()}" in bars.notes[-1].text

    def test_equal_to_the_bars_it_changes_nothing(self) -> None:
        frame = tape()
        bars = clean(frame, previous_close=float(frame["close"].iloc[-2]) + 0.004)
        assert bars.breaks == ()

    @given(st.floats(0.5, 0.97))
    def test_unlike_the_bars_nothing_is_made_of_the_two(self, factor: float) -> None:
        frame = tape()
        before = float(frame["close"].iloc[-2])
        bars = clean(frame, previous_close=before * factor)
        assert bars.previous_close is None
        assert "by the source's own statement" in str(bars.no_previous)
        assert len(bars.unbroken) == 1

    def test_the_close_in_doubt_is_named_by_its_date(self) -> None:
        bars = clean(tape(), previous_close=1.0)
        assert f"the close of {bars.sessions[-2]}" in str(bars.no_previous)

    def test_two_bars_are_enough_to_doubt_one(self) -> None:
        bars = clean(tape().iloc[-2:], previous_close=1.0)
        assert bars.previous_close is None

    def test_an_older_gap_does_not_replace_the_previous_bar(self) -> None:
        frame = tape().drop(tape().index[-3])
        before = float(frame["close"].iloc[-2])
        assert clean(frame, previous_close=before).previous_close == before
        assert clean(frame, previous_close=90.0).previous_close is None

    @pytest.mark.parametrize("symbol", ["BTC-USD", "EURUSD=X", "ES=F"])
    def test_where_it_is_of_another_hour_it_is_not_held_against_the_bars(self, symbol: str) -> None:
        frame = tape()
        assert clean(frame, symbol, previous_close=1.0).breaks == ()


class TestCarriedSplits:
    def test_one_is_no_split_and_the_last_of_a_date_counts(self) -> None:
        days = np.array(["2025-01-23", "2025-01-24", "2025-01-24", "NaT"], dtype="datetime64[D]")
        remaining = np.array(["2025-01-23", "2025-01-24"], dtype="datetime64[D]")
        got = carried_splits(days, np.array([1.0, 2.0, 3.0, 9.0]), remaining)
        assert got.tolist() == [1.0, 3.0]
