"""The data is bad: rejected rows are absent, counted and said; what is not known is a card.

From a source's raw frame or chain, through the desk, to the panels as a viewer gets them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.feed import Feed, FeedPace
from analytics.feed.book import QuoteBook
from analytics.model.vocabulary import Bars, OptionChain
from analytics.sources.base import RawBars
from analytics.watch.session_baseline import baseline_of
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_bars, make_frame, walk
from tests.support.fault_stage import Stage, desk_on, new_york, said
from tests.support.small_chains import Row, chain_of, priced_rows
from tests.support.small_feeds import MemorySharedState, ScriptedStream, market_on, tick
from tests.support.waiting import until

NAN, INF = float("nan"), float("inf")
CLOSES = walk(300, 5)
AT_MID = 150

Frames = dict[str, pd.DataFrame]


def stage_of(frame: pd.DataFrame, chain: OptionChain | None = None) -> Stage:
    """TEST with this frame, and a sound market beside it."""
    frames: Frames = {
        name: make_frame(walk(300, seed), MONDAY)
        for seed, name in enumerate(("SPY", "QQQ", "DIA", "IWM"))
    }
    source = FakeSource(frames | {"TEST": frame})
    if chain is not None:
        source.chains["TEST", MONDAY] = replace(chain, session=MONDAY, time=source.now())
    assert isinstance(source.clock, Clock)
    return Stage(desk_on(source, source.clock), source.clock)


def sound() -> pd.DataFrame:
    return make_frame(CLOSES, MONDAY)


def spoilt(column: str, value: float, at: int) -> pd.DataFrame:
    frame = sound()
    frame.loc[frame.index[at], column] = value
    return frame


def ladder(stage: Stage) -> list[Any]:
    rows: list[Any] = stage.see("supports/ladder", symbol="TEST")["data"]["rows"]
    return rows


class TestBars:
    @pytest.mark.parametrize("at", [AT_MID, -1], ids=["mid-window", "last-bar"])
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            pytest.param("close", NAN, id="nan"),
            pytest.param("close", INF, id="inf"),
            pytest.param("close", 0.0, id="zero"),
            pytest.param("close", -5.0, id="negative"),
            pytest.param("high", 0.5, id="high-under-low"),
        ],
    )
    def test_a_bad_row_is_as_if_it_were_not_there_and_is_said(
        self, column: str, value: float, at: int
    ) -> None:
        frame = spoilt(column, value, at)
        stage = stage_of(frame)
        shown = stage.see("supports/price", symbol="TEST")
        if at == -1:  # the session's own bar: nothing older is passed off as it
            assert shown["badge"]["freshness"] == "NO DATA"
            assert shown["absence"] == (f"TEST: no bar of {MONDAY} (its newest is of {FRIDAY}).")
        else:
            assert "1 row rejected" in shown["subtitle"]
            assert ladder(stage) == ladder(stage_of(frame.drop(frame.index[at])))
        assert stage.see("market/indices")["absence"] is None
        assert sum(stage.desk.rejected_rows.values()) == 1

    def test_nothing_valid_at_all_is_a_card(self) -> None:
        frame = sound()
        frame["close"] = NAN
        shown = stage_of(frame).see("supports/price", symbol="TEST")
        assert (shown["badge"]["freshness"], shown["absence"]) == (
            "NO DATA",
            "TEST: no valid price bar (300 rejected: close missing).",
        )

    def test_duplicate_and_unsorted_rows_change_no_figure(self) -> None:
        frame = pd.concat([sound().sample(frac=1, random_state=3), sound().iloc[[7, 90]]])
        assert ladder(stage_of(frame)) == ladder(stage_of(sound()))
        shown = stage_of(frame).see("supports/price", symbol="TEST")
        assert "2 rows rejected" in shown["subtitle"]

    @pytest.mark.parametrize(
        "zoned",
        [
            pytest.param(lambda index: index, id="naive"),
            pytest.param(lambda index: index.tz_localize("UTC"), id="utc"),
            pytest.param(lambda index: index.tz_localize("America/New_York"), id="new-york"),
        ],
    )
    def test_naive_utc_and_new_york_dates_are_the_same_sessions(
        self, zoned: Callable[[pd.DatetimeIndex], pd.DatetimeIndex]
    ) -> None:
        stage = stage_of(sound())
        source = stage.desk.source
        assert isinstance(source, FakeSource)
        plain = source.bars
        frame = sound().set_axis(zoned(pd.DatetimeIndex(sound().index)))

        def bars(symbol: str, start: Any, upto: Any = None) -> RawBars:
            raw = plain(symbol, start, upto)
            return replace(raw, frame=frame) if symbol == "TEST" else raw

        source.bars = bars  # type: ignore[method-assign]
        assert ladder(stage) == ladder(stage_of(sound()))

    def test_a_listing_of_30_bars_says_what_it_lacks(self) -> None:
        stage = stage_of(make_frame(walk(30), MONDAY))
        shown = stage.see("supports/ladder", symbol="TEST")
        assert "50-DMA needs 50 sessions (has 30)" in said(shown).replace("\u2011", "-")
        assert shown["absence"] is None
        assert stage.see("supports/price", symbol="TEST")["figure"] is not None

    def test_an_ex_dividend_day_moves_no_level(self) -> None:
        paid = sound()
        paid.loc[paid.index[:-20], "adj_close"] *= 0.97
        assert ladder(stage_of(paid)) == ladder(stage_of(sound()))


class TestSplit:
    """A 4:1 split takes effect on Monday; the source then divides all earlier prices."""

    def after(self) -> pd.DataFrame:
        prices = np.append(CLOSES[1:] / 4, CLOSES[-1] / 4)
        return make_frame(prices, MONDAY, spread=0.25, splits={-1: 4.0})

    def before(self) -> pd.DataFrame:
        return make_frame(CLOSES, FRIDAY)

    def test_bars_fetched_before_it_are_never_shown_as_a_break(self) -> None:
        stage = stage_of(self.before())
        source = stage.desk.source
        assert isinstance(source, FakeSource)
        stage.clock.time = new_york("2025-01-24", "15:59")
        whole = stage.see("supports/ladder", symbol="TEST")
        stage.clock.time = new_york("2025-01-27", "09:31")
        source.frames["TEST"] = self.after()
        stage.see("supports/ladder", symbol="TEST")
        stage.settled()
        shown = stage.see("supports/ladder", symbol="TEST")
        fifty = {row[0]: row for row in shown["data"]["rows"]}
        old = {row[0]: row for row in whole["data"]["rows"]}
        assert fifty["50-DMA"][2] == pytest.approx(old["50-DMA"][2] / 4, rel=0.02)
        assert "broken" not in said(shown)
        assert "under" not in said(shown).split()

    def test_a_quote_in_new_shares_is_not_held_against_bars_in_old_ones(self) -> None:
        book = QuoteBook()
        basis = baseline_of(make_bars(CLOSES, FRIDAY), MONDAY)
        assert basis is not None
        book.set_baselines({"TEST": basis})
        price = round(float(CLOSES[-1]) / 4, 2)
        assert book.accept([replace(tick(price), previous_close=price)]) == 1
        line = book.lines()["TEST"]
        assert (line.quote.price, line.change_pct, line.levels) == (price, 0.0, ())
        assert book.disagreeing() == {"TEST"}

    def test_a_crash_of_the_same_size_is_held_against_them_once_confirmed(self) -> None:
        book = QuoteBook()
        basis = baseline_of(make_bars(CLOSES, FRIDAY), MONDAY)
        assert basis is not None
        book.set_baselines({"TEST": basis})
        price = round(float(CLOSES[-1]) / 4, 2)
        crash = replace(tick(price), previous_close=float(CLOSES[-1]))
        assert book.accept([crash]) == 0
        assert book.accept([replace(crash, time=crash.time + dt.timedelta(seconds=1))]) == 1
        assert len(book.lines()["TEST"].levels) == 4

    def test_the_feed_has_the_bars_fetched_again_and_goes_on(self) -> None:
        bars: list[Bars] = [make_bars(CLOSES, FRIDAY)]
        forgotten: list[str] = []

        def bases(symbols: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
            return {"TEST": baseline_of(bars[0], MONDAY)}, {}

        def forget(symbols: Any) -> None:
            forgotten.extend(symbols)
            bars[0] = make_bars(CLOSES / 4, FRIDAY, spread=0.25)

        stream = ScriptedStream()
        market = market_on(
            stream.connect,
            lambda: new_york("2025-01-27", "12:00"),
            baselines=bases,
            forget=forget,
        )
        pace = FeedPace(beat=0.01, alive=0.1, share=0.05, refetch=0.05)
        feed = Feed(MemorySharedState(), market, ("TEST",), pace=pace)
        price = round(float(CLOSES[-1]) / 4, 2)

        def line() -> Any:
            stream.send(replace(tick(price), previous_close=price))
            return feed.watch().content.quotes.get("TEST")

        until(lambda: (shown := line()) is not None and shown.levels)
        levels = line().levels
        feed.close()
        assert set(forgotten) == {"TEST"}
        assert 0.9 < levels["50-DMA"].price / price < 1.1


SPOT = float(CLOSES[-1])
STRIKES = [float(k) for k in np.round(np.linspace(SPOT * 0.8, SPOT * 1.2, 17))]


def chain(*more: Row, **changed: Any) -> OptionChain:
    """Two expiries around the price; the day count is from `MONDAY`."""
    rows = [r for days in (4, 25) for r in priced_rows(SPOT, days, STRIKES, sigma=0.4)]
    made = chain_of(*(replace(r, **changed) for r in rows), *more, price=SPOT)
    return replace(made, expiry=made.expiry + (np.datetime64(MONDAY) - np.datetime64("2025-01-06")))


OPTION_PANELS = ("options/answer", "options/levels", "options/gex-expiry", "options/hygiene")


def options_text(made: OptionChain) -> dict[str, str]:
    stage = stage_of(sound(), made)
    return {name: said(stage.see(name, symbol="TEST")) for name in OPTION_PANELS}


class TestChains:
    def test_no_open_interest_at_all_is_said_and_never_zero(self) -> None:
        texts = options_text(chain(interest=0.0))
        assert "no open interest" in texts["options/levels"]
        assert "no open interest" in texts["options/gex-expiry"]

    def test_crossed_and_expired_quotes_are_left_out_and_counted(self) -> None:
        wrong = (
            Row(4, True, STRIKES[8] + 0.5, bid=9.0, ask=1.0, volume=0, interest=0),
            Row(-3, True, STRIKES[8]),
        )
        texts = options_text(chain(*wrong))["options/hygiene"]
        assert "crossed" in texts
        assert "expired" in texts
        assert (
            options_text(chain(*wrong))["options/levels"]
            == (options_text(chain())["options/levels"])
        )

    def test_a_put_dearer_than_those_above_it_is_as_if_it_had_no_quote(self) -> None:
        def with_put(bid: float, ask: float) -> Stage:
            made = chain()
            at = np.flatnonzero(~made.is_call & (made.strike == STRIKES[3]))[0]
            made.bid[at], made.ask[at], made.last[at], made.iv[at] = bid, ask, ask, 7.5
            return stage_of(sound(), made)

        wild, silent = with_put(SPOT * 0.25, SPOT * 0.255), with_put(0.0, 0.0)
        for name in ("options/profile", "options/levels", "options/smile"):
            seen = [stage.see(name, symbol="TEST")["data"] for stage in (wild, silent)]
            assert seen[0] == seen[1], name
        hygiene = said(wild.see("options/hygiene", symbol="TEST"))
        assert "bid above the asks of strikes nearer the money" in hygiene

    def test_without_a_chain_the_ladder_stands_and_the_options_say_why(self) -> None:
        stage = stage_of(sound())
        assert stage.see("supports/ladder", symbol="TEST")["absence"] is None
        shown = stage.see("options/answer", symbol="TEST")
        assert shown["absence"] is not None
        assert shown["badge"]["freshness"] == "NO DATA"
