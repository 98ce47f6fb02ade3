"""Every question: its answer as of a date is the same when everything later is deleted.

Walks `QUESTIONS`, so a new question is covered by being listed. The market is synthetic and in
memory; later bars, a later split, a later chain and a later quarterly report are there to be
looked at by mistake. The demo is held to the same rule. Answers are asked for whole: what a
question over many symbols has so far depends on the fetches behind it, not on the date.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import parse_parameters
from analytics.model.question import Question
from analytics.model.sessions import next_session, session_close, session_open
from analytics.model.vocabulary import NotAvailable, OptionChain, Quarter
from analytics.sources.base import RawBars
from analytics.sources.demo import DemoSource
from tests.support.builders import FRIDAY, Clock, FakeSource, make_desk, make_frame, walk
from tests.support.small_chains import SESSION, chain_of, priced_rows

LAST = dt.date(2025, 2, 24)
SPLIT = dt.date(2025, 2, 3)
SPLIT_RATIO = 4.0
BARS = 900
COMPANY = "SPY"  # what a question about one symbol is asked about
GIVEN = {"paths": 100, "share_bp": 5700}
"""Few paths, and the options lean that no archive here has kept."""


class Universe(dict[str, pd.DataFrame]):
    """Every symbol exists: a random walk of its own, with a split in most of the futures."""

    def __contains__(self, symbol: object) -> bool:
        return True

    def __missing__(self, symbol: str) -> pd.DataFrame:
        # inputs are fetched side by side: nobody may see a frame half made
        return self.setdefault(symbol, self.make(symbol))

    def make(self, symbol: str) -> pd.DataFrame:
        frame = make_frame(walk(BARS, zlib.crc32(symbol.encode())), last=LAST)
        frame.loc[pd.Timestamp(SPLIT), "splits"] = SPLIT_RATIO
        return frame


class PastUniverse(Universe):
    """The same, as it was known at the close of `SESSION`: not split yet, and not a bar more."""

    def make(self, symbol: str) -> pd.DataFrame:
        later = super().make(symbol)
        frame = later[later.index <= pd.Timestamp(SESSION)].copy()
        for column in ("open", "high", "low", "close", "adj_close"):
            frame[column] *= SPLIT_RATIO
        frame["volume"] /= SPLIT_RATIO
        return frame


def chain(spot: float, session: dt.date, sigma: float) -> OptionChain:
    strikes = [round(spot * share) for share in np.linspace(0.8, 1.2, 21)]
    rows = [
        row
        for days in (4, 11, 32, 60)
        for row in priced_rows(spot, days, [float(k) for k in strikes], sigma=sigma)
    ]
    got = chain_of(*rows, price=spot, symbol=COMPANY)
    return replace(got, session=session, time=session_close(session))


def quarters() -> tuple[Quarter, ...]:
    ends = [dt.date(2022 + i // 4, 3 * (i % 4) + 1, 28) for i in range(13)]
    return tuple(
        Quarter(end, 1000.0 + 50 * i, 700.0 + 30 * i, f"Q{i}", end + dt.timedelta(days=30))
        for i, end in enumerate(ends)
    )


def known_then() -> FakeSource:
    frames = PastUniverse()
    spot = float(frames[COMPANY]["close"].iloc[-1])
    return FakeSource(
        frames,
        Clock(session_close(SESSION)),
        {(COMPANY, SESSION): chain(spot, SESSION, 0.3)},
        {COMPANY: tuple(q for q in quarters() if q.reported_on and q.reported_on <= SESSION)},
    )


def known_later() -> FakeSource:
    spot = float(PastUniverse()[COMPANY]["close"].iloc[-1])
    after = next_session(SESSION)
    return FakeSource(
        Universe(),
        Clock(session_close(LAST)),
        {
            (COMPANY, SESSION): chain(spot, SESSION, 0.3),
            (COMPANY, after): chain(spot * 0.9, after, 0.6),
        },
        {COMPANY: quarters()},
    )


def parameters_of(question: Question[Any, Any], symbol: str = COMPANY) -> Any:
    names = question.parameters.__dataclass_fields__
    raw: dict[str, object] = {"symbol": symbol, **GIVEN}
    return parse_parameters(question.parameters, {k: v for k, v in raw.items() if k in names})


@pytest.fixture(scope="module")
def then() -> Iterator[Desk]:
    desk = make_desk(known_then())
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def later() -> Iterator[Desk]:
    desk = make_desk(known_later())
    yield desk
    desk.close()


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_future_changes_no_answer(name: str, then: Desk, later: Desk) -> None:
    question = QUESTIONS[name]
    parameters = parameters_of(question)
    expected = then.ask(question, parameters, SESSION, complete=True)
    got = later.ask(question, parameters, SESSION, complete=True)
    assert expected.result is not None, expected.reason
    assert got.result is not None, got.reason
    assert msgspec.json.encode(got.result) == msgspec.json.encode(expected.result)
    assert got.as_of == expected.as_of == session_close(SESSION)


MINUTE = session_open(SESSION) + dt.timedelta(minutes=90)


def minute_frame(symbol: str, day: dict[str, float], count: int) -> pd.DataFrame:
    """One-minute bars that lead, by a walk within the day's range, to the session's close."""
    path = walk(390, zlib.crc32(symbol.encode()) + 1, sigma=0.001)
    price = np.clip(path / path[-1] * day["close"], day["low"], day["high"]).round(4)
    return pd.DataFrame(
        {"open": price, "high": price + 0.01, "low": price - 0.01, "close": price, "volume": 5.0},
        index=pd.date_range(session_open(SESSION), periods=390, freq="min"),
    )[:count]


class MinuteUniverse(dict[tuple[str, dt.date], pd.DataFrame]):
    """Every symbol's minutes of `SESSION`, as many as there are by then, in its bars' basis."""

    def __init__(self, frames: Universe, count: int) -> None:
        super().__init__()
        self.frames, self.count = frames, count

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and key[1] == SESSION

    def __missing__(self, key: tuple[str, dt.date]) -> pd.DataFrame:
        frame, on = self.frames[key[0]], pd.Timestamp(SESSION)
        day = {name: float(frame[name][on]) for name in ("high", "low", "close")}
        # the later source has divided its prices by the split, the earlier one has not
        ratio = 1.0 if isinstance(self.frames, PastUniverse) else SPLIT_RATIO
        frame = minute_frame(key[0], {n: price * ratio for n, price in day.items()}, self.count)
        frame[["open", "high", "low", "close"]] /= ratio
        frame["volume"] *= ratio
        return self.setdefault(key, frame)


def at_the_minute(source: FakeSource, count: int) -> FakeSource:
    """The source with its minutes, and a chain taken before the minute asked about."""
    frames = source.frames
    assert isinstance(frames, Universe)
    source.minute_frames = MinuteUniverse(frames, count)
    early = source.chains[COMPANY, SESSION]
    source.chains[COMPANY, SESSION] = replace(early, time=MINUTE - dt.timedelta(minutes=20))
    return source


@pytest.fixture(scope="module")
def then_at_the_minute() -> Iterator[Desk]:
    source = at_the_minute(known_then(), 90)
    source.clock = Clock(MINUTE)
    desk = make_desk(source)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def later_at_the_minute() -> Iterator[Desk]:
    desk = make_desk(at_the_minute(known_later(), 390))
    yield desk
    desk.close()


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_rest_of_the_day_changes_no_minute(
    name: str, then_at_the_minute: Desk, later_at_the_minute: Desk
) -> None:
    question = QUESTIONS[name]
    parameters = parameters_of(question)
    expected = then_at_the_minute.ask(question, parameters, MINUTE, complete=True)
    got = later_at_the_minute.ask(question, parameters, MINUTE, complete=True)
    assert expected.result is not None, expected.reason
    assert got.result is not None, got.reason
    assert close_to(msgspec.to_builtins(got.result), msgspec.to_builtins(expected.result))
    assert got.as_of == expected.as_of == MINUTE


def close_to(one: Any, other: Any) -> bool:
    """Equal, numbers to twelve digits: dividing by a split and multiplying back rounds."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close_to(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(close_to, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True))
    return bool(one == other)


def test_a_chain_of_a_later_minute_is_never_shown(later_at_the_minute: Desk) -> None:
    before = MINUTE - dt.timedelta(minutes=30)
    got = later_at_the_minute.ask(QUESTIONS["options"], parameters_of(QUESTIONS["options"]), before)
    assert got.result is None
    assert "is of a later minute" in (got.reason or "")


def test_the_future_is_there_to_be_seen(then: Desk, later: Desk) -> None:
    """Without this the test above could pass on two equal sources."""
    question = QUESTIONS["supports"]
    past = then.ask(question, parameters_of(question)).result
    present = later.ask(question, parameters_of(question)).result
    assert past
    assert present
    assert past.session == SESSION
    assert present.session == LAST
    assert present.price < past.price / 2


def test_a_chain_of_another_session_is_never_shown(later: Desk) -> None:
    question = QUESTIONS["options"]
    got = later.ask(question, parameters_of(question), dt.date(2025, 1, 8))
    assert got.result is None
    assert got.reason == "no SPY chain of 2025-01-08 was recorded."


class FridayOnly(DemoSource):
    """The demo with the Monday deleted."""

    def now(self) -> dt.datetime:
        return session_close(FRIDAY)

    def latest(self) -> dt.datetime:
        return session_close(FRIDAY)

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        raw = super().bars(symbol, start, FRIDAY)
        assert raw.frame.index[-1] == pd.Timestamp(FRIDAY)
        return raw

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        if session not in (None, FRIDAY):
            raise NotAvailable("there is no Monday.")
        return super().chain(symbol, FRIDAY)


def demo_desk(source: DemoSource) -> Desk:
    return Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)


@pytest.fixture(scope="module")
def friday_only() -> Iterator[Desk]:
    desk = demo_desk(FridayOnly())
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def whole_demo() -> Iterator[Desk]:
    desk = demo_desk(DemoSource())
    # the Monday has been seen before the Friday is asked about
    assert desk.ask(QUESTIONS["afloat"], parameters_of(QUESTIONS["afloat"])).result is not None
    yield desk
    desk.close()


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_demo_s_monday_changes_no_friday(
    name: str, friday_only: Desk, whole_demo: Desk
) -> None:
    question = QUESTIONS[name]
    parameters = parameters_of(question, "NVDA" if name == "valuation" else "SPY")
    got = whole_demo.ask(question, parameters, FRIDAY, complete=True)
    expected = friday_only.ask(question, parameters, FRIDAY, complete=True)
    assert expected.result is not None, expected.reason
    assert msgspec.json.encode(got.result) == msgspec.json.encode(expected.result)
