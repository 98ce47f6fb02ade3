"""Data health: the market's line, what each check says, and what the strip's button counts."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest

from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed
from analytics.model import sessions
from analytics.model.live import FeedState
from analytics.model.vocabulary import BadInput, Freshness, Moment, Phase, SourceFailure
from analytics.options.published_iv import IvAgreement
from analytics.sources.composed import ComposedSource
from analytics.sources.guards import CircuitBreaker
from analytics.sources.sec.source import SecSource
from analytics.store.database import Database
from analytics.store.records import Records
from components.frame import data_health as health
from components.frame import panels
from tests.support.builders import MONDAY, Clock, FakeSource, make_desk, make_frame, walk


def new_york(day: str, clock: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=sessions.NEW_YORK)


@dataclass
class Guarded(FakeSource):
    breaker: CircuitBreaker = field(default_factory=lambda: CircuitBreaker("Fake", lambda: 0.0))


def guarded() -> Guarded:
    return Guarded({s: make_frame(walk(300), MONDAY) for s in ("SPY", "QQQ", "^VIX")})


def still(source: Any, **published: Any) -> Feed:
    """A feed that has published what is ``published`` and is as old as ``age``."""
    feed = open_feed(make_desk(source))
    feed._market = replace(
        feed._market,
        poll=lambda symbols: (),
        connect=published.pop("connect", lambda symbols: None),
    )
    age = published.pop("age", 0.0)
    state = msgspec.convert({"mode": "stream", "followed": 3, **published}, FeedState)
    content = msgspec.structs.replace(feed.peek().content, speed=None, feed=state)
    feed._publication.show(type(feed.peek())(7, msgspec.json.encode(content)))
    feed._publication._received_at -= age
    return feed


def text_of(content: Any) -> str:
    plain = panels.plain(content)
    if isinstance(plain, dict):
        return text_of(plain["props"].get("children", ""))
    return " ".join(map(text_of, plain)) if isinstance(plain, list) else str(plain or "")


class TestMarketLine:
    @pytest.mark.parametrize(
        ("day", "clock", "expected"),
        [
            ("2025-01-27", "13:50", "Open, 2 h 10 min to the close at 16:00 EST."),
            ("2025-01-27", "15:59:30", "Open, 0 min 30 s to the close at 16:00 EST."),
            ("2025-11-28", "12:30", "Open, 30 min to the close at 13:00 EST (half-day)."),
            ("2025-01-27", "09:00", "Pre-market, 30 min to the open at 09:30 EST."),
            (
                "2025-11-27",
                "12:00",
                "Closed for Thanksgiving. Next open Fri 28 Nov 2025, 09:30 EST (half-day).",
            ),
            (
                "2025-01-09",
                "12:00",
                "Closed for a special closure. Next open Fri 10 Jan 2025, 09:30 EST.",
            ),
            (
                "2025-03-08",
                "12:00",
                "Closed for the weekend. Next open Mon 10 Mar 2025, 09:30 EDT.",
            ),
            (
                "2025-07-03",
                "14:00",
                "Closed since 13:00 EDT (half-day). Next open Mon 7 Jul 2025, 09:30 EDT.",
            ),
            ("2025-01-27", "03:00", "Closed. Next open Mon 27 Jan 2025, 09:30 EST."),
        ],
    )
    def test_each_state_of_the_day(self, day: str, clock: str, expected: str) -> None:
        assert health.market_line(new_york(day, clock)) == expected

    def test_the_strip_counts_down_to_a_time_the_browser_knows(self) -> None:
        noon = new_york("2025-11-28", "12:00")
        line = health.phase_line(Moment(noon, noon.date(), Phase.OPEN, True))
        assert "1 h 0 min" in text_of(line)
        assert "(half-day)" in text_of(line)
        assert '"data-until": "2025-11-28T18:00:00+00:00"' in json.dumps(panels.plain(line))

    def test_a_holiday_is_named_in_the_strip_with_the_next_open(self) -> None:
        noon = new_york("2025-11-27", "12:00")
        line = health.phase_line(Moment(noon, dt.date(2025, 11, 26), Phase.CLOSED, True))
        assert "for Thanksgiving next open Fri 28 Nov 2025, 09:30 EST (half-day)" in text_of(line)


class TestReport:
    def test_a_healthy_desk_counts_nothing(self) -> None:
        source = guarded()
        desk, feed = make_desk(source), still(source)
        checks = {check.name: check for check in health.report(desk, feed, "QQQ")}
        assert list(checks) == [
            "Market",
            "Prices",
            "SPY options",
            "QQQ options",
            "Live feed",
            "Requests to Fake",
            "Rows rejected",
            "Cache",
            "Store",
        ]
        assert checks["Prices"].badge is Freshness.LIVE
        assert checks["SPY options"].text.startswith("Not asked for yet")
        assert health.troubles(desk, feed) == ()
        assert source.calls["QQQ"] == 1

    def test_an_open_breaker_says_until_when(self) -> None:
        source = guarded()
        source.breaker.limited()
        (check,) = health.troubles(make_desk(source), still(source))
        assert check.badge is Freshness.ERROR
        assert check.text == "Fake is limiting requests; next try in 60 s."
        assert check.notes == ("0 answered, 0 failed, 1 limited, 0 refused",)

    def test_a_store_and_a_cache_that_cannot_write_are_said(self) -> None:
        source = guarded()
        clock = source.clock
        cache = Cache(NoBackend("No room."), Codec(CACHED_TYPES), clock=clock)
        records = Records(Database.refused("The store is locked."))
        desk = Desk(source, cache, clock=clock, records=records)
        assert [(c.name, c.text) for c in health.troubles(desk, still(source))] == [
            ("Cache", "No room."),
            ("Store", "The store is locked."),
        ]

    def test_rejected_rows_have_their_reasons(self) -> None:
        source = guarded()
        source.frames["SPY"].loc[source.frames["SPY"].index[5], "close"] = -1.0
        desk = make_desk(source)
        checks = {check.name: check for check in health.report(desk, still(source))}
        assert checks["Rows rejected"].text == "1 since the start."
        assert checks["Rows rejected"].notes == ("1: close not positive",)

    def test_a_source_without_a_clock_is_one_error_and_the_rest_is_told(self) -> None:
        source = guarded()
        desk, feed = make_desk(source), still(source)

        def fails() -> dt.datetime:
            raise SourceFailure("no clock.")

        source.clock = fails
        first, *others = health.report(desk, feed)
        assert (first.name, first.badge) == ("Market", Freshness.ERROR)
        assert [check.name for check in others] == ["Requests to Fake", "Cache", "Store"]


class TestFeedLine:
    @pytest.mark.parametrize(
        ("published", "badge", "said"),
        [
            ({}, Freshness.LIVE, "Streaming 3 symbols, no tick yet."),
            ({"mode": "polled"}, Freshness.DELAYED, "The stream does not answer: 3 symbols"),
            ({"mode": "polled", "connect": None}, Freshness.DELAYED, "3 symbols are polled, no"),
            ({"mode": "idle"}, Freshness.CLOSED, "At rest while the market is closed"),
            ({"mode": "connecting"}, None, "Connecting."),
            ({"mode": "connecting", "error": "refused"}, Freshness.ERROR, "Not connected"),
            ({"age": 60.0}, Freshness.STALE, "Nothing was published for 60 s."),
            (
                {"last_tick": "2025-01-27T16:45:00+00:00"},
                Freshness.STALE,
                "last tick 11:45 EST, 15 min ago.",
            ),
        ],
    )
    def test_each_mode(self, published: dict[str, Any], badge: Freshness | None, said: str) -> None:
        source = guarded()
        check = health._live(still(source, **published), source.now())
        assert check.badge is badge
        assert said in check.text
        assert ("does not answer" in check.text) == ("does not answer" in said)

    def test_faults_are_counted_and_missing_symbols_have_a_reason(self) -> None:
        source = guarded()
        feed = still(
            source,
            reconnects=2,
            garbage=1,
            dropped={"out of order": 4},
            error="the stream was closed",
            missing={f"S{n}": "unknown" for n in range(8)},
        )
        notes = health._live(feed, source.now()).notes
        assert notes[:3] == (
            "2 reconnects, 1 unreadable frames, 0 polls",
            "4 quotes left out: out of order",
            "Last fault: the stream was closed",
        )
        assert notes[-1] == "and 2 more"


class TestUntrusted:
    @pytest.mark.parametrize("symbol", [None, 7, "<script>", "A" * 500, ["SPY"]])
    def test_a_forged_symbol_is_the_benchmark(self, symbol: object) -> None:
        assert health._symbol(symbol) == "SPY"

    def test_a_real_one_is_taken(self) -> None:
        assert health._symbol("nvda") == "NVDA"


def test_next_open_refuses_no_minute_of_a_year() -> None:
    clock = Clock(new_york("2025-01-01", "00:00"))
    while clock.time.year == 2025:
        assert sessions.next_open(clock.time) > clock.time
        clock.advance(hours=7)


def test_a_day_outside_the_calendar_is_a_sentence() -> None:
    with pytest.raises(BadInput, match="outside the exchange's calendar"):
        sessions.next_open(new_york("2098-01-01", "12:00"))


class TestProviders:
    def test_every_provider_of_a_composed_source_is_reported(self) -> None:
        base = guarded()
        filings = SecSource("desk@example.org", breaker=CircuitBreaker("SEC EDGAR"))
        filings.breaker.limited()
        source = ComposedSource(base, {"quarters": (filings, base)})
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), clock=base.clock)
        (check,) = [c for c in health.troubles(desk, still(base)) if c.name.startswith("Requests")]
        assert (check.name, check.badge) == ("Requests to SEC EDGAR", Freshness.ERROR)

    def test_our_volatilities_stand_beside_the_vendors(self) -> None:
        words = health.beside_published("Cboe", IvAgreement(612, -0.094, 0.123))
        assert words == (
            "Our IV lies 0.09 points below Cboe\u2019s: median of 612 contracts out of the money; "
            "typically 0.12 apart."
        )
        assert "too few" in health.beside_published("Cboe", None)
