"""Two strangers on one server: each gets their own alert alone, once, over a killed worker."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.mail import Mail, parse_mail_server
from analytics.store.database import store_url
from tests.faults.test_alert_engine_killed import SHORT
from tests.support.accounts import DESK, Browser, Site
from tests.support.processes import read_line, start
from tests.support.small_alerts import LOSES
from tests.support.waiting import until

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
from tests.unit.runtime.test_alert_mail import Inbox, mail_server

CODE = re.compile(r"\b\d{8}\b")
ANN, BOB = "ann@example.org", "bob@example.org"
NEAR = {"kind": "near", "symbol": "SPY", "level": 594, "distance": 1, "unit": "pct"}

WORKER = """
    import datetime as dt, sys, time
    from analytics.runtime.alerts.delivery import Sender
    from analytics.runtime.alerts.mail import Mail, parse_mail_server
    from analytics.store.database import Database
    from analytics.store.records import Records
    from tests.support.small_alerts import UNDER
    from tests.unit.runtime.test_alert_engine import engine

    records = Records(Database(sys.argv[1]))
    print(engine(records).step(UNDER, "run"), flush=True)
    mail = Mail(parse_mail_server(sys.argv[2]), "desk@desk.example", "https://desk.example")
    sender = Sender(records, {"email": mail}, lease=dt.timedelta(seconds=0.3))
    sender.step("email")
    def hang(due):
        print("here", flush=True)
        time.sleep(600)
    mail.send = hang
    sender.step("email")
"""
"""Writes both alerts down, sends one, and hangs with the other claimed."""


def subjects(inbox: Inbox, email: str) -> list[str]:
    """Of the alerts that an address got."""
    return [
        letter["Subject"]
        for letter in inbox.letters
        if letter["To"] == email and not CODE.search(letter["Subject"])
    ]


def wait_for_alerts(site: Site, browser: Browser, inbox: Inbox, email: str, rule: object) -> None:
    """Set a rule and a confirmed channel, as its person's browser does."""
    assert browser.send("/alerts/rules", rule).status_code == 200
    channel = {"kind": "email", "target": email}
    assert browser.send("/alerts/channels", channel).get_json()["waits"] is True
    (letter,) = [letter for letter in inbox.letters if letter["To"] == email]
    code = CODE.search(letter["Subject"])
    assert code is not None
    answer = browser.send("/alerts/channels/confirm", channel | {"code": code[0]})
    assert answer.get_json() == {"confirmed": True}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_each_gets_their_own_by_mail_once(tmp_path: Path, inbox: Inbox) -> None:
    with mail_server(inbox) as server:
        address = f"smtp://{server.host}:{server.port}"
        site = Site(tmp_path, HOLDLINE_SMTP_URL=address)
        wait_for_alerts(site, site.signed_in(ANN), inbox, ANN, LOSES)
        wait_for_alerts(site, site.signed_in(BOB), inbox, BOB, NEAR)
        worker = start(WORKER, store_url(tmp_path), address)
        assert read_line(worker) == "2"
        assert read_line(worker) == "here"
        worker.kill()
        worker.communicate()
        assert len(subjects(inbox, ANN) + subjects(inbox, BOB)) == 1
        mail = Mail(parse_mail_server(address), "desk@desk.example", DESK)
        successor = Sender(site.records, {"email": mail}, lease=SHORT, look_seconds=0.05)
        successor.start()
        until(lambda: site.records.outbox.waiting() == 0, "the rest of the deliveries")
        successor.stop()
        (anns,), (bobs,) = subjects(inbox, ANN), subjects(inbox, BOB)
        assert "SPY is under its 50-DMA" in anns
        assert "594" in bobs
        site.desk.close()
