"""The feed fails: a viewer keeps the last price, and the health panel says in one word and why.

From a websocket server on this machine, through the feed, to ``/live.json`` and the panel.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from websockets.sync.server import ServerConnection

from analytics.feed import Feed, FeedPace, StreamPace
from analytics.model.vocabulary import Freshness, Quote
from analytics.sources.yahoo.stream import YahooStream
from components.frame import data_health as health
from components.server import live
from tests.support.builders import FakeSource, make_desk
from tests.support.small_feeds import NOON, MemorySharedState, market_on, tick
from tests.support.waiting import until
from tests.unit.feed.test_stream import Streamer, frame, wait_for_end

STREAM = StreamPace(
    wait=0.02, heartbeat=0.2, silent=0.3, dead=1.5, poll=0.05, pause=0.05, longest_pause=0.1
)
PACE = FeedPace(beat=0.01, alive=0.05, share=0.05, stream=STREAM)
Script = Callable[[ServerConnection, int], None]


class Watcher:
    """A viewer of a feed on a streaming server: the snapshot route, and the health line."""

    def __init__(self, url: str, poll: Any = None) -> None:
        self.feed = Feed(
            MemorySharedState(),
            market_on(lambda symbols: YahooStream(symbols, now=lambda: NOON, url=url), poll=poll),
            ("SPY",),
            pace=PACE,
        )
        server = Flask("feed")
        live.register(server, make_desk(FakeSource({})), self.feed)
        self._client = server.test_client()
        self.sequences: list[int] = []
        self.prices: list[float] = []

    def look(self) -> dict[str, Any]:
        body: dict[str, Any] = self._client.get("/live.json").get_json()
        self.sequences.append(body["sequence"])
        if "SPY" in body["quotes"]:
            self.prices.append(body["quotes"]["SPY"]["price"])
        return body

    def until_price(self, price: float) -> None:
        until(lambda: self.look() and self.prices[-1:] == [price])

    def metrics(self) -> str:
        return self._client.get("/metrics").get_data(as_text=True)

    def ready(self) -> dict[str, Any]:
        body: dict[str, Any] = self._client.get("/readyz").get_json()
        return body

    def line(self) -> health.Check:
        self.look()
        return health._live(self.feed, NOON)

    def never_went_back(self) -> bool:
        return self.sequences == sorted(self.sequences)


@pytest.fixture
def watch() -> Iterator[Callable[..., Watcher]]:
    """Watchers on a server under a script, or on an address."""
    servers: list[Streamer] = []
    watchers: list[Watcher] = []

    def start(script: Script | str, poll: Any = None) -> Watcher:
        if isinstance(script, str):
            url = script
        else:
            servers.append(Streamer(script))
            url = servers[-1].url
        watchers.append(Watcher(url, poll))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.feed.close()
    for server in servers:
        server.close()


def price_then(end: Callable[[ServerConnection], None]) -> Script:
    """Each of the first two connections brings one price more and ends so; the third stays."""

    def script(connection: ServerConnection, visit: int) -> None:
        connection.send(frame(price=597.0 + visit, time=int(NOON.timestamp() * 1000) + visit))
        if visit < 3:
            end(connection)
        else:
            wait_for_end(connection)

    return script


class TestDrop:
    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(lambda connection: connection.socket.close(), id="drop"),
            pytest.param(lambda connection: connection.close(), id="clean-close"),
        ],
    )
    def test_prices_go_on_over_a_fresh_connection(
        self, watch: Any, end: Callable[[ServerConnection], None]
    ) -> None:
        viewer = watch(price_then(end))
        viewer.until_price(600.0)
        until(lambda: viewer.line().badge is Freshness.LIVE)
        assert viewer.line().notes[0].startswith("2 reconnects")
        # the last price stood while the connection was away: it never went back or blank
        assert viewer.prices == sorted(viewer.prices)
        assert viewer.never_went_back()


def silent_after(seen: threading.Event) -> Script:
    """The first connection repeats one price until the viewer has it; then none says a word."""

    def script(connection: ServerConnection, visit: int) -> None:
        while not seen.wait(0.05):
            connection.send(frame(price=597.5))
        wait_for_end(connection)

    return script


class TestSilence:
    def test_it_is_polled_over_and_said_as_delayed(self, watch: Any) -> None:
        polled = iter(range(1, 1_000_000))
        seen = threading.Event()

        def poll(symbols: tuple[str, ...]) -> tuple[Quote, ...]:
            quote = tick(598.0, next(polled) / 100, symbol="SPY")
            return (quote,) if seen.is_set() else ()

        viewer = watch(silent_after(seen), poll)
        viewer.until_price(597.5)
        seen.set()
        viewer.until_price(598.0)
        until(lambda: viewer.line().badge is Freshness.DELAYED)
        assert "symbols are polled" in viewer.line().text
        assert viewer.never_went_back()

    def test_without_a_fall_back_the_last_price_stays_and_the_fault_is_told(
        self, watch: Any
    ) -> None:
        seen = threading.Event()
        viewer = watch(silent_after(seen))
        viewer.until_price(597.5)
        seen.set()
        until(lambda: any("silent" in note for note in viewer.line().notes))
        assert viewer.look()["quotes"]["SPY"]["price"] == 597.5


class TestGarbage:
    def test_it_is_counted_and_moves_nothing(self, watch: Any) -> None:
        seen = threading.Event()

        def lies(connection: ServerConnection, visit: int) -> None:
            while not seen.wait(0.05):
                connection.send(frame(price=597.5))
            for text in ("{", '{"message": "%%%"}', b"\xff\xfe", frame(price=-1.0)):
                connection.send(text)
            wait_for_end(connection)

        viewer = watch(lies)
        viewer.until_price(597.5)
        seen.set()
        until(lambda: "unreadable frames" in viewer.line().notes[0])
        until(lambda: not viewer.line().notes[0].startswith("0 reconnects, 0 unreadable"))
        assert viewer.line().badge is Freshness.LIVE
        assert set(viewer.prices) == {597.5}


def nothing_usable(text: Callable[[int], str | bytes]) -> Script:
    """The stream of a provider that has changed its messages, or whose clock or ours is wrong."""

    def script(connection: ServerConnection, visit: int) -> None:
        for n in itertools.count():
            connection.send(text(n))
            time.sleep(0.02)

    return script


class TestNothingUsable:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            pytest.param(lambda n: '{"message": "AAAA"}', "unreadable frames", id="format"),
            pytest.param(
                lambda n: frame(price=597.0, time=int(NOON.timestamp() * 1000) + 60_000 + n),
                "stamped ahead of the clock",
                id="clock-behind",
            ),
            pytest.param(
                lambda n: frame(price=597.0, time=int(NOON.timestamp() * 1000) - 86_400_000 + n),
                "another session",
                id="clock-a-day-ahead",
            ),
        ],
    )
    def test_prices_are_polled_and_health_and_readiness_say_so(
        self, watch: Any, text: Any, why: str
    ) -> None:
        polled = itertools.count(1)
        viewer = watch(
            nothing_usable(text),
            lambda symbols: (tick(598.0, next(polled) / 100, symbol="SPY"),),
        )
        viewer.until_price(598.0)
        until(lambda: viewer.line().badge is Freshness.DELAYED)
        until(lambda: why in (viewer.ready()["feed_reason"] or ""))
        assert viewer.ready()["feed"] == "polled"
        assert set(viewer.prices) == {598.0}

    def test_a_false_print_moves_nothing_and_is_counted(self, watch: Any) -> None:
        seen = threading.Event()

        def script(connection: ServerConnection, visit: int) -> None:
            start = int(NOON.timestamp() * 1000)
            for n in itertools.count():
                price = 300.0 if n == 5 else 597.5
                limits: dict[str, Any] = {"day_low": 300.0, "day_high": 59_750.0}
                connection.send(frame(price=price, time=start + n, **limits))
                if seen.wait(0.02):
                    break
            wait_for_end(connection)

        viewer = watch(script)
        until(lambda: any("far from the last price" in note for note in viewer.line().notes))
        seen.set()
        quote = viewer.look()["quotes"]["SPY"]
        assert (quote["price"], quote["low"], quote["high"]) == (597.5, 597.5, 597.5)
        text = viewer.metrics()
        assert 'holdline_feed_dropped_total{reason="far from the last price' in text


class TestAway:
    def test_a_server_that_never_answers_is_an_error_with_its_reason(self, watch: Any) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
        viewer = watch(url)
        until(lambda: viewer.line().badge is Freshness.ERROR)
        assert viewer.line().text.startswith("Not connected, no tick yet")
        assert any(note.startswith("Last fault: ") for note in viewer.line().notes)
