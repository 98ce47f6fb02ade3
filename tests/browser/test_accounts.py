"""Accounts in a real browser: an owner's first passkey, signing in with it, and the bar."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from analytics.accounts.one_time import Bearer, Purpose
from analytics.commands.accounts import run
from analytics.store.database import Database, store_url
from analytics.store.records import Records
from tests.browser.conftest import Visit, served

pytest.importorskip("webauthn", reason="webauthn is not installed (requirements-served.txt)")
Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOLDLINE_ACCOUNTS", "on")
        with served(home, public_host="localhost") as (url, _):
            patch.setenv("HOLDLINE_HOME", str(home))
            patch.setenv("HOLDLINE_PUBLIC_URL", url)
            yield url, home


@pytest.fixture
def visitor(site: tuple[str, Path], visit: Visits) -> Visit:
    """A browser with an authenticator of its own, as a phone has one."""
    opened = visit(url=site[0], expect_log="Failed to load resource")
    devtools = opened.page.context.new_cdp_session(opened.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return opened


def standing(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.evaluate("() => fetch('/me').then((reply) => reply.json())")
    return found


class TestTheFirstOwner:
    def test_by_the_command_s_link_a_passkey_and_then_by_it(self, visitor: Visit) -> None:
        page = visitor.page
        said = run(["owner", "ann@example.org"])
        found = re.search(r"http://localhost:\d+(/sign-in/link\?token=\S+)", said)
        assert found
        page.goto(visitor.url + found[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(visitor.url + "/")
        assert (standing(page)["plan"], standing(page)["staff"]) == ("pro", False)
        page.goto(visitor.url + "/account")
        assert "add one below" in page.inner_text("main")
        page.fill("#passkey-name", "Phone")
        page.get_by_role("button", name="Add a passkey").click()
        page.wait_for_selector("td:has-text('Phone')")
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url(visitor.url + "/")
        assert standing(page)["signedIn"] is False
        page.goto(visitor.url + "/sign-in?next=/definitions")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(visitor.url + "/definitions")
        assert (standing(page)["plan"], standing(page)["staff"]) == ("owner", True)
        page.wait_for_selector("#account-link:has-text('ann@example.org')")
        page.click("#account-link")
        page.wait_for_url(visitor.url + "/account")
        visitor.screenshot("account", full=True)

    def test_a_stranger_s_passkey_signs_nobody_in(self, visitor: Visit) -> None:
        page = visitor.page
        page.goto(visitor.url + "/sign-in")
        visitor.screenshot("sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_selector("#passkey-sign-in .account-note:not(:empty)")
        assert standing(page)["signedIn"] is False


HELD = """() => {
    localStorage.setItem("holdline-watchlists", '[{"name": "Tech", "symbols": "QQQ,NVDA"}]');
    localStorage.setItem("holdline-own-levels", '{"SPY": [590]}');
}"""
IN_ACCOUNT = """async (wanted) => {
    const read = async (kind) => (await (await fetch("/own/" + kind)).json()).value;
    return JSON.stringify([await read("watchlists"), await read("levels")]) === wanted;
}"""
LEFT_WHILE_TAKING = """() => {
    const { of } = JSON.parse(localStorage.getItem("holdline-own-synced"));
    localStorage.setItem("holdline-own-taking", of);
    const lists = '[{"name": "Tech", "symbols": "QQQ,NVDA"}]';
    localStorage.setItem("holdline-watchlists-before", lists);
    localStorage.setItem("holdline-own-levels-before", '{"SPY": [590]}');
}"""
OWN_LEFT = """() => Object.entries(localStorage).filter(
    ([key]) => /watchlists|levels|own-synced|own-taking/.test(key))"""
NONE_ASIDE = "() => !Object.keys(localStorage).some((key) => key.endsWith('-before'))"
TAKEN = '[[{"name":"Tech","symbols":"QQQ,NVDA"}],{"SPY":[590]}]'


class TestOnesOwn:
    def test_what_a_browser_held_is_taken_along_when_wanted_and_alerted_on(
        self, visitor: Visit
    ) -> None:
        page = visitor.page
        page.goto(visitor.url + "/sign-in")
        page.evaluate(HELD)
        said = run(["owner", "bob@example.org"])
        found = re.search(r"http://localhost:\d+(/sign-in/link\?token=\S+)", said)
        assert found
        page.goto(visitor.url + found[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(visitor.url + "/")
        page.get_by_role("button", name="Take them along").wait_for()
        page.wait_for_function(IN_ACCOUNT, arg="[[],{}]", polling=200)
        page.get_by_role("button", name="Take them along").click()
        page.wait_for_function(IN_ACCOUNT, arg=TAKEN, polling=200)
        # the page may be left before it hears what the account took: the next one goes on with it
        page.goto(visitor.url + "/alerts")
        page.wait_for_function(NONE_ASIDE)
        form = page.locator("[data-form=crossing]")
        form.locator("[name=watchlist]").select_option("Tech")
        form.get_by_role("button", name="Add").click()
        page.wait_for_selector(".alert-rules tr:has-text('QQQ'):has-text('watchlist Tech')")
        page.wait_for_selector(".alert-rules tr:has-text('NVDA'):has-text('watchlist Tech')")
        visitor.screenshot("alerts-own", full=True)
        page.goto(visitor.url + "/account")
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url(visitor.url + "/")
        page.wait_for_selector("html[data-features=ready]")
        page.wait_for_function("() => localStorage.getItem('holdline-own-synced') === null")
        assert page.evaluate(OWN_LEFT) == []

    def test_taking_along_goes_on_after_a_server_that_was_busy(self, visitor: Visit) -> None:
        page = visitor.page
        said = run(["owner", "eve@example.org"])
        found = re.search(r"http://localhost:\d+(/sign-in/link\?token=\S+)", said)
        assert found
        page.goto(visitor.url + found[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(visitor.url + "/")
        page.wait_for_function("() => localStorage.getItem('holdline-own-synced')")
        page.evaluate(LEFT_WHILE_TAKING)
        refused: list[str] = []

        def busy_once(route: Route) -> None:
            if refused:
                route.continue_()
            else:
                refused.append(route.request.url)
                route.fulfill(status=503, json={"error": "The server is busy."})

        page.route("**/me", busy_once)
        page.goto(visitor.url + "/alerts")
        page.wait_for_function(NONE_ASIDE)
        page.wait_for_function(IN_ACCOUNT, arg=TAKEN, polling=200)
        assert refused


class TestPlans:
    def test_a_tab_of_pro_makes_its_offer_once(self, site: tuple[str, Path], visit: Visits) -> None:
        opened = visit(url=site[0])
        page = opened.open("/portfolio")
        page.wait_for_selector(".is-first-offer")
        whole = page.locator(".page:not([hidden]) .offer-whole:visible")
        brief = page.locator(".page:not([hidden]) .offer-brief:visible")
        panels = page.locator(".page:not([hidden]) .panel.is-offered").count()
        assert panels > 1
        assert whole.count() == 1
        assert brief.count() == panels - 1
        assert "The PRO plan shows" in whole.inner_text()
        assert brief.first.inner_text() == "Part of the PRO plan."
        first = page.locator(".page:not([hidden]) .panel").first
        assert whole.evaluate("(node, panel) => panel.contains(node)", first.element_handle())
        opened.screenshot("portfolio-offer")

    def test_a_free_viewer_is_told_which_alerts_are_of_pro(
        self, site: tuple[str, Path], visit: Visits
    ) -> None:
        opened = visit(url=site[0])
        records = Records(Database(store_url(site[1])))
        bearer = Bearer(email="free@home.example")
        token = records.one_time.make(Purpose.LINK, bearer, dt.timedelta(minutes=5))
        records.close()
        page = opened.page
        page.goto(f"{opened.url}/sign-in/link?token={token}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(opened.url + "/")
        opened.open("/alerts")
        form = page.locator("form[data-form=sentiment]")
        form.wait_for()
        assert form.get_by_role("button").is_disabled()
        said = "The PRO plan has alerts when the sentiment index is low. See the plans"
        assert said in form.inner_text()
        assert page.locator("form[data-form=crossing] button").is_enabled()
        opened.screenshot("alerts-free", full=True)
