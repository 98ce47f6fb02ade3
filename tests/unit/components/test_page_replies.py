"""Replies to pages' callbacks: as Dash gives them, made once, and only while they are right."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import app as holdline
from analytics.desk.desk import Desk
from analytics.settings_reader import load_settings
from components.frame.panels import FEEDS
from components.server.page_replies import PageReplies, StoredReply
from tests.support.builders import MONDAY, Clock, FakeSource, make_frame, walk
from tests.support.fault_stage import MARKET, desk_on
from tests.support.waiting import until
from tests.unit.components.test_app import CALLBACK, call_of

LADDER = "ladder"


class Site:
    """An app on a source in memory; `drawn` counts the ladders drawn."""

    def __init__(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        frames = {s: make_frame(walk(300, seed=at), MONDAY) for at, s in enumerate(MARKET)}
        self.clock, self.source = clock, FakeSource(frames, clock)
        self.desk: Desk = desk_on(self.source, clock)
        settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(tmp_path)})
        self.drawn = 0
        self.app: Dash = holdline.create_app(settings, self.desk)
        panels = self.app.server.extensions[FEEDS]["supports"].panels
        show = panels[LADDER].show

        def counted(*given: Any) -> Any:
            self.drawn += 1
            return show(*given)

        panels[LADDER] = replace(panels[LADDER], show=counted)
        self.client: FlaskClient = self.app.server.test_client()

    def ask(self, symbol: str = "SPY", seen: str | None = None, **headers: str) -> TestResponse:
        question = {"state": {"symbol": symbol}, "only": [LADDER], "seen": {LADDER: seen}}
        body = call_of(self.app, "answer-supports.data", {"question-supports": question})
        return self.client.post(CALLBACK, json=body, headers=headers)


@pytest.fixture
def site(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path, monkeypatch)
    yield made
    made.desk.close()


def payloads(answer: TestResponse) -> dict[str, Any]:
    body = json.loads(answer.data)["response"]["answer-supports"]["data"]
    return dict(body["payloads"])


def version_of(answer: TestResponse) -> str:
    return str(payloads(answer)[LADDER]["version"])


class TestReply:
    def test_it_is_what_dash_would_send(self, site: Site) -> None:
        ours = site.ask()
        question = {"state": {"symbol": "SPY"}, "only": [LADDER], "seen": {LADDER: None}}
        feed = site.app.server.extensions[FEEDS]["supports"]
        plain = feed.answer(question).plain()
        assert json.loads(ours.data)["response"] == {"answer-supports": {"data": plain}}
        assert ours.mimetype == "application/json"

    def test_it_is_drawn_once_for_all_viewers_and_codings(self, site: Site) -> None:
        plain = site.ask()
        zipped = [site.ask(**{"Accept-Encoding": "gzip"}) for _ in range(3)]
        assert site.drawn == 1
        assert {one.headers["Content-Encoding"] for one in zipped} == {"gzip"}
        assert {gzip.decompress(one.data) for one in zipped} == {plain.data}
        assert {one.headers["Vary"] for one in zipped} == {"Accept-Encoding"}
        assert zipped[2].headers["X-Content-Type-Options"] == "nosniff"

    def test_who_has_it_is_sent_no_payload(self, site: Site) -> None:
        seen = version_of(site.ask())
        again = site.ask(seen=seen)
        assert payloads(again) == {}

    def test_a_change_of_the_market_is_drawn(self, site: Site) -> None:
        first = site.ask()
        site.source.frames = {name: f * 1.01 for name, f in site.source.frames.items()}
        site.desk.forget_bars(["SPY"])
        later = site.ask(seen=version_of(first))
        assert version_of(later) != version_of(first)

    def test_symbols_do_not_share_one(self, site: Site) -> None:
        assert json.loads(site.ask("SPY").data) != json.loads(site.ask("QQQ").data)

    def test_what_cannot_be_shown_is_said_and_asked_for_again(self, site: Site) -> None:
        assert b"does not know the symbol" in site.ask("ZZZZ").data
        site.source.frames["ZZZZ"] = site.source.frames["SPY"]
        site.clock.advance(minutes=6)  # an absence is believed for five
        assert b"does not know the symbol" not in site.ask("ZZZZ").data

    def test_one_that_fails_to_be_drawn_is_drawn_at_the_next_call(self, site: Site) -> None:
        panels = site.app.server.extensions[FEEDS]["supports"].panels
        well = panels[LADDER]

        def fails(*given: Any) -> Any:
            raise ValueError("broken")

        panels[LADDER] = replace(well, show=fails)
        assert b"could not be built" in site.ask().data
        panels[LADDER] = well
        assert b"could not be built" not in site.ask().data


class TestStore:
    def test_all_pages_share_one_store_of_payloads(self, site: Site) -> None:
        feeds = site.app.server.extensions[FEEDS].values()
        assert len(feeds) > 8
        assert len({id(feed.encoded) for feed in feeds}) == 1

    def test_the_oldest_is_dropped_and_what_is_too_large_left_out(self) -> None:
        replies = PageReplies(most_bytes=10)
        for name in (b"a", b"b", b"c"):
            replies.put((name, ""), StoredReply(b"12345", {}))
        replies.put((b"d", ""), StoredReply(b"12345678901", {}))
        there = [name for name in (b"a", b"b", b"c", b"d") if replies.get((name, ""))]
        assert there == [b"b", b"c"]


class TestFirstAnswer:
    """What the page's first script asks for by a GET, before Dash takes questions."""

    def test_it_is_the_pages_answer_at_that_address(self, site: Site) -> None:
        first = site.client.get("/first/supports?symbol=NVDA&utm_source=letter&as_of=2025-01-24")
        state = {"as_of": "2025-01-24", "symbol": "NVDA"}
        assert first.json is not None
        assert first.json["state"] == state
        asked = {**first.json["payloads"], **dict.fromkeys(first.json["pending"])}
        assert set(asked) == set(site.app.server.extensions[FEEDS]["supports"].panels)

    def test_where_the_process_was_opened_on_a_date_that_is_the_moment(self, tmp_path: Any) -> None:
        words = ["--demo", "--as-of", "2025-01-24"]
        settings = load_settings(words, {"HOLDLINE_HOME": str(tmp_path)})
        client = holdline.create_app(settings).server.test_client()
        states = {
            query: client.get(f"/first/definitions{query}").status_code
            for query in ("", "?as_of=live")
        }
        assert set(states.values()) == {404}  # a page without panels has nothing to be asked for
        for query, state in (
            ("", {"as_of": "2025-01-24"}),
            ("?as_of=live", {}),
            ("?as_of=2025-01-23", {"as_of": "2025-01-23"}),
        ):
            assert client.get(f"/first/ledger{query}").json["state"] == state

    def test_a_bad_address_is_said_by_the_panels(self, site: Site) -> None:
        first = site.client.get("/first/supports?symbol=%3Cscript%3E")
        assert first.status_code == 200
        assert first.json is not None
        said = {payload["absence"] for payload in first.json["payloads"].values()}
        assert len(said) == 1
        assert "symbol" in said.pop().lower()

    def test_another_sites_page_may_not_have_it_asked(self, site: Site) -> None:
        refused = site.client.get("/first/supports", headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403

    def test_it_is_sent_as_stored_to_the_next_viewer(self, site: Site) -> None:
        whole: list[Any] = []

        def twice() -> bool:
            answer = site.client.get(
                "/first/supports?symbol=SPY", headers={"Accept-Encoding": "gzip"}
            )
            if not json.loads(gzip.decompress(answer.data))["pending"]:
                whole.append(answer)
            return len(whole) == 2

        until(twice, "two answers with every panel")
        before, after = whole
        assert before.headers["Content-Encoding"] == "gzip"
        assert before.data == after.data
        assert site.drawn == 1
