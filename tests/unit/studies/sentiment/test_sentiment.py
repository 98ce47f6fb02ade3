"""The sentiment index: parts, coverage, lows, crashes, and what followed them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.indicators.percentiles import expanding_percentile
from analytics.model.listings import VIX
from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars
from analytics.studies.sentiment.index import (
    SENTIMENT,
    Sentiment,
    SentimentParameters,
    combine,
    crash_sessions,
    low_sessions,
)
from analytics.studies.sentiment.parts import PutCallHistory, sentiment_parts
from tests.support.small_bars import LAST, bars_of, inputs_of, walks

SESSIONS = 900
MEMBERS = ("AAA", "BBB", "CCC")
ASKED = SentimentParameters(symbols=tuple(map(Symbol, MEMBERS)))


def market(complete: bool = True) -> list[Bars]:
    paths = walks(7, SESSIONS, seed=5)
    vix = 20 * np.exp(-3 * np.diff(np.log(paths[0]), prepend=np.log(paths[0][0])))
    names = ("SPY", *MEMBERS, "TLT", "HYG", "LQD")
    bars = [bars_of(n, p, p, complete=complete) for n, p in zip(names, paths, strict=True)]
    return [*bars, bars_of(VIX, vix, complete=complete)]


def ask(*bars: Bars, session: dt.date = LAST) -> Sentiment:
    return SENTIMENT.compute(ASKED, inputs_of(*bars, session=session))


class TestParts:
    def test_each_part_by_its_definition(self) -> None:
        bars = {one.symbol: one for one in market()}
        parts = {p.key: p for p in ask(*bars.values()).parts}
        spy, vix = bars["SPY"].close, bars[VIX].close
        assert parts["trend"].value == pytest.approx((spy[-1] / spy[-125:].mean() - 1) * 100)
        assert parts["vix"].value == pytest.approx((vix[-1] / vix[-50:].mean() - 1) * 100)
        above = sum(bars[m].close[-1] > bars[m].close[-50:].mean() for m in MEMBERS)
        assert parts["breadth"].value == pytest.approx(above / 3 * 100)
        for key, (risky, safe) in {"safe-haven": ("SPY", "TLT"), "credit": ("HYG", "LQD")}.items():
            ours, theirs = bars[risky].close, bars[safe].close
            wanted = (ours[-1] / ours[-21] - theirs[-1] / theirs[-21]) * 100
            assert parts[key].value == pytest.approx(wanted)

    def test_a_high_vix_is_bearish(self) -> None:
        bars = market()
        calm, afraid = bars[-1].close.copy(), bars[-1].close.copy()
        calm[-1], afraid[-1] = 1.0, 500.0
        low, high = (
            next(p.percentile for p in ask(*bars[:-1], bars_of(VIX, vix)).parts if p.key == "vix")
            for vix in (calm, afraid)
        )
        count = SESSIONS - 49
        assert low == pytest.approx(100 - 50 / count)
        assert high == pytest.approx(50 / count)

    def test_put_call_is_absent_with_its_reason_until_snapshots_feed_it(self) -> None:
        bars = market()
        part = next(p for p in ask(*bars).parts if p.key == "put-call")
        assert part.percentile is None
        assert part.reason == (
            "needs 252 sessions of option chains or of imported counts, has none: collect daily, "
            "or import"
        )
        ratio = np.linspace(0.5, 1.5, SESSIONS)
        fed = sentiment_parts(
            bars[0], bars[1:4], inputs_of(*bars), PutCallHistory(bars[0].sessions, ratio)
        )[3]
        assert fed.reason is None
        assert fed.raw[-1] == pytest.approx(ratio[-5:].mean())
        assert expanding_percentile(fed.bullish)[-1] < 1

    def test_too_few_observations_are_said(self) -> None:
        short = [bars_of(b.symbol, b.close[-300:]) for b in market()]
        part = next(p for p in ask(*short).parts if p.key == "trend")
        assert part.reason == "needs 252 observations, has 176"
        assert part.value is not None


class TestIndex:
    def test_equal_weight_over_the_parts_that_exist(self) -> None:
        nan = np.nan
        ranks = [np.array(r) for r in ([10, 10], [20, nan], [30, 30], [80, 80], [nan, nan])]
        index, used = combine(ranks)
        assert index == pytest.approx([35.0, nan], nan_ok=True)
        assert used.tolist() == [4, 3]

    def test_coverage_is_said(self) -> None:
        bars = market()
        assert ask(*bars).coverage == "6 of 7"
        without = ask(*(b for b in bars if b.symbol != "HYG"))
        assert without.coverage == "5 of 7"
        assert next(p for p in without.parts if p.key == "credit").reason == "HYG: no bars."

    def test_fewer_than_four_parts_give_no_index(self) -> None:
        members = [b for b in market() if b.symbol in ("SPY", *MEMBERS)]
        got = ask(*members)
        assert (got.value, got.parts_used, got.history.sessions) == (None, 3, ())
        assert got.reason == "the index needs 4 of 7 parts (has 3)"

    def test_value_is_the_mean_of_the_percentiles_and_ends_the_history(self) -> None:
        got = ask(*market())
        shown = [p.percentile for p in got.parts if p.percentile is not None]
        assert got.value == pytest.approx(np.mean(shown))
        assert got.history.values[-1] == got.value
        assert got.history.parts[-1] == got.parts_used == 6
        assert all(0 <= v <= 100 for v in got.history.values if v is not None)

    def test_an_earlier_answer_is_the_later_history(self) -> None:
        bars = market()
        now, cut = ask(*bars), dt.date(2024, 6, 3)
        then = ask(*bars, session=cut)
        shared = now.history.sessions.index(cut) + 1
        assert then.history.values == now.history.values[:shared]
        assert then.crashes[:-1] == now.crashes[: max(len(then.crashes) - 1, 0)]
        assert then.lows == now.lows[: len(then.lows)]


class TestLowsAndCrashes:
    def test_a_crash_is_the_entry_and_is_counted_once_in_twenty_sessions(self) -> None:
        index = np.full(400, 50.0)
        index[300:303], index[310], index[330] = 5.0, 4.0, 3.0
        assert crash_sessions(index) == [300, 330]

    def test_the_same_crash_is_known_without_what_follows(self) -> None:
        index = np.full(400, 50.0)
        index[300:303] = 5.0
        assert crash_sessions(index[:301]) == [300]

    def test_a_low_is_the_lowest_of_twenty_sessions_either_side(self) -> None:
        index = np.full(400, 50.0)
        index[300], index[310], index[360] = 5.0, 4.0, 6.0
        assert low_sessions(index) == [310, 360]

    def test_a_low_is_known_twenty_sessions_later(self) -> None:
        index = np.full(400, 50.0)
        index[300] = 5.0
        assert low_sessions(index[:320]) == []
        assert low_sessions(index[:321]) == [300]

    def test_lows_lie_more_than_twenty_sessions_apart(self) -> None:
        for seed in range(5):
            index = np.cumsum(np.random.default_rng(seed).normal(size=3000)).round(1)
            assert (np.diff(low_sessions(index)) > 20).all()

    def test_returns_after_a_crash(self) -> None:
        bars = market()
        got, spy = ask(*bars), bars[0]
        assert got.crashes
        first = got.crashes[0]
        at = int(np.searchsorted(spy.sessions, np.datetime64(first.session)))
        assert first.return_5_pct == pytest.approx((spy.close[at + 5] / spy.close[at] - 1) * 100)
        assert [row.sessions for row in got.after_crash] == [5, 20, 60]
        start = SESSIONS - len(got.history.sessions)
        every = spy.close[start + 5 :] / spy.close[start:-5] - 1
        assert got.after_crash[0].all_days_mean_pct == pytest.approx(every.mean() * 100)

    def test_a_running_session_is_no_crash_yet(self) -> None:
        bars, running = market(), market(complete=False)
        session = max(c.session for c in ask(*bars).crashes)
        cut = [
            bars_of(b.symbol, b.close[: at + 1], last=session, complete=False)
            for b in running
            for at in [int(np.searchsorted(b.sessions, np.datetime64(session)))]
        ]
        done = [bars_of(b.symbol, b.close, last=session) for b in cut]
        assert session in [c.session for c in ask(*done, session=session).crashes]
        assert session not in [c.session for c in ask(*cut, session=session).crashes]
