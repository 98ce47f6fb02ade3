"""Signing in with a real OpenID provider on this machine, and with one that lies."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from components.server.accounts.openid import Attempt, OpenId, ProviderFailed
from tests.support.accounts import DESK, Browser, Site

oidc_provider_mock = pytest.importorskip("oidc_provider_mock", reason="it is not installed")
CLAIMS = {"email": "ann@example.org", "email_verified": True, "name": "Ann"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    users = [
        oidc_provider_mock.User(sub="ann", claims=CLAIMS),
        oidc_provider_mock.User(sub="bob", claims={**CLAIMS, "email_verified": False}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def opened(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home: Path = tmp_path_factory.mktemp("home")
    made = Site(
        home,
        HOLDLINE_OPENID_ISSUER=provider,
        HOLDLINE_OPENID_NAME="Example",
        HOLDLINE_OPENID_CLIENT_ID="holdline",
        HOLDLINE_OPENID_CLIENT_SECRET="a secret",
    )
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    with opened.records.database.writing() as connection:
        for table in ("people", "identities", "browser_sessions", "one_time_tokens"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return opened


def sent_to_provider(browser: Browser, asked: str = "/") -> str:
    """Where the site sends the browser."""
    answer = browser.get(f"/sign-in/openid?next={asked}")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def back_from(address: str, sub: str) -> str:
    """Sign in at the provider as ``sub``: the path that it sends the browser back to."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    target = answer.headers["Location"]
    assert target.startswith(f"{DESK}/sign-in/openid/return?")
    return target.removeprefix(DESK)


def sign_in(browser: Browser, sub: str, asked: str = "/") -> object:
    return browser.get(back_from(sent_to_provider(browser, asked), sub))


class TestSignIn:
    def test_the_request_has_pkce_state_and_nonce(self, site: Site) -> None:
        asked = parse_qs(urlsplit(sent_to_provider(site.browser())).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["response_type"] == ["code"]
        assert asked["scope"] == ["openid email profile"]
        for name in ("state", "nonce", "code_challenge"):
            assert len(asked[name][0]) >= 43, name

    def test_a_person_is_issuer_and_subject(self, site: Site) -> None:
        first, second = site.browser(), site.browser()
        answer = sign_in(first, "ann", "/supports?symbol=NVDA")
        assert answer.location == "/supports?symbol=NVDA"  # type: ignore[attr-defined]
        assert first.me()["called"] == "Ann"
        sign_in(second, "ann")
        assert site.records.people.count() == 1
        person = site.records.people.listed()[0]
        assert person.email == "ann@example.org"
        assert {s.method.value for s in site.records.sessions.of(person.id)} == {"openid"}

    def test_an_address_that_is_not_confirmed_is_not_taken(self, site: Site) -> None:
        sign_in(site.browser(), "bob")
        assert site.records.people.listed()[0].email is None

    def test_a_provider_signs_nobody_in_to_an_account_it_was_not_joined_to(
        self, site: Site
    ) -> None:
        known = site.person("ann@example.org")
        browser = site.browser()
        sign_in(browser, "ann")
        assert browser.me()["signedIn"] is True
        assert {p.id for p in site.records.people.listed()} > {known.id}
        assert site.records.sessions.of(known.id) == ()


class TestForgedAnswers:
    def test_of_another_browsers_sign_in(self, site: Site) -> None:
        victim, thief = site.browser(), site.browser()
        answer = victim.get(back_from(sent_to_provider(thief), "ann"))
        assert answer.status_code == 400
        assert "This browser began no sign-in" in answer.text
        sent_to_provider(victim)
        mixed = victim.get(back_from(sent_to_provider(thief), "ann"))
        assert "belongs to another sign-in" in mixed.text
        assert victim.me()["signedIn"] is False

    def test_used_twice(self, site: Site) -> None:
        browser = site.browser()
        path = back_from(sent_to_provider(browser), "ann")
        cookie = browser.client.get_cookie("__Host-holdline-signing-in", "desk.example")
        assert cookie is not None
        assert browser.get(path).status_code == 303
        other = site.browser()
        other.client.set_cookie(cookie.key, cookie.value, domain="desk.example")
        answer = other.get(path)
        assert (answer.status_code, other.me()["signedIn"]) == (400, False)

    def test_a_code_that_the_provider_did_not_give(self, site: Site) -> None:
        browser = site.browser()
        state = parse_qs(urlsplit(sent_to_provider(browser)).query)["state"][0]
        answer = browser.get(f"/sign-in/openid/return?code=guess&state={state}")
        assert answer.status_code == 400
        assert "could not be believed" in answer.text
        assert "Traceback" not in answer.text

    def test_a_refusal_is_said(self, site: Site) -> None:
        browser = site.browser()
        state = parse_qs(urlsplit(sent_to_provider(browser)).query)["state"][0]
        answer = browser.get(f"/sign-in/openid/return?error=access_denied<script>&state={state}")
        assert "did not sign you in: access_denied&lt;script&gt;" in answer.text

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"nonce": "other"}, "nonce"),
            ({"aud": "another site"}, "aud"),
            ({"iss": "https://evil.example"}, "iss"),
            ({"exp": 1}, "exp"),
            ({"azp": "another site"}, "azp"),
            ({}, "alg none"),
        ],
        ids=str,
    )
    def test_a_token_that_says_otherwise(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], name: str
    ) -> None:
        """The provider's own token, changed and signed anew by a key it publishes."""
        from joserfc import jwt
        from joserfc.jwk import KeySet, RSAKey

        key = RSAKey.generate_key(2048, {"kid": "k"})
        changed: list[str] = []
        original = OpenId._claims

        def forged(self: OpenId, id_token: str, keys: object, document: Any, nonce: str) -> Any:
            claims = json.loads(_decoded(id_token.split(".")[1])) | change
            made = jwt.encode({"alg": "RS256", "kid": "k"}, claims, key)
            if name == "alg none":
                made = re.sub(r"^[^.]+", _encoded({"alg": "none"}), made).rpartition(".")[0] + "."
            changed.append(made)
            public = KeySet([key]).as_dict(private=False)
            return original(self, made, public, document, nonce)

        monkeypatch.setattr(OpenId, "_claims", forged)
        browser = site.browser()
        answer = sign_in(browser, "ann")
        assert changed
        assert answer.status_code == 400  # type: ignore[attr-defined]
        assert browser.me()["signedIn"] is False


class TestMetadata:
    @pytest.mark.parametrize("suffix", ["/", "x"])
    def test_another_issuer_is_not_believed(self, provider: str, suffix: str) -> None:
        asked = OpenId(provider + suffix, "holdline", "", f"{DESK}/sign-in/openid/return")
        with pytest.raises(ProviderFailed, match="could not be asked"):
            asked.address(Attempt("s", "n", "v" * 43, "/"))


class TestProviderGone:
    def test_it_is_said(self, tmp_path: Path) -> None:
        site = Site(
            tmp_path,
            HOLDLINE_OPENID_ISSUER="http://localhost:9",
            HOLDLINE_OPENID_CLIENT_ID="holdline",
        )
        answer = site.browser().get("/sign-in/openid")
        assert answer.status_code == 400
        assert "localhost could not be asked" in answer.text
        site.desk.close()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
