"""The demo's simulated past: 300 sessions of chains, and the shipped figures that they give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest

from analytics.demo_past import figures_of_session
from analytics.desk.desk import Desk
from analytics.model.question import Symbol
from analytics.model.sessions import session_close, sessions_between
from analytics.model.vocabulary import NotAvailable
from analytics.options.daily_record import DEFINITION, FIGURES, OPTIONS_NAME
from analytics.options.history import OPTIONS_HISTORY, OptionsHistoryParameters
from analytics.options.surprise import OPTIONS_SURPRISE, OptionsSurpriseParameters
from analytics.sources.demo.clock import DemoClock
from analytics.sources.demo.crowds import CROWDS, OPTIONABLE
from analytics.sources.demo.past import PAST_SESSIONS
from analytics.sources.demo.scenario import FRIDAY
from analytics.sources.demo.source import DemoSource
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from analytics.studies.supports.odds_record import DEFINITION as ODDS_DEFINITION
from analytics.studies.supports.odds_record import ODDS_NAME
from tests.support.builders import make_desk

FIRST = dt.date(2023, 11, 13)
AFTERNOON = dt.datetime(2025, 1, 27, 18, 50, tzinfo=dt.UTC)
SAMPLES = [
    ("SPY", FIRST),
    ("SPY", dt.date(2024, 8, 5)),
    ("SPY", FRIDAY),
    ("NVDA", dt.date(2024, 3, 11)),  # before its split
    ("NVDA", dt.date(2024, 7, 3)),  # a half day
    ("AAPL", dt.date(2024, 11, 29)),
    ("DIA", dt.date(2024, 5, 17)),
    ("BRK-B", dt.date(2024, 12, 31)),
]


@pytest.fixture(scope="module")
def source() -> DemoSource:
    return DemoSource(clock=DemoClock(start=AFTERNOON, speed=0, end=AFTERNOON))


@pytest.fixture(scope="module")
def desk(source: DemoSource) -> Iterator[Desk]:
    made = make_desk(source, clock=source.now)  # type: ignore[arg-type]
    yield made
    made.close()


class TestChains:
    def test_the_sessions_are_the_exchange_s(self, source: DemoSource) -> None:
        known = sessions_between(FIRST, FRIDAY)
        assert source.past_sessions.tolist() == known.tolist()
        assert len(known) == PAST_SESSIONS

    @pytest.mark.parametrize("session", [FIRST, dt.date(2024, 3, 29), dt.date(2024, 7, 3)])
    def test_contracts_are_listed_on_sessions_from_the_day_on(
        self, source: DemoSource, session: dt.date
    ) -> None:
        if session == dt.date(2024, 3, 29):  # Good Friday
            with pytest.raises(NotAvailable):
                source.chain("SPY", session)
            return
        chain = source.chain("SPY", session)
        assert chain.session == session
        assert chain.time == session_close(session)
        expiries = np.unique(chain.expiry)
        assert expiries.min() == np.datetime64(session)
        assert np.isin(expiries, sessions_between(session, dt.date(2026, 6, 30))).all()
        near = chain.expiry <= np.datetime64(session) + 60
        assert chain.strike[near].min() < 0.8 * chain.underlying_price
        assert chain.strike[near].max() > 1.2 * chain.underlying_price

    def test_the_same_whenever_it_is_made(self, source: DemoSource) -> None:
        day = dt.date(2024, 6, 3)
        other = DemoSource(universe=5)
        other.chain("NVDA", dt.date(2024, 2, 1))
        one, two = source.chain("SPY", day), other.chain("SPY", day)
        for name in ("strike", "bid", "ask", "volume", "open_interest", "last"):
            assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name

    def test_the_price_is_the_day_s_close_as_then_traded(
        self, source: DemoSource, desk: Desk
    ) -> None:
        frame = source.bars("NVDA", dt.date(2024, 6, 6)).frame["close"]
        before = source.chain("NVDA", dt.date(2024, 6, 7)).underlying_price
        after = source.chain("NVDA", dt.date(2024, 6, 10)).underlying_price
        assert before == pytest.approx(10 * frame.iloc[1], abs=0.01)
        assert after == pytest.approx(frame.iloc[2], abs=0.01)

    def test_open_interest_stays_with_its_contract(self, source: DemoSource) -> None:
        days = source.past_sessions.tolist()[100:102]
        held = [
            {
                (e, k, c): n
                for e, k, c, n in zip(
                    chain.expiry.tolist(),
                    chain.strike.tolist(),
                    chain.is_call.tolist(),
                    chain.open_interest.tolist(),
                    strict=True,
                )
            }
            for chain in (source.chain("SPY", day) for day in days)
        ]
        both = sorted(held[0].keys() & held[1].keys())
        assert len(both) > 2000
        first, second = (np.array([one[key] for key in both]) for one in held)
        assert np.corrcoef(first, second)[0, 1] > 0.95

    def test_days_further_back_have_none(self, source: DemoSource) -> None:
        with pytest.raises(NotAvailable, match="those of 2023-11-13 to 2025-01-24"):
            source.chain("SPY", dt.date(2023, 11, 10))


class TestShippedFigures:
    @pytest.mark.parametrize(("symbol", "session"), SAMPLES)
    def test_they_are_what_the_day_s_chain_gives(
        self, desk: Desk, source: DemoSource, symbol: str, session: dt.date
    ) -> None:
        made = figures_of_session(desk, Symbol(symbol), session)
        for question, row in zip((OPTIONS_NAME, ODDS_NAME), made, strict=True):
            (shipped,) = (
                one for one in source.past_figures(question, symbol) if one.session == session
            )
            assert set(shipped.figures) == set(row.figures)
            ours, theirs = (
                np.array([figures[name] for name in row.figures], dtype=float)  # None: NaN
                for figures in (row.figures, shipped.figures)
            )
            np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5)

    def test_they_are_of_every_underlying_session_and_definition(self, source: DemoSource) -> None:
        # of odds further below the price than any quote there are none
        wanted = ((OPTIONS_NAME, DEFINITION, 0.95), (ODDS_NAME, ODDS_DEFINITION, 0.6))
        for question, definition, share in wanted:
            for symbol in OPTIONABLE:
                rows = source.past_figures(question, symbol)
                assert [row.session for row in rows] == source.past_sessions.tolist()
                assert {row.definition for row in rows} == {definition}
                assert {row.origin for row in rows} == {"Simulator"}
                known = sum(v is not None for row in rows for v in row.figures.values())
                assert known > share * len(rows) * len(rows[0].figures), (question, symbol)
        assert set(source.past_figures(OPTIONS_NAME, "SPY")[0].figures) == set(FIGURES)

    def test_call_shares_wander_about_the_crowd_s(self, source: DemoSource) -> None:
        for symbol in ("SPY", "NVDA", "AAPL"):
            rows = source.past_figures(OPTIONS_NAME, symbol)
            shares = np.array([row.figures["short_call_share"] for row in rows], float)
            assert shares.mean() == pytest.approx(100 * CROWDS[symbol].call_share, abs=2.0)
            assert 1.0 < shares.std() < 6.0


class TestPages:
    def test_iv_rank_and_walls_are_full(self, desk: Desk) -> None:
        answer = desk.ask(OPTIONS_HISTORY, OptionsHistoryParameters(Symbol("SPY")))
        history = answer.result
        assert history is not None
        assert len(history.sessions) == PAST_SESSIONS
        assert history.iv30.rank_pct is not None
        assert history.call_share.percentile_pct is not None
        assert "300 sessions are simulated." in history.note

    def test_a_past_date_sees_what_came_before_it_and_the_same(self, desk: Desk) -> None:
        wanted = OptionsHistoryParameters(Symbol("SPY"))
        now = desk.ask(OPTIONS_HISTORY, wanted).result
        then = desk.ask(OPTIONS_HISTORY, wanted, dt.date(2024, 8, 5)).result
        assert now is not None
        assert then is not None
        n = len(then.sessions)
        assert then.sessions == now.sessions[:n]
        assert then.sessions[-1] == dt.date(2024, 8, 5)
        for ours, theirs in zip(then.figures, now.figures, strict=True):
            assert ours.values == theirs.values[:n]

    def test_prices_of_before_a_split_are_of_today_s_shares(self, desk: Desk) -> None:
        history = desk.ask(OPTIONS_HISTORY, OptionsHistoryParameters(Symbol("NVDA"))).result
        assert history is not None
        spot = next(one for one in history.figures if one.key == "spot").values
        moves = np.abs(np.diff(np.log(np.array(spot, float))))
        assert moves.max() < 0.25
        assert "Prices of before a split are divided by it." in history.note

    def test_put_call_is_a_part_of_the_index(self, desk: Desk) -> None:
        index = desk.ask(SENTIMENT, SentimentParameters()).result
        assert index is not None
        part = next(one for one in index.parts if one.key == "put-call")
        assert part.reason is None
        assert part.percentile is not None
        assert index.coverage == "7 of 7"

    def test_the_lean_has_its_past(self, desk: Desk) -> None:
        surprise = desk.ask(OPTIONS_SURPRISE, OptionsSurpriseParameters(Symbol("SPY"))).result
        assert surprise is not None
        assert surprise.leaned_on == FRIDAY
        assert surprise.share_pct == pytest.approx(45.0, abs=0.01)
        assert surprise.leans >= 30
        assert surprise.rate_pct is not None
