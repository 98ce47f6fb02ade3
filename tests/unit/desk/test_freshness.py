"""Prices that stand still while others go on are named."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from analytics.desk.freshness import ahead, behind
from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, Moment, Phase
from tests.support.builders import MONDAY, FakeSource, make_bars, walk

NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)


def last_traded(symbol: str, minutes_ago: int) -> Bars:
    bars = make_bars(walk(60), MONDAY, symbol=symbol, complete=False)
    return replace(bars, last_time=NOON - dt.timedelta(minutes=minutes_ago))


def at_noon(*bars: Bars, delay: int = 15, time: dt.datetime = NOON) -> str | None:
    source = FakeSource({})
    source.capabilities = replace(source.capabilities, delay_minutes=delay)
    moment = Moment(time, MONDAY, Phase.OPEN, live=True)
    return behind(source, Inputs(moment, {one.symbol: one for one in bars}))


class TestBehind:
    def test_one_that_stands_still_is_named_with_its_time(self) -> None:
        note = at_noon(last_traded("SPY", 1), last_traded("QQQ", 40))
        assert note == "No newer price, New York time: QQQ (11:20)."

    @pytest.mark.parametrize(("delay", "minutes"), [(15, 25), (0, 10)])
    def test_within_the_delay_and_its_grace_none_is(self, delay: int, minutes: int) -> None:
        assert at_noon(last_traded("SPY", 0), last_traded("QQQ", minutes), delay=delay) is None
        assert at_noon(last_traded("QQQ", minutes + 1), delay=delay) is not None

    def test_many_are_counted(self) -> None:
        note = at_noon(*(last_traded(f"S{i:02}", 60 - i) for i in range(10)))
        assert note is not None
        assert note.startswith("No newer price, New York time: S00 (11:00), S01 (11:01), ")
        assert note.endswith("S07 (11:07) and 2 more.")

    def test_a_closed_market_and_a_past_moment_have_none(self) -> None:
        evening = dt.datetime(2025, 1, 27, 22, tzinfo=dt.UTC)
        assert at_noon(last_traded("QQQ", 40), time=evening) is None
        replayed = Moment(NOON, MONDAY, Phase.OPEN, live=False)
        assert behind(FakeSource({}), Inputs(replayed, {"QQQ": last_traded("QQQ", 99)})) is None


def by_clock(time: dt.datetime) -> FakeSource:
    return FakeSource({}, clock=lambda: time)


class TestAhead:
    def test_prices_of_later_than_it_is_are_stated(self) -> None:
        inputs = Inputs(Moment(NOON, MONDAY, Phase.OPEN, live=True), {"A": last_traded("A", -10)})
        assert ahead(by_clock(NOON), inputs) == (
            "Prices are stamped 10 minutes ahead of this machine's clock: one of the two is wrong."
        )

    def test_those_of_this_second_and_of_a_past_moment_are_not(self) -> None:
        now = Moment(NOON, MONDAY, Phase.OPEN, live=True)
        assert ahead(by_clock(NOON), Inputs(now, {"A": last_traded("A", 0)})) is None
        past = replace(now, live=False)
        assert ahead(by_clock(NOON), Inputs(past, {"A": last_traded("A", -10)})) is None

    def test_a_slow_fetch_accuses_no_clock(self) -> None:
        """The newest price came 20 minutes after the question, just before its answer."""
        begun = Inputs(Moment(NOON, MONDAY, Phase.OPEN, live=True), {"A": last_traded("A", -20)})
        answered = NOON + dt.timedelta(minutes=20, seconds=1)
        assert ahead(by_clock(answered), begun) is None
        early = ahead(by_clock(NOON + dt.timedelta(minutes=15)), begun)
        assert "5 minutes ahead" in (early or "")
