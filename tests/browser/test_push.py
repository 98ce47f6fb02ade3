"""Web Push in a real browser: the worker shows what is pushed, the page makes a browser a channel.

No push service is reached from here: the browser's own debugging protocol hands the worker a push,
and the subscription that a service would give is put in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit, chromium, heard_until, served

Visits = Callable[..., Visit]

PATIENCE_MS = 40_000
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => [one.title, one.body, new URL(one.data).pathname])"""
STATE = "async () => (await navigator.serviceWorker.ready).active.state"
SUBSCRIBED = """() => {
  const keys = {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
      + "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg" };
  const endpoint = "https://fcm.googleapis.com/fcm/send/in-tests";
  let made = null;
  const subscription = { endpoint, options: {}, toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => { made = null; return true; } };
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async (asked) => {
    window.askedWith = asked;
    return (made = subscription);
  };
}"""


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of its own: its channels are nobody else's."""
    pytest.importorskip("pywebpush", reason="pywebpush is not installed")
    chromium()
    with served(tmp_path_factory.mktemp("push-home")) as (url, _):
        yield url


def push(page: Page, url: str, body: str) -> None:
    """Hand the site's worker a push message."""
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []

    def updated(event: dict[str, list[dict[str, str]]]) -> None:
        found.extend(one["registrationId"] for one in event["registrations"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", updated)
    devtools.send("ServiceWorker.enable")
    page.wait_for_timeout(100)
    while not found:
        page.wait_for_timeout(100)
    given = {"origin": url, "registrationId": found[0], "data": body}
    devtools.send("ServiceWorker.deliverPushMessage", given)
    devtools.detach()


def test_the_worker_shows_what_is_pushed_and_opens_this_site_alone(visit: Visits) -> None:
    opened = visit()
    page = opened.open("/definitions")
    page.context.grant_permissions(["notifications"], origin=opened.url)
    assert page.evaluate("() => navigator.serviceWorker.controller") is None
    scope = page.evaluate(
        "async () => (await navigator.serviceWorker.register('/worker.js')).scope"
    )
    assert scope == f"{opened.url}/"
    heard_until(page, lambda: page.evaluate(STATE) == "activated")
    told = {"kind": "rule", "title": "SPY closed under its 50-DMA", "text": "At 590.12."}
    push(page, opened.url, json.dumps(told | {"link": "/supports?symbol=SPY", "tag": "one"}))
    push(page, opened.url, json.dumps(told | {"link": "https://example.org/x", "tag": "two"}))
    push(page, opened.url, "no json")
    expected = [
        ["Holdline", "An alert has come.", "/alerts"],
        ["SPY closed under its 50-DMA", "At 590.12.", "/alerts"],
        ["SPY closed under its 50-DMA", "At 590.12.", "/supports"],
    ]
    heard_until(page, lambda: sorted(page.evaluate(SHOWN)) == expected)
    assert page.evaluate("async () => (await caches.keys()).length") == 0


def test_a_click_makes_this_browser_a_channel_and_another_ends_it(visit: Visits) -> None:
    opened = visit()
    page = opened.own().open("/alerts")
    page.wait_for_selector("[data-push]", timeout=PATIENCE_MS)
    assert page.evaluate("() => Notification.permission") != "granted"
    page.context.grant_permissions(["notifications"], origin=opened.url)
    page.evaluate(SUBSCRIBED)
    page.click("[data-push]")
    page.wait_for_selector("#alert-channels li:has-text('(this one)')", timeout=PATIENCE_MS)
    asked = page.evaluate("() => window.askedWith")
    assert asked["userVisibleOnly"] is True
    assert len(asked["applicationServerKey"]) == 87
    row = page.locator("#alert-channels li:has-text('(this one)')")
    assert "Chrome on Linux" in row.inner_text()
    assert page.locator("[data-push]").count() == 0
    opened.screenshot("alerts-push")
    row.locator(".remove").click()
    page.wait_for_selector("[data-push]", timeout=PATIENCE_MS)
    assert page.locator("#alert-channels li:has-text('(this one)')").count() == 0
