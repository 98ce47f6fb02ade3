"""Clients that are slow, or ask for what is: a panel that is there is answered beside them.

Each attack holds still until the test lets it go, so that the panels answered meanwhile prove
that nothing of the attack is in their way, however slow the machine is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

import app as holdline
from analytics.model.budgets import PDFS, POLLS, SIGN_INS, UNKNOWN, UPLOADS, Budget
from analytics.model.scene_lists import Scene, SceneList
from analytics.settings_reader import load_settings
from analytics.sources.base import RawBars
from analytics.store.database import Database, store_url
from analytics.store.records import Records
from components.document import pdf
from components.server import live, serving
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.builders import MONDAY, Clock, FakeSource, make_frame, walk
from tests.support.fault_stage import MARKET, desk_on
from tests.support.waiting import until
from tests.unit.components.test_app import CALLBACK

COMPUTING = 2
PANELS = 100
AIM_SECONDS = 0.1
"""For a warm panel beside any of these, p99, where the machine has nothing else to do."""


class SlowSource(FakeSource):
    """Gives no answer about symbols that begin with COLD until it is let go."""

    def __init__(self, clock: Clock) -> None:
        frames = {s: make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MARKET)}
        super().__init__(frames, clock)
        self.let_go = threading.Event()
        self.asked = 0

    def bars(self, symbol: str, start: Any, upto: Any = None) -> RawBars:
        if symbol.startswith("COLD"):
            self.asked += 1
            self.let_go.wait(60)
        return super().bars(symbol, start, upto)


@dataclass
class Served:
    """A server in this process, and what a test asks of it."""

    app: Dash
    port: int
    source: SlowSource
    home: Path
    unloaded: float = 0.0
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(60))

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            given = {"Content-Type": "application/json", **headers}
            connection.request("GET" if body is None else "POST", path, sent, given)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def ladder(self, symbol: str, **headers: str) -> bytes:
        """The Supports page's ladder of a symbol."""
        status, body = self.ask(f"/panel.json?panel=supports/ladder&symbol={symbol}", **headers)
        assert status == 200, body
        return body

    def slowest_panel(self) -> float:
        """Of many warm panels, one after another, in seconds."""
        taken = []
        for _ in range(PANELS):
            began = time.perf_counter()
            assert b"50" in self.ladder("SPY")
            taken.append(time.perf_counter() - began)
        return sorted(taken)[-2]  # p99

    def panels_are_answered(self) -> None:
        """Warm panels, as soon as without an attack, and the process's health."""
        assert self.slowest_panel() < max(AIM_SECONDS, 10 * self.unloaded)
        assert self.ask("/healthz")[0] == 200


@pytest.fixture
def served(stage: Served) -> Served:
    """The server, and how soon it answers now without an attack."""
    stage.unloaded = stage.slowest_panel()
    return stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    clock = Clock()
    source = SlowSource(clock)
    settings = load_settings(
        ["--demo"], {"HOLDLINE_HOME": str(home), "HOLDLINE_THREADS": str(COMPUTING)}
    )
    records = Records(Database(store_url(home)))
    desk = desk_on(source, clock, records=records)
    made = holdline.create_app(settings, desk)
    listener = socket.create_server(("127.0.0.1", 0))
    ending = threading.Event()
    asgi = made.server.extensions[serving.ASGI]
    running = threading.Thread(target=serving.serve, args=(asgi, listener, ending.is_set, 1.0))
    running.start()
    made_ready = Served(made, listener.getsockname()[1], source, home)
    made_ready.ladder("SPY")
    yield made_ready
    source.let_go.set()
    ending.set()
    running.join(60)
    made_ready.pool.shutdown()
    desk.close()


def half(port: int, text: str) -> socket.socket:
    sent = socket.create_connection(("127.0.0.1", port), timeout=60)
    sent.sendall(text.encode())
    return sent


class TestHalfRequests:
    def test_half_bodies(self, served: Served) -> None:
        head = f"POST {CALLBACK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{{"
        with contextlib.ExitStack() as connections:
            for _ in range(20):
                connections.enter_context(half(served.port, head))
            served.panels_are_answered()

    def test_half_headers(self, served: Served) -> None:
        with contextlib.ExitStack() as connections:
            for _ in range(150):
                connections.enter_context(
                    half(served.port, "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
                )
            served.panels_are_answered()


class TestColdSymbols:
    def test_forty_unknown_symbols(self, served: Served) -> None:
        calls = [served.pool.submit(served.ladder, f"COLD{n}") for n in range(40)]
        until(lambda: served.source.asked >= COMPUTING + 1)
        served.panels_are_answered()
        refused = [call for call in calls if call.done()]
        assert len(refused) < 40
        served.source.let_go.set()
        for call in calls:
            call.result(60)

    def test_one_viewer_from_afar_leaves_room_for_the_next(self, served: Served) -> None:
        served.source.let_go.clear()
        greedy = [
            served.pool.submit(served.ladder, f"COLDA{n}", **{"X-Forwarded-For": "203.0.113.9"})
            for n in range(30)
        ]
        until(lambda: sum(call.done() for call in greedy) == 22)
        said = [json.loads(call.result(0)) for call in greedy if call.done()]
        assert all("8 slow requests of yours are under way" in json.dumps(one) for one in said)
        before = served.source.asked
        other = served.pool.submit(served.ladder, "COLDB", **{"X-Forwarded-For": "203.0.113.10"})
        until(lambda: served.source.asked == before + 1)
        served.source.let_go.set()
        for call in (*greedy, other):
            call.result(60)

    def test_one_who_asks_for_symbols_that_do_not_exist_costs_no_more_calls(
        self, served: Served
    ) -> None:
        served.source.let_go.set()
        afar = {"X-Forwarded-For": "203.0.113.11"}
        for n in range(UNKNOWN.most):
            assert b"does not know" in served.ladder(f"NONE{n}", **afar)
        before = sum(served.source.calls.values())
        said = served.ladder("NONE99", **afar)
        assert b"More than 30 symbols that do not exist a minute from your address" in said
        assert sum(served.source.calls.values()) == before
        assert b"50" in served.ladder("SPY", **afar)
        assert b"does not know" in served.ladder("NONE99", **{"X-Forwarded-For": "203.0.113.12"})


class TestBudgets:
    """From afar; the machine's own browser has none."""

    @pytest.mark.parametrize(
        ("budget", "path", "body"),
        [
            (PDFS, "/preview/file?form=pdf", None),
            (UPLOADS, "/calendar/own-events", {"name": "a.csv", "content": "YQ=="}),
            (SIGN_INS, "/sign-in/passkey", {"passkey": {}}),
        ],
    )
    def test_what_is_too_much_is_refused_with_the_time_to_wait(
        self, served: Served, budget: Budget, path: str, body: object
    ) -> None:
        afar = {"X-Forwarded-For": f"2001:db8:{budget.most:x}::1"}
        first = [served.ask(path, body, **afar)[0] for _ in range(budget.most)]
        assert 429 not in first
        neighbour = {"X-Forwarded-For": f"2001:db8:{budget.most:x}::2"}  # of the same house
        status, said = served.ask(path, body, **neighbour)
        assert status == 429
        assert f"More than {budget.most} {budget.what} a minute" in json.loads(said)["error"]
        assert served.ask(path, body)[0] != 429
        served.panels_are_answered()

    def test_polls(self, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "POLLS", replace(POLLS, most=3))
        client = served.app.server.test_client()
        headers = {"X-Forwarded-For": "203.0.113.13"}
        answers = [client.get("/live.json", headers=headers) for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60

    def test_scans(self, served: Served) -> None:
        afar = {"X-Forwarded-For": "203.0.113.14"}
        path = "/panel.json?panel=supports/pool&pool=sectors&level={}&as_of=2025-01-{}"
        days = (6, 7, 8, 10, 13, 14, 15)
        said = [served.ask(path.format(50, f"{day:02}"), **afar)[1] for day in days]
        over = [b"more than 6 scans begun a minute" in one.lower() for one in said]
        assert over == [False] * 6 + [True]


class TestLockedStore:
    def test_eight_saves_wait_for_another_program(self, served: Served) -> None:
        (store,) = served.home.glob("store*.db")
        records = Records(Database(store_url(served.home)))
        let_owner_in(records)
        records.close()
        other = sqlite3.connect(store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        scene = Scene("/supports", "supports/ladder", "Holds?", "")
        body = {"list": SceneList("Mine", (scene,)).to_plain(), "edited": 0}
        saves = [served.pool.submit(served.ask, "/scenes.json", body, **AS_OWNER) for _ in range(8)]
        served.panels_are_answered()
        assert not any(save.done() for save in saves)
        other.execute("ROLLBACK")
        other.close()
        for save in saves:
            save.result(60)


class TestPrinting:
    def test_ten_pdfs_of_different_dates(
        self, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate = tmp_path / "gate"
        browser = tmp_path / "browser"
        browser.write_text(f"#!/bin/sh\nwhile [ ! -e {gate} ]; do sleep 0.05; done\nexit 1\n")
        browser.chmod(0o755)
        begun = tmp_path / "begun"
        browser.write_text(browser.read_text().replace("while", f"touch {begun}\nwhile", 1))
        monkeypatch.setattr(pdf, "find_browser", lambda: str(browser))
        days = [f"2025-01-{day}" for day in (10, 13, 14, 15, 16, 17, 21, 22, 23, 24)]
        prints = [
            served.pool.submit(served.ask, f"/preview/file?form=pdf&as_of={day}") for day in days
        ]
        until(begun.exists)
        served.panels_are_answered()
        assert not all(call.done() for call in prints)
        gate.touch()
        for call in prints:
            assert call.result(120)[0] in (503, 429)
