"""Rules of alerts: parsed from untrusted values, and held against hand-made snapshots."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.evaluate import Watch, events
from analytics.alerts.form import NumberField, SymbolField, Text, Tick
from analytics.alerts.kinds import KINDS
from analytics.alerts.kinds.crossing import Crossing
from analytics.alerts.kinds.low_sentiment import LowSentiment
from analytics.alerts.kinds.near import Near
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


def fired(rule: Rule, *contents: LiveSnapshot, **other: Any) -> list[str]:
    """Titles of what a rule tells over a sequence of snapshots."""
    keys: set[str] = set()
    titles = []
    for content in contents:
        for message in events(Watch("local", rule), content, keys, **other):
            keys.add(message.key)
            titles.append(message.title)
    return titles


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
            ({}, "kind is 'None'"),
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
                case _:
                    sent[control.name] = control.value
        assert parse_rule(sent).words()
        assert {control.name for control in kind.controls if not isinstance(control, Text)} == set(
            field_names(kind)
        )

    def test_the_documentation_lists_each_kind_with_its_fields(self) -> None:
        text = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
        rows = {row.split("|")[1].strip(" `"): row for row in text.splitlines() if "| `" in row}
        for name, kind in KINDS.items():
            assert all(f"`{field}`" in rows[name] for field in field_names(kind)), name


class TestLoses:
    def test_a_crossing_in_session_is_provisional_with_its_price_and_time(self) -> None:
        (message,) = events(Watch("local", LOSES), snapshot(line(595.0)), set())
        assert message.title == "SPY is under its 50-DMA at 10:02 (provisional)"
        assert "595.00, 0.17% under the level 596.00 known before the open" in message.text
        assert message.text.endswith("only the close decides.")
        assert message.link == "/supports?symbol=SPY"
        assert message.happened_at == dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)
        assert not message.simulated

    def test_once_a_session_and_then_the_close_decides(self) -> None:
        assert fired(
            LOSES,
            snapshot(line(597.0)),
            snapshot(line(595.0)),
            snapshot(line(598.0, low=595.0)),
            snapshot(line(594.0)),
            closed(594.5, low=594.0),
        ) == [
            "SPY is under its 50-DMA at 10:02 (provisional)",
            "SPY closed under its 50-DMA: 594.50",
        ]

    def test_a_level_won_back_by_the_close_takes_the_alert_back(self) -> None:
        titles = fired(LOSES, snapshot(line(595.0)), closed(599.0, low=594.0))
        assert titles[1:] == ["SPY held its 50-DMA by the close after all: 599.00"]

    def test_what_was_below_before_is_not_lost_again(self) -> None:
        assert (
            fired(LOSES, snapshot(line(590.0, previous=592.0)), closed(591.0, previous=592.0)) == []
        )

    def test_by_the_close_only_nothing_is_provisional(self) -> None:
        rule = Crossing(SPY, "loses", 50, by_close=True)
        assert fired(rule, snapshot(line(595.0)), closed(599.0, low=594.0)) == []
        assert fired(rule, snapshot(line(595.0)), closed(594.0)) == [
            "SPY closed under its 50-DMA: 594.00"
        ]

    def test_the_close_is_told_when_the_auction_has_settled(self) -> None:
        assert fired(LOSES, closed(594.0, at="2025-01-27T21:01:59Z")) == []
        assert len(fired(LOSES, closed(594.0))) == 1

    def test_a_half_day_settles_at_its_own_close(self) -> None:
        early = line(594.0, time="2025-11-28T18:00:00Z", final=True)
        assert fired(LOSES, snapshot(early, "2025-11-28T18:01:00Z")) == []
        assert len(fired(LOSES, snapshot(early, "2025-11-28T18:02:00Z"))) == 1


class TestReclaims:
    def test_from_below_it_is_provisional_then_decided(self) -> None:
        assert fired(
            RECLAIMS,
            snapshot(line(597.0, previous=590.0)),
            closed(598.0, previous=590.0),
        ) == [
            "SPY is back above its 50-DMA at 10:02 (provisional)",
            "SPY closed above its 50-DMA: 598.00",
        ]

    def test_one_that_fails_by_the_close_says_so(self) -> None:
        titles = fired(
            RECLAIMS,
            snapshot(line(597.0, previous=590.0)),
            closed(593.0, previous=590.0, high=597.0),
        )
        assert titles[1:] == ["SPY did not reclaim its 50-DMA: 593.00"]

    def test_a_level_lost_and_regained_within_the_session_is_told(self) -> None:
        assert fired(RECLAIMS, snapshot(line(599.0, low=594.0))) == [
            "SPY is back above its 50-DMA at 10:02 (provisional)"
        ]

    def test_a_level_only_neared_is_not(self) -> None:
        assert fired(RECLAIMS, snapshot(line(597.0))) == []


class TestHolds:
    def test_only_the_close_tells(self) -> None:
        touched = line(597.0, low=595.0)
        assert fired(HOLDS, snapshot(touched)) == []
        assert fired(HOLDS, closed(597.0, low=595.0)) == [
            "SPY held its 50-DMA by the close: 597.00"
        ]

    def test_a_level_not_touched_or_lost_is_not_held(self) -> None:
        assert fired(HOLDS, closed(605.0), closed(594.0)) == []


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
        (message,) = events(Watch("local", rule), snapshot(line(599.1)), set())
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
        assert fired(rule, snapshot(), sentiment=final) == [
            "The sentiment index is 17.0 at the close, under 20"
        ]

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
        (real,) = events(Watch("local", LOSES), content, set())
        (again,) = events(Watch("local", LOSES), content, set())
        (one,) = events(Watch("local", LOSES), content, set(), run="a")
        (two,) = events(Watch("local", LOSES), content, set(), run="b")
        assert real.key == again.key
        assert len({real.key, one.key, two.key}) == 3
        assert one.simulated

    def test_prices_of_the_run_before_tell_nothing_in_the_next(self) -> None:
        """The simulated day is played again: its clock is back, the last prices still stand."""
        left = snapshot(line(594.0, time=CLOSE), "2025-01-27T14:20:00Z")
        assert events(Watch("local", LOSES), left, set(), run="b") == ()

    def test_prices_older_than_the_rule_tell_nothing(self) -> None:
        since = dt.datetime(2025, 1, 27, 15, 3, tzinfo=dt.UTC)
        watch = Watch("local", LOSES, since)
        assert events(watch, snapshot(line(595.0)), set()) == ()
        later = line(595.0, time="2025-01-27T15:03:00Z")
        assert len(events(watch, snapshot(later), set())) == 1

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
                earlier, keys = keys, set()
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
                for message in events(Watch("local", rule), content, keys):
                    assert phase != "pre"
                    keys.add(message.key)
                    if restarted and message.key in earlier:
                        continue
                    identity, session, kind = message.key.split(" ")
                    assert session == day
                    seen.append((identity, session, kind))
            if restarted:
                keys |= earlier
        assert len(seen) == len(set(seen))


class TestStatus:
    def test_a_rule_says_how_it_stands(self) -> None:
        assert stands(LOSES, line(599.6)).words == "SPY stands 0.6% above its 50-DMA"
        near = stands(Near(SPY, None, 600.0, 1.0, "pct"), line(599.6))
        assert (near.words, near.level) == ("SPY stands 0.1% under 600.00, 0.07 ATR away", 600.0)
        assert stands(LOSES, line(596.1)).words == "SPY stands at its 50-DMA"

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
