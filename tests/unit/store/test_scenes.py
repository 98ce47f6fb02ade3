"""Lists of scenes: what is accepted, how they are kept, and the routes presenter mode asks."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import app as holdline
from analytics.assembly import open_desk
from analytics.model.scene_lists import MAX_SCENES, ChangedMeanwhile, Scene, SceneList
from analytics.model.vocabulary import BadInput
from analytics.settings_reader import load_settings
from analytics.store.database import Database, StoreUnavailable
from analytics.store.scenes import SceneStore
from components.frame import panels
from components.pages import PAGES
from components.server.scenes import SHIPPED, check_place
from tests.support.accounts import AS_OWNER, let_owner_in

NOW = dt.datetime(2025, 1, 27, 18, 52, tzinfo=dt.UTC)
ONE = {"link": "/supports?symbol=SPY", "panel": "supports/price", "title": "T", "notes": "N"}


def plain(*scenes: object, name: object = "Monday") -> dict[str, Any]:
    return {"format": "holdline-scenes", "name": name, "scenes": list(scenes)}


class TestParse:
    def test_what_it_writes_it_reads(self) -> None:
        assert SceneList.parse(SHIPPED.to_plain()) == SHIPPED
        assert SceneList.parse(plain(ONE)).scenes == (Scene(**ONE),)

    def test_title_and_notes_may_be_left_out(self) -> None:
        scene = SceneList.parse(plain({"link": "/", "panel": "market/group"})).scenes[0]
        assert (scene.title, scene.notes) == ("", "")

    @pytest.mark.parametrize(
        "raw",
        [
            None,
            [],
            {"name": "x", "scenes": []},
            plain(ONE, name=""),
            plain(ONE, name="x" * 81),
            plain(ONE, name=3),
            plain("a scene"),
            plain(*[ONE] * (MAX_SCENES + 1)),
            plain(ONE | {"notes": "x" * 4001}),
            plain(ONE | {"title": ["x"]}),
            plain(ONE | {"panel": "supports/price\"] , [onload='x"}),
            plain(ONE | {"panel": "../price"}),
            *(
                plain(ONE | {"link": link})
                for link in (
                    "javascript:alert(1)",
                    "//elsewhere.example/supports",
                    "https://elsewhere.example/",
                    "/supports?symbol=<script>",
                    "/supports#present",
                    "/..\\supports",
                    "",
                )
            ),
        ],
    )
    def test_anything_else_is_refused_in_a_sentence(self, raw: object) -> None:
        with pytest.raises(BadInput, match=r"\.$"):
            SceneList.parse(raw)


class TestSceneStore:
    def test_each_saving_is_a_version_and_the_newest_is_offered(self) -> None:
        database = Database(None)
        store = SceneStore(database)
        first = SceneList.parse(plain(ONE))
        second = SceneList.parse(plain(ONE, ONE))
        assert store.save(first, 0, NOW).version == 1
        assert store.save(second, 1, NOW).version == 2
        (saved,) = store.newest()
        assert (saved.scenes, saved.version, saved.saved_at) == (second, 2, NOW)

    def test_an_edit_of_an_old_version_is_refused_and_nothing_is_lost(self) -> None:
        store = SceneStore(Database(None))
        mine, theirs = SceneList.parse(plain(ONE)), SceneList.parse(plain(ONE, ONE))
        store.save(mine, 0, NOW)
        store.save(theirs, 1, NOW)
        for edited in (0, 1, 7):
            with pytest.raises(ChangedMeanwhile, match="saved elsewhere"):
                store.save(mine, edited, NOW)
        assert store.newest()[0].scenes == theirs

    def test_an_empty_list_is_no_longer_offered(self) -> None:
        store = SceneStore(Database(None))
        store.save(SceneList.parse(plain(ONE)), 0, NOW)
        store.save(SceneList.parse(plain()), 1, NOW)
        assert store.newest() == []

    def test_of_two_savings_at_once_one_is_told_so(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'store.db'}")
        outcomes: list[str] = []

        def save(scenes: SceneList) -> None:
            try:
                outcomes.append(f"version {SceneStore(database).save(scenes, 0, NOW).version}")
            except ChangedMeanwhile:
                outcomes.append("changed")

        threads = [
            threading.Thread(target=save, args=(SceneList.parse(plain(*[ONE] * n)),))
            for n in range(1, 5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["changed", "changed", "changed", "version 1"]

    def test_what_was_acknowledged_is_there_after_a_restart(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'store.db'}"
        wanted = SceneList.parse(plain(ONE))
        database = Database(url)
        SceneStore(database).save(wanted, 0, NOW)
        database.close()
        assert SceneStore(Database(url)).newest()[0].scenes == wanted

    def test_a_store_that_cannot_be_used_says_why(self) -> None:
        store = SceneStore(Database.refused("The disk is full."))
        with pytest.raises(StoreUnavailable, match="disk is full"):
            store.save(SceneList.parse(plain(ONE)), 0, NOW)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    home = tmp_path_factory.mktemp("home")
    settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(home)})
    desk = open_desk(settings)
    let_owner_in(desk.records)
    return holdline.create_app(settings, desk)


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    client: FlaskClient = app.server.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = AS_OWNER["Authorization"]
    return client


class TestPanelRoute:
    def test_a_panel_is_given_alone(self, client: FlaskClient) -> None:
        reply = client.get("/panel.json?panel=supports/ladder&symbol=QQQ&as_of=2025-01-24")
        payload = reply.get_json()
        assert reply.status_code == 200
        assert "QQQ" in json.dumps(payload["body"])
        assert payload["simulated"] is True
        assert "24 Jan 2025" in payload["subtitle"]

    def test_what_cannot_be_shown_says_why(self, client: FlaskClient) -> None:
        payload = client.get("/panel.json?panel=supports/ladder&symbol=<b>").get_json()
        assert "is not a symbol" in payload["absence"]

    @pytest.mark.parametrize("panel", ["", "supports/nothing", "__class__"])
    def test_an_unknown_panel_is_not_found(self, client: FlaskClient, panel: str) -> None:
        assert client.get(f"/panel.json?panel={panel}").status_code == 404


class TestSceneRoutes:
    def post(self, client: FlaskClient, body: object, **headers: str) -> Any:
        return client.post("/scenes.json", json=body, headers=headers)

    def test_a_saved_list_is_offered(self, client: FlaskClient) -> None:
        reply = self.post(client, {"edited": 0, "list": plain(ONE, name="Saved")})
        assert reply.get_json() == {"name": "Saved", "version": 1}
        offered = client.get("/scenes.json").get_json()
        assert offered["shipped"] == [SHIPPED.to_plain()]
        (saved,) = [one for one in offered["saved"] if one["name"] == "Saved"]
        assert saved["version"] == 1
        assert saved["scenes"] == [ONE]
        assert self.post(client, {"edited": 0, "list": plain(ONE, name="Saved")}).status_code == 409

    @pytest.mark.parametrize(
        "body",
        [
            {"list": plain(ONE)},
            {"edited": -1, "list": plain(ONE)},
            {"edited": True, "list": plain(ONE)},
            {"edited": 0, "list": plain(ONE | {"panel": "supports/nothing"})},
            {"edited": 0, "list": plain(ONE | {"link": "/options"})},
            {"edited": 0, "list": plain(ONE | {"link": "/nowhere"})},
            {"edited": 0},
            [],
        ],
    )
    def test_what_is_no_list_of_ours_is_refused(self, client: FlaskClient, body: object) -> None:
        reply = self.post(client, body)
        assert reply.status_code == 400
        assert reply.get_json()["error"].endswith(".")

    def test_strangers_neither_save_nor_read(self, client: FlaskClient) -> None:
        self.post(client, {"edited": 0, "list": plain(ONE, name="Secret")})
        afar = {"Authorization": ""}
        refused = self.post(client, {"edited": 0, "list": plain(ONE, name="Theirs")}, **afar)
        assert refused.status_code == 403
        assert client.get("/scenes.json", headers=afar).get_json()["saved"] == []

    def test_another_sites_page_cannot_save(self, client: FlaskClient) -> None:
        body = {"edited": 0, "list": plain(ONE, name="Cross")}
        assert self.post(client, body, Origin="https://elsewhere.example").status_code == 403


class TestShipped:
    def test_every_scene_leads_to_a_panel_of_its_page(self, app: Dash) -> None:
        pages = {page.path: page for page in PAGES}
        known = app.server.extensions[panels.BUILDERS]
        for scene in SHIPPED.scenes:
            check_place(scene, pages, known)
        assert len(SHIPPED.scenes) == 6
        assert all(scene.title and scene.notes for scene in SHIPPED.scenes)
