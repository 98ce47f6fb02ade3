"""Polls that wait, over HTTP: all in one event loop, each brought the news at once."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import app as holdline
from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed
from analytics.model.budgets import POLLS
from analytics.settings_reader import load_settings
from analytics.sources.demo import DemoClock, DemoSource
from components.server import live, live_polls, serving
from components.server.hardening import MAX_BODY
from components.server.live_polls import LivePolls
from tests.support.waiting import until

MANY = 300


@dataclass
class Served:
    """The app over a paused demo, behind the server that `app.py` runs."""

    feed: Feed
    polls: LivePolls
    port: int
    ending: threading.Event
    running: threading.Thread

    def ask(self, query: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"/live.json?{query}", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.headers)
        finally:
            connection.close()

    @contextlib.contextmanager
    def moving(self) -> Iterator[None]:
        """While prices move."""
        self.feed.set_speed(1.0)
        try:
            yield
        finally:
            self.feed.set_speed(0.0)

    def connect(self, text: str = "") -> socket.socket:
        sent = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        sent.sendall(text.encode())
        return sent


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    source = DemoSource(clock=DemoClock(speed=0.0))
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))
    feed = open_feed(desk)
    app = holdline.create_app(
        load_settings(["--demo"], {"HOLDLINE_HOME": str(tmp_path)}), desk, feed
    )
    until(lambda: "SPY" in feed.watch().content.quotes)
    listener = socket.create_server(("127.0.0.1", 0))
    polls = app.server.extensions[serving.ASGI]
    ending = app.server.extensions["draining"]
    running = threading.Thread(target=serving.serve, args=(polls, listener, ending.is_set, 2.0))
    running.start()
    yield Served(feed, polls, listener.getsockname()[1], ending, running)
    ending.set()
    running.join(30)
    feed.close()
    desk.close()


class TestNews:
    def test_all_who_wait_get_it_at_once_from_one_thread(self, served: Served) -> None:
        sequence = served.feed.peek().sequence
        request = f"GET /live.json?since={sequence}&wait=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with contextlib.ExitStack() as open_ones:
            waiting = [open_ones.enter_context(served.connect(request)) for _ in range(MANY)]
            before = threading.active_count()
            assert served.ask("")[0] == 200
            with served.moving():
                heads = [one.recv(15) for one in waiting]
            assert set(heads) == {b"HTTP/1.1 200 OK"}
            assert threading.active_count() < before + 10

    def test_what_is_sent_is_the_snapshot(self, served: Served) -> None:
        sequence = served.feed.peek().sequence
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(served.ask, f"since={sequence}&wait=1")
            with served.moving():
                status, body, headers = asked.result(30)
        assert status == 200
        assert json.loads(body)["sequence"] > sequence
        assert "Retry-After" not in headers
        assert "X-Content-Type-Options" in {name.title() for name in headers}

    def test_without_news_it_is_answered_empty_in_the_end(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_polls, "WAIT_SECONDS", 0.2)
        for _ in range(50):  # a heartbeat may come between
            began = time.monotonic()
            status, body, _ = served.ask(f"since={served.feed.peek().sequence}&wait=1")
            if status == 204:
                break
        assert (status, body) == (204, b"")
        assert time.monotonic() - began >= 0.2

    def test_who_has_not_the_newest_does_not_wait(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_polls, "WAIT_SECONDS", 3600.0)
        assert served.ask(f"since={served.feed.peek().sequence - 1}&wait=1")[0] == 200

    def test_a_reply_is_made_once_for_all(self, served: Served) -> None:
        made = []
        make = served.polls._make

        async def counted(key: Any) -> Any:
            made.append(key)
            return await make(key)

        served.polls._make = counted  # type: ignore[method-assign]
        bodies = {served.ask("")[1] for _ in range(20)}
        assert len(made) == len(bodies) < 20

    def test_nobody_is_kept_when_the_process_ends(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live_polls, "WAIT_SECONDS", 3600.0)
        sequence = served.feed.peek().sequence
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(served.ask, f"since={sequence}&wait=1")
            until(lambda: served.polls._news is not None or asked.done())
            served.ending.set()
            assert asked.result(20)[0] in (200, 204)
        served.running.join(20)
        assert not served.running.is_alive()


class TestRefused:
    def test_malformed_symbols(self, served: Served) -> None:
        status, body, _ = served.ask("symbols=%25%25&wait=1")
        assert status == 400
        assert "is not a symbol" in json.loads(body)["error"]

    def test_too_many_polls_of_one_client(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (live, live_polls):
            monkeypatch.setattr(module, "POLLS", replace(POLLS, most=3))
        afar = {"X-Forwarded-For": "203.0.113.1"}
        asked = [served.ask("", **afar) for _ in range(4)]
        assert [status for status, _, _ in asked] == [200, 200, 200, 429]
        assert 1 <= int({k.title(): v for k, v in asked[3][2].items()}["Retry-After"]) <= 60


class TestOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
            {"Host": "rebound.example"},
        ],
        ids=str,
    )
    def test_they_have_no_symbol_followed(self, served: Served, headers: dict[str, str]) -> None:
        """Images on any web page could have filled a laptop's feed with symbols."""
        status, _, _ = served.ask("symbols=MSFT&wait=1", **headers)
        assert status in (403, 421)
        assert "MSFT" not in served.feed.peek().content.quotes
        assert served.ask("symbols=MSFT")[0] == 200
        until(lambda: "MSFT" in served.feed.peek().content.quotes)


class TestRequests:
    def test_a_body_in_chunks_is_read_whole(self, served: Served) -> None:
        head = "POST /sign-in/passkey HTTP/1.1\r\nHost: localhost\r\n"
        head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        with served.connect(head) as one:
            for part in (b'8\r\n{"passke\r\n', b'7\r\ny": 1}\n\r\n', b"0\r\n\r\n"):
                one.sendall(part)
            assert b"The passkey was not accepted" in one.recv(4000)

    def test_a_body_above_the_limit_is_refused_unread(self, served: Served) -> None:
        head = "POST /sign-in/passkey HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Length: {MAX_BODY + 1}\r\n\r\n"
        with served.connect(head) as one:
            assert one.recv(4000).startswith(b"HTTP/1.1 413")

    def test_a_head_without_end_is_cut_off(self, served: Served) -> None:
        with served.connect("GET / HTTP/1.1\r\nX-Long: ") as one, contextlib.suppress(OSError):
            for _ in range(10_000):
                one.sendall(b"x" * 10_000)
            pytest.fail("100 MB of a head were taken")

    def test_a_request_that_does_not_come_is_not_waited_for(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.1)
        with served.connect("GET / HT") as one:
            assert one.recv(100) == b""

    def test_a_name_with_an_underline_passes_for_no_other(self, served: Served) -> None:
        head = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX_Forwarded_For: 203.0.113.1\r\n\r\n"
        with served.connect(head) as one:
            assert one.recv(4000).startswith(b"HTTP/1.1 200")
