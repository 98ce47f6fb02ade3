"""The portfolio's addresses: staff only, JSON only, same origin only, and no draft in the open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.desk.desk import Desk
from analytics.model.sessions import session_close
from analytics.settings import Settings
from app import create_app
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.builders import MONDAY, Clock, FakeSource, make_desk
from tests.unit.desk.test_portfolio_editor import BOUGHT, PAID, frames, raw

HERE = {"base_url": "http://127.0.0.1:8050"}
SECRET = "nobody may read this"
POSTS = ("draft", "preview", "discard", "publish", "publish-history", "import")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    made = make_desk(FakeSource(frames(), Clock(session_close(MONDAY))))  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    home: Path = tmp_path_factory.mktemp("home")
    settings = Settings(source="demo", home=home)
    let_owner_in(desk.records)
    client: FlaskClient = create_app(replace(settings), desk).server.test_client()
    return client


def post(client: FlaskClient, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/portfolio/{path}", json=body, headers={**AS_OWNER, **headers}, **HERE)


class TestOnlyStaff:
    @pytest.mark.parametrize("path", POSTS)
    def test_nobody_else_changes_anything(self, client: FlaskClient, path: str) -> None:
        got = client.post(f"/portfolio/{path}", json={}, **HERE)
        assert got.status_code == 403
        assert got.json is not None
        assert got.json["error"].startswith("Only the owner may do this")

    def test_nor_reads_the_drafts(self, client: FlaskClient) -> None:
        assert client.get("/portfolio/desk", **HERE).status_code == 403

    @pytest.mark.parametrize("path", POSTS)
    def test_another_site_s_page_does_not(self, client: FlaskClient, path: str) -> None:
        assert post(client, path, {}, Origin="https://evil.example").status_code == 403

    @pytest.mark.parametrize("path", POSTS)
    @pytest.mark.parametrize("body", ["[]", "{", "7", '"x"'])
    def test_what_is_no_object_is_refused(self, client: FlaskClient, path: str, body: str) -> None:
        got = client.post(
            f"/portfolio/{path}",
            data=body,
            content_type="application/json",
            headers=AS_OWNER,
            **HERE,
        )
        assert got.status_code == 400
        assert got.json is not None
        assert got.json["error"].endswith(".")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("publish", {"id": "../../etc", "after": 0}),
            ("publish", {"id": "0" * 32, "after": -1}),
            ("publish", {"id": "0" * 32, "after": True}),
            ("publish", {"id": "0" * 32, "after": 0}),
            ("discard", {"id": ["0" * 32]}),
            ("import", {"csv": 7}),
            ("import", {"csv": "\x00"}),
            ("draft", {"kind": {"$ne": 1}}),
            ("draft", raw("hold") | {"number": 1}),
            ("draft", raw("buy", symbol={"a": 1}, shares=[1])),
            ("draft", raw("deposit", amount="1e400")),
            ("preview", raw("weights", weights={"AAA": "x" * 50})),
        ],
    )
    def test_hostile_values_are_a_sentence(self, client: FlaskClient, path: str, body: Any) -> None:
        got = post(client, path, body)
        assert got.status_code == 400
        assert got.json["error"].strip()
        assert "Traceback" not in got.text


class TestJourney:
    def test_draft_preview_publish_export(self, client: FlaskClient) -> None:
        state = post(client, "draft", PAID | {"reason": SECRET}).json
        (draft,) = state["drafts"]
        assert (state["newest"], draft["said"]) == (0, "Deposit $10,000")
        assert post(client, "preview", BOUGHT).json["rows"][0]["name"] == "AAA"

        panels = ("answer", "holdings", "changes", "curve", "returns", "fall")
        for panel in panels:  # drafts never leak into what subscribers ask for
            got = client.get(f"/panel.json?panel=portfolio/{panel}", **HERE)
            assert got.status_code == 200
            assert SECRET not in got.text
        assert SECRET not in client.get("/portfolio/changes.csv", **HERE).text
        assert SECRET not in client.get("/portfolio", **HERE).text

        published = post(client, "publish", {"id": draft["id"], "after": 0}).json
        assert (published["number"], published["drafts"]) == (1, [])
        again = post(client, "publish", {"id": draft["id"], "after": 0}).json
        assert again["number"] == 1
        csv = client.get("/portfolio/changes.csv", **HERE)
        assert csv.mimetype == "text/csv"
        assert csv.text.count(SECRET) == 1
        shown = client.get("/panel.json?panel=portfolio/changes", **HERE)
        assert SECRET in shown.text

    def test_a_file_becomes_drafts_or_a_sentence(self, client: FlaskClient) -> None:
        file = "effective,kind,reason\n2025-01-27,hold,quiet day\n"
        made = post(client, "import", {"csv": file}).json
        assert (made["drafted"], made["known"]) == (1, 0)
        bad = post(client, "import", {"csv": file + "2025-01-26,hold,Sunday\n"})
        assert bad.status_code == 400
        assert bad.json["error"].startswith("Line 3: 2025-01-26 is not a session")
        for draft in made["drafts"]:
            assert post(client, "discard", {"id": draft["id"]}).status_code == 200
