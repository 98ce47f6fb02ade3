"""Follow-through: the ranking of the afloat panel, the lead by hand, and no look-ahead."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars, NotAvailable
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.follow_through import (
    FOLLOW_THROUGH,
    FollowThrough,
    FollowThroughParameters,
    _Event,
    build_panel,
    null_leads,
    residual_z,
)
from tests.support.small_bars import LAST, bars_of, days_to, inputs_of, walks

NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
SYMBOLS = tuple(map(Symbol, NAMES))


def market(sessions: int = 700, complete: bool = True) -> list[Bars]:
    paths = walks(7, sessions, seed=2, sigma=0.012)
    return [
        bars_of(name, path, complete=complete)
        for name, path in zip(("SPY", *NAMES), paths, strict=True)
    ]


def ask(*bars: Bars, session: dt.date = LAST) -> FollowThrough:
    parameters = FollowThroughParameters(symbols=SYMBOLS)
    return FOLLOW_THROUGH.compute(parameters, inputs_of(*bars, session=session))


class TestRanking:
    def test_is_the_afloat_panel_s_as_of_that_session(self) -> None:
        bars = market()
        got = ask(*bars)
        for event in (got.events[0], got.events[-1]):
            then = AFLOAT.compute(
                AfloatParameters(symbols=SYMBOLS), inputs_of(*bars, session=event.session)
            )
            assert event.top == tuple(row.symbol for row in then.ranking[:2])
            assert event.benchmark_return_pct == pytest.approx(then.benchmark_return_pct)

    def test_z_agrees_with_the_afloat_panel_for_a_short_and_a_long_member(self) -> None:
        bars = market()
        bars[2] = bars_of("BBB", bars[2].close[-100:])
        panel = build_panel(bars[1:], bars[0], total=False)
        ranking = AFLOAT.compute(AfloatParameters(symbols=SYMBOLS), inputs_of(*bars)).ranking
        wanted = {row.symbol: row.residual_z for row in ranking}
        got = dict(zip(panel.symbols, residual_z(panel, 699), strict=True))
        assert got == pytest.approx(wanted)

    def test_a_member_with_too_few_returns_is_not_ranked(self) -> None:
        bars = market()
        bars[2] = bars_of("BBB", bars[2].close[-60:])
        panel = build_panel(bars[1:], bars[0], total=False)
        assert np.isnan(residual_z(panel, 699)[1])

    def test_what_comes_later_does_not_enter(self) -> None:
        bars = market()
        panel = build_panel(bars[1:], bars[0], total=False)
        before = residual_z(panel, 400)
        panel.ours[401:] = 9.0
        np.testing.assert_array_equal(residual_z(panel, 400), before)


class TestLead:
    def test_by_hand(self) -> None:
        bars = market()
        got = ask(*bars)
        event = next(e for e in got.events if e.lead_20_pct is not None)
        days = days_to(LAST, 700)
        at = int(np.searchsorted(days, np.datetime64(event.session)))
        after = {b.symbol: (b.close[at + 5] / b.close[at] - 1) * 100 for b in bars[1:]}
        top = np.mean([after[s] for s in event.top])
        rest = np.mean([r for s, r in after.items() if s not in event.top])
        assert event.ranked == 6
        assert event.lead_5_pct == pytest.approx(top - rest)

    def test_falls_are_the_sessions_at_or_under_the_threshold(self) -> None:
        bars = market()
        got = ask(*bars)
        moves = bars[0].close[1:] / bars[0].close[:-1] - 1
        assert got.falls == int((moves <= -0.015).sum())
        assert len(got.events) == got.falls - got.not_ranked

    def test_horizons_rest_on_windows_that_do_not_overlap(self) -> None:
        got = ask(*market())
        five, twenty = got.horizons
        leads = [e.lead_5_pct for e in got.events if e.lead_5_pct is not None]
        assert five.outcome.events == len(leads)
        assert twenty.outcome.n <= five.outcome.n < five.outcome.events
        assert five.top_mean_pct is not None
        assert five.rest_mean_pct is not None
        assert five.outcome.mean_pct == pytest.approx(five.top_mean_pct - five.rest_mean_pct)

    def test_names_that_always_recover_lead(self) -> None:
        """Members fall half as much and, as a group of two, rise 2% the day after each fall."""
        rng = np.random.default_rng(0)
        market_moves = rng.normal(0, 0.002, 600)
        market_moves[100::25] = -0.03
        bounce = np.zeros(600)
        bounce[101::25] = 0.02
        noise = rng.normal(0, 0.001, (6, 600))
        afloat = [market_moves * 0.5 + bounce + noise[i] for i in range(2)]
        others = [market_moves * 1.25 + noise[i] for i in range(2, 6)]
        moves = [market_moves, *afloat, *others]
        bars = [
            bars_of(name, 100 * np.cumprod(1 + m))
            for name, m in zip(("SPY", *NAMES), moves, strict=True)
        ]
        five = ask(*bars).horizons[0].outcome
        assert five.n >= 10
        assert five.positive == five.n
        assert five.interval95_pct is not None
        assert five.interval95_pct[0] > 0
        assert five.differs, "chance does not give it"

    def test_a_member_that_always_gains_more_is_no_lead_of_the_fallen(self) -> None:
        """Two members gain 0.1% a session more than the rest, after falls as on any other day."""
        rng = np.random.default_rng(3)
        moves = rng.normal(0, 0.01, 700)
        members = [moves + (0.001 if i < 2 else 0.0) + rng.normal(0, 0.003, 700) for i in range(6)]
        bars = [
            bars_of(name, 100 * np.cumprod(1 + m))
            for name, m in zip(("SPY", *NAMES), [moves, *members], strict=True)
        ]
        panel = build_panel(bars[1:], bars[0], total=False)
        events = [_Event(at, (0, 1), (2, 3, 4, 5)) for at in range(100, 660, 30)]
        null = null_leads(panel, events, 20, paths=99)
        assert null.mean() == pytest.approx(2.0, abs=0.3)  # 20 sessions x 0.1%

    def test_a_fall_still_running_is_no_event(self) -> None:
        bars = market()
        session = ask(*bars).events[0].session
        at = int(np.searchsorted(bars[0].sessions, np.datetime64(session))) + 1
        cut = [bars_of(b.symbol, b.close[:at], last=session, complete=False) for b in bars]
        assert session not in [e.session for e in ask(*cut, session=session).events]

    def test_an_earlier_answer_lists_the_same_falls(self) -> None:
        bars = market()
        now, cut = ask(*bars), dt.date(2024, 6, 3)
        then = ask(*bars, session=cut)
        later = [e for e in now.events if e.session <= cut]
        assert [(e.session, e.top) for e in then.events] == [(e.session, e.top) for e in later]

    def test_too_few_members_are_refused(self) -> None:
        with pytest.raises(NotAvailable, match="needs 3 members to rank"):
            ask(*market()[:3])
