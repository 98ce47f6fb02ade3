"""Two strangers on one server: each gets their own alert alone, once, over a killed worker."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from analytics.alerts.model import ChannelKind
from analytics.runtime.alerts.chat import Chat
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.mail import Mail, parse_mail_server
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.transport import Transport
from analytics.store.database import store_url
from tests.faults.test_alert_engine_killed import SHORT
from tests.support.accounts import DESK, Browser, Site
from tests.support.processes import read_line, start
from tests.support.small_alerts import LOSES
from tests.support.waiting import until

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
pytest.importorskip("apprise", reason="apprise is not installed")
from tests.unit.runtime.test_alert_mail import Inbox, mail_server

CODE = re.compile(r"\b\d{8}\b")
ANN, BOB = "ann@example.org", "bob@example.org"
ANNS_CHAT = "tgram://123456789:AnnsBot-abcdefghijklmnopqrstuvw/1111111"
BOBS_CHAT = "tgram://987654321:BobsBot-abcdefghijklmnopqrstuvw/2222222"
NEAR = {"kind": "near", "symbol": "SPY", "level": 594, "distance": 1, "unit": "pct"}

WORKER = """
    import datetime as dt, sys, time
    from apprise.plugins.telegram import NotifyTelegram
    from analytics.runtime.alerts.chat import Chat
    from analytics.runtime.alerts.delivery import Sender
    from analytics.runtime.alerts.mail import Mail, parse_mail_server
    from analytics.runtime.alerts.network import Network
    from analytics.store.database import Database
    from analytics.store.records import Records
    from tests.support.small_alerts import UNDER
    from tests.unit.runtime.test_alert_engine import engine

    NotifyTelegram.notify_url = sys.argv[3]
    records = Records(Database(sys.argv[1]))
    print(engine(records).step(UNDER, "run"), flush=True)
    mail = Mail(parse_mail_server(sys.argv[2]), "desk@desk.example", "https://desk.example")
    chat = Chat("https://desk.example", network=Network(private=True))
    sender = Sender(records, {"email": mail, "telegram": chat}, lease=dt.timedelta(seconds=0.3))
    sender.step("email")
    sender.step("telegram")
    def hang(due):
        print("here", flush=True)
        time.sleep(600)
    mail.send = chat.send = hang
    sender.step(sys.argv[4])
"""
"""Writes both alerts down, sends one a channel, and hangs with another claimed."""


class Telegram:
    """Stands for api.telegram.org: what was sent to each chat, by the bot that sent it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.url = ""

    def texts(self, target: str) -> list[str]:
        """All that a target got."""
        token, _, chat = target.removeprefix("tgram://").partition("/")
        return [text for bot, to, text in self.sent if (bot, to) == (token, chat)]

    def alerts(self, target: str) -> list[str]:
        """What it got, without codes."""
        return [text for text in self.texts(target) if not CODE.search(text)]


@contextmanager
def telegram_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telegram]:
    telegram = Telegram()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bot = self.path.removeprefix("/bot").partition("/")[0].replace("%3A", ":")
            telegram.sent.append((bot, str(body["chat_id"]), body["text"]))
            answer = b'{"ok": true, "result": {}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    telegram.url = f"http://127.0.0.1:{server.server_port}/bot"
    monkeypatch.setattr("apprise.plugins.telegram.NotifyTelegram.notify_url", telegram.url)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield telegram
    finally:
        server.shutdown()
        server.server_close()


def mails(inbox: Inbox, email: str) -> list[str]:
    """Subjects of all mails to an address."""
    return [letter["Subject"] for letter in inbox.letters if letter["To"] == email]


def alerts(inbox: Inbox, email: str) -> list[str]:
    """Those that are no codes."""
    return [subject for subject in mails(inbox, email) if not CODE.search(subject)]


def confirm(browser: Browser, kind: str, target: str, last_text: Callable[[], str]) -> None:
    """Add a channel and type the code that arrived there."""
    asked = {"kind": kind, "target": target}
    answer = browser.send("/alerts/channels", asked).get_json()
    assert answer["waits"] is True, answer
    code = CODE.search(last_text())
    assert code is not None
    given = {"kind": answer["kind"], "target": answer["target"], "code": code[0]}
    assert browser.send("/alerts/channels/confirm", given).get_json() == {"confirmed": True}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.parametrize("killed_at", ["email", "telegram"])
def test_each_gets_their_own_once(
    killed_at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    with mail_server(inbox) as server, telegram_server(monkeypatch) as telegram:
        address = f"smtp://{server.host}:{server.port}"
        site = Site(tmp_path, HOLDLINE_SMTP_URL=address, HOLDLINE_WEBHOOK_PRIVATE="1")
        for email, chat, rule in ((ANN, ANNS_CHAT, LOSES), (BOB, BOBS_CHAT, NEAR)):
            browser = site.signed_in(email)
            assert browser.send("/alerts/rules", rule).status_code == 200
            confirm(browser, "email", email, lambda: mails(inbox, email)[-1])  # noqa: B023
            confirm(browser, "chat", chat, lambda: telegram.texts(chat)[-1])  # noqa: B023
        worker = start(WORKER, store_url(tmp_path), address, telegram.url, killed_at)
        assert read_line(worker) == "2"
        assert read_line(worker) == "here"
        worker.kill()
        worker.communicate()
        assert len(alerts(inbox, ANN) + alerts(inbox, BOB)) == 1
        assert len(telegram.alerts(ANNS_CHAT) + telegram.alerts(BOBS_CHAT)) == 1
        mail = Mail(parse_mail_server(address), "desk@desk.example", DESK)
        transports: dict[ChannelKind, Transport] = {
            "email": mail,
            "telegram": Chat(DESK, network=Network(private=True)),
        }
        successor = Sender(site.records, transports, lease=SHORT, look_seconds=0.05)
        successor.start()
        until(lambda: site.records.outbox.waiting() == 0, "the rest of the deliveries")
        successor.stop()
        for (told,) in (alerts(inbox, ANN), telegram.alerts(ANNS_CHAT)):
            assert "SPY is under its 50-DMA" in told
        for (told,) in (alerts(inbox, BOB), telegram.alerts(BOBS_CHAT)):
            assert "594" in told
        site.desk.close()
