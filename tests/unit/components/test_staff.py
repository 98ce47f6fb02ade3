"""Permission to edit: the machine's own browser, or whoever shows the token; nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from analytics.model.vocabulary import BadInput
from analytics.settings import Settings, load_settings
from components.server.replies import answered, reply
from components.server.staff import COOKIE, HEADER, register

TOKEN = "a long enough token"


def client_of(settings: Settings) -> FlaskClient:
    server = Flask("staff")
    server.secret_key = "k" * 32
    staff = register(server, settings)

    @server.post("/edit")
    @answered
    def edit() -> Response:
        return reply({"got": staff.body()})

    @server.get("/secret")
    @answered
    def secret() -> Response:
        staff.require()
        return reply({"secret": 1})

    return server.test_client()


LOCAL = Settings(source="demo")
GUARDED = replace(LOCAL, staff_token=TOKEN)
HERE = {"base_url": "http://127.0.0.1:8050"}


def may_edit(client: FlaskClient, headers: dict[str, str] | None = None, **how: object) -> bool:
    got = client.post("/edit", json={"a": 1}, headers=headers or {}, **({**HERE, **how}))
    assert got.status_code in (200, 403)
    return got.status_code == 200


class TestTheOwnersOwnProcess:
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
    def test_a_browser_on_the_machine_may_edit(self, host: str) -> None:
        assert may_edit(client_of(replace(LOCAL, host=host)))

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "desk.example"])
    def test_nobody_may_where_others_can_reach_it(self, host: str) -> None:
        client = client_of(replace(LOCAL, host=host))
        assert not may_edit(client)
        assert client.get("/secret", **HERE).status_code == 403

    @pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
    def test_what_a_proxy_passed_on_is_refused(self, name: str) -> None:
        assert not may_edit(client_of(LOCAL), {name: "127.0.0.1"})

    def test_a_strange_name_for_this_machine_is_refused(self) -> None:
        assert not may_edit(client_of(LOCAL), base_url="http://rebound.example:8050")

    def test_a_caller_from_afar_is_refused(self) -> None:
        afar = {"REMOTE_ADDR": "203.0.113.9"}
        assert not may_edit(client_of(LOCAL), environ_base=afar)

    def test_the_refusal_is_a_sentence(self) -> None:
        got = client_of(replace(LOCAL, host="0.0.0.0")).get("/secret", **HERE)
        assert got.json is not None
        assert got.json["error"].startswith("Only staff may do this")


class TestTheToken:
    def test_even_the_machine_itself_must_show_it(self) -> None:
        assert not may_edit(client_of(GUARDED))
        assert not may_edit(client_of(GUARDED), {HEADER: TOKEN + "x"})
        assert may_edit(client_of(GUARDED), {HEADER: TOKEN})

    def test_it_opens_a_process_that_others_reach(self) -> None:
        client = client_of(replace(GUARDED, host="0.0.0.0"))
        how = {"base_url": "http://desk.example", "environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
        assert may_edit(client, {HEADER: TOKEN}, **how)

    def test_a_browser_signs_in_once_and_leaves(self) -> None:
        client = client_of(GUARDED)
        assert client.get("/staff", **HERE).json == {"staff": False, "token": True}
        wrong = client.post("/staff", json={"token": "guess"}, **HERE)
        assert (wrong.status_code, may_edit(client)) == (403, False)
        right = client.post("/staff", json={"token": TOKEN}, **HERE)
        cookie = right.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert TOKEN not in cookie
        assert may_edit(client)
        client.post("/staff/leave", json={}, **HERE)
        assert not may_edit(client)

    def test_a_made_up_cookie_is_refused(self) -> None:
        client = client_of(GUARDED)
        client.set_cookie(COOKIE, "made.up.cookie", domain="127.0.0.1")
        assert not may_edit(client)

    def test_a_new_token_ends_the_sign_ins_with_the_old(self) -> None:
        old = client_of(GUARDED)
        signed = old.post("/staff", json={"token": TOKEN}, **HERE).headers["Set-Cookie"]
        value = signed.split(";")[0].split("=", 1)[1]

        def with_cookie(settings: Settings) -> FlaskClient:
            client = client_of(settings)
            client.set_cookie(COOKIE, value, domain="127.0.0.1")
            return client

        assert may_edit(with_cookie(GUARDED))
        assert not may_edit(with_cookie(replace(GUARDED, staff_token="another long token")))

    def test_without_one_there_is_nothing_to_sign_in_with(self) -> None:
        got = client_of(LOCAL).post("/staff", json={"token": ""}, **HERE)
        assert got.status_code == 403

    def test_a_short_one_is_refused_at_the_start(self) -> None:
        with pytest.raises(BadInput, match="at least 16 characters"):
            load_settings(["--demo"], {"HOLDLINE_STAFF_TOKEN": "short"})

    def test_it_is_not_shown_with_the_settings(self) -> None:
        assert TOKEN not in repr(GUARDED)


class TestOtherSites:
    def test_their_pages_cannot_use_this_browser(self) -> None:
        client = client_of(LOCAL)
        assert not may_edit(client, {"Origin": "https://evil.example"})
        assert not may_edit(client, {"Sec-Fetch-Site": "cross-site"})
        assert not may_edit(client, {"Origin": "null"})
        assert not may_edit(client, {"Origin": "http://["})
        assert may_edit(client, {"Origin": "http://127.0.0.1:8050"})

    def test_a_form_is_not_json(self) -> None:
        got = client_of(LOCAL).post("/edit", data={"a": "1"}, **HERE)
        assert got.status_code == 400

    @pytest.mark.parametrize("body", ["[]", "1", "{", "null", ""])
    def test_what_is_no_object_is_refused(self, body: str) -> None:
        got = client_of(LOCAL).post("/edit", data=body, content_type="application/json", **HERE)
        assert got.status_code == 400
