"""Addresses of chats: rebuilt from their parts, on allowed machines, and masked in logs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from analytics.alerts.chat_targets import masked, parse_chat
from analytics.alerts.model import DueDelivery, Notice
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.chat import Chat
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.transport import SendFailure
from tests.support.small_alerts import Receiver, message, receiving

TOKEN = "123456789:AAEexampleexampleexampleexample"
HOOK = "a" * 68
AT = dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "kind", "address"),
    [
        (f"tgram://{TOKEN}/-100123456/", "telegram", f"tgram://{TOKEN}/-100123456"),
        (f"discord://1234567890123456/{HOOK}", "discord", f"discord://1234567890123456/{HOOK}"),
        (
            f"https://discord.com/api/webhooks/1234567890123456/{HOOK}",
            "discord",
            f"discord://1234567890123456/{HOOK}",
        ),
        (
            "https://hooks.slack.com/services/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",
            "slack",
            "slack://T1JJ3T3L2/B1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        ),
        (" https://ntfy.sh/my-topic ", "ntfy", "ntfys://ntfy.sh/my-topic"),
        ("ntfys://push.desk.example/t", "ntfy", "ntfys://push.desk.example/t"),
    ],
)
def test_an_address_is_rebuilt_from_its_parts(typed: str, kind: str, address: str) -> None:
    assert parse_chat(typed, ["push.desk.example"]) == (kind, address)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "json://169.254.169.254/",
        "file:///etc/passwd",
        "ntfy://ntfy.sh/topic",  # not encrypted
        "ntfys://127.0.0.1/topic",
        "ntfys://ntfy.sh.evil.example/topic",
        "ntfys://user:word@ntfy.sh/topic",
        "ntfys://ntfy.sh:8080/topic",
        "ntfys://ntfy.sh/topic?attach=file:///etc/passwd",
        f"discord://1234567890123456/{HOOK}?template=/etc/passwd",
        f"tgram://{TOKEN}/1/2/3",
        f"tgram://{TOKEN}",
        f"tgram://{TOKEN}/-100123456\nntfys://x",
        "https://discord.com.evil.example/api/webhooks/1234567890123456/" + HOOK,
    ],
)
def test_nothing_else_is_taken(typed: str) -> None:
    with pytest.raises(BadInput):
        parse_chat(typed)


def test_what_lets_others_write_there_is_in_no_log() -> None:
    assert TOKEN not in masked("telegram", f"tgram://{TOKEN}/-100123456")
    assert HOOK not in masked("discord", f"discord://1234567890123456/{HOOK}")
    assert masked("email", "you@example.org") == "you@example.org"


class TestChat:
    def due(self, target: str) -> DueDelivery:
        return DueDelivery(Notice("ann", 1, message(), AT), "ntfy", target, 1)

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1"])
    def test_a_name_that_leads_inside_gets_nothing(self, address: str) -> None:
        chat = Chat(network=Network(resolve=lambda host, port: ["93.184.216.34", address]))
        with pytest.raises(SendFailure, match="not found on the open internet") as refused:
            chat.send(self.due("ntfys://ntfy.sh/topic"))
        assert refused.value.final

    def test_a_machine_that_is_named_no_longer_gets_nothing(self) -> None:
        chat = Chat(network=Network(resolve=lambda host, port: ["93.184.216.34"]))
        with pytest.raises(SendFailure, match="HOLDLINE_CHANNEL_HOSTS") as refused:
            chat.send(self.due("ntfys://push.desk.example/topic"))
        assert refused.value.final


class TestConnections:
    """Apprise against a Telegram on the loopback."""

    @pytest.fixture
    def telegram(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
        pytest.importorskip("apprise", reason="apprise is not installed")
        with receiving(Receiver()) as made:
            port = made.url.removesuffix("/hook").rpartition(":")[2]
            url = f"http://api.telegram.org:{port}/bot"
            monkeypatch.setattr("apprise.plugins.telegram.NotifyTelegram.notify_url", url)
            yield made

    def due(self) -> DueDelivery:
        target = f"tgram://{TOKEN}/-100123456"
        return DueDelivery(Notice("ann", 1, message(), AT), "telegram", target, 1)

    def test_go_to_the_address_that_was_looked_at_and_look_once(self, telegram: Receiver) -> None:
        """The name leads inside as soon as it was checked: no second look finds that."""
        answers = iter([["127.0.0.1"], ["203.0.113.9"]])
        looked = []

        def look(host: str, port: int) -> list[str]:
            looked.append(host)
            return next(answers)

        Chat(network=Network(private=True, resolve=look)).send(self.due())
        assert looked == ["api.telegram.org"]
        ((headers, body),) = telegram.requests
        assert headers["host"].startswith("api.telegram.org")
        assert "SPY closed under its 50-DMA" in json.loads(body)["text"]

    def test_one_that_drips_is_cut(self, telegram: Receiver) -> None:
        telegram.drip = True
        telegram.body = b""
        slow = Network(private=True, resolve=lambda host, port: ["127.0.0.1"], try_seconds=0.3)
        Chat(network=slow).send(self.due())  # its status came: it has the message
        assert telegram.cut_off.wait(10)

    def test_proxies_of_the_environment_get_nothing(
        self, telegram: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        Chat(network=Network(private=True, resolve=lambda host, port: ["127.0.0.1"])).send(
            self.due()
        )
        assert len(telegram.requests) == 1
