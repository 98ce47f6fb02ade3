"""Odds at a level: the published fixture, a simulation, and the clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import Bars, Moment, NotAvailable, OptionChain, Phase
from analytics.options.analysis import analyse
from analytics.studies.supports.odds import (
    ODDS,
    OddsParameters,
    OddsView,
    horizons_from,
    sessions_left,
    touch_odds,
)
from tests.support.small_bars import bars_of
from tests.support.small_chains import SESSION, chain_of, priced_rows

TEST = Symbol("TEST")


def new_york(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)


class TestFormula:
    @pytest.mark.parametrize(
        ("sessions", "touch", "below"), [(1, 4.8, 2.4), (5, 37.2, 18.4), (21, 65.6, 32.0)]
    )
    def test_fixture(self, sessions: int, touch: float, below: float) -> None:
        odds = touch_odds(607.97, 596.0, 0.16, sessions / 252, 0.045, 0.012)
        assert round(100 * odds.touch, 1) == touch
        assert round(100 * odds.close_below, 1) == below

    def test_against_a_simulation(self) -> None:
        rng = np.random.default_rng(3)
        sigma, years, steps, paths = 0.3, 21 / 252, 2000, 4000
        step = years / steps
        drift = 0.045 - 0.01 - sigma**2 / 2
        logs = np.cumsum(rng.normal(drift * step, sigma * np.sqrt(step), (paths, steps)), axis=1)
        barrier = np.log(95 / 100)
        # a path watched at steps misses touches between them: Broadie, Glasserman and Kou (1997)
        seen = (logs.min(axis=1) <= barrier + 0.5826 * sigma * np.sqrt(step)).mean()
        odds = touch_odds(100.0, 95.0, sigma, years, 0.045, 0.01)
        assert odds.touch == pytest.approx(seen, abs=0.025)
        assert odds.close_below == pytest.approx((logs[:, -1] < barrier).mean(), abs=0.025)

    def test_without_drift_a_touch_is_twice_a_close_below(self) -> None:
        sigma = 0.2
        odds = touch_odds(100.0, 97.0, sigma, 0.1, sigma**2 / 2, 0.0)
        assert odds.touch == pytest.approx(2 * odds.close_below)

    def test_bounds_and_order(self) -> None:
        previous = 0.0
        for level in (50.0, 80.0, 95.0, 99.0, 99.999):
            odds = touch_odds(100.0, level, 0.2, 5 / 252, 0.045, 0.0)
            assert 0 <= odds.close_below <= odds.touch <= 1
            assert odds.touch > previous
            previous = odds.touch
        assert previous > 0.999

    def test_a_tiny_volatility_does_not_overflow(self) -> None:
        odds = touch_odds(100.0, 80.0, 0.001, 1 / 252, 0.045, 0.0)
        assert odds.touch == pytest.approx(0.0)


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


def ask(chain: OptionChain | None, bars: Bars) -> OddsView:
    moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=False)
    chains = {"TEST": chain} if chain else {}
    view = ODDS.compute(OddsParameters(TEST), Inputs(moment, {"TEST": bars}, chains))
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

    def test_total_variance_is_spread_over_sessions(self, chain: OptionChain, bars: Bars) -> None:
        # the expiry of Friday the 10th: 4 calendar days, 3 sessions (Thursday is closed)
        view = ask(chain, bars)
        week = next(level.week for level in view.levels if level.name == "20-DMA")
        assert week.expiry == dt.date(2025, 1, 10)
        assert week.sigma == pytest.approx(0.3 * np.sqrt(4 / 365 / (3 / 252)), rel=1e-3)
        assert view.horizons[1].sessions == 3.0
        by_hand = touch_odds(100.0, 98.4, week.sigma or 0, 3 / 252, 0.045, 0.0)
        assert week.touch_pct == pytest.approx(100 * by_hand.touch, abs=1.0)

    def test_a_horizon_past_the_last_expiry_is_blank(self, chain: OptionChain, bars: Bars) -> None:
        near = chain.expiry < np.datetime64("2025-02-01")
        short = {n: v[near] if isinstance(v, np.ndarray) else v for n, v in vars(chain).items()}
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
        assert "no implied volatility at 70.00" in (fifty.week.reason or "")

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

    def test_without_a_chain_the_reason_is_given(self, bars: Bars) -> None:
        with pytest.raises(NotAvailable, match="no chain"):
            ask(None, bars)

    def test_survives_the_cache(self, chain: OptionChain, bars: Bars) -> None:
        view = ask(chain, bars)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=OddsView) == view

    def test_the_ivs_are_those_of_the_one_analysis(self, chain: OptionChain, bars: Bars) -> None:
        view = ask(chain, bars)
        assert view.chain_spot == analyse(chain, bars).clean.spot.price
