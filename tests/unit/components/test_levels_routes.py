"""Levels out over HTTP: files, and addresses that are somebody's, signed, limited and revocable."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from analytics.accounts.people import Role
from analytics.desk import level_sheets
from analytics.model.access import Offer, Plan
from analytics.model.budgets import SHEETS
from analytics.settings_reader import load_settings
from analytics.studies.supports.supports import SUPPORTS
from app import create_app
from tests.contract.test_every_door import grant
from tests.support.accounts import AS_OWNER, Browser, Site, let_owner_in
from tests.support.builders import MONDAY_NOON, Clock, FakeSource, make_desk, make_frame, walk
from tests.support.level_files import read_csv

FRIDAY = "as_of=2025-01-24"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("levels"))
    yield site
    site.desk.close()


def put_list(browser: Browser, name: str, symbols: str) -> None:
    seen = browser.get("/own/watchlists").get_json()
    body = {"version": seen["version"], "value": [{"name": name, "symbols": symbols}]}
    saved = browser.client.put(
        "/own/watchlists",
        json=body,
        base_url="https://desk.example",
        headers={"Origin": "https://desk.example"},
        environ_base={"REMOTE_ADDR": browser.address},
    )
    assert saved.status_code == 200, saved.data


def made(browser: Browser, **wish: str) -> dict[str, Any]:
    reply = browser.send("/levels/links", wish or {"symbols": "SPY"})
    assert reply.status_code == 200, reply.data
    found: dict[str, Any] = reply.get_json()["links"][0]
    return found


class TestFiles:
    def test_it_is_named_and_stamped(self, site: Site) -> None:
        reply = site.browser().get(f"/levels?format=csv&symbols=SPY,NVDA&{FRIDAY}")
        assert reply.status_code == 200
        assert reply.headers["Content-Disposition"] == (
            'attachment; filename="holdline-levels-2-symbols-2025-01-24-SIMULATED.csv"'
        )
        rows = list(csv.DictReader(io.StringIO(reply.text)))
        assert {row["symbol"] for row in rows} == {"SPY", "NVDA"}
        assert {row["as_of"] for row in rows} == {"2025-01-24T16:00:00-05:00"}
        assert {row["source"] for row in rows} == {"SIMULATED - not market prices"}

    def test_sierra_of_several_is_an_archive(self, site: Site) -> None:
        reply = site.browser().get(f"/levels?format=sierra&symbols=SPY,NVDA&{FRIDAY}")
        assert reply.mimetype == "application/zip"
        assert reply.headers["Content-Disposition"].endswith('-SIMULATED.zip"')

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("symbols=SPY", "format is '': accepted are pine, thinkscript"),
            ("format=xls&symbols=SPY", "format is 'xls'"),
            ("format=csv", "symbols is missing"),
            ("format=csv&symbols=<script>", "is not a symbol"),
            ("format=csv&symbols=SPY&groups=x", "groups is 'x'"),
            ("format=csv&symbols=SPY,QQQ&own=590", "own is of one symbol"),
            ("format=csv&symbols=SPY&as_of=2031-01-01", "has not closed yet"),
            ("format=csv&symbols=SPY&nope=1", "unknown parameter 'nope': accepted are symbols"),
            (f"format=csv&symbols={','.join(f'A{i}' for i in range(101))}", "at most 100"),
        ],
    )
    def test_what_is_wrong_is_said(self, site: Site, query: str, said: str) -> None:
        reply = site.browser().get(f"/levels?{query}")
        assert reply.status_code == 400
        assert said in reply.get_json()["error"]


class TestAddresses:
    def test_it_is_read_without_signing_in_and_stays_current(self, site: Site) -> None:
        browser = site.signed_in("sheets@reader.example")
        put_list(browser, "Mine", "SPY,NVDA")
        path = made(browser, list="Mine")["path"]
        anybody = site.browser()
        first = anybody.get(path)
        assert first.status_code == 200
        assert first.mimetype == "text/csv"
        assert set(read_csv(first.text)) == {"SPY", "NVDA"}
        put_list(browser, "Mine", "QQQ")
        assert set(read_csv(anybody.get(path).text)) == {"QQQ"}
        put_list(browser, "Other", "QQQ")
        gone = anybody.get(path)
        assert gone.status_code == 400
        assert gone.get_json()["error"] == "There is no watchlist 'Mine' any more."

    def test_revoked_it_is_nothing_and_nobody_else_revokes_it(self, site: Site) -> None:
        browser = site.signed_in("revokes@reader.example")
        link, later = made(browser), made(browser, symbols="NVDA")
        other = site.signed_in("other@reader.example")
        refused = other.send("/levels/links/revoke", {"id": link["id"]})
        assert refused.status_code == 400
        assert refused.get_json()["error"] == "There is no such address of yours."
        assert other.get("/levels/links").get_json() == {"links": []}
        assert site.browser().get(link["path"]).status_code == 200
        left = browser.send("/levels/links/revoke", {"id": link["id"]}).get_json()["links"]
        assert [one["id"] for one in left] == [later["id"]]
        assert site.browser().get(later["path"]).status_code == 200
        gone = site.browser().get(link["path"])
        assert gone.status_code == 404
        assert "revoked" in gone.get_json()["error"]

    def test_only_this_server_s_signature_counts(self, site: Site) -> None:
        browser = site.signed_in("signs@reader.example")
        link = made(browser)
        token = link["path"].partition("link=")[2]
        person = site.person("signs@reader.example").id
        forged = URLSafeSerializer("another key", salt="sheet-link").dumps([person, link["id"]])
        salted = URLSafeSerializer(site.app.server.secret_key, salt="x").dumps([person, link["id"]])
        odd = URLSafeSerializer(site.app.server.secret_key, salt="sheet-link").dumps({"a": 1})
        for text in (forged, salted, odd, token[:-1], token + "x", "", "%00", "a.b.c"):
            reply = site.browser().get(f"/levels/current.csv?link={text}")
            assert reply.status_code == 404, text

    def test_strangers_make_none(self, site: Site) -> None:
        assert site.browser().get("/levels/links").status_code == 403
        assert site.browser().send("/levels/links", {"symbols": "SPY"}).status_code == 403

    def test_there_are_so_many(self, site: Site) -> None:
        browser = site.signed_in("many@reader.example")
        for _ in range(20):
            made(browser)
        refused = browser.send("/levels/links", {"symbols": "SPY"})
        assert refused.status_code == 400
        assert refused.get_json()["error"] == "There are 20 addresses already: revoke one first."

    def test_what_makes_none_is_said(self, site: Site) -> None:
        browser = site.signed_in("wrong@reader.example")
        for body, said in (
            ({}, "symbols is missing"),
            ({"list": "Nope"}, "There is no watchlist 'Nope'"),
            ({"list": 7}, "list is the name of a watchlist"),
            ({"list": "a\nb"}, "list is the name of a watchlist"),
            ({"symbols": "=cmd()"}, "is not a symbol"),
            ({"symbols": {"a": 1}}, "symbols must be a list"),
        ):
            refused = browser.send("/levels/links", body)
            assert refused.status_code == 400
            assert said in refused.get_json()["error"]

    def test_it_is_limited_by_itself(self, site: Site) -> None:
        browser = site.signed_in("busy@reader.example")
        path, other = made(browser)["path"], made(browser)["path"]
        for _ in range(SHEETS.most):
            assert site.browser().get(path).status_code == 200
        refused = site.browser().get(path)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "20 readings a minute of this address" in refused.get_json()["error"]
        assert site.browser().get(other).status_code == 200

    def test_the_plan_is_its_owner_s_at_that_moment(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Were the ladders PRO's: whoever asks, and whatever they have themselves."""
        email = "plan@reader.example"
        browser = site.signed_in(email)
        path = made(browser)["path"]
        sold = Offer(Plan.PRO, "What are the levels?", "the levels")
        monkeypatch.setattr(level_sheets, "SUPPORTS", replace(SUPPORTS, offer=sold))
        staff = site.signed_in("staff@reader.example", Role.STAFF)
        assert staff.get(path).status_code == 403
        assert staff.get(path).get_json()["error"] == "The PRO plan shows the levels."
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        grant(site, email, Plan.TRIAL, until)
        assert site.browser().get(path).status_code == 200
        given = site.records.people.grants(site.person(email).id)
        with site.records.database.writing() as connection:
            for number, _ in given:
                site.records.people.revoke_grant(number, connection)
        assert site.browser().get(path).status_code == 403

    def test_a_closed_account_s_is_nothing(self, site: Site) -> None:
        browser = site.signed_in("closed@reader.example")
        path = made(browser)["path"]
        person = site.person("closed@reader.example")
        assert site.browser().get(path).status_code == 200
        site.records.people.disable(person.id)
        assert site.browser().get(path).status_code == 404
        site.records.people.enable(person.id)
        assert site.browser().get(path).status_code == 200
        site.records.own_data.delete(person)
        assert site.browser().get(path).status_code == 404

    def test_it_goes_with_the_person_s_data(self, site: Site) -> None:
        browser = site.signed_in("export@reader.example")
        link = made(browser)
        assert link["id"] in browser.get("/account/export").text


class TestLaptop:
    def test_the_owner_makes_one_and_programs_read_it(self) -> None:
        source = FakeSource({"SPY": make_frame(walk(300))}, Clock(MONDAY_NOON))
        desk = make_desk(source)
        let_owner_in(desk.records)
        client = create_app(load_settings(["--demo"], {}), desk).server.test_client()
        try:
            refused = client.post("/levels/links", json={"symbols": "SPY"})
            assert refused.status_code == 403
            reply = client.post("/levels/links", json={"symbols": "SPY"}, headers=AS_OWNER)
            path = reply.get_json()["links"][0]["path"]
            first = client.get(path)
            assert list(read_csv(first.text)) == ["SPY"]
            assert "SIMULATED" not in first.text
            assert "Fake" in first.text
            same = {"If-None-Match": first.headers["ETag"]}
            assert client.get(path, headers=same).status_code == 304
        finally:
            desk.close()
