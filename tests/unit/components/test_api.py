"""Routes for programs: conditional requests, tokens, limits, and problems in one form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Role
from analytics.model.budgets import API, UNKNOWN
from analytics.model.vocabulary import SourceFailure
from analytics.settings_reader import load_settings
from app import create_app
from tests.support.accounts import AS_OWNER, Browser, Site, let_owner_in
from tests.support.builders import MONDAY_NOON, Clock, FakeSource, make_desk, make_frame, walk

SUPPORTS = "/api/v1/supports?symbol=SPY&as_of=2025-01-24"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("api"))
    yield site
    site.desk.close()


@pytest.fixture
def token(site: Site) -> str:
    return made(site, Scope.READ)


def made(site: Site, scope: Scope, email: str = "reader@programs.example") -> str:
    role = Role.STAFF if scope is Scope.METRICS else Role.VIEWER
    person = site.person(email, role)
    for one in site.records.tokens.of(person.id):
        site.records.tokens.revoke(one.id, person.id)
    site.app.server.extensions["visitors"].forget()
    return site.records.tokens.make(person.id, "tests", scope, dt.timedelta(days=1), most=role)


def ask(browser: Browser, token: str, path: str = SUPPORTS, **headers: str) -> Any:
    return browser.get(path, Authorization=f"Bearer {token}", **headers)


@pytest.fixture
def laptop() -> Iterator[tuple[FlaskClient, FakeSource]]:
    source = FakeSource({"SPY": make_frame(walk(300))}, Clock(MONDAY_NOON))
    desk = make_desk(source)
    let_owner_in(desk.records)
    yield create_app(load_settings(["--demo"], {}), desk).server.test_client(), source
    desk.close()


def get(client: FlaskClient, path: str, **how: Any) -> Any:
    return client.open(path, **({"method": "GET", "base_url": "http://localhost"} | how))


class TestConditional:
    @pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
    def test_who_has_it_is_sent_nothing(self, site: Site, token: str, coding: str) -> None:
        browser = site.browser()
        first = ask(browser, token, **{"Accept-Encoding": coding})
        tag = first.headers["ETag"]
        again = ask(browser, token, **{"Accept-Encoding": coding, "If-None-Match": tag})
        assert (first.status_code, again.status_code) == (200, 304)
        assert again.data == b""
        assert again.headers["ETag"] == tag
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in first.headers["Vary"]

    def test_another_s_tag_is_another_answer(self, site: Site, token: str) -> None:
        browser = site.browser()
        tag = ask(browser, token).headers["ETag"]
        other = "/api/v1/supports?symbol=NVDA&as_of=2025-01-24"
        assert ask(browser, token, other, **{"If-None-Match": tag}).status_code == 200
        several = {"If-None-Match": f'"x", {tag}'}
        assert ask(browser, token, **several).status_code == 304

    def test_a_tag_opens_no_plan(self, site: Site, token: str) -> None:
        refused = ask(site.browser(), token, "/api/v1/portfolio", **{"If-None-Match": "*"})
        assert refused.status_code == 403


class TestTokens:
    def test_a_revoked_one_is_refused(self, site: Site, token: str) -> None:
        browser = site.browser()
        assert ask(browser, token).status_code == 200
        made(site, Scope.READ)  # which revokes the others
        refused = ask(browser, token)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert refused.get_json()["detail"] == "This token is not known, has ended, or was revoked."

    def test_one_for_metrics_reads_no_question(self, site: Site) -> None:
        refused = ask(site.browser(), made(site, Scope.METRICS))
        assert refused.status_code == 403
        assert "metrics" in refused.get_json()["detail"]

    def test_a_browser_that_signed_in_needs_none(self, site: Site) -> None:
        assert site.signed_in("reader@programs.example").get(SUPPORTS).status_code == 200

    def test_a_wrong_one_is_said_though_the_browser_signed_in(self, site: Site) -> None:
        browser = site.signed_in("reader@programs.example")
        assert ask(browser, "hl_nonsense").status_code == 401


class TestLimit:
    def test_a_person_has_so_many_a_minute_from_wherever(self, site: Site) -> None:
        token = made(site, Scope.READ, "busy@programs.example")
        left = []
        for _ in range(API.most):
            reply = ask(site.browser(), token, "/api/v1/nope")
            assert reply.status_code == 404
            left.append(int(reply.headers["RateLimit"].split("r=")[1].split(";")[0]))
        assert left == sorted(left, reverse=True)
        assert left[-1] == 0
        refused = ask(site.browser(), token)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Policy"] == f'"api";q={API.most};w=60'
        assert refused.get_json()["detail"].startswith("More than 120 API requests a minute")
        other = site.person("another@programs.example")
        theirs = site.records.tokens.make(other.id, "tests", Scope.READ, dt.timedelta(days=1))
        assert ask(site.browser(), theirs).status_code == 200

    def test_the_machine_itself_has_none(self, laptop: tuple[FlaskClient, FakeSource]) -> None:
        assert "RateLimit" not in get(laptop[0], SUPPORTS).headers


class TestLaptop:
    def test_it_is_open_to_itself_alone(self, laptop: tuple[FlaskClient, FakeSource]) -> None:
        client, _ = laptop
        assert get(client, SUPPORTS).status_code == 200
        afar = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
        assert get(client, SUPPORTS, **afar).status_code == 401
        passed_on = {"headers": {"X-Forwarded-For": "192.0.2.7"}}
        assert get(client, SUPPORTS, **passed_on).status_code == 401
        elsewhere = get(client, SUPPORTS, base_url="http://evil.example")
        assert elsewhere.status_code == 421
        assert elsewhere.mimetype == "application/problem+json"

    def test_no_page_of_another_site_may_read_it(
        self, laptop: tuple[FlaskClient, FakeSource]
    ) -> None:
        sent = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        reply = get(laptop[0], SUPPORTS, headers=sent)
        assert reply.status_code == 403
        asked = get(laptop[0], SUPPORTS, headers=sent, method="OPTIONS")
        for one in (reply, asked):
            assert not [name for name, _ in one.headers if name.startswith("Access-Control")]


class TestProblems:
    def test_each_is_one_sentence(self, laptop: tuple[FlaskClient, FakeSource]) -> None:
        client, _ = laptop
        for path, status, detail in (
            ("/api/v1/nope", 404, "There is no question 'nope'. /api/v1/ lists all of them."),
            ("/api/nope", 404, "There is nothing at this address: /api/v1/ lists the questions."),
            ("/api/v1/supports", 400, "symbol is missing."),
            (
                "/api/v1/valuation?symbol=SPY&x=1",
                400,
                "unknown parameter 'x': accepted are symbol, as_of.",
            ),
            ("/api/v1/supports?symbol=SPY&as_of=2031-01-01", 400, None),
            (f"/api/v1/watchlist?symbols={'A,' * 9000}", 414, None),
        ):
            reply = get(client, path)
            problem = reply.get_json()
            assert (reply.status_code, problem["status"]) == (status, status)
            assert reply.mimetype == "application/problem+json"
            assert detail is None or problem["detail"] == detail

    def test_other_methods_are_refused(self, laptop: tuple[FlaskClient, FakeSource]) -> None:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = get(laptop[0], SUPPORTS, method=method)
            assert reply.status_code == 405
            assert reply.mimetype == "application/problem+json"
            assert "GET" in reply.headers["Allow"]

    def test_no_data_is_an_answer_that_says_so(
        self, laptop: tuple[FlaskClient, FakeSource]
    ) -> None:
        reply = get(laptop[0], "/api/v1/supports?symbol=ZZZZ")
        assert reply.status_code == 200
        assert "ZZZZ" in reply.get_json()["reason"]
        assert reply.get_json()["freshness"] == "NO DATA"

    def test_who_asks_too_much_of_the_provider_is_told_when_to_come_again(
        self, laptop: tuple[FlaskClient, FakeSource]
    ) -> None:
        """The limit of an address on symbols that do not exist, beside the account's own."""
        client, _ = laptop
        afar = {"environ_base": {"REMOTE_ADDR": "192.0.2.9"}, "headers": AS_OWNER}
        for i in range(UNKNOWN.most):
            assert get(client, f"/api/v1/supports?symbol=Z{i}", **afar).status_code == 200
        refused = get(client, "/api/v1/supports?symbol=ZZ", **afar)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "symbols that do not exist" in refused.get_json()["detail"]

    def test_a_source_that_is_away_is_503(self, laptop: tuple[FlaskClient, FakeSource]) -> None:
        client, source = laptop
        source.errors["*"] = SourceFailure("Fake does not answer")
        reply = get(client, SUPPORTS)
        assert reply.status_code == 503
        assert reply.headers["Retry-After"]
        assert reply.get_json()["detail"].endswith(".")


def test_the_page_lists_every_question(laptop: tuple[FlaskClient, FakeSource]) -> None:
    page = get(laptop[0], "/api").get_data(as_text=True)
    assert 'href="/api/v1/supports"' in page
    assert "Programs on this machine need nothing" in page
