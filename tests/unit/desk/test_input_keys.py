"""Keys of cached inputs: two questions share an input where it is the same, and nowhere else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pandas as pd
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import AGENDA, Inputs, Needs, Question
from analytics.model.vocabulary import Event, EventKind, MarketValue, OptionChain, Quarter
from analytics.sources.base import Capabilities, RawBars
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame, walk
from tests.support.small_chains import Row, chain_of

THURSDAY = dt.date(2025, 1, 23)
TUESDAY = dt.date(2025, 1, 28)
YEARS = 6 * 252
"""More bars than a question gets that does not ask for the full history."""


@dataclass
class CountedSource(FakeSource):
    """Knows a release a day and what companies are worth; remembers what it was asked."""

    capabilities = Capabilities(
        remote=True,
        bars=True,
        minutes=True,
        chains=True,
        chains_by_minute=True,
        quarters=True,
        agenda=True,
        events=True,
        market_values=True,
        search=True,
    )
    asked: list[object] = field(default_factory=list)

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        self.asked.append(("bars", symbol, start is None, upto))
        return super().bars(symbol, start, upto)

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        self.asked.append(("minutes", symbol, session))
        index = pd.date_range(f"{session} 14:30", periods=5, freq="min")
        price = float(self.frames[symbol]["low"][pd.Timestamp(session)]) + 0.01
        prices = {"open": price, "high": price, "low": price, "close": price, "volume": 1.0}
        return RawBars(symbol, pd.DataFrame(prices, index=index))

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        self.asked.append(("chain", symbol, session))
        return super().chain(symbol, session)

    def chain_at(self, symbol: str, time: dt.datetime) -> OptionChain:
        self.asked.append(("chain", symbol, time))
        price = float(time.minute)
        return replace(chain_of(Row(20, True, price), price=price), session=MONDAY, time=time)

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        self.asked.append(("quarters", symbol))
        return (Quarter(dt.date(2024, 10, 31), 1.0, None, label=symbol),)

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        self.asked.append(("agenda", start, end))
        days = range((end - start).days + 1)
        return tuple(Event(start + dt.timedelta(days=n), EventKind.CPI, "CPI") for n in days)

    def events(self, symbol: str) -> tuple[Event, ...]:
        self.asked.append(("events", symbol))
        return (Event(MONDAY, EventKind.EARNINGS, f"{symbol} reports", symbol=symbol),)

    def market_values(self, symbols: tuple[str, ...]) -> tuple[MarketValue, ...]:
        self.asked.append(("values", symbols))
        return tuple(MarketValue(symbol, 1.0) for symbol in symbols)


@dataclass(frozen=True)
class Wanted:
    needs: Needs


@dataclass(frozen=True)
class Got:
    inputs: Inputs


INPUTS = Question(
    name="inputs",
    about="its inputs",
    parameters=Wanted,
    result=Got,
    needs=lambda parameters, moment: parameters.needs,
    compute=lambda parameters, inputs: Got(inputs),
    stands_alone=True,
)


@pytest.fixture
def source() -> CountedSource:
    made = CountedSource({name: make_frame(walk(YEARS), MONDAY) for name in ("SPY", "AAA")})
    for day, price in ((MONDAY, 100.0), (FRIDAY, 90.0), (THURSDAY, 80.0)):
        made.chains["SPY", day] = chain_of(Row(20, True, price), price=price)
    return made


@pytest.fixture
def desk(source: CountedSource) -> Desk:
    return make_desk(source)


def take(desk: Desk, as_of: dt.date | None = None, **needs: object) -> Inputs:
    answer = desk.ask(INPUTS, Wanted(Needs(**needs)), as_of)  # type: ignore[arg-type]
    assert answer.result is not None, answer.reason
    return answer.result.inputs


def asked(source: CountedSource, what: str) -> list[object]:
    return [one for one in source.asked if isinstance(one, tuple) and one[0] == what]


def test_the_agenda_of_another_span_is_another(desk: Desk, source: CountedSource) -> None:
    short, longer = (MONDAY, MONDAY), (MONDAY, TUESDAY)
    later = (TUESDAY, TUESDAY)
    spans = (short, longer, later, short)
    found = [
        take(desk, agenda=span, bars=(name,)).events[AGENDA]
        for span, name in zip(spans, ("SPY", "SPY", "SPY", "AAA"), strict=True)
    ]
    days = [[event.day for event in events] for events in found]
    assert days == [[MONDAY], [MONDAY, TUESDAY], [TUESDAY], [MONDAY]]
    assert asked(source, "agenda") == [("agenda", *span) for span in (short, longer, later)]


def test_events_and_quarters_are_of_their_company(desk: Desk, source: CountedSource) -> None:
    for _ in range(2):
        for symbol in ("SPY", "AAA"):
            got = take(desk, events=(symbol,), quarters=(symbol,))
            assert got.events[symbol][0].symbol == symbol
            assert got.quarters[symbol][0].label == symbol
    both = take(desk, events=("SPY", "AAA"))
    assert set(both.events) == {"SPY", "AAA"}
    assert len(asked(source, "events")) == len(asked(source, "quarters")) == 2


def test_market_values_are_of_those_asked_together(desk: Desk, source: CountedSource) -> None:
    for symbols in (("SPY",), ("SPY", "AAA"), ("AAA",), ("SPY",)):
        assert set(take(desk, market_values=symbols).market_values) == set(symbols)
    assert len(asked(source, "values")) == 3


def test_minutes_are_of_their_session(desk: Desk, source: CountedSource) -> None:
    for day in (FRIDAY, MONDAY - dt.timedelta(days=4), FRIDAY):
        low = source.frames["SPY"]["low"][pd.Timestamp(day)]
        assert take(desk, day, minutes=("SPY",)).minutes["SPY"].close[0] == low + 0.01
    assert len(asked(source, "minutes")) == 2


def test_a_chain_is_of_its_session_and_the_live_one_its_own(
    desk: Desk, source: CountedSource
) -> None:
    prices = [
        take(desk, day, chains=("SPY",)).chains["SPY"].underlying_price
        for day in (None, FRIDAY, THURSDAY, None, FRIDAY)
    ]
    assert prices == [100.0, 90.0, 80.0, 100.0, 90.0]
    assert len(asked(source, "chain")) == 3


def test_a_chain_of_a_minute_is_of_that_minute(desk: Desk, source: CountedSource) -> None:
    opened = dt.datetime(2025, 1, 27, 15, tzinfo=dt.UTC)
    times = [opened + dt.timedelta(minutes=n) for n in (10, 20, 10)]
    found = [take(desk, time, chains=("SPY",)).chains["SPY"].underlying_price for time in times]
    assert found == [10.0, 20.0, 10.0]
    assert len(asked(source, "chain")) == 2


def test_the_live_chain_is_shared_by_the_minutes(desk: Desk, source: CountedSource) -> None:
    clock = source.clock
    assert isinstance(clock, Clock)
    for symbol in ("SPY", "AAA"):
        take(desk, chains=("SPY",), quarters=(symbol,))
        clock.advance(seconds=90)
    assert len(asked(source, "chain")) == 1


def test_bars_of_all_history_are_not_the_usual_ones(desk: Desk, source: CountedSource) -> None:
    usual = take(desk, bars=("AAA",)).bars["AAA"]
    full = take(desk, bars=("AAA",), full_history=True).bars["AAA"]
    assert (len(full), len(usual) < YEARS) == (YEARS, True)
    assert take(desk, FRIDAY, bars=("AAA",)).bars["AAA"].last_session == FRIDAY
    assert asked(source, "bars").count(("bars", "AAA", True, None)) == 1
    assert asked(source, "bars").count(("bars", "AAA", False, None)) == 1, "Friday is among them"


def test_the_running_session_replayed_is_not_that_of_now(desk: Desk, source: CountedSource) -> None:
    """Its bars are asked for complete, and cut at the minute; the live ones end now."""
    minute = dt.datetime(2025, 1, 27, 14, 33, tzinfo=dt.UTC)
    take(desk, bars=("AAA",))
    replayed = take(desk, minute, bars=("AAA",)).bars["AAA"]
    assert replayed.close[-1] == source.frames["AAA"]["low"].iloc[-1] + 0.01
    assert asked(source, "bars")[-1] == ("bars", "AAA", False, MONDAY)
    take(desk, bars=("AAA",))
    assert [one for one in asked(source, "bars") if one == ("bars", "AAA", False, None)] != []


def test_two_sources_of_one_cache_do_not_meet() -> None:
    cache = Cache(NoBackend(), Codec(CACHED_TYPES))
    found = []
    for name, price in (("One", 10.0), ("Two", 20.0)):
        source = CountedSource({"SPY": make_frame([price] * 300, MONDAY)}, name=name)
        desk = Desk(source, cache, deadline_seconds=20.0, clock=source.clock)
        got = take(desk, bars=("SPY",), agenda=(MONDAY, MONDAY))
        found.append((float(got.bars["SPY"].close[-1]), len(asked(source, "agenda"))))
        desk.close()
    assert found == [(10.0, 1), (20.0, 1)]
