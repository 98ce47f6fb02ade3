"""The stream against a real websocket server on loopback that drops, falls silent and lies."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from yfinance.pricing_pb2 import PricingData

from analytics.feed.outcomes import Delivery
from analytics.feed.upstream import StreamPace, Supervisor
from analytics.model.live import Mode
from analytics.model.vocabulary import Quote, QuoteBatch, SourceFailure
from analytics.sources.yahoo.stream import YahooStream, decimals_of, read_frame
from tests.support.shared_data import SHARED
from tests.support.small_feeds import NOON, ScriptedStream, Ticker, tick
from tests.support.waiting import until

PACE = StreamPace(
    wait=0.05, heartbeat=0.2, silent=0.3, dead=0.8, poll=0.1, pause=0.05, longest_pause=0.2
)


def frame(symbol: str = "SPY", price: float = 597.12, **fields: Any) -> str:
    """A frame as Yahoo sends it: PricingData in base64 in JSON."""
    content = {"time": int(NOON.timestamp() * 1000), "market_hours": 1, **fields}
    data = PricingData(id=symbol, price=price, **content)
    message = base64.b64encode(data.SerializeToString()).decode()
    return json.dumps({"type": "pricing", "message": message})


class Streamer:
    """A server that remembers its visitors and does what ``script`` says with each."""

    def __init__(self, script: Callable[[ServerConnection, int], None]) -> None:
        self.script = script
        self.subscriptions: list[list[str]] = []
        self.visits = 0
        self._server: Server = serve(self._handle, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/?version=2"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handle(self, connection: ServerConnection) -> None:
        self.visits += 1
        self.subscriptions.append(json.loads(connection.recv())["subscribe"])
        with contextlib.suppress(ConnectionClosed):
            self.script(connection, self.visits)

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def streamer() -> Iterator[Callable[..., Streamer]]:
    made: list[Streamer] = []

    def start(script: Callable[[ServerConnection, int], None]) -> Streamer:
        made.append(Streamer(script))
        return made[-1]

    yield start
    for server in made:
        server.close()


@contextlib.contextmanager
def supervised(url: str, poll: Any = None) -> Iterator[tuple[Supervisor, list[Quote]]]:
    """A running supervisor on a server, with what it delivered."""
    delivered: list[Quote] = []

    def deliver(quotes: tuple[Quote, ...], polled: bool) -> Delivery:
        delivered.extend(quotes)
        return Delivery(taken=len(quotes))

    supervisor = Supervisor(
        lambda symbols: YahooStream(symbols, now=lambda: NOON, url=url),
        poll,
        deliver,
        lambda: frozenset({"SPY"}),
        lambda: True,
        PACE,
    )
    supervisor.start()
    try:
        yield supervisor, delivered
    finally:
        supervisor.stop()


def wait_for_end(connection: ServerConnection) -> None:
    for _ in connection:
        pass


class TestFaults:
    def test_after_a_drop_a_fresh_connection_goes_on(self, streamer: Any) -> None:
        def drops(connection: ServerConnection, visit: int) -> None:
            connection.send(frame(price=597.0 + visit))
            if visit < 3:
                connection.socket.close()  # no closing handshake
            else:
                wait_for_end(connection)

        server = streamer(drops)
        with supervised(server.url) as (supervisor, delivered):
            until(lambda: any(q.price == 600.0 for q in delivered))
            until(lambda: supervisor.state.connected)
            assert supervisor.state.reconnects == 2
        assert server.subscriptions[:3] == [["SPY"]] * 3

    def test_a_clean_close_is_noticed(self, streamer: Any) -> None:
        def closes(connection: ServerConnection, visit: int) -> None:
            connection.send(frame(price=597.0 + visit))
            if visit > 1:
                wait_for_end(connection)

        with supervised(streamer(closes).url) as (supervisor, delivered):
            until(lambda: any(q.price == 599.0 for q in delivered))
            until(lambda: supervisor.state.reconnects == 1)

    def test_silence_is_polled_over_and_then_ends_the_connection(self, streamer: Any) -> None:
        server = streamer(lambda connection, visit: wait_for_end(connection))
        polls: list[tuple[str, ...]] = []

        def poll(symbols: tuple[str, ...]) -> tuple[Quote, ...]:
            polls.append(symbols)
            return (tick(598.5, symbol="SPY"),)

        with supervised(server.url, poll) as (supervisor, delivered):
            until(lambda: bool(polls))
            assert server.visits == 1  # polled beside the stream that is still open
            until(lambda: supervisor.state.mode is Mode.POLLED)
            until(lambda: server.visits > 1)
        assert polls[0] == ("SPY",)
        assert delivered[0].price == 598.5

    def test_garbage_is_counted_and_the_connection_stays(self, streamer: Any) -> None:
        garbage: list[str | bytes] = [
            "{",
            "[]",
            '{"message": "%%%"}',
            '{"message": "AAAA"}',
            "<html>",
            b"\xff\xfe",
        ]

        def lies(connection: ServerConnection, visit: int) -> None:
            for text in garbage:
                connection.send(text)
            connection.send(frame(price=601.0))
            wait_for_end(connection)

        server = streamer(lies)
        with supervised(server.url) as (supervisor, delivered):
            until(lambda: bool(delivered))
            assert supervisor.state.garbage == len(garbage)
            assert supervisor.state.mode is Mode.STREAM
            assert server.visits == 1

    def test_a_server_that_is_away_is_polled_for_until_it_is_back(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
        with supervised(url, lambda symbols: (tick(598.0, symbol="SPY"),)) as (supervisor, got):
            until(lambda: bool(got))
            assert supervisor.state.error is not None
            assert not supervisor.state.connected

    def test_the_heartbeat_subscribes_again(self, streamer: Any) -> None:
        note_activity: list[str | bytes] = []

        def listens(connection: ServerConnection, visit: int) -> None:
            for _ in range(3):
                connection.send(frame())
                note_activity.append(connection.recv())

        with supervised(streamer(listens).url):
            until(lambda: len(note_activity) >= 2)
        assert json.loads(note_activity[0]) == {"subscribe": ["SPY"]}


def take_all(quotes: tuple[Quote, ...], polled: bool) -> Delivery:
    return Delivery(taken=len(quotes))


@dataclass
class Beside:
    """A supervisor driven by hand: one second passes at each look at the stream.

    Attributes:
        frames: gives what the stream brings at a second.
        polls: gives what a poll brings, or raises.
        takes: what becomes of quotes, streamed and polled.
    """

    frames: Callable[[int], QuoteBatch | None]
    polls: Callable[[int], tuple[Quote, ...]] | None
    takes: Callable[[tuple[Quote, ...], bool], Delivery] = take_all
    clock: Ticker = field(default_factory=Ticker)
    asked: list[int] = field(default_factory=list)
    seen: list[tuple[int, Mode]] = field(default_factory=list)
    opened: int = 0

    def connect(self, symbols: frozenset[str]) -> Beside:
        self.opened += 1
        return self

    def follow(self, symbols: frozenset[str]) -> None: ...

    def close(self) -> None: ...

    @property
    def second(self) -> int:
        return int(self.clock.time - 1000)

    def receive(self, seconds: float) -> QuoteBatch | None:
        self.seen.append((self.second, self.supervisor.state.mode))
        self.clock.time += 1.0
        return self.frames(self.second)

    def poll(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        self.asked.append(self.second)
        assert self.polls is not None
        return self.polls(self.second)

    def run(self, seconds: int) -> Supervisor:
        """The supervisor after so many seconds of one connection, or of its fault."""
        self.supervisor = Supervisor(
            self.connect,
            self.poll if self.polls else None,
            self.takes,
            lambda: frozenset({"SPY"}),
            lambda: self.second < seconds,
            StreamPace(wait=0.0),
            self.clock,
        )
        self.supervisor._stopped.wait = self._sleep  # type: ignore[method-assign]
        self.supervisor._once()
        return self.supervisor

    def _sleep(self, timeout: float | None = None) -> bool:
        self.clock.time += 1.0
        return False


def price_at(second: int) -> tuple[Quote, ...]:
    return (tick(600.0, second, symbol="SPY"),)


def refuse(reason: str, *, polls_too: bool = False) -> Callable[[Any, bool], Delivery]:
    def takes(quotes: tuple[Quote, ...], polled: bool) -> Delivery:
        if polled and not polls_too:
            return Delivery(taken=len(quotes))
        return Delivery(refused=Counter({reason: len(quotes)}))

    return takes


class TestSilenceIsMeasuredInQuotesAccepted:
    @pytest.mark.parametrize(
        ("frames", "takes", "why"),
        [
            pytest.param(lambda s: None, take_all, "", id="nothing at all"),
            pytest.param(
                lambda s: QuoteBatch(garbage=3), take_all, "unreadable frames", id="another format"
            ),
            pytest.param(
                lambda s: QuoteBatch(price_at(s)),
                refuse("another session"),
                "another session",
                id="the wrong day",
            ),
            pytest.param(
                lambda s: QuoteBatch(price_at(s)),
                refuse("stamped ahead of the clock"),
                "stamped ahead",
                id="a wrong clock",
            ),
            pytest.param(lambda s: QuoteBatch(), take_all, "", id="signs of life alone"),
        ],
    )
    def test_prices_are_polled_within_ten_seconds_and_it_is_said(
        self, frames: Any, takes: Any, why: str
    ) -> None:
        beside = Beside(frames, price_at, takes)
        state = beside.run(30).state
        assert beside.asked[0] <= 10
        assert state.mode is Mode.POLLED
        assert state.error is not None
        assert "no usable price" in state.error
        assert why in state.error

    def test_it_ends_with_the_first_quote_that_is_accepted(self) -> None:
        beside = Beside(
            lambda s: QuoteBatch(price_at(s)) if s > 12 else QuoteBatch(garbage=1), price_at
        )
        state = beside.run(30).state
        assert (state.mode, state.error, beside.asked) == (Mode.STREAM, None, [9])

    def test_a_stream_of_garbage_is_replaced_while_polls_bring_prices(self) -> None:
        beside = Beside(lambda s: QuoteBatch(garbage=1), price_at)
        state = beside.run(50).state
        assert not state.connected
        assert state.error is not None
        assert "unreadable" in state.error

    def test_a_quiet_market_is_no_fault_of_the_stream(self) -> None:
        def nothing_new(quotes: tuple[Quote, ...], polled: bool) -> Delivery:
            return Delivery(known=len(quotes)) if polled else Delivery(taken=len(quotes))

        beside = Beside(lambda s: QuoteBatch(price_at(s) if s < 3 else ()), price_at, nothing_new)
        state = beside.run(300).state
        assert (state.mode, state.error) == (Mode.STREAM, None)
        assert {mode for second, mode in beside.seen if second > 3} == {Mode.STREAM}

    @pytest.mark.parametrize("polls", [None, "fails", "refused"])
    def test_without_any_usable_price_it_is_not_called_a_stream(self, polls: str | None) -> None:
        def fail(second: int) -> tuple[Quote, ...]:
            raise SourceFailure("The provider is away.")

        beside = Beside(
            lambda s: QuoteBatch(price_at(s)),
            {None: None, "fails": fail, "refused": price_at}[polls],
            refuse("stamped ahead of the clock", polls_too=True),
        )
        state = beside.run(30).state
        assert state.mode is Mode.CONNECTING
        assert state.error is not None
        assert ("away" if polls == "fails" else "stamped ahead") in state.error

    def test_a_paused_simulation_is_no_silence(self) -> None:
        beside = Beside(lambda s: QuoteBatch(price_at(s) if s < 3 else ()), None)
        state = beside.run(300).state
        assert (state.mode, state.error) == (Mode.STREAM, None)

    def test_nothing_is_opened_before_there_are_bars_to_hold_prices_against(self) -> None:
        stream = ScriptedStream()
        supervisor = Supervisor(
            stream.connect, None, take_all, frozenset, lambda: True, StreamPace(wait=0.0)
        )
        supervisor._once()
        assert (stream.opened, supervisor.state.mode) == ([], Mode.CONNECTING)


class TestPauses:
    def supervisor(self, stream: ScriptedStream, clock: Ticker) -> Supervisor:
        pace = StreamPace(wait=0.0, pause=1.0, longest_pause=60.0)
        return Supervisor(
            stream.connect, None, take_all, lambda: frozenset({"SPY"}), lambda: True, pace, clock
        )

    def test_they_grow_to_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("analytics.feed.upstream.random.uniform", lambda low, high: 1.0)
        stream, clock = ScriptedStream(refuses=True), Ticker()
        supervisor = self.supervisor(stream, clock)

        def sleep(seconds: float = 0.0) -> bool:
            clock.time += 0.25
            return False

        monkeypatch.setattr(supervisor._stopped, "wait", sleep)
        pauses = []
        for _ in range(9):
            before = clock.time
            supervisor._once()
            pauses.append(clock.time - before)
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]

    def test_out_of_hours_nothing_is_opened(self) -> None:
        stream = ScriptedStream()
        pace = StreamPace(wait=0.0)
        supervisor = Supervisor(
            stream.connect, None, take_all, lambda: frozenset({"SPY"}), lambda: False, pace
        )
        supervisor._once()
        assert stream.opened == []
        assert supervisor.state.mode is Mode.IDLE


class TestFrames:
    def read(self, text: str | bytes, now: dt.datetime = NOON) -> QuoteBatch:
        return read_frame(text, now)

    def test_a_float32_price_is_rounded_to_the_cent(self) -> None:
        as_sent = struct.unpack("f", struct.pack("f", 597.12))[0]
        assert as_sent != 597.12
        (quote,) = self.read(frame(price=597.12, day_low=594.64, open_price=594.81)).quotes
        assert (quote.price, quote.low, quote.open) == (597.12, 594.64, 594.81)

    @pytest.mark.parametrize(
        ("price", "hint", "decimals"),
        [
            (597.1, 0, 2),
            (597.1, 2, 2),
            (0.5, 0, 4),
            (1.08, 4, 4),
            (0.00115, 4, 7),
            (0.00002134, 8, 9),
        ],
    )
    def test_decimals_follow_the_hint_or_the_tick_size(
        self, price: float, hint: int, decimals: int
    ) -> None:
        assert decimals_of(price, hint) == decimals

    @pytest.mark.parametrize("price", [0.00115, 0.00002134, 0.0500])
    def test_a_price_under_a_cent_arrives_whole(self, price: float) -> None:
        (quote,) = self.read(frame(price=price, day_low=price, price_hint=4)).quotes
        assert (quote.price, quote.low) == (price, price)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"price": float("nan")},
            {"price": float("inf")},
            {"price": 0.0},
            {"price": -1.0},
            {"time": 0},
            {"time": int((NOON + dt.timedelta(hours=1)).timestamp() * 1000)},
            {"time": 2**62},
            {"symbol": "no such thing"},
        ],
    )
    def test_what_cannot_be_is_garbage(self, wrong: dict[str, Any]) -> None:
        assert self.read(frame(**wrong)) == QuoteBatch(garbage=1)

    def test_another_kind_of_frame_is_a_sign_of_life(self) -> None:
        assert self.read('{"type": "heartbeat"}') == QuoteBatch()

    def test_a_price_after_the_close_does_not_count(self) -> None:
        assert self.read(frame(market_hours=2)) == QuoteBatch()

    def test_a_price_before_the_open_is_marked(self) -> None:
        early = dt.datetime(2025, 1, 27, 13, tzinfo=dt.UTC)
        sent = frame(market_hours=0, time=int(early.timestamp() * 1000))
        (quote,) = self.read(sent, early).quotes
        assert quote.pre_market

    def test_before_the_open_the_change_tells_the_last_close(self) -> None:
        early = dt.datetime(2025, 1, 27, 13, tzinfo=dt.UTC)
        at: dict[str, Any] = {"market_hours": 0, "time": int(early.timestamp() * 1000)}
        sent = frame(price=594.2, change=-13.77, previous_close=609.75, **at)
        (quote,) = self.read(sent, early).quotes
        assert quote.previous_close == 607.97
        (quote,) = self.read(frame(price=594.2, previous_close=609.75, **at), early).quotes
        assert quote.previous_close is None
        (quote,) = self.read(frame(price=594.2, change=-13.77, previous_close=607.97)).quotes
        assert quote.previous_close == 607.97

    def test_a_recorded_message(self) -> None:
        path = SHARED / "yahoo" / "stream_ws_MULTI.b64"
        if not path.is_file():
            pytest.skip("the shared recordings are not on this machine")
        recorded = path.read_text()
        message = PricingData()
        message.ParseFromString(base64.b64decode(json.loads(recorded)["message"]))
        now = dt.datetime.fromtimestamp(message.time / 1000, dt.UTC)
        (quote,) = self.read(recorded, now).quotes
        assert quote.symbol == "BTC-USD"
        assert quote.price == round(message.price, 2)
        assert quote.time == now

    def test_a_server_that_is_not_one_fails_in_one_sentence(self) -> None:
        with pytest.raises(SourceFailure, match="could not be opened"):
            YahooStream(frozenset({"SPY"}), now=lambda: NOON, url="ws://127.0.0.1:9/")
