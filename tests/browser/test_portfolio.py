"""A change of the model portfolio: drafted, published, shown; mail and webhook told once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from analytics.alerts.model import LOCAL
from analytics.store.database import Database, store_url
from analytics.store.records import Records
from tests.browser.conftest import Visit, chromium, heard_until, served
from tests.support.small_alerts import Receiver, receiving
from tests.support.waiting import until

REASON = "Apple rose while the rest fell: <b>hold on</b>."


def channels(home: Path, webhook: str) -> None:
    """One address and one receiver, written before the app starts."""
    records = Records(Database(store_url(home)))
    records.subscriptions.add_channel(LOCAL, "webhook", webhook)
    records.subscriptions.add_channel(LOCAL, "email", "you@example.org")
    records.close()


def draft_and_publish(visit: Visit, kind: str, reason: str) -> None:
    desk = visit.page.locator("#portfolio-desk")
    desk.locator("[name=kind]").select_option(kind)
    desk.locator("[name=reason]").fill(reason)
    desk.get_by_text("Save draft").click()
    draft = desk.locator(".staff-drafts li", has_text=reason)
    draft.wait_for()
    draft.get_by_role("button", name="Publish").click()
    desk.locator(".staff-said", has_text="Published as change").wait_for()


class TestPublishing:
    def test_a_change_is_shown_and_told_once(
        self, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
        from tests.unit.runtime.test_alert_mail import Inbox, mail_server

        chromium()
        inbox = Inbox()
        with receiving(Receiver()) as receiver, mail_server(inbox) as server:
            channels(tmp_path, receiver.url)
            monkeypatch.setenv("HOLDLINE_WEBHOOK_PRIVATE", "1")
            monkeypatch.setenv("HOLDLINE_SMTP_URL", f"smtp://{server.host}:{server.port}")
            monkeypatch.setenv("HOLDLINE_MAIL_FROM", "desk@example.com")
            with served(tmp_path) as (url, _):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                visit = Visit(page, url)
                page.on("pageerror", lambda error: visit.log.append(str(error)))
                page.on("dialog", lambda dialog: dialog.accept())
                late: list[Route] = []
                page.route("**/portfolio/desk", lambda route: late.append(route))
                visit.own().open("/portfolio")
                heard_until(page, lambda: bool(late))
                # nothing can be saved before the answer that brings the day
                assert page.locator("#portfolio-desk [name=kind]").count() == 0
                late[0].continue_()
                page.unroute("**/portfolio/desk")
                page.wait_for_selector("#portfolio-desk [name=kind]")
                draft_and_publish(visit, "hold", REASON)
                changes = visit.panel("portfolio/changes")
                changes.locator(".change-reason", has_text=REASON).wait_for()
                until(lambda: inbox.letters and receiver.requests, "both deliveries")
                # a second change comes out behind the first: what doubled would be before it
                draft_and_publish(visit, "hold", "Still no trade.")
                until(lambda: len(inbox.letters) > 1, "the second letter")
                until(lambda: len(receiver.requests) > 1, "the second call")
                assert visit.log == []
                page.close()
        assert [REASON in letter.get_content() for letter in inbox.letters] == [True, False]
        bodies = [body.decode() for _, body in receiver.requests]
        assert ["hold on" in body for body in bodies] == [True, False]


class TestConverting:
    def test_a_holding_becomes_cash_and_shares_of_another(
        self, browser: Browser, tmp_path: Path
    ) -> None:
        chromium()
        with served(tmp_path) as (url, _):
            page = browser.new_page(viewport={"width": 390, "height": 844})
            visit = Visit(page, url)
            page.on("pageerror", lambda error: visit.log.append(str(error)))
            page.on("dialog", lambda dialog: dialog.accept())
            visit.own().open("/portfolio")
            desk = page.locator("#portfolio-desk")
            desk.locator("[name=kind]").select_option("convert")
            assert not desk.locator("[name=shares]").is_visible()
            assert not desk.locator("[name=weights]").is_visible()
            terms = {"symbol": "XLF", "cash": "10", "into": "XLV", "ratio": "0.25"}
            for name, value in terms.items():
                desk.locator(f"[name={name}]").fill(value)
            desk.locator("[name=reason]").fill("The fund was merged.")
            desk.get_by_text("Preview").click()
            said = "Convert each XLF into 0.25 XLV and $10"
            desk.locator(".staff-effect h3", has_text=said).wait_for()
            desk.get_by_text("Save draft").click()
            desk.locator(".staff-drafts li", has_text=said).wait_for()
            assert visit.log == []
            page.close()
