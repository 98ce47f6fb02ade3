"""Writing, publishing and fetching the preview over the app's routes, as staff and as a reader."""

from __future__ import annotations

import datetime as dt
import html
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

import app as holdline
from analytics.alerts.model import LOCAL
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.settings_reader import load_settings
from analytics.sources.demo import DemoClock, DemoSource
from analytics.store.database import Database, StoreUnavailable
from analytics.store.records import Records
from components.document import pdf
from components.pages.preview import routes
from components.pages.preview.routes import publish_edition
from tests.support.accounts import AS_OWNER, let_owner_in

FRIDAY = "2025-01-24"
WORDS = {"sections": {"supports": "Watch the *close*."}, "strategy": "Stay hedged."}


def desk_over() -> Desk:
    source = DemoSource(clock=DemoClock(speed=0))
    return Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), 60.0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, FlaskClient]]:
    """One app for the module: starting the demo takes seconds."""
    desk = desk_over()
    home = tmp_path_factory.mktemp("home")
    environ = {"HOLDLINE_HOME": str(home)}
    app = holdline.create_app(load_settings(["--demo"], environ), desk)
    yield desk, app.server.test_client()
    desk.close()


@pytest.fixture
def desk(served: tuple[Desk, FlaskClient]) -> Desk:
    """The desk of that app, with an empty store but for the owner."""
    served[0].records = Records(Database(None))
    let_owner_in(served[0].records)
    return served[0]


@pytest.fixture
def client(served: tuple[Desk, FlaskClient], desk: Desk) -> FlaskClient:
    return served[1]


def send(client: FlaskClient, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/preview/{path}", json=body, headers=AS_OWNER | headers)


def save(client: FlaskClient, edited: int = 0, **changes: Any) -> Any:
    body = {"as_of": FRIDAY, "session": FRIDAY, "edited": edited, **WORDS} | changes
    return send(client, "draft", body)


def draft(client: FlaskClient) -> Any:
    return client.get(f"/preview/draft?as_of={FRIDAY}", headers=AS_OWNER).get_json()


def panel(client: FlaskClient, name: str, **state: str) -> Any:
    asked = {"panel": f"preview/{name}", "as_of": FRIDAY} | state
    return client.get("/panel.json", query_string=asked).get_json()


class TestWriting:
    def test_saving_gives_versions_and_keeps_each(self, client: FlaskClient, desk: Desk) -> None:
        assert draft(client)["version"] == 0
        first = save(client)
        assert (first.status_code, first.get_json()["version"]) == (200, 1)
        assert save(client, edited=1, strategy="Wait.").get_json()["version"] == 2
        now = draft(client)
        assert (now["strategy"], now["sections"]) == ("Wait.", WORDS["sections"])
        assert [one["version"] for one in now["versions"]] == [2, 1]
        old = desk.records.previews.edition("Simulator", dt.date(2025, 1, 24), 1)
        assert old is not None
        assert old.staff.strategy == "Stay hedged."
        assert [chart.key for chart in old.charts][:2] == ["supports-chart", "drawdown-chart"]

    def test_the_second_of_two_writers_is_told(self, client: FlaskClient) -> None:
        save(client)
        refused = save(client, strategy="My own view.")
        assert refused.status_code == 409
        assert "version 1 was saved meanwhile" in refused.get_json()["error"]
        assert draft(client)["strategy"] == "Stay hedged."

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"edited": "0"}, "edited is not"),
            ({"edited": True}, "edited is not"),
            ({"edited": -1}, "edited is not"),
            ({"sections": {"prices": "x"}}, "belong to one of"),
            ({"strategy": ["x"]}, "not a text"),
            ({"strategy": "x" * 8001}, "longer than 8000"),
            ({"as_of": "yesterday"}, "as_of"),
            ({"as_of": 3}, "as_of"),
            ({"as_of": "2098-01-02"}, "outside the exchange's calendar"),
            ({"session": "2025-01-23"}, "a new session began"),
        ],
    )
    def test_what_does_not_fit_is_one_sentence(
        self, client: FlaskClient, changes: dict[str, Any], said: str
    ) -> None:
        refused = save(client, **changes)
        assert refused.status_code == 400
        assert said in refused.get_json()["error"]
        assert draft(client)["version"] == 0

    def test_too_much_is_refused_unread(self, client: FlaskClient) -> None:
        refused = save(client, strategy="x" * 300_000)
        assert refused.status_code == 413
        assert draft(client)["version"] == 0

    def test_a_store_that_fails_acknowledges_nothing(self, client: FlaskClient, desk: Desk) -> None:
        desk.records = Records(Database.refused("The store cannot be used: the disk is full."))
        reply = save(client)
        assert reply.status_code == 503
        assert "the disk is full" in reply.get_json()["error"]
        assert panel(client, "supports")["title"] == "Supports"


class TestWhoMayWrite:
    @pytest.mark.parametrize("path", ["draft", "publish"])
    def test_without_the_token_nothing_is_written(self, client: FlaskClient, path: str) -> None:
        body = {"as_of": FRIDAY, "edited": 0, **WORDS, "edition": f"{FRIDAY}.1"}
        assert client.post(f"/preview/{path}", json=body).status_code == 403
        assert client.get(f"/preview/draft?as_of={FRIDAY}").status_code == 403
        assert draft(client)["version"] == 0

    def test_another_site_s_page_may_not(self, client: FlaskClient) -> None:
        body = {"as_of": FRIDAY, "edited": 0, **WORDS}
        refused = send(client, "draft", body, Origin="https://evil.example")
        assert refused.status_code == 403
        form = client.post("/preview/draft", data="{}", headers=AS_OWNER, content_type="text/plain")
        assert form.status_code == 400
        assert draft(client)["version"] == 0

    def test_a_draft_is_shown_to_nobody_else(self, client: FlaskClient) -> None:
        save(client)
        name = f"{FRIDAY}.1"
        for form in ("html", "md"):
            hidden = client.get(f"/preview/file?form={form}&edition={name}")
            assert hidden.status_code == 400
            assert "not among the published" in hidden.get_json()["error"]
        own = client.get(f"/preview/file?form=md&edition={name}", headers=AS_OWNER)
        assert "Stay hedged." in own.text
        assert "not among the published" in panel(client, "strategy", edition=name)["absence"]
        assert "hedged" not in client.get(f"/preview/file?form=md&as_of={FRIDAY}").text


class TestPublishing:
    def test_every_subscriber_is_told_once(self, client: FlaskClient, desk: Desk) -> None:
        save(client)
        name = f"{FRIDAY}.1"
        for _ in range(2):
            reply = send(client, "publish", {"edition": name})
            assert reply.status_code == 200
            assert reply.get_json()["versions"][0]["published_at"]
        notices = desk.records.notices.latest(LOCAL)
        assert [notice.message.title for notice in notices] == [
            "Weekly preview, Friday 24 January 2025"
        ]
        (notice,) = notices
        assert notice.message.link == f"/preview?edition={name}"
        assert notice.message.simulated

    def test_many_clicks_at_once_tell_once(self, client: FlaskClient, desk: Desk) -> None:
        save(client)
        start = threading.Barrier(5)
        fresh: list[bool] = []

        def click() -> None:
            start.wait()
            fresh.append(publish_edition(desk, dt.date(2025, 1, 24), 1))

        clicks = [threading.Thread(target=click) for _ in range(5)]
        for one in clicks:
            one.start()
        for one in clicks:
            one.join()
        assert sorted(fresh) == [False] * 4 + [True]
        assert len(desk.records.notices.latest(LOCAL)) == 1

    def test_a_notice_that_fails_leaves_it_unpublished(
        self, client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*words: Any, **more: Any) -> int:
            raise StoreUnavailable("The store was not written: the disk is full.")

        save(client)
        monkeypatch.setattr(desk.records.notices, "publish", fail)
        reply = send(client, "publish", {"edition": f"{FRIDAY}.1"})
        assert "the disk is full" in reply.get_json()["error"]
        assert draft(client)["versions"][0]["published_at"] is None

    def test_what_is_not_there_cannot_be_published(self, client: FlaskClient) -> None:
        for name, said in ((f"{FRIDAY}.4", "no version 4"), ("x", "edition is 'x'"), (None, "")):
            reply = send(client, "publish", {"edition": name})
            assert reply.status_code == 400
            assert said in reply.get_json()["error"]

    def test_readers_see_it_as_it_was_with_both_voices(self, client: FlaskClient) -> None:
        save(client)
        send(client, "publish", {"edition": f"{FRIDAY}.1"})
        save(client, edited=1, strategy="Never published.")
        read = {"edition": f"{FRIDAY}.1"}
        supports = panel(client, "supports", **read)
        assert "From the desk" in str(supports["body"])
        assert "close" in str(supports["body"])
        assert "Stay hedged." in str(panel(client, "strategy", **read)["body"])
        assert panel(client, "supports-chart", **read)["figure"]["data"]
        assert "1 published version" in panel(client, "published")["title"]
        assert "Never published" not in client.get(f"/preview/file?form=md&edition={FRIDAY}.1").text
        assert "From the desk" not in str(panel(client, "supports")["body"])


class TestFiles:
    def test_the_html_runs_its_own_scripts_only(self, client: FlaskClient) -> None:
        reply = client.get(f"/preview/file?form=html&as_of={FRIDAY}")
        assert reply.mimetype == "text/html"
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert policy in html.unescape(reply.text)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "http://127.0.0.1:8050/supports" in reply.text

    def test_markdown_is_a_file(self, client: FlaskClient) -> None:
        reply = client.get(f"/preview/file?form=md&as_of={FRIDAY}")
        assert reply.headers["Content-Disposition"] == (
            f'attachment; filename="holdline-preview-{FRIDAY}.md"'
        )
        assert "SPY closed at" in reply.text

    def test_without_a_browser_the_pdf_says_what_to_do(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdf, "find_browser", lambda: None)
        reply = client.get(f"/preview/file?form=pdf&as_of={FRIDAY}")
        assert reply.status_code == 503
        assert "open the HTML and print it" in reply.get_json()["error"]

    def test_the_pdf_of_an_edition_is_made_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[str] = []

        def printed(page: str) -> bytes:
            made.append(page)
            return b"of " + page.encode()

        monkeypatch.setattr(routes, "to_pdf", printed)
        monkeypatch.setattr("components.document.document.to_html", str)
        printers = [routes.Printer(desk) for _ in range(2)]  # as in two processes
        files = [printer.edition(text) for text in ("a", "b") for printer in printers]  # type: ignore[arg-type]
        assert files == [b"of a", b"of a", b"of b", b"of b"]
        assert made == ["a", "b"]

    @pytest.mark.parametrize(
        "query", ["form=exe", "edition=x", "as_of=2098-01-02", "edition=2025-01-24.9"]
    )
    def test_what_is_wrong_is_one_sentence(self, client: FlaskClient, query: str) -> None:
        reply = client.get(f"/preview/file?{query}")
        assert reply.status_code == 400
        assert reply.get_json()["error"].endswith((".", "accepted."))


class TestThePanels:
    def test_a_version_changes_with_what_was_published(self, client: FlaskClient) -> None:
        before = panel(client, "published")
        assert before["absence"]
        save(client)
        assert panel(client, "published")["version"] == before["version"]
        send(client, "publish", {"edition": f"{FRIDAY}.1"})
        after = panel(client, "published")
        assert after["version"] != before["version"]
        assert "2025-01-24.1" in str(after["body"])
        assert "Read the published edition" in str(panel(client, "lead")["body"])

    def test_a_figure_leads_to_its_page_and_says_what_it_is(self, client: FlaskClient) -> None:
        parts = [p for line in panel(client, "supports")["body"] for p in line["props"]["children"]]
        links = [part for part in parts if isinstance(part, dict)]
        assert links
        for link in links:
            assert link["props"]["href"].startswith("/supports?")
            assert "Simulator, Fri 24 Jan 2025, 16:00 EST." in link["props"]["data-tip"]
