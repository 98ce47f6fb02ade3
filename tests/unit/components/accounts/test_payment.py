"""Payment: to Stripe and back over the loopback, and its webhook by recorded events."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
import stripe as stripe_library

from analytics.accounts.people import Role
from analytics.model.vocabulary import BadInput
from analytics.settings_reader import load_settings
from tests.support import stripe_events as stripe
from tests.support.accounts import Browser, Site

KEYS = {
    "HOLDLINE_STRIPE_KEY": "sk_test_of-the-tests",
    "HOLDLINE_STRIPE_WEBHOOK_SECRET": stripe.SECRET,
    "HOLDLINE_STRIPE_PRICE": "price_pro",
}
CHECKOUT = "https://checkout.stripe.com/c/pay/cs_test_a1Xk"
PORTAL = "https://billing.stripe.com/p/session/test_YWNj"
NOW = int(time.time())


class _Api(BaseHTTPRequestHandler):
    """Stands for api.stripe.com."""

    asked: ClassVar[list[tuple[str, str, dict[str, list[str]]]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((self.path, self.headers["Authorization"], form))
        object = "checkout.session" if "checkout" in self.path else "billing_portal.session"
        url = CHECKOUT if "checkout" in self.path else PORTAL
        body: dict[str, Any] = {"id": "x_1", "object": object, "url": url}
        if self.status != 200:
            body = {"error": {"type": "invalid_request_error", "message": "No such price"}}
        sent = json.dumps(body).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the terminal."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Api]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(stripe_library, "api_base", f"http://127.0.0.1:{server.server_port}")
    _Api.asked, _Api.status = [], 200
    yield _Api
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, **KEYS)
    yield site
    site.desk.close()


def deliver(site: Site, event: dict[str, Any], signed: str | None = None) -> Any:
    """Send an event as Stripe does: without an Origin, without a cookie."""
    body = stripe.as_sent(event)
    return site.browser().client.post(
        "/stripe/webhook",
        base_url="https://desk.example",
        data=body,
        content_type="application/json; charset=utf-8",
        headers={"Stripe-Signature": signed or stripe.signature(body)},
    )


def pay(site: Site, person: str, until: int) -> None:
    """All that Stripe says of a first period."""
    for event in (
        stripe.paid(1, NOW - 100, until, person),
        stripe.subscription(2, "created", "active", NOW - 100, person),
        stripe.completed(3, person, NOW - 100),
    ):
        assert deliver(site, event).get_json() == {"received": True, "new": True}


def test_to_checkout_and_back_with_pro(site: Site, api: type[_Api]) -> None:
    """The session names the account; the plan comes by the webhook alone."""
    browser = site.signed_in("reader@home.example")
    person = site.person("reader@home.example")
    assert "Subscribe to PRO" in browser.get("/account").text
    there = browser.submit("/account/subscribe")
    assert (there.status_code, there.headers["Location"]) == (303, CHECKOUT)
    path, key, form = api.asked[0]
    assert path == "/v1/checkout/sessions"
    assert KEYS["HOLDLINE_STRIPE_KEY"] in key or key.startswith("B")
    assert form["client_reference_id"] == [person.id]
    assert form["subscription_data[metadata][person]"] == [person.id]
    assert form["line_items[0][price]"] == ["price_pro"]
    assert form["customer_email"] == ["reader@home.example"]
    assert browser.me()["plan"] == "free"
    pay(site, person.id, NOW + 30 * 86_400)
    assert browser.me()["plan"] == "pro"
    assert "Billing" in browser.get("/account").text
    assert browser.submit("/account/billing").headers["Location"] == PORTAL
    assert api.asked[1][2]["customer"] == [stripe.CUSTOMER]
    again = browser.submit("/account/subscribe")
    assert again.status_code == 200
    assert "already" in again.text
    assert len(api.asked) == 2


def test_forms_may_lead_to_stripe_where_it_is_set_alone(site: Site, tmp_path: Path) -> None:
    """Chromium stops a form whose reply leads to a site that the policy does not name."""
    assert "checkout.stripe.com" in site.browser().get("/").headers["Content-Security-Policy"]
    other = Site(tmp_path / "without")
    policy = other.browser().get("/").headers["Content-Security-Policy"]
    other.desk.close()
    assert "form-action 'self';" in policy


def test_a_refusal_of_stripe_is_said(site: Site, api: type[_Api]) -> None:
    """In its own words, on the account's page."""
    api.status = 400
    reply = site.signed_in("reader@home.example").submit("/account/subscribe")
    assert reply.status_code == 200
    assert "Try again later" in reply.text


def test_an_unsigned_or_old_message_is_refused(site: Site) -> None:
    """Nothing of it is stored."""
    event = stripe.completed(1, "somebody", NOW)
    body = stripe.as_sent(event)
    for signed in (
        "",
        "t=1,v1=00",
        stripe.signature(body, secret="whsec_of-somebody-else"),
        stripe.signature(body, at=time.time() - 3600),
        stripe.signature(b"another body"),
    ):
        assert deliver(site, event, signed or "none").status_code == 400
    assert deliver(site, event).get_json() == {"received": True, "new": True}
    assert deliver(site, event).get_json() == {"received": True, "new": False}


def test_a_signed_event_that_says_nothing_sensible_is_no_crash(site: Site) -> None:
    """Of kinds that are not known, and without what such an event has."""
    unknown = stripe.event(1, "price.updated", NOW, {"id": "price_1"})
    assert deliver(site, unknown).status_code == 200
    bare = {"id": "evt_2", "object": "event", "type": "invoice.paid", "created": NOW}
    assert deliver(site, bare).status_code == 400
    thing = {"customer": "cus_1", "object": "subscription"}
    assert (
        deliver(site, stripe.event(3, "customer.subscription.updated", NOW, thing)).status_code
        == 400
    )


def test_what_is_over_is_free_at_the_end_of_what_was_paid(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At that second, by the viewer's own next request."""
    browser = site.signed_in("reader@home.example")
    until = NOW + 86_400
    pay(site, site.person("reader@home.example").id, until)
    assert deliver(site, stripe.subscription(9, "deleted", "canceled", NOW)).status_code == 200
    clock = [dt.datetime.fromtimestamp(until - 1, dt.UTC)]
    monkeypatch.setattr(site.app.server.extensions["visitors"], "_clock", lambda: clock[0])
    assert browser.me()["plan"] == "pro"
    clock[0] = dt.datetime.fromtimestamp(until, dt.UTC)
    assert browser.me()["plan"] == "free"


def test_an_account_that_is_charged_is_not_deleted(site: Site) -> None:
    """It would be charged on for nothing."""
    browser = site.signed_in("reader@home.example")
    pay(site, site.person("reader@home.example").id, NOW + 86_400)
    assert "End your subscription first" in browser.submit("/account/delete", sure="delete").text
    deliver(site, stripe.subscription(9, "deleted", "canceled", NOW))
    assert browser.submit("/account/delete", sure="delete").status_code == 303


def test_nothing_is_sold_without_keys(tmp_path: Path) -> None:
    """And the webhook believes nobody."""
    site = Site(tmp_path)
    browser = site.signed_in("reader@home.example")
    assert "Subscribe" not in browser.get("/account").text
    assert "Nothing is sold" in browser.submit("/account/subscribe").text
    assert deliver(site, stripe.completed(1, "somebody")).status_code == 400
    site.desk.close()
    with pytest.raises(BadInput, match="HOLDLINE_STRIPE_PRICE"):
        load_settings(
            ["--demo"], {"HOLDLINE_STRIPE_KEY": "sk_test_x", "HOLDLINE_HOME": str(tmp_path)}
        )


def test_staff_make_codes_and_readers_use_them(site: Site) -> None:
    """Each is in the audit log, without the code."""
    staff: Browser = site.signed_in("staff@desk.example", Role.STAFF)
    made = staff.send("/people/codes.json", {"note": "the fair", "days": 30, "uses": 1})
    code = made.get_json()["code"]
    reader = site.signed_in("reader@home.example")
    assert reader.send("/people/codes.json", {"note": "x", "days": 9}).status_code == 403
    assert "PRO is yours" in reader.submit("/account/code", code=code).text
    assert reader.me()["plan"] == "pro"
    late = site.signed_in("late@home.example")
    assert "used up" in late.submit("/account/code", code=code).text
    (listed,) = staff.get("/people/codes.json").get_json()["codes"]
    assert (listed["note"], listed["used"], listed["revoked"]) == ("the fair", 1, False)
    assert staff.send("/people/codes/revoke.json", {"id": listed["id"]}).status_code == 200
    for wrong in ({}, {"note": "x"}, {"note": "x", "days": 0}, {"note": "x", "days": 1.5}):
        assert staff.send("/people/codes.json", wrong).status_code == 400
