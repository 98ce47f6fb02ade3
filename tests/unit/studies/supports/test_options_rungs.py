"""The options family on the support ladder: joined, counted in confluence, never in the way."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.desk import gather
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Answer, Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.status import Status
from analytics.model.vocabulary import (
    Bars,
    Moment,
    NotAvailable,
    OptionChain,
    Phase,
    SourceFailure,
)
from analytics.options.analysis import analyse
from analytics.sources.base import Capabilities, RawBars, Source
from analytics.studies.supports import options_rungs as ladder
from analytics.studies.supports.supports import SUPPORTS, SupportLadder, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from tests.support.small_bars import bars_of, days_to
from tests.support.small_chains import SESSION, chain_of, priced_rows

TEST = Symbol("TEST")
RUNGS = {
    "call wall",
    "put wall",
    "absolute gamma strike",
    "gamma flip",
    "max pain (next monthly)",
    "expected-move low (this week)",
}


def chain(sigma: float = 0.4) -> OptionChain:
    """Calls piled at 105, puts at 95; expiries on Friday the 10th and the monthly 17th."""
    piles = {(105.0, True): 9000.0, (95.0, False): 8000.0}
    return chain_of(
        *[
            replace(row, interest=piles.get((row.strike, row.call), 10.0))
            for days in (4, 11)
            for row in priced_rows(100.0, days, list(np.arange(85.0, 116.0)), sigma=sigma)
        ],
        price=100.0,
    )


def bars(last: dt.date = SESSION) -> Bars:
    """Sixty sessions up to 100 with a range of two dollars a day; the 50-DMA lies near 95."""
    made = bars_of("TEST", np.linspace(88.0, 100.0, 60), last=last)
    return replace(made, open=made.close, high=made.close + 1, low=made.close - 1)


def ask(inputs: Inputs) -> SupportLadder:
    result = SUPPORTS.compute(SupportsParameters(TEST), inputs)
    assert isinstance(result, SupportLadder)
    return result


def inputs(
    with_chain: OptionChain | None, of: Bars | None = None, why: Exception | None = None
) -> Inputs:
    moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=False)
    return Inputs(
        moment,
        bars={"TEST": of or bars()},
        chains={"TEST": with_chain} if with_chain else {},
        optional_absent={"TEST": why} if why else {},  # type: ignore[dict-item]
    )


class TestJoined:
    def test_the_rungs_are_there_with_one_price(self) -> None:
        found = {level.name: level for level in ask(inputs(chain())).levels}
        assert set(found) >= RUNGS
        for name in RUNGS:
            assert found[name].family == "options"
            assert found[name].session_level == found[name].price
            assert found[name].status is not None
            assert found[name].close_needed is None
        assert found["call wall"].price == 105.0
        assert found["put wall"].price == 95.0
        assert 95 < found["gamma flip"].price < 105
        assert found["expected-move low (this week)"].price == pytest.approx(
            100 - 100 * 0.4 * np.sqrt(4 / 365), abs=0.05
        )

    def test_they_were_not_there_before_their_chain(self) -> None:
        """The day fell from 108 through the call wall at 105 to 100 before the chain was taken."""
        fell = replace(bars(), close=np.append(bars().close[:-2], [108.0, 100.0]))
        found = {level.name: level for level in ask(inputs(chain(), fell)).levels}
        assert found["call wall"].status is Status.BELOW
        assert found["put wall"].status is Status.ABOVE
        assert all(found[name].gap_down is None for name in RUNGS)

    def test_basis_names_the_chain(self) -> None:
        basis = ask(inputs(chain())).options_basis or ""
        assert "Test chain of 2025-01-06 16:00 New York" in basis
        assert "until a newer one comes" in basis

    def test_they_are_those_of_the_newest_chain(self) -> None:
        """Open interest, and so the walls, stand all day; the expected move follows prices."""
        found = {level.name: level for level in ask(inputs(chain(sigma=0.6))).levels}
        assert (found["call wall"].price, found["put wall"].price) == (105.0, 95.0)
        assert found["expected-move low (this week)"].price == pytest.approx(
            100 - 100 * 0.6 * np.sqrt(4 / 365), abs=0.05
        )

    def test_they_count_in_confluence(self) -> None:
        # ATR14 is about 2: the put wall at 95 lies within half a dollar of the 50-DMA
        of = bars()
        shift = 95.2 - float(of.close[-50:].mean())
        near = replace(of, **{n: getattr(of, n) + shift for n in ("open", "high", "low", "close")})
        result = ask(inputs(chain(), near))
        cluster = next(c for c in result.clusters if "50-DMA" in c.names)
        assert "put wall" in cluster.names
        assert cluster.score == 2

    def test_they_never_become_the_headline(self) -> None:
        result = ask(inputs(chain()))
        assert result.support is not None
        assert result.support.name == "50-DMA"

    def test_the_moving_averages_are_as_without_a_chain(self) -> None:
        def others(result: SupportLadder) -> list[tuple[str, float]]:
            return [(x.name, x.price) for x in result.levels if x.family != "options"]

        assert others(ask(inputs(chain()))) == others(ask(inputs(None)))


class TestNeverInTheWay:
    def reason(self, result: SupportLadder) -> str:
        assert not any(level.family == "options" for level in result.levels)
        assert any(level.name == "50-DMA" for level in result.levels)
        assert result.options_basis is None
        return next(u.reason for u in result.unavailable if u.name == "options levels")

    def test_why_there_is_no_chain(self) -> None:
        why = NotAvailable("TEST has no listed options.")
        found = self.reason(ask(inputs(None, why=why)))
        assert found == "options levels: n/a (TEST has no listed options)"

    def test_no_open_interest(self) -> None:
        empty = replace(chain(), open_interest=np.zeros(len(chain())))
        assert self.reason(ask(inputs(empty))) == "options levels: n/a (no open interest)"

    def test_a_chain_two_sessions_old(self) -> None:
        old = self.reason(ask(inputs(chain(), bars(dt.date(2025, 1, 8)))))
        assert old == "options levels: n/a (the newest chain is of 2025-01-06)"

    def test_the_chain_of_the_session_before_still_serves(self) -> None:
        result = ask(inputs(chain(), bars(dt.date(2025, 1, 7))))
        assert {level.name for level in result.levels} >= RUNGS

    def test_bars_of_another_exchange_may_end_on_a_new_york_holiday(self) -> None:
        days = np.arange("2024-11-03", "2025-01-02", dtype="datetime64[D]")
        result = ask(inputs(chain(), replace(bars(), sessions=days)))
        assert {level.name for level in result.levels} >= RUNGS

    def test_a_malformed_chain_is_logged_and_said(self, caplog: pytest.LogCaptureFixture) -> None:
        broken = replace(chain(), bid=np.array([1.0]))
        with caplog.at_level(logging.CRITICAL):
            found = self.reason(ask(inputs(broken)))
        assert found == "options levels: n/a (the chain could not be analysed; it was logged)"

    def test_an_analysis_is_made_once_for_many_pulses(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = []
        plain = analyse

        def counted(*given: Any) -> object:
            made.append(plain(*given))
            return made[-1]

        monkeypatch.setattr(ladder, "analyse", counted)
        shown = replace(chain(), vendor="Counted")
        for _ in range(3):
            ask(inputs(shown))
        assert len(made) == 3
        assert len({id(analysis) for analysis in made}) == 1


class SlowChains(Source):
    """A source of prices whose chains hang until they are let go, or fail."""

    name = "Slow"
    capabilities = Capabilities(remote=False, bars=True, chains=True)

    def __init__(self, failure: Exception | None = None) -> None:
        self.let_go = threading.Event()
        self.failure = failure
        self.chains_asked = 0

    def now(self) -> dt.datetime:
        return session_close(SESSION)

    def latest(self) -> dt.datetime:
        return session_close(SESSION)

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        closes = np.linspace(88.0, 100.0, 60)
        frame = pd.DataFrame({"close": closes}, index=pd.DatetimeIndex(days_to(SESSION, 60)))
        return RawBars(symbol, frame)

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        self.chains_asked += 1
        if self.failure:
            raise self.failure
        assert self.let_go.wait(20)
        return chain()


@pytest.fixture
def slow() -> Iterator[SlowChains]:
    source = SlowChains()
    yield source
    source.let_go.set()


def desk_of(source: SlowChains) -> Desk:
    return Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))


def unavailable(answer: Answer[SupportLadder]) -> dict[str, str]:
    assert answer.result is not None
    return {u.name: u.reason for u in answer.result.unavailable}


class TestThroughTheDesk:
    def test_a_hanging_chain_holds_the_ladder_up_for_a_moment_only(
        self, slow: SlowChains, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gather, "OPTIONAL_SECONDS", 0.2)
        desk = desk_of(slow)
        answer = desk.ask(SUPPORTS, SupportsParameters(TEST))
        assert unavailable(answer)["options levels"].startswith("options levels: n/a (no answer")
        assert answer.provenance.missing == {}
        assert answer.provenance.stale is None
        slow.let_go.set()
        give_up = time.monotonic() + 20
        while "options levels" in unavailable(answer) and time.monotonic() < give_up:
            answer = desk.ask(SUPPORTS, SupportsParameters(TEST))
        assert answer.result is not None
        assert {level.name for level in answer.result.levels} >= RUNGS
        assert slow.chains_asked == 1

    def test_a_failing_chain_neither_breaks_nor_marks_the_ladder(self) -> None:
        desk = desk_of(SlowChains(SourceFailure("the exchange is down.")))
        answer = desk.ask(SUPPORTS, SupportsParameters(TEST))
        assert unavailable(answer)["options levels"] == "options levels: n/a (the exchange is down)"
        assert answer.freshness != "STALE"
        assert answer.provenance.missing == {}

    def test_the_watchlist_asks_for_no_chain(self) -> None:
        source = SlowChains(SourceFailure("must not be asked."))
        answer = desk_of(source).ask(WATCHLIST, WatchlistParameters((TEST,)))
        assert answer.result is not None
        assert source.chains_asked == 0
