"""Cuts at a moment, by each listing's own calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.desk.desk import Desk
from analytics.model.listing_calendars import calendar_of
from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness
from analytics.sources.base import RawBars
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN, GroupDrawdownParameters
from analytics.studies.supports.price_history import PRICE_HISTORY, PriceHistoryParameters
from analytics.studies.supports.supports import SUPPORTS, SupportLadder, SupportsParameters
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters
from tests.support.builders import Clock, FakeSource, make_desk, walk

FRIDAY, MONDAY = dt.date(2025, 1, 24), dt.date(2025, 1, 27)


def at(text: str, zone: str = "America/New_York") -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def listed(symbol: str, last: dt.date, count: int = 120, start: float = 100.0) -> pd.DataFrame:
    """Bars on the last ``count`` sessions of the symbol's own calendar."""
    listing = calendar_of(symbol)
    days = listing.sessions_between(listing.previous_session(last, count - 1), last)
    close = walk(len(days), start=start)
    return pd.DataFrame(
        {"open": close, "high": close + 1, "low": close - 1, "close": close, "adj_close": close},
        index=pd.DatetimeIndex(days.astype("datetime64[s]")),
    )


def without(frame: pd.DataFrame, *days: str) -> pd.DataFrame:
    return frame.drop(pd.DatetimeIndex(days))


@dataclass
class World(FakeSource):
    """Gives every bar it has; the newest one is running while its own exchange is open."""

    previous_closes: dict[str, float] = field(default_factory=dict)

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        frame, now, listing = self.frames[symbol], self.clock(), calendar_of(symbol)
        newest = listing.session_on_or_before(frame.index.max().date())
        running = now < listing.close(newest)
        return RawBars(
            symbol,
            frame,
            now if running else None,
            not running,
            previous_close=self.previous_closes.get(symbol),
        )


def world(time: dt.datetime, **frames: pd.DataFrame) -> World:
    named = {name.replace("_", "."): frame for name, frame in frames.items()}
    return World(named, Clock(time))


def ladder(desk: Desk, symbol: str, as_of: dt.date | None = None) -> Answer[SupportLadder]:
    return desk.ask(SUPPORTS, SupportsParameters(symbol), as_of)  # type: ignore[arg-type]


def shown(desk: Desk, symbol: str, as_of: dt.date | None = None) -> tuple[dt.date, Freshness]:
    answer = ladder(desk, symbol, as_of)
    assert answer.result is not None, answer.reason
    return answer.result.session, answer.freshness


class TestOwnCalendar:
    def test_london_is_dated_and_closed_by_london(self) -> None:
        source = world(
            at("2025-01-27T12:00"), SPY=listed("SPY", MONDAY), VOD_L=listed("VOD.L", MONDAY)
        )
        answer = ladder(make_desk(source), "VOD.L")
        assert answer.freshness is Freshness.CLOSED  # SPY trades, London is shut since 11:30
        assert answer.provenance.bar_time == at("2025-01-27T16:30", "Europe/London")
        assert answer.result is not None
        assert not answer.result.provisional

    def test_a_finished_tokyo_day_is_closed_and_not_stale(self) -> None:
        source = world(
            at("2025-01-27T09:45"),
            SPY=listed("SPY", MONDAY),
            **{"7203_T": listed("7203.T", MONDAY)},
        )
        assert shown(make_desk(source), "7203.T") == (MONDAY, Freshness.CLOSED)

    @pytest.mark.parametrize("live", [True, False])
    def test_tokyos_monday_stands_on_a_us_holiday(self, live: bool) -> None:
        holiday = dt.date(2025, 2, 17)  # Presidents' Day
        source = world(
            at("2025-02-17T12:00"),
            SPY=listed("SPY", dt.date(2025, 2, 14)),
            **{"7203_T": listed("7203.T", holiday)},
        )
        desk, as_of = make_desk(source), None if live else holiday
        assert shown(desk, "7203.T", as_of)[0] == holiday
        assert shown(desk, "SPY", as_of)[0] == dt.date(2025, 2, 14)

    @pytest.mark.parametrize("live", [True, False])
    def test_a_coin_on_sunday_stands_at_sunday(self, live: bool) -> None:
        sunday = dt.date(2025, 1, 26)
        source = world(at("2025-01-26T12:00"), SPY=listed("SPY", FRIDAY))
        source.frames["BTC-USD"] = listed("BTC-USD", sunday)
        desk, as_of = make_desk(source), None if live else sunday
        session, freshness = shown(desk, "BTC-USD", as_of)
        assert session == sunday
        assert freshness is (Freshness.LIVE if live else Freshness.CLOSED)
        assert shown(desk, "BTC-USD", FRIDAY)[0] == FRIDAY
        assert shown(desk, "SPY", as_of)[0] == FRIDAY

    def test_a_replayed_minute_sees_tokyos_whole_day_and_londons_so_far(self) -> None:
        source = world(
            at("2025-01-28T12:00"),
            SPY=listed("SPY", MONDAY),
            VOD_L=listed("VOD.L", MONDAY),
            **{"7203_T": listed("7203.T", dt.date(2025, 1, 28))},
        )
        desk = make_desk(source)
        minute = at("2025-01-27T10:30")  # 15:30 in London
        assert shown(desk, "7203.T", minute)[0] == MONDAY
        refused = ladder(desk, "VOD.L", minute)
        assert refused.result is None
        sentence = "Fake has no minutes of VOD.L on 2025-01-27."
        assert refused.provenance.missing == {"VOD.L": sentence}
        opens = pd.Timestamp("2025-01-27T08:00", tz="Europe/London").tz_convert("UTC")
        times = opens + pd.to_timedelta(np.arange(510), unit="min")
        begins = float(source.frames["VOD.L"]["close"].iloc[-1]) - 0.5  # within the day's bar
        closes = begins + np.arange(510) / 1000
        minutes = pd.DataFrame(
            {"close": closes, "high": closes + 0.1, "low": closes - 0.1}, index=times
        )
        source.minute_frames["VOD.L", MONDAY] = minutes
        seen = ladder(make_desk(source), "VOD.L", minute).result
        assert seen is not None
        assert (seen.session, seen.provisional) == (MONDAY, True)
        # 450 minutes have ended by 15:30, the last of them 0.449 above where the first began
        assert seen.price == pytest.approx(begins + 0.449)
        assert seen.low == pytest.approx(begins - 0.1)


class TestEndedListings:
    @pytest.mark.parametrize(
        "symbol", ["DEAD", "DEAD.L", "DEAD.T", "DEAD-USD", "DEAD=F", "DEAD.SZ"]
    )
    @pytest.mark.parametrize("clock", ["12:00", "18:00"])
    def test_they_are_missing_on_every_exchange(self, symbol: str, clock: str) -> None:
        source = world(at(f"2025-01-27T{clock}"), SPY=listed("SPY", MONDAY))
        source.frames[symbol] = listed(symbol, dt.date(2024, 8, 1))
        desk = make_desk(source)
        answer = ladder(desk, symbol)
        assert answer.freshness is Freshness.NO_DATA
        assert "its newest is of 2024-08-01" in str(answer.reason)
        assert ladder(desk, symbol, MONDAY - dt.timedelta(days=4)).result is None

    def test_also_where_its_holidays_are_not_known(self) -> None:
        source = world(at("2025-01-27T12:00"), SPY=listed("SPY", MONDAY))
        source.frames["DEAD.CA"] = listed("DEAD.CA", dt.date(2024, 8, 1))
        assert ladder(make_desk(source), "DEAD.CA").result is None
        source.frames["ALIVE.CA"] = listed("ALIVE.CA", dt.date(2025, 1, 23))
        assert ladder(make_desk(source), "ALIVE.CA").result is not None

    @pytest.mark.parametrize(
        ("symbol", "clock", "newest"),
        [
            ("VOD.L", "2025-08-25T12:00", "2025-08-22"),  # London's bank holiday
            ("7203.T", "2025-05-05T12:00", "2025-05-02"),  # Golden Week
            ("0700.HK", "2025-01-30T12:00", "2025-01-28"),  # Lunar New Year
        ],
    )
    def test_a_foreign_holiday_is_no_session_of_its_calendar(
        self, symbol: str, clock: str, newest: str
    ) -> None:
        now, last = at(clock), dt.date.fromisoformat(newest)
        source = world(now, SPY=listed("SPY", now.date()))
        source.frames[symbol] = listed(symbol, last)
        assert shown(make_desk(source), symbol)[0] == last

    def test_in_the_first_hour_its_bar_may_still_be_on_the_way(self) -> None:
        source = world(at("2025-01-27T03:30"), SPY=listed("SPY", FRIDAY))
        source.frames["VOD.L"] = listed("VOD.L", FRIDAY)
        desk = make_desk(source)
        assert shown(desk, "VOD.L")[0] == FRIDAY
        source.clock.time = at("2025-01-27T04:30")  # type: ignore[attr-defined]
        assert ladder(make_desk(source), "VOD.L").result is None


class TestYesterdayMissing:
    def source(self) -> World:
        frame = without(listed("AAA", MONDAY), "2025-01-24")
        return world(at("2025-01-27T12:00"), SPY=listed("SPY", MONDAY), AAA=frame)

    def test_change_level_and_status_are_withheld_by_name(self) -> None:
        answer = ladder(make_desk(self.source()), "AAA")
        result = answer.result
        assert result is not None
        assert result.previous_close is None
        assert result.change_pct is None
        assert result.no_previous == "no bar of 2025-01-24"
        for level in result.levels:
            assert level.session_level is None
            assert level.status is None
            assert level.gap_down is None
            assert level.withheld == "no bar of 2025-01-24"
        assert answer.provenance.notes == ("AAA: no bar of 2025-01-24.",)

    def test_the_feed_gets_nothing_to_call_or_alert_on(self) -> None:
        asked = SessionBaselinesParameters(("AAA", "SPY"))  # type: ignore[arg-type]
        result = make_desk(self.source()).ask(SESSION_BASELINES, asked).result
        assert result is not None
        assert [baseline.symbol for baseline in result.baselines] == ["SPY"]
        assert result.missing["AAA"] == "AAA: no bar of 2025-01-24."

    def test_the_sources_own_previous_close_is_used_and_said(self) -> None:
        source = self.source()
        source.previous_closes["AAA"] = 90.0
        answer = ladder(make_desk(source), "AAA")
        result = answer.result
        assert result is not None
        assert result.previous_close == 90.0
        assert result.change_pct == pytest.approx((result.price / 90.0 - 1) * 100)
        whole = listed("AAA", MONDAY)["close"].to_numpy()
        level = next(one for one in result.levels if one.name == "50-DMA")
        assert level.session_level == pytest.approx(np.append(whole[-51:-2], 90.0).mean())
        assert level.status is not None
        assert "the close of 2025-01-24 is the one the source states" in answer.provenance.notes[0]

    def test_the_sectors_move_of_a_benchmark_without_yesterday_is_not_told(self) -> None:
        source = self.source()
        source.frames["SPY"] = without(source.frames["SPY"], "2025-01-24")
        answer = make_desk(source).ask(AFLOAT, AfloatParameters(symbols=("AAA",)))  # type: ignore[arg-type]
        assert answer.result is None
        assert "no bar of 2025-01-24, so its move of 2025-01-27 is not known" in str(answer.reason)

    def test_as_of_an_earlier_day_all_is_there(self) -> None:
        result = ladder(make_desk(self.source()), "AAA", dt.date(2025, 1, 23)).result
        assert result is not None
        assert result.no_previous is None
        assert all(level.status for level in result.levels)


class TestHoles:
    def source(self) -> World:
        frame = listed("AAA", MONDAY)
        return world(
            at("2025-01-27T18:00"), SPY=listed("SPY", MONDAY), AAA=frame.drop(frame.index[60:100])
        )

    def test_no_average_reaches_over_one_and_it_is_named(self) -> None:
        answer = ladder(make_desk(self.source()), "AAA")
        result = answer.result
        assert result is not None
        named = {level.name for level in result.levels}
        assert "20-DMA" in named
        assert "50-DMA" not in named
        reasons = {one.name: one.reason for one in result.unavailable}
        frame = listed("AAA", MONDAY)
        hole = f"the hole of {frame.index[59].date()} .. {frame.index[100].date()}"
        assert reasons["50-DMA"] == f"50-DMA needs 50 sessions (has 20 since {hole})"
        assert answer.provenance.notes == (f"AAA: averages begin after {hole}.",)

    def test_a_group_leaves_the_member_out(self) -> None:
        asked = GroupDrawdownParameters(symbols=("AAA", "SPY"))  # type: ignore[arg-type]
        result = make_desk(self.source()).ask(GROUP_DRAWDOWN, asked).result
        assert result is not None
        assert "has 20 since the hole of" in result.missing["AAA"]

    def test_the_chart_shows_all_bars_and_begins_its_curves_anew(self) -> None:
        asked = PriceHistoryParameters("AAA")  # type: ignore[arg-type]
        result = make_desk(self.source()).ask(PRICE_HISTORY, asked).result
        assert result is not None
        assert len(result.close) == 80
        curves = {curve.name: curve.values for curve in result.averages}
        assert curves["50-DMA"][49] is not None
        assert curves["50-DMA"][60:] == (None,) * 20
        assert curves["20-DMA"][60:79] == (None,) * 19
        assert curves["20-DMA"][79] is not None


class TestOffCalendarRows:
    @pytest.mark.parametrize("day", ["2025-01-20", "2025-01-25", "2025-01-26", "2025-01-09"])
    def test_one_row_of_the_benchmark_does_not_become_the_desks_session(self, day: str) -> None:
        now = at(f"{day}T12:00")
        last = calendar_of("SPY").session_on_or_before(now.date())
        spy = listed("SPY", last)
        extra = pd.concat([spy, spy.iloc[-1:].set_axis(pd.DatetimeIndex([day]), axis=0)])
        source = world(now, SPY=extra, QQQ=listed("QQQ", last))
        desk = make_desk(source)
        for symbol in ("SPY", "QQQ"):
            answer = ladder(desk, symbol)
            assert answer.result is not None
            assert answer.result.session == last
            assert answer.result.change_pct == pytest.approx(
                (
                    listed(symbol, last)["close"].iloc[-1] / listed(symbol, last)["close"].iloc[-2]
                    - 1
                )
                * 100
            )
        assert ladder(desk, "SPY").provenance.rejected == {
            "not a session of the New York Stock Exchange": 1
        }
