"""Odds of a ladder's levels: the horizons, the reasons for none, and the week's density."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from analytics.model.levels import LevelSet
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import Bars, Moment, NotAvailable, OptionChain, Phase
from analytics.options.analysis import analyse
from analytics.studies.supports.horizons import horizons_from, sessions_left
from analytics.studies.supports.odds import (
    ODDS,
    OddsParameters,
    OddsView,
)
from tests.support.builders import make_bars
from tests.support.small_bars import bars_of
from tests.support.small_chains import SESSION, chain_of, priced_rows
from tests.unit.options.test_variance_surface import lognormal_odds

TEST = Symbol("TEST")


def new_york(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)


class TestClock:
    @pytest.mark.parametrize(
        ("now", "last", "left"),
        [
            ("2025-01-06T09:30", "2025-01-06", 1.0),
            ("2025-01-06T12:45", "2025-01-06", 0.5),
            ("2025-01-06T12:45", "2025-01-07", 1.5),
            ("2025-01-06T16:00", "2025-01-07", 1.0),
            ("2025-01-04T11:00", "2025-01-07", 2.0),  # a Saturday
            ("2025-01-08T16:00", "2025-01-10", 1.0),  # the 9th was closed
            ("2025-11-28T11:15", "2025-11-28", 0.5),  # a half-day to 13:00
        ],
    )
    def test_sessions_left(self, now: str, last: str, left: float) -> None:
        assert sessions_left(new_york(now), dt.date.fromisoformat(last)) == pytest.approx(left)

    def ends(self, now: str) -> list[str]:
        return [str(h.ends) for h in horizons_from(new_york(now), ())]

    def test_horizons_in_session(self) -> None:
        assert self.ends("2025-01-27T13:50") == ["2025-01-27", "2025-01-31", "2025-02-25"]

    def test_after_the_close_the_next_session_takes_over(self) -> None:
        found = horizons_from(new_york("2025-01-24T16:00"), ())
        assert [str(h.ends) for h in found] == ["2025-01-27", "2025-01-31", "2025-02-25"]
        assert [h.sessions for h in found] == pytest.approx([1, 5, 21])
        assert found[0].label == "next session, Mon 27 Jan"

    def test_a_week_that_ends_on_a_thursday(self) -> None:
        assert self.ends("2025-04-15T12:00")[1] == "2025-04-17"  # Good Friday


@pytest.fixture
def chain() -> OptionChain:
    rows = [
        row
        for days in (1, 4, 32)
        for row in priced_rows(100.0, days, list(np.arange(80.0, 121.0)), sigma=0.3)
    ]
    return chain_of(*rows, price=100.0)


@pytest.fixture
def bars() -> Bars:
    closes = np.linspace(90.0, 100.0, 60)
    return bars_of("TEST", closes, last=SESSION)


def ask(chain: OptionChain | None, bars: Bars, sets: tuple[LevelSet, ...] = ()) -> OddsView:
    moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=False)
    chains = {"TEST": chain} if chain else {}
    view = ODDS.compute(OddsParameters(TEST, sets), Inputs(moment, {"TEST": bars}, chains))
    assert isinstance(view, OddsView)
    return view


class TestLadderOdds:
    def test_every_level_under_the_price_has_odds(self, chain: OptionChain, bars: Bars) -> None:
        view = ask(chain, bars)
        assert "Risk-neutral" in view.label
        named = {level.name: level for level in view.levels}
        dma = named["20-DMA"]
        assert dma.price == pytest.approx(98.4, abs=0.1)
        assert dma.today.touch_pct is not None
        assert dma.week.touch_pct is not None
        assert dma.today.touch_pct < dma.week.touch_pct < (dma.month.touch_pct or 0)
        above = [level for level in view.levels if level.price >= view.price]
        assert above
        assert {level.today.reason for level in above} == {"n/a (not below the price)"}

    def test_a_close_below_a_level_above_the_price_is_priced(
        self, chain: OptionChain, bars: Bars
    ) -> None:
        view = ask(chain, bars)
        above = sorted(
            (lv.price, lv.today.close_below_pct)
            for lv in view.levels
            if lv.price >= view.price and lv.today.close_below_pct is not None
        )
        assert above
        assert all(40 < share <= 100 for _, share in above), "more likely than not, or about even"
        assert [share for _, share in above] == sorted(share for _, share in above)
        assert {lv.today.touch_pct for lv in view.levels if lv.price >= view.price} == {None}

    def test_total_variance_is_spread_over_sessions(self, chain: OptionChain, bars: Bars) -> None:
        # the expiry of Friday the 10th: 4 calendar days, 3 sessions (Thursday is closed)
        view = ask(chain, bars)
        week = next(level.week for level in view.levels if level.name == "20-DMA")
        assert week.expiry == dt.date(2025, 1, 10)
        assert week.sigma == pytest.approx(0.3 * np.sqrt(4 / 365 / (3 / 252)), rel=1e-3)
        assert view.horizons[1].sessions == 3.0
        # a flat smile: the reflection principle
        by_hand, below = lognormal_odds(100.0, 98.406780, week.sigma or 0, 3 / 252, 0.043, 0.0)
        assert week.touch_pct == pytest.approx(100 * by_hand, abs=0.5)
        assert week.close_below_pct == pytest.approx(100 * below, abs=0.5)

    def test_levels_of_further_sets_have_the_odds_of_their_price(self, chain: OptionChain) -> None:
        """A flat smile: the reflection principle, whatever family put the level there."""
        bars = make_bars(np.linspace(85.0, 100.0, 300), SESSION)
        sets: tuple[LevelSet, ...] = ("weekly", "prior-lows", "prior-highs", "vwap", "profile")
        plain_view = ask(chain, bars)
        view = ask(chain, bars, sets)
        added = [one for one in view.levels if one.id.declared.set in sets]
        assert {one.id.family for one in added} == {
            *("weekly", "prior-low", "prior-high", "anchored-vwap", "volume-profile")
        }
        priced = 0
        for one in added:
            if one.price >= view.price or one.week.touch_pct is None:
                assert one.week.reason is not None
                continue
            by_hand, below = lognormal_odds(
                100.0, one.price, one.week.sigma or 0, 3 / 252, 0.043, 0.0
            )
            assert one.week.touch_pct == pytest.approx(100 * by_hand, abs=0.5)
            assert one.week.close_below_pct == pytest.approx(100 * below, abs=0.5)
            priced += 1
        assert priced > 4
        assert [one for one in view.levels if one not in added] == list(plain_view.levels)
        assert view.density == plain_view.density

    def test_a_horizon_past_the_last_expiry_is_blank(self, chain: OptionChain, bars: Bars) -> None:
        near = chain.expiry < np.datetime64("2025-02-01")
        short: dict[str, Any] = {
            n: v[near] if isinstance(v, np.ndarray) else v for n, v in vars(chain).items()
        }
        view = ask(OptionChain(**short), bars)
        month = next(level.month for level in view.levels if level.name == "20-DMA")
        assert month.touch_pct is None
        assert month.reason == "n/a (no expiry on or after 2025-02-06)"
        assert view.horizons[2].expiry is None

    def test_an_expiry_beyond_the_calendar_is_blank(self, chain: OptionChain, bars: Bars) -> None:
        far = replace(chain, expiry=chain.expiry + np.timedelta64(365 * 20, "D"))
        view = ask(far, bars)
        reasons = {level.week.reason for level in view.levels if level.price < view.price}
        assert reasons
        assert all((reason or "").startswith("n/a") for reason in reasons)

    def test_a_level_below_every_strike_is_blank(self, chain: OptionChain, bars: Bars) -> None:
        low = bars_of("TEST", np.r_[np.full(40, 50.0), np.full(19, 100.0), 100.0], last=SESSION)
        view = ask(chain, low)
        fifty = next(level for level in view.levels if level.name == "50-DMA")
        assert fifty.price == pytest.approx(70.0)
        assert "reaches down to the level" in (fifty.week.reason or "")

    def test_in_session_the_level_known_before_the_open_counts(
        self, chain: OptionChain, bars: Bars
    ) -> None:
        noon = new_york("2025-01-06T12:45")
        running = replace(bars, last_complete=False, last_time=noon)
        moment = Moment(noon, SESSION, Phase.OPEN, live=True)
        inputs = Inputs(moment, {"TEST": running}, {"TEST": replace(chain, time=noon)})
        view = ODDS.compute(OddsParameters(TEST), inputs)
        dma = next(level for level in view.levels if level.name == "20-DMA")
        assert dma.price == pytest.approx(float(bars.close[-21:-1].mean()))
        assert view.horizons[0].sessions == pytest.approx(0.5)

    def test_quotes_too_few_for_a_smile_give_no_odds(self, bars: Bars) -> None:
        rows = [row for days in (1, 4, 32) for row in priced_rows(100.0, days, [99.0, 101.0])]
        view = ask(chain_of(*rows, price=100.0), bars)
        reasons = {level.week.reason for level in view.levels if level.price < view.price}
        assert reasons == {"n/a (too few quotes for a smile)"}
        assert view.density is not None
        assert view.density.reason == "n/a (too few quotes for a smile)"

    def test_spot_smile_and_clock_are_of_one_moment(self, chain: OptionChain, bars: Bars) -> None:
        # quotes of 11:31 after the close: the odds are those of 11:31, from the spot of then
        early = replace(chain, time=new_york("2025-01-06T11:31"), underlying_price=100.0)
        late = bars_of("TEST", np.r_[np.linspace(90.0, 100.0, 59), 103.0], last=SESSION)
        view = ask(early, late)
        assert view.time == new_york("2025-01-06T11:31")
        assert view.chain_spot == 100.0
        assert view.horizons[0].sessions == pytest.approx(269 / 390)
        between = [level for level in view.levels if 100.0 <= level.price < 103.0]
        assert {level.week.reason for level in between} <= {"n/a (not below the price)"}

    def test_the_week_s_close_between_the_supports(self, chain: OptionChain, bars: Bars) -> None:
        density = ask(chain, bars).density
        assert density is not None
        assert density.reason is None
        assert density.ends == dt.date(2025, 1, 10)
        assert sum(band.probability_pct for band in density.bands) == pytest.approx(100)
        assert [band.low for band in density.bands[1:]] == [b.high for b in density.bands[:-1]]
        assert min(density.density_per_dollar) >= 0
        below = np.array(density.below_pct)
        assert (np.diff(below) >= 0).all()
        inside = np.trapezoid(density.density_per_dollar, density.prices)
        assert 100 * inside == pytest.approx(below[-1] - below[0], abs=0.2)

    def test_without_a_chain_the_reason_is_given(self, bars: Bars) -> None:
        with pytest.raises(NotAvailable, match="no chain"):
            ask(None, bars)

    def test_survives_the_cache(self, chain: OptionChain, bars: Bars) -> None:
        view = ask(chain, bars)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=OddsView) == view

    def test_the_ivs_are_those_of_the_one_analysis(self, chain: OptionChain, bars: Bars) -> None:
        view = ask(chain, bars)
        assert view.chain_spot == analyse(chain, bars).clean.spot.price
