"""Rules of alerts: parsed from untrusted values, and held against hand-made snapshots."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.evaluate import Watch, events
from analytics.alerts.form import Choice, DayField, NumberField, SymbolField, Text, Tick
from analytics.alerts.kinds import KINDS
from analytics.alerts.kinds.crossing import Crossing
from analytics.alerts.kinds.low_sentiment import LowSentiment
from analytics.alerts.kinds.near import Near
from analytics.alerts.path import Path as PricePath
from analytics.alerts.path import Point, path_of
from analytics.alerts.rule import Rule, RuleStatus, SentimentReading, Situation
from analytics.alerts.rules import field_names, parse_rule, rule_id, to_json
from analytics.model.live import FeedState, LiveLevel, LiveQuote, LiveSnapshot
from analytics.model.question import Symbol
from analytics.model.status import status_after_close, status_in_session
from analytics.model.vocabulary import BadInput, Phase

SPY = Symbol("SPY")
LOSES = Crossing(SPY, "loses", 50, by_close=False)
RECLAIMS = Crossing(SPY, "reclaims", 50, by_close=False)
HOLDS = Crossing(SPY, "holds", 50, by_close=True)
NEAR = Near(SPY, 50, None, 0.5, "pct")
LEVEL = 596.0
MORNING = "2025-01-27T15:02:00Z"
CLOSE = "2025-01-27T21:00:00Z"
SETTLED = "2025-01-27T21:02:00Z"


def line(
    price: float,
    *,
    time: str = MORNING,
    previous: float = 608.0,
    low: float | None = None,
    high: float | None = None,
    final: bool = False,
    pre: bool = False,
) -> LiveQuote:
    """SPY's line as the feed writes it, with a 50-DMA at 596 and an ATR of 6."""
    lowest = price if low is None else low
    if pre:
        status = None
    elif final:
        status = status_after_close(LEVEL, price, previous, lowest)
    else:
        status = status_in_session(LEVEL, price, previous, lowest, 6.0)
    level = LiveLevel(
        price=LEVEL,
        session_level=None if pre else LEVEL,
        distance_pct=(LEVEL / price - 1) * 100,
        distance_atr=(LEVEL - price) / 6.0 or None,
        status=status,
        gap_down=None,
        close_needed=None,
    )
    return LiveQuote(
        price=price,
        time=dt.datetime.fromisoformat(time),
        change_pct=(price / previous - 1) * 100,
        open=None,
        high=price if high is None else high,
        low=lowest,
        volume=None,
        pre=pre,
        final=final,
        previous_close=previous,
        withheld=None,
        support=None,
        next_support=None,
        levels={"50-DMA": level},
    )


def snapshot(spy: LiveQuote | None = None, at: str | None = None) -> LiveSnapshot:
    """What the feed publishes with this line of SPY, at its time."""
    return LiveSnapshot(
        sequence=1,
        epoch="e",
        at=spy.time if spy and at is None else dt.datetime.fromisoformat(at or MORNING),
        phase=Phase.OPEN,
        speed=None,
        feed=FeedState(),
        quotes={} if spy is None else {"SPY": spy},
    )


def closed(price: float, *, at: str = SETTLED, **other: Any) -> LiveSnapshot:
    return snapshot(line(price, time=CLOSE, final=True, **other), at)


def stands(
    rule: Rule, spy: LiveQuote | None = None, sentiment: float | None = None, absent: str = ""
) -> RuleStatus:
    """The status of a rule beside SPY's line and the index."""
    day = dt.date(2025, 1, 27)
    time = dt.datetime.fromisoformat(MORNING)
    reading = sentiment and SentimentReading(sentiment, day, time, final=False)
    quotes = {} if spy is None else {"SPY": spy}
    return rule.status(Situation(quotes, reading or None, {"SPY": absent}))


def watch(rule: Rule, since: dt.datetime | None = None) -> Watch:
    """The rule as somebody's."""
    return Watch("local", rule, rule_id("local", rule), since)


def fired(rule: Rule, *contents: LiveSnapshot, **other: Any) -> list[str]:
    """Titles of what a rule tells over a sequence of snapshots, each the first look of a day."""
    keys: set[str] = set()
    titles = []
    for content in contents:
        for message in events(watch(rule), content, keys, **other):
            keys.add(message.key)
            titles.append(message.title)
    return titles


def at_close(rule: Rule, price: float, **other: Any) -> list[str]:
    """Titles of what the session's close makes a rule tell."""
    content = closed(price, **other)
    return [event.title for event in rule.find(Situation(content.quotes))]


class TestParse:
    @pytest.mark.parametrize(
        ("raw", "rule", "words"),
        [
            (
                {"kind": "crossing", "symbol": "spy", "does": "loses", "sessions": 50},
                LOSES,
                "SPY loses its 50-DMA",
            ),
            (
                {"kind": "crossing", "symbol": "SPY", "does": "holds", "sessions": 50},
                HOLDS,
                "SPY holds its 50-DMA by the close",
            ),
            (
                {"kind": "near", "symbol": "SPY", "sessions": 50, "distance": 0.5, "unit": "pct"},
                NEAR,
                "SPY is within 0.5% of its 50-DMA",
            ),
            (
                {"kind": "near", "symbol": "^VIX", "level": 1234.5, "distance": 1, "unit": "atr"},
                Near(Symbol("^VIX"), None, 1234.5, 1.0, "atr"),
                "^VIX is within 1 ATR of 1,234.50",
            ),
            (
                {"kind": "sentiment", "under": 20},
                LowSentiment(20.0),
                "the sentiment index is under 20",
            ),
        ],
    )
    def test_what_a_browser_sends_becomes_a_rule(
        self, raw: dict[str, Any], rule: Rule, words: str
    ) -> None:
        assert parse_rule(raw) == rule
        assert rule.words() == words

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (None, "JSON object"),
            ([], "JSON object"),
            ({}, "kind is missing: accepted are crossing"),
            ({"kind": "crossing", "symbol": "<b>", "does": "loses", "sessions": 50}, "symbol"),
            ({"kind": "crossing", "symbol": "SPY", "does": "melts", "sessions": 50}, "does is"),
            ({"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 51}, "sessions is"),
            ({"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": True}, "sessions"),
            (
                {
                    "kind": "crossing",
                    "symbol": "SPY",
                    "does": "loses",
                    "sessions": 50,
                    "by_close": 1,
                },
                "by_close",
            ),
            ({"kind": "near", "symbol": "SPY", "distance": 1, "unit": "pct"}, "Name either"),
            (
                {
                    "kind": "near",
                    "symbol": "SPY",
                    "sessions": 50,
                    "level": 1,
                    "distance": 1,
                    "unit": "pct",
                },
                "Name either",
            ),
            (
                {
                    "kind": "near",
                    "symbol": "SPY",
                    "level": float("nan"),
                    "distance": 1,
                    "unit": "pct",
                },
                "level is 'nan'",
            ),
            (
                {"kind": "near", "symbol": "SPY", "sessions": 50, "distance": 99, "unit": "pct"},
                "0.01 to 20",
            ),
            ({"kind": "sentiment", "under": 10**400}, "under is"),
            ({"kind": "sentiment", "under": "20"}, "under is '20'"),
            ({"kind": "sentiment", "under": 20, "to": "x"}, "'to' is no part"),
        ],
        ids=str,
    )
    def test_what_is_malformed_is_refused_in_a_sentence(self, raw: Any, said: str) -> None:
        with pytest.raises(BadInput, match=said):
            parse_rule(raw)

    @pytest.mark.parametrize("rule", [LOSES, RECLAIMS, HOLDS, NEAR, LowSentiment(12.5)], ids=str)
    def test_a_kept_rule_is_read_back_and_has_one_name(self, rule: Rule) -> None:
        assert parse_rule(json.loads(to_json(rule))) == rule
        assert rule_id("local", rule) == rule_id("local", parse_rule(json.loads(to_json(rule))))
        assert rule_id("local", rule) != rule_id("carol", rule)


class TestLevelOfARule:
    def test_an_average_named_is_the_one_by_its_sessions(self) -> None:
        named = {"kind": "crossing", "symbol": "SPY", "does": "loses", "at": "50-DMA"}
        assert parse_rule(named) == LOSES

    def test_a_day_is_written_one_way(self) -> None:
        given = {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (2024-08-05)"}
        assert parse_rule(given).words() == "SPY touches its anchored VWAP (2024-08-05)"
        for day in ("20240805", "2024-W32-1"):
            with pytest.raises(BadInput, match=day):
                parse_rule(given | {"at": f"anchored VWAP ({day})"})

    def test_an_event_is_named_without_its_day(self) -> None:
        given = {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (Fed 2025-01-29)"}
        assert parse_rule(given).words() == "SPY touches its anchored VWAP (Fed)"

    @pytest.mark.parametrize(
        "at", ["call wall", "own 590", "60-DMA", "pivot", "", 7, None, "anchored VWAP (moon)"]
    )
    def test_a_level_that_no_rule_can_name_is_refused(self, at: object) -> None:
        with pytest.raises(BadInput, match=r"accepted|Name a level: at is its name"):
            parse_rule({"kind": "touch", "symbol": "SPY", "at": at})

    def test_two_levels_are_refused(self) -> None:
        both = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50}
        with pytest.raises(BadInput, match="one level"):
            parse_rule(both | {"at": "prior day low"})


class TestStored:
    """Text and names as the first release wrote them into stores that exist."""

    @pytest.mark.parametrize(
        ("text", "name", "rule"),
        [
            (
                '{"by_close":false,"does":"loses","kind":"crossing","sessions":50,"symbol":"SPY"}',
                "41a2fab05b4c7291c4dec0ec",
                LOSES,
            ),
            (
                '{"distance":1.0,"kind":"near","level":1234.5,"sessions":null,"symbol":"^VIX",'
                '"unit":"atr"}',
                "91603f7e54034b81d8a58401",
                Near(Symbol("^VIX"), None, 1234.5, 1.0, "atr"),
            ),
            (
                '{"kind":"sentiment","under":20.0}',
                "23c43c032b1e937743ea6c5a",
                LowSentiment(20.0),
            ),
        ],
    )
    def test_a_rule_of_an_older_store_is_read_and_keeps_its_name(
        self, text: str, name: str, rule: Rule
    ) -> None:
        assert parse_rule(json.loads(text)) == rule
        assert to_json(rule) == text
        assert rule_id("local", rule) == name


class TestForms:
    @pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.kind)
    def test_what_a_form_sends_at_first_is_a_rule(self, kind: type[Rule]) -> None:
        sent: dict[str, Any] = {"kind": kind.kind}
        for control in kind.controls:
            match control:
                case Text():
                    continue
                case SymbolField():
                    sent[control.name] = "SPY"
                case Tick():
                    sent[control.name] = False
                case NumberField() if control.when and sent[control.when[0]] != control.when[1]:
                    continue
                case DayField():
                    continue  # no day is chosen at first
                case _:
                    sent[control.name] = control.value
        assert parse_rule(sent).words()
        sent_by_form = {one.name for one in kind.controls if not isinstance(one, Text)}
        assert sent_by_form == set(field_names(kind)) - {"sessions"}  # a form names averages too

    @pytest.mark.parametrize("kind", ["crossing", "touch", "near"])
    def test_each_level_that_a_form_offers_is_one_that_rules_can_name(self, kind: str) -> None:
        (choice,) = (c for c in KINDS[kind].controls if isinstance(c, Choice) and c.name == "at")
        (day,) = (c for c in KINDS[kind].controls if isinstance(c, DayField))
        fields: dict[str, dict[str, Any]] = {
            "crossing": {"does": "loses"},
            "touch": {},
            "near": {"distance": 1, "unit": "pct"},
        }
        for value, _ in choice.options:
            if value is None:
                continue
            at = day.text.format(day="2024-08-05") if day.when == ("at", value) else value
            rule = parse_rule({"kind": kind, "symbol": "SPY", "at": at} | fields[kind])
            assert rule.level_id is not None
            assert rule.level_id.name == at
            assert f"its {at}" in rule.words()
            assert parse_rule(json.loads(to_json(rule))) == rule

    def test_the_documentation_lists_each_kind_with_its_fields(self) -> None:
        text = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
        rows = {row.split("|")[1].strip(" `"): row for row in text.splitlines() if "| `" in row}
        for name, kind in KINDS.items():
            assert all(f"`{field}`" in rows[name] for field in field_names(kind)), name


class TestLoses:
    def test_a_crossing_in_session_is_provisional_with_its_price_and_time(self) -> None:
        (message,) = events(watch(LOSES), snapshot(line(595.0)), set())
        assert message.title == "SPY is under its 50-DMA at 10:02 (provisional)"
        assert "595.00, 0.17% under the level 596.00 known before the open" in message.text
        assert message.text.endswith("only the close decides.")
        assert message.link == "/supports?symbol=SPY"
        assert message.happened_at == dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)
        assert not message.simulated

    def test_once_a_session_and_the_close_is_left_to_the_ledger(self) -> None:
        assert fired(
            LOSES,
            snapshot(line(597.0)),
            snapshot(line(595.0)),
            snapshot(line(598.0, low=595.0)),
            snapshot(line(594.0)),
            closed(594.5, low=594.0),
        ) == ["SPY is under its 50-DMA at 10:02 (provisional)"]

    def test_by_the_close_it_is_broken(self) -> None:
        assert at_close(LOSES, 594.5, low=594.0) == ["SPY closed under its 50-DMA: 594.50"]

    def test_a_level_won_back_by_the_close_takes_the_alert_back(self) -> None:
        assert at_close(LOSES, 599.0, low=594.0) == [
            "SPY held its 50-DMA by the close after all: 599.00"
        ]

    def test_what_was_below_before_is_not_lost_again(self) -> None:
        assert fired(LOSES, snapshot(line(590.0, previous=592.0))) == []
        assert at_close(LOSES, 591.0, previous=592.0) == []

    def test_by_the_close_only_nothing_is_provisional(self) -> None:
        rule = Crossing(SPY, "loses", 50, by_close=True)
        assert fired(rule, snapshot(line(595.0))) == []
        assert at_close(rule, 599.0, low=594.0) == []
        assert at_close(rule, 594.0) == ["SPY closed under its 50-DMA: 594.00"]


class TestReclaims:
    def test_from_below_it_is_provisional_then_decided(self) -> None:
        assert fired(RECLAIMS, snapshot(line(597.0, previous=590.0))) == [
            "SPY is back above its 50-DMA at 10:02 (provisional)"
        ]
        assert at_close(RECLAIMS, 598.0, previous=590.0) == ["SPY closed above its 50-DMA: 598.00"]

    def test_one_that_fails_by_the_close_says_so(self) -> None:
        assert at_close(RECLAIMS, 593.0, previous=590.0, high=597.0) == [
            "SPY did not reclaim its 50-DMA: 593.00"
        ]

    def test_one_won_back_in_session_and_lost_again_by_the_close_says_so(self) -> None:
        day = PricePath(
            tuple(point(price, i) for i, price in enumerate((608.0, 595.0, 599.0, 594.0)))
        )
        final = line(594.0, time=CLOSE, final=True)
        titles = [event.title for event in RECLAIMS.find_in(final, day)]
        assert titles == ["SPY closed under its 50-DMA: 594.00"]

    def test_a_level_lost_and_regained_within_the_session_is_told(self) -> None:
        assert fired(RECLAIMS, snapshot(line(599.0, low=594.0))) == [
            "SPY is back above its 50-DMA at 10:02 (provisional)"
        ]

    def test_a_level_only_neared_is_not(self) -> None:
        assert fired(RECLAIMS, snapshot(line(597.0))) == []

    @pytest.mark.parametrize("previous", [590.0, 607.0])
    @pytest.mark.parametrize(
        ("minute", "told"),
        [
            (0, ["09:32"]),  # set before the loss
            (1, ["09:32"]),  # set while it was under: the loss is from before
            (2, ["09:32"]),  # set in the minute of the crossing, which came from under it
            (3, []),  # set once it was back above: the reclaim is from before
        ],
    )
    def test_the_crossing_back_is_the_event_and_counts_from_when_the_rule_was_set(
        self, previous: float, minute: int, told: list[str]
    ) -> None:
        """The 50-DMA is 596; the day goes 597, 595, 597, 598."""
        day = minutes_of(597.0, 595.0, 597.0, 598.0)
        set_at = dt.datetime(2025, 1, 27, 14, 30 + minute, tzinfo=dt.UTC)
        now = line(598.0, previous=previous, low=595.0)
        found = [e.title for e in RECLAIMS.find_in(now, day.since(set_at))]
        assert [title.split("first at ")[1][:5] for title in found] == told

    def test_of_a_gap_before_the_rule_was_set_the_price_is_not_known(self) -> None:
        """Under it at 09:31; the next look is at 09:40, the rule of 09:39."""
        day = PricePath((point(595.0, 1), point(597.0, 10)))
        set_at = dt.datetime(2025, 1, 27, 14, 39, tzinfo=dt.UTC)
        assert list(RECLAIMS.find_in(line(597.0), day.since(set_at))) == []


class TestHolds:
    def test_only_the_close_tells(self) -> None:
        assert fired(HOLDS, snapshot(line(597.0, low=595.0))) == []
        assert at_close(HOLDS, 597.0, low=595.0) == ["SPY held its 50-DMA by the close: 597.00"]

    def test_a_level_not_touched_or_lost_is_not_held(self) -> None:
        assert at_close(HOLDS, 605.0) == []
        assert at_close(HOLDS, 594.0) == []


class TestPath:
    """What was passed between two looks counts as what was seen."""

    def test_a_band_is_passed_between_two_looks(self) -> None:
        """The issue's own example: 610, then 590, around 600.

        600 is 0.5% under 603.015 (600 / 0.995) and 0.5% above 597.015 (600 / 1.005).
        """
        rule = Near(SPY, None, 600.0, 0.5, "pct")
        assert passing(rule, (610.0, 590.0)) == [
            "SPY passed within 0.5% of 600.00 at 10:02: 603.02"
        ]
        assert passing(rule, (590.0, 610.0)) == [
            "SPY passed within 0.5% of 600.00 at 10:02: 597.01"
        ]
        assert passing(rule, (610.0, 604.0, 610.0)) == []

    def test_a_low_of_the_day_between_two_looks_was_traded(self) -> None:
        rule = Near(SPY, None, 600.0, 0.5, "pct")
        assert looks(
            rule, line(610.0, low=610.0, high=610.0), line(611.0, low=602.0, high=611.0)
        ) == ["SPY was within 0.5% of 600.00 at 10:02: 602.00"]
        assert looks(LOSES, line(610.0, low=600.0), line(611.0, low=595.5)) == [
            "SPY was under its 50-DMA at 10:02 (provisional)"
        ]

    def test_the_day_s_extremes_before_a_rule_was_set_are_not_its_own(self) -> None:
        opens = dt.datetime(2025, 1, 27, 14, 30, tzinfo=dt.UTC)
        first = path_of(line(610.0, low=594.0, high=611.0), None, opens)
        assert LOSES.find_in(line(610.0), first)
        set_at = opens + dt.timedelta(minutes=5)
        assert list(LOSES.find_in(line(610.0), first.since(set_at))) == []
        assert [e.name for e in RECLAIMS.find_in(line(610.0), first)] == ["regained"]
        assert list(RECLAIMS.find_in(line(610.0), first.since(set_at))) == []

    def test_a_high_before_the_low_regains_nothing(self) -> None:
        opens = dt.datetime(2025, 1, 27, 14, 30, tzinfo=dt.UTC)
        first = path_of(line(594.0, low=593.0, high=611.0), None, opens)
        assert list(RECLAIMS.find_in(line(594.0), first)) == []

    def test_minutes_are_a_path_in_their_order(self) -> None:
        day = PricePath(
            tuple(point(price, i) for i, price in enumerate((608.0, 595.0, 599.0, 594.0)))
        )
        assert [e.title for e in RECLAIMS.find_in(line(594.0, low=594.0), day)] == [
            "SPY was back above its 50-DMA at 09:32 (provisional)"
        ]

    def test_while_quotes_contradict_the_bars_nothing_is_near(self) -> None:
        rule = Near(SPY, None, 60.0, 0.5, "pct")
        split = msgspec.structs.replace(line(60.0), levels={}, withheld="levels are withheld")
        assert fired(rule, snapshot(split)) == []
        assert len(fired(rule, snapshot(line(60.0)))) == 1


def point(price: float, minute: int) -> Point:
    """A price of a minute after the open."""
    at = dt.datetime(2025, 1, 27, 14, 30 + minute, tzinfo=dt.UTC)
    return Point(at, price, at)


def minutes_of(*prices: float) -> PricePath:
    """One price a minute from the open on."""
    return PricePath(tuple(point(price, minute) for minute, price in enumerate(prices)))


def passing(rule: Rule, prices: tuple[float, ...]) -> list[str]:
    """Titles over looks that know no more than each price."""
    return looks(rule, *(line(price, low=min(prices), high=max(prices)) for price in prices))


def looks(rule: Rule, *lines: LiveQuote) -> list[str]:
    """Titles over one look after another of one session, the first of them only to start from."""
    keys: set[str] = set()
    titles = []
    for before, now in pairwise(lines):
        paths = {"SPY": path_of(now, before, now.time)}
        for message in events(watch(rule), snapshot(now), keys, paths=paths):
            keys.add(message.key)
            titles.append(message.title)
    return titles


class TestNear:
    def test_within_percent_of_an_average_on_either_side(self) -> None:
        assert fired(NEAR, snapshot(line(600.0))) == []
        assert fired(NEAR, snapshot(line(598.0))) == [
            "SPY is within 0.5% of its 50-DMA at 10:02: 598.00"
        ]
        assert len(fired(NEAR, snapshot(line(594.0)))) == 1

    def test_within_atr_of_a_price_takes_the_atr_of_the_line(self) -> None:
        rule = Near(SPY, None, 605.0, 1.0, "atr")  # ATR 6: from 599 to 611
        assert fired(rule, snapshot(line(598.9))) == []
        (message,) = events(watch(rule), snapshot(line(599.1)), set())
        assert message.text == "SPY 599.10 is 0.98% under 605.00, 0.98 ATR away."

    def test_an_average_that_does_not_exist_yet_tells_nothing(self) -> None:
        assert fired(Near(SPY, 200, None, 5.0, "pct"), snapshot(line(596.0))) == []


class TestSentiment:
    AT = dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)

    def test_provisional_in_session_and_final_at_the_close(self) -> None:
        rule = LowSentiment(20.0)
        now = SentimentReading(18.44, dt.date(2025, 1, 27), self.AT, final=False)
        assert fired(rule, snapshot(), sentiment=now) == [
            "The sentiment index is 18.4 at 10:02 (provisional), under 20"
        ]
        final = SentimentReading(17.0, dt.date(2025, 1, 27), self.AT, final=True)
        assert (
            fired(rule, snapshot(), sentiment=final) == []
        )  # told once the session is gone through
        closed_under = rule.at_close(final, frozenset())
        assert closed_under is not None
        assert closed_under.title == "The sentiment index is 17.0 at the close, under 20"

    def test_what_was_said_in_session_is_taken_back(self) -> None:
        final = SentimentReading(21.0, dt.date(2025, 1, 27), self.AT, final=True)
        assert LowSentiment(20.0).at_close(final, frozenset()) is None
        event = LowSentiment(20.0).at_close(final, {"under"})
        assert event is not None
        assert event.title == "The sentiment index is 21.0 at the close, not under 20 after all"

    def test_not_at_the_value_itself_and_not_without_an_index(self) -> None:
        rule = LowSentiment(20.0)
        at = SentimentReading(20.0, dt.date(2025, 1, 27), self.AT, final=False)
        assert fired(rule, snapshot(), sentiment=at) == []
        assert fired(rule, snapshot()) == []


class TestKeys:
    def test_prices_from_before_the_open_tell_nothing(self) -> None:
        early = line(590.0, time="2025-01-27T13:00:00Z", pre=True)
        for rule in (LOSES, RECLAIMS, HOLDS, Near(SPY, 50, None, 20.0, "pct")):
            assert fired(rule, snapshot(early)) == []

    def test_a_real_session_has_one_key_and_each_simulated_run_its_own(self) -> None:
        content = snapshot(line(595.0))
        (real,) = events(watch(LOSES), content, set())
        (again,) = events(watch(LOSES), content, set())
        (one,) = events(watch(LOSES), content, set(), run="a")
        (two,) = events(watch(LOSES), content, set(), run="b")
        assert real.key == again.key
        assert len({real.key, one.key, two.key}) == 3
        assert one.simulated

    def test_prices_of_the_run_before_tell_nothing_in_the_next(self) -> None:
        """The simulated day is played again: its clock is back, the last prices still stand."""
        left = snapshot(line(594.0, time=CLOSE), "2025-01-27T14:20:00Z")
        assert events(watch(LOSES), left, set(), run="b") == ()

    def test_prices_older_than_the_rule_tell_nothing(self) -> None:
        since = dt.datetime(2025, 1, 27, 15, 3, tzinfo=dt.UTC)
        young = watch(LOSES, since)
        assert events(young, snapshot(line(595.0)), set()) == ()
        later = line(595.0, time="2025-01-27T15:03:00Z")
        assert len(events(young, snapshot(later), set())) == 1

    @given(
        st.lists(
            st.tuples(
                st.floats(580.0, 620.0),
                st.floats(580.0, 620.0),
                st.sampled_from(["pre", "open", "final"]),
                st.sampled_from(["2025-01-24", "2025-01-27", "2025-01-28"]),
                st.booleans(),
            ),
            max_size=40,
        )
    )
    def test_through_any_sequence_no_event_has_two_keys_or_is_told_twice(
        self, steps: list[tuple[float, float, str, str, bool]]
    ) -> None:
        rules: list[Rule] = [LOSES, RECLAIMS, HOLDS, NEAR]
        keys: set[str] = set()
        seen: list[tuple[str, str, str]] = []
        for price, low, phase, day, restarted in steps:
            if restarted:  # the store still knows what this process has forgotten
                kept, keys = keys, set()
            time = f"{day}T21:00:00Z" if phase == "final" else f"{day}T15:00:00Z"
            content = snapshot(
                line(
                    price,
                    time=time,
                    low=min(low, price),
                    final=phase == "final",
                    pre=phase == "pre",
                ),
                f"{day}T21:05:00Z",
            )
            for rule in rules:
                for message in events(watch(rule), content, keys):
                    assert phase != "pre"
                    keys.add(message.key)
                    if restarted and message.key in kept:
                        continue
                    identity, session, kind = message.key.split(" ")
                    assert session == day
                    seen.append((identity, session, kind))
            if restarted:
                keys |= kept
        assert len(seen) == len(set(seen))


class TestStatus:
    def test_a_rule_says_how_it_stands(self) -> None:
        assert stands(LOSES, line(599.6)).words == "SPY stands 0.6% above its 50-DMA"
        near = stands(Near(SPY, None, 600.0, 1.0, "pct"), line(599.6))
        assert (near.words, near.level) == ("SPY stands 0.1% under 600.00, 0.07 ATR away", 600.0)
        assert stands(LOSES, line(596.1)).words == "SPY stands at its 50-DMA"

    @pytest.mark.parametrize(
        ("price", "typed", "away"),
        [(600.0, 680.0, "13.3% under"), (600.0, 500.0, "16.7% above")],
    )
    def test_words_row_and_notice_measure_from_the_price_as_the_ladder_does(
        self, price: float, typed: float, away: str
    ) -> None:
        """680 / 600 - 1 = 13.33%, 500 / 600 - 1 = -16.67%."""
        rule = Near(SPY, None, typed, 20.0, "pct")
        found = stands(rule, line(price))
        assert f"stands {away} {typed:.2f}" in found.words
        assert found.distance_pct is not None
        assert f"{abs(found.distance_pct):.1f}%" == away.split()[0]
        (message,) = events(watch(rule), snapshot(line(price)), set())
        assert f"{abs(found.distance_pct):.2f}% {away.split()[1]}" in message.text

    def test_what_is_not_known_says_why(self) -> None:
        assert stands(LOSES, absent="SPY is unknown.").words == "SPY is unknown"
        assert stands(LOSES).words == "SPY has no price now"
        long = Crossing(SPY, "loses", 200, by_close=False)
        assert stands(long, line(600.0)).words == "SPY has no 200-DMA yet"
        withheld = msgspec.structs.replace(line(600.0), levels={}, withheld="levels are withheld")
        assert stands(LOSES, withheld).words == "SPY: levels are withheld"
        assert "not available" in stands(LowSentiment(20.0)).words
        assert stands(LowSentiment(20.0), sentiment=41.0).words == (
            "the sentiment index is 41.0, not under 20"
        )
