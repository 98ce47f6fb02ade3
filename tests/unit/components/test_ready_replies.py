"""Replies given in the event loop: the application's own, to their plan, while they are right."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app as holdline
from analytics.desk.desk import Desk
from analytics.model.access import Plan, Viewer, viewer
from analytics.settings_reader import load_settings
from components.frame.panels import FEEDS
from components.server import ready_replies
from components.server.callback_check import CALLBACK_PATH
from components.server.forwarded import TrustedProxies
from components.server.ready_replies import (
    AHEAD,
    GRACE_SECONDS,
    LASTING,
    MANY,
    Lasting,
    ReadyReplies,
)
from components.server.wsgi_in_threads import Environ, Reply
from tests.support.accounts import AS_OWNER, Site, let_owner_in
from tests.support.builders import MONDAY, Clock, FakeSource, make_frame, walk
from tests.support.event_loop import Loop, Sent
from tests.support.fault_stage import MARKET, desk_on
from tests.support.waiting import until
from tests.unit.components.test_app import call_of

LADDER = "ladder"
THROUGH_WEB = {"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin"}


class Place:
    """An app on a source in memory, asked through its event loop."""

    def __init__(self, home: Path) -> None:
        self.clock = Clock()
        frames = {s: make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MARKET)}
        self.source = FakeSource(frames, self.clock)
        self.desk: Desk = desk_on(self.source, self.clock)
        settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(home)})
        self.app = holdline.create_app(settings, self.desk)
        self.loop = Loop(self.app)

    def body(self, page: str = "supports", only: Any = (LADDER,), **question: Any) -> Any:
        asked = {"state": {}, "only": list(only), "seen": {}} | question
        return call_of(self.app, f"answer-{page}.data", {f"question-{page}": asked})

    def ask(self, headers: dict[str, str] | None = None, **question: Any) -> Sent:
        return self.loop.call(self.body(**question), **(headers or {}))

    def move(self) -> None:
        """Let every price rise by a hundredth."""
        self.source.frames = {name: f * 1.01 for name, f in self.source.frames.items()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.desk.close()


def version_of(sent: Sent) -> str:
    return str(sent.payloads[LADDER]["version"])


class TestTheSameQuestion:
    def test_it_is_answered_as_before_without_the_application(self, place: Place) -> None:
        first = place.ask()
        assert (first.status, place.loop.reached) == (200, 1)
        assert place.ask() == first
        assert place.ask(headers=THROUGH_WEB) == first
        assert place.loop.reached == 1

    def test_who_has_it_is_sent_nothing_anew(self, place: Place) -> None:
        seen = {LADDER: version_of(place.ask())}
        unchanged = [place.ask(seen=seen) for _ in range(3)]
        assert [one.payloads for one in unchanged] == [{}, {}, {}]
        assert place.loop.reached == 2
        assert place.ask(seen={LADDER: "older"}).payloads[LADDER]
        assert place.loop.reached == 2

    def test_several_panels_are_answered_so_too(self, place: Place) -> None:
        names = [LADDER, "log"]
        until(lambda: set(place.ask(only=names).payloads) == set(names), "both panels")
        reached, first = place.loop.reached, place.ask(only=names)
        assert place.loop.reached == reached
        one = {LADDER: version_of(first)}
        rest = [place.ask(only=names, seen=one) for _ in range(2)]
        assert [set(sent.payloads) for sent in rest] == [{"log"}] * 2
        assert place.loop.reached == reached + 1

    @pytest.mark.parametrize(
        "other",
        [
            {"state": {"symbol": "QQQ"}},
            {"only": ["odds"]},
            {"headers": {"Accept_Encoding": "gzip"}},
            {"headers": {"Host": "127.0.0.1"}},
        ],
        ids=str,
    )
    def test_another_is_not_answered_by_it(self, place: Place, other: dict[str, Any]) -> None:
        place.ask()
        place.ask(**other)
        assert place.loop.reached == 2

    def test_it_is_sent_compressed_as_the_viewer_takes_it(self, place: Place) -> None:
        zipped = [place.ask(headers={"Accept_Encoding": "gzip"}) for _ in range(2)]
        assert [one.headers["content-encoding"] for one in zipped] == ["gzip", "gzip"]
        assert zipped[0] == zipped[1]
        assert place.loop.reached == 1

    def test_it_is_counted_among_the_callbacks(self, place: Place) -> None:
        let_owner_in(place.desk.records)
        for _ in range(3):
            place.ask()
        metrics = place.app.server.test_client().get("/metrics", headers=AS_OWNER).text
        assert 'holdline_callbacks_total{status="200"} 3' in metrics

    def test_what_is_redrawn_ahead_is_counted_apart(self, place: Place) -> None:
        let_owner_in(place.desk.records)
        client = place.app.server.test_client()
        for environ in ({}, {AHEAD: True}, {AHEAD: True}):
            sent = client.post(CALLBACK_PATH, json=place.body(), environ_overrides=environ)
            assert sent.status_code == 200
        metrics = client.get("/metrics", headers=AS_OWNER).text
        assert 'holdline_callbacks_total{status="200"} 1' in metrics
        assert "holdline_callback_seconds_count 1" in metrics
        assert 'holdline_redrawn_total{status="200"} 2' in metrics


class TestOnlyWhileRight:
    def test_an_inputs_expiry_ends_it(self, place: Place) -> None:
        before = place.ask()
        place.move()
        place.clock.advance(seconds=300)
        until(lambda: version_of(place.ask()) != version_of(before), "the new price")
        assert place.loop.reached >= 2

    def test_so_does_what_is_dropped_at_once(self, place: Place) -> None:
        before = place.ask()
        place.move()
        place.desk.forget_bars(["SPY"])
        assert version_of(place.ask()) != version_of(before)

    def test_and_what_this_process_writes(self, place: Place) -> None:
        for _ in range(2):
            place.ask(only=["log"])
        assert place.loop.reached == 1
        place.desk.archive._forget_read()
        place.ask(only=["log"])
        assert place.loop.reached == 2

    def test_what_could_not_be_had_is_looked_for_again(self, place: Place) -> None:
        for _ in range(2):
            assert place.ask(state={"symbol": "ZZZZ"}).status == 200
        assert place.loop.reached == 2

    def test_a_panel_that_fails_to_be_drawn_is_drawn_again(self, place: Place) -> None:
        feed = place.app.server.extensions[FEEDS]["supports"]

        def fails(*given: Any) -> Any:
            raise ValueError("broken")

        object.__setattr__(feed.panels[LADDER], "show", fails)
        for _ in range(2):
            assert b"could not be built" in place.ask().body
        assert place.loop.reached == 2


class TestWhoMayAsk:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "https://elsewhere.example"}, 403),
            ({"Sec_Fetch_Site": "cross-site"}, 403),
            ({"Host": "elsewhere.example"}, 421),
            ({"Content_Type": "text/plain"}, 400),
        ],
        ids=str,
    )
    def test_what_no_page_of_ours_sends_is_refused_as_ever(
        self, place: Place, headers: dict[str, str], status: int
    ) -> None:
        assert place.ask().status == 200
        assert place.ask().status == 200
        assert place.ask(headers=headers).status == status

    def test_a_site_that_names_itself_so_is_not_remembered(self, place: Place) -> None:
        """Else its own page would be answered after it was refused once."""
        wrong = {"Host": "elsewhere.example", "Origin": "http://elsewhere.example"}
        assert [place.ask(headers=wrong).status for _ in range(3)] == [421, 421, 421]

    @pytest.mark.parametrize("seen", [[1], {LADDER: [[]]}, {LADDER: 1.5}, "x"], ids=str)
    def test_versions_that_are_none_go_the_usual_way(self, place: Place, seen: Any) -> None:
        place.ask()
        place.ask(seen=seen)
        assert place.loop.reached == 2

    @pytest.mark.parametrize("body", [b"", b"{", b"[" * 9000, b"[]", b'{"inputs":[{"value":1}]}'])
    def test_what_is_no_question_is_refused_as_ever(self, place: Place, body: bytes) -> None:
        assert place.loop.call(body).status == 400

    def test_what_is_a_viewers_own_is_never_stored(self, place: Place) -> None:
        for _ in range(3):
            place.ask(page="alerts", only=["rules"])
        assert place.loop.reached == 3


class TestPlans:
    """``tests/contract/test_every_door.py`` walks every page so."""

    @pytest.fixture
    def site(self, tmp_path: Path) -> Iterator[tuple[Site, Loop]]:
        site = Site(tmp_path)
        yield site, Loop(site.app, https=True)
        site.desk.close()

    def test_a_session_that_ended_is_a_strangers(self, site: tuple[Site, Loop]) -> None:
        place, loop = site
        browser = place.signed_in("ann@desk.example")
        asked = {"state": {"as_of": "2025-01-24"}, "only": ["rules"], "seen": {}}
        body = call_of(place.app, "answer-alerts.data", {"question-alerts": asked})
        headers = {"Host": "desk.example", "Cookie": f"__Host-holdline={browser.cookie}"}
        assert loop.call(body, **headers).status == 200
        visitors = place.app.server.extensions["visitors"]
        environ = {"HTTP_COOKIE": headers["Cookie"], "wsgi.url_scheme": "https"}
        environ["HTTP_HOST"] = headers["Host"]
        assert visitors.at_hand(environ).person is not None
        visitors.forget()
        assert visitors.at_hand(environ) is None  # to be looked up, in a thread
        place.records.sessions.end_all(place.person("ann@desk.example").id)
        loop.call(body, **headers)
        assert visitors.at_hand(environ).person is None

    def test_a_program_with_a_token_goes_the_usual_way(self, site: tuple[Site, Loop]) -> None:
        visitors = site[0].app.server.extensions["visitors"]
        assert visitors.at_hand({"HTTP_AUTHORIZATION": "Bearer x"}) is None


class Application:
    """Answers with a number that grows, whose version is what it is told to be."""

    def __init__(self) -> None:
        self.asked: list[tuple[Environ, Any, Viewer]] = []
        self.version, self.stands = "1", True
        self.graces: list[float] = []

    def lasts(self, grace: float) -> bool:
        self.graces.append(grace)
        return self.stands or grace > 0

    def __call__(self, environ: Environ, start_response: Any) -> list[bytes]:
        body = json.loads(environ["wsgi.input"].read())
        self.asked.append((environ, body, viewer()))
        start_response("200 OK", [("Content-Type", "application/json")])
        environ[LASTING] = Lasting(Plan.PRO, {LADDER: self.version}, self.lasts)
        return [self.version.encode()]


class TestAhead:
    """What many ask for is asked again before the next does."""

    @pytest.fixture
    def application(self) -> Application:
        return Application()

    @pytest.fixture
    def ready(self, application: Application) -> ReadyReplies:
        return ReadyReplies(
            application, lambda environ: Viewer(Plan.PRO), lambda environ: True, TrustedProxies(())
        )

    def environ(self, **more: str) -> Environ:
        return {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/_dash-update-component", "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json", "HTTP_HOST": "localhost", "REMOTE_ADDR": "1.2.3.4",
            "wsgi.url_scheme": "http", "wsgi.errors": None, "HTTP_COOKIE": "holdline=secret",
            "HTTP_X_FORWARDED_FOR": "5.6.7.8",
        } | more  # fmt: skip

    def body(self, seen: str | None) -> bytes:
        return json.dumps({"inputs": [{"value": {"seen": {LADDER: seen}}}]}).encode()

    def keep(self, ready: ReadyReplies, application: Application, body: bytes) -> Environ:
        environ = self.environ()
        environ[LASTING] = Lasting(Plan.PRO, {LADDER: application.version}, application.lasts)
        ready.keep(environ, body, Reply(200, [], b"old"))
        return environ

    def test_by_nobody_in_particular_who_has_the_last(
        self, ready: ReadyReplies, application: Application
    ) -> None:
        body = self.body(None)
        self.keep(ready, application, body)
        application.version, application.stands = "2", False
        found = [ready.find(self.environ(), body) for _ in range(MANY + 1)]
        assert [one and one.body for one in found] == [None, None, b"old"]  # many ask from there on
        until(lambda: application.asked, "the question asked again")
        environ, asked, who = application.asked[0]
        assert who == Viewer(Plan.PRO)
        assert environ[AHEAD] is True
        assert asked["inputs"][0]["value"]["seen"] == {LADDER: "1"}
        assert not {"HTTP_COOKIE", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"} & environ.keys()
        application.stands = True
        until(lambda: ready.find(self.environ(), body), "the new reply")
        renewed = ready.find(self.environ(), self.body("1"))
        assert renewed is not None
        assert renewed.body == b"2"

    def test_what_nobody_else_asks_for_is_not(
        self, ready: ReadyReplies, application: Application, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked = threading.Event()
        monkeypatch.setattr(ready_replies, "LOOK_SECONDS", 0.0)
        body = self.body(None)
        self.keep(ready, application, body)
        application.stands = False
        for _ in range(MANY):
            assert ready.find(self.environ(), body) is None
        looked.wait(0.2)
        assert application.asked == []
        assert set(application.graces) == {0.0}

    def test_the_grace_is_a_fraction_of_a_second(self) -> None:
        assert 0 < GRACE_SECONDS <= 0.5

    def test_another_plan_is_not_answered_by_it(self, application: Application) -> None:
        who = Viewer(Plan.PRO)
        ready = ReadyReplies(
            application, lambda environ: who, lambda environ: True, TrustedProxies(())
        )
        body = self.body(None)
        self.keep(ready, application, body)
        assert ready.find(self.environ(), body) is not None
        for plan in set(Plan) - {Plan.PRO}:
            who = Viewer(plan)
            assert ready.find(self.environ(), body) is None

    def test_nor_one_of_whom_nothing_could_be_told(self, application: Application) -> None:
        who = Viewer(Plan.PRO, failure="The store cannot be read.")
        ready = ReadyReplies(
            application, lambda environ: who, lambda environ: True, TrustedProxies(())
        )
        self.keep(ready, application, self.body(None))
        assert ready.find(self.environ(), self.body(None)) is None

    def test_a_reply_that_sets_a_cookie_or_fails_is_not_stored(
        self, ready: ReadyReplies, application: Application
    ) -> None:
        body = self.body(None)
        for reply in (Reply(200, [(b"set-cookie", b"a=b")], b""), Reply(500, [], b"")):
            environ = self.environ()
            environ[LASTING] = Lasting(Plan.PRO, {LADDER: "1"}, application.lasts)
            ready.keep(environ, body, reply)
            assert ready.find(self.environ(), body) is None

    def test_replies_are_bounded_by_their_bytes(self, application: Application) -> None:
        ready = ReadyReplies(
            application,
            lambda environ: Viewer(Plan.PRO),
            lambda environ: True,
            TrustedProxies(()),
            most_bytes=10_000,
        )
        body, hosts = self.body(None), [f"{n}.localhost" for n in range(6)]
        for host in hosts:
            environ = self.environ(HTTP_HOST=host)
            environ[LASTING] = Lasting(Plan.PRO, {LADDER: "1"}, application.lasts)
            ready.keep(environ, body, Reply(200, [], b"x" * 1000))
        there = [h for h in hosts if ready.find(self.environ(HTTP_HOST=h), body) is not None]
        assert there == hosts[-3:]  # 3,048 bytes each
