"""Webhooks against a real receiver: signed, retried, and kept away from private addresses."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.alerts.model import LOCAL
from analytics.alerts.targets import is_public, parse_target
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.transport import SendFailure
from analytics.runtime.alerts.webhook import Webhook, derived_secret, secret_bytes
from analytics.store.database import Database
from analytics.store.notices import Notices
from analytics.store.records import Records
from tests.support.small_alerts import SECRET, Clock, Receiver, claimed, publish, receiving, set_up
from tests.support.small_tls import Certificate, certificate

KEY = secret_bytes(SECRET)
MIXED = Network(resolve=lambda host, port: ["93.184.215.14", "127.0.0.1"])


@pytest.fixture
def tls(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


class Scene:
    """A store with one webhook, a clock, and a sender."""

    def __init__(self, url: str, at: Callable[[], float] = time.time, **how: Any) -> None:
        self.clock = Clock()
        self.records = Records(Database(None))
        self.records.__dict__["notices"] = Notices(self.records.database, self.clock)
        set_up(self.records, "webhook", url)
        self.webhook = Webhook(KEY, "https://desk.example", Network(private=True, **how), at)
        self.sender = Sender(self.records, {"webhook": self.webhook}, self.clock)

    @property
    def delivery(self):  # type: ignore[no-untyped-def]
        (delivery,) = self.records.notices.latest(LOCAL)[0].deliveries
        return delivery


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as made:
        yield made


class TestPost:
    def test_it_is_signed_json_with_the_notice(self, receiver: Receiver) -> None:
        scene = Scene(receiver.url, at=lambda: 1_738_000_000.4)
        publish(scene.records, simulated=True)
        assert scene.sender.step("webhook")
        ((headers, body),) = receiver.requests
        assert receiver.is_signed(0, b"0123456789abcdef")
        assert headers["webhook-timestamp"] == "1738000000"
        assert headers["idempotency-key"] == headers["webhook-id"]
        assert headers["content-type"] == "application/json"
        payload = json.loads(body)
        assert (payload["type"], payload["timestamp"]) == ("preview", "2025-01-27T15:02:00+00:00")
        assert payload["data"] == {
            "key": "preview:one",
            "title": "SPY closed under its 50\u2011DMA",
            "text": "At 590.12.",
            "link": "https://desk.example/supports",
            "simulated": True,
        }
        assert scene.delivery.sent_at == scene.clock()
        assert not scene.sender.step("webhook")

    def test_another_key_would_not_verify(self, receiver: Receiver) -> None:
        scene = Scene(receiver.url)
        publish(scene.records)
        scene.sender.step("webhook")
        assert not receiver.is_signed(0, b"another")
        assert derived_secret("a" * 64) != derived_secret("b" * 64)

    def test_over_tls_the_hosts_certificate_is_checked(self, tls: Certificate) -> None:
        with receiving(Receiver(), tls.server) as receiver:
            scene = Scene(receiver.url, trust=tls.trusting)
            publish(scene.records)
            scene.sender.step("webhook")
            assert scene.delivery.sent_at is not None
            distrusting = Scene(receiver.url)
            publish(distrusting.records)
            distrusting.sender.step("webhook")
            assert distrusting.delivery.sent_at is None
            assert "certificate" in distrusting.delivery.error
            assert len(receiver.requests) == 1

    def test_a_secret_that_is_not_base64_is_refused(self) -> None:
        with pytest.raises(BadInput, match="not base64"):
            secret_bytes("whsec_???")
        assert secret_bytes("plain words") == b"plain words"


class TestRetries:
    def test_errors_then_success_is_one_message_to_the_receiver(self) -> None:
        with receiving(Receiver(statuses=[500, 503, 200])) as receiver:
            scene = Scene(receiver.url)
            publish(scene.records)
            scene.sender.step("webhook")
            assert scene.delivery.error == "The webhook answered 500."
            assert not scene.sender.step("webhook")  # not due yet
            scene.clock.pass_by(10)
            scene.sender.step("webhook")
            scene.clock.pass_by(29)
            assert not scene.sender.step("webhook")
            scene.clock.pass_by(1)
            scene.sender.step("webhook")
            scene.clock.pass_by(3600)
            assert not scene.sender.step("webhook")
            assert (scene.delivery.attempts, scene.delivery.error) == (3, None)
            assert scene.delivery.sent_at is not None
            identities = {headers["webhook-id"] for headers, _ in receiver.requests}
            assert (len(receiver.requests), len(identities)) == (3, 1)
            assert scene.sender.counts == {("webhook", "failed"): 2, ("webhook", "sent"): 1}

    def test_it_gives_up_after_a_day_and_keeps_the_reason(self) -> None:
        with receiving(Receiver(statuses=[500])) as receiver:
            scene = Scene(receiver.url)
            publish(scene.records)
            for _ in range(60):
                scene.sender.step("webhook")
                if scene.delivery.given_up_at is not None:
                    break
                scene.clock.now = scene.delivery.next_at
            assert scene.delivery.error == "The webhook answered 500."
            lasted = scene.delivery.given_up_at - scene.records.notices.latest(LOCAL)[0].recorded_at
            assert dt.timedelta(hours=23) < lasted <= dt.timedelta(hours=24)
            scene.clock.pass_by(10 * 86_400)
            assert not scene.sender.step("webhook")

    def test_gone_for_good_is_not_tried_again(self) -> None:
        with receiving(Receiver(statuses=[410])) as receiver:
            scene = Scene(receiver.url)
            publish(scene.records)
            scene.sender.step("webhook")
            assert scene.delivery.given_up_at is not None

    def test_a_redirect_is_not_followed(self, receiver: Receiver) -> None:
        first = Receiver(statuses=[307], headers={"Location": receiver.url})
        with receiving(first):
            scene = Scene(first.url)
            publish(scene.records)
            scene.sender.step("webhook")
        assert scene.delivery.error == "The webhook answered 307: redirects are not followed."
        assert receiver.requests == []

    def test_silence_ends_with_the_time_out(self) -> None:
        with receiving(Receiver(stall=threading.Event())) as receiver:
            scene = Scene(receiver.url, wait_seconds=0.1)
            publish(scene.records)
            scene.sender.step("webhook")
            assert scene.delivery.error == (
                "The webhook could not be reached: it did not answer in time."
            )

    def test_a_dripping_or_endless_answer_is_cut(self) -> None:
        with receiving(Receiver(drip=True)) as receiver:
            scene = Scene(receiver.url, wait_seconds=5.0, try_seconds=0.3)
            publish(scene.records)
            scene.sender.step("webhook")
            assert receiver.cut_off.wait(20)
            assert scene.delivery.sent_at is not None  # its status had arrived
        with receiving(Receiver(body=b"x" * 5_000_000)) as receiver:
            scene = Scene(receiver.url)
            publish(scene.records)
            scene.sender.step("webhook")
            assert scene.delivery.sent_at is not None

    def test_a_removed_channel_gets_nothing_more(self, receiver: Receiver) -> None:
        scene = Scene(receiver.url)
        publish(scene.records)
        assert scene.records.subscriptions.remove_channel(LOCAL, "webhook", receiver.url)
        assert not scene.sender.step("webhook")
        assert scene.delivery.error == "the channel was removed"
        assert receiver.requests == []

    def test_a_closed_port_is_said(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        scene = Scene(f"http://localhost:{port}/")
        publish(scene.records)
        scene.sender.step("webhook")
        assert "could not be reached" in scene.delivery.error


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.0.0.8",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::1",
            "2002:5db8:d70e::1",  # 6to4 of a public address: a relay decides where it goes
            "2001:0:5ef5:79fd::1",  # Teredo
            "192.0.0.192",  # Oracle's clouds
            "168.63.129.16",  # Azure
            "100.100.100.200",  # Alibaba
            "fd00:ec2::254",  # Amazon
            "fec0::1",
            "3fff::1",
            "2001:db8::1",
            "5f00::1",
            "::7f00:1",
            "64:ff9b:1::1",
            "192.88.99.1",
            "198.18.0.1",
        ],
    )
    def test_private_and_special_ones_are_not_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize(
        "address", ["93.184.215.14", "2606:4700::6810:85e5", "192.0.1.1", "64:ff9b::5db8:d70e"]
    )
    def test_open_ones_are(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"])
    def test_nothing_reaches_a_private_address(self, receiver: Receiver, host: str) -> None:
        scene = Scene(receiver.url.replace("localhost", host))
        scene.sender = Sender(scene.records, {"webhook": Webhook(KEY)}, scene.clock)
        publish(scene.records)
        scene.sender.step("webhook")
        assert receiver.requests == []
        assert scene.delivery.sent_at is None
        assert "was not found on the open internet" in scene.delivery.error

    def test_one_private_address_among_public_ones_is_enough_to_refuse(
        self, receiver: Receiver
    ) -> None:
        both = Webhook(KEY, network=MIXED)
        scene = Scene(receiver.url)
        publish(scene.records)
        with pytest.raises(SendFailure, match="not found on the open internet") as refused:
            both.send(claimed(scene.records, "webhook", scene.clock))
        assert refused.value.final
        assert receiver.requests == []

    def test_a_name_that_changes_after_the_look_gains_nothing(
        self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only the looked-at address is dialled, however the name resolves afterwards."""
        dialled: list[str] = []

        def dial(address: tuple[str, int], timeout: float) -> socket.socket:
            dialled.append(address[0])
            raise TimeoutError

        answers = iter([["93.184.215.14"], ["127.0.0.1"]])
        rebinding = Webhook(KEY, network=Network(resolve=lambda host, port: next(answers)))
        monkeypatch.setattr("analytics.runtime.alerts.network.socket.create_connection", dial)
        scene = Scene(receiver.url)
        publish(scene.records)
        with pytest.raises(SendFailure, match="in time"):
            rebinding.send(claimed(scene.records, "webhook", scene.clock))
        assert dialled == ["93.184.215.14"]
        assert receiver.requests == []

    def test_a_name_nobody_knows_is_tried_again_later(self) -> None:
        def unknown(host: str, port: int) -> list[str]:
            raise socket.gaierror("no such name")

        scene = Scene("https://desk.example/hook", resolve=unknown)
        publish(scene.records)
        scene.sender.step("webhook")
        assert scene.delivery.error == "The webhook's host desk.example was not found."
        assert scene.delivery.given_up_at is None


class TestTargets:
    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ("https://Example.org", "https://example.org/"),
            (" https://example.org:8443/a?b=c#d ", "https://example.org:8443/a?b=c"),
            ("http://[2606:4700::1]/x", "http://[2606:4700::1]/x"),
        ],
    )
    def test_a_url_is_kept_in_one_form(self, given: str, stored: str) -> None:
        assert parse_target({"kind": "webhook", "target": given}) == ("webhook", stored)

    @pytest.mark.parametrize(
        "given",
        [
            "ftp://example.org/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user:pass@example.org/",
            "https:///nowhere",
            "https://example.org:99999/",
            "https://example.org/a b",
            "https://example.org/\r\nX: y",
            "https://example.org\\@evil.example/",
            "https://example.org/" + "x" * 400,
            "",
        ],
    )
    def test_what_is_not_a_webhook_is_refused(self, given: str) -> None:
        with pytest.raises(BadInput, match="URL"):
            parse_target({"kind": "webhook", "target": given})

    @pytest.mark.parametrize("raw", [None, {"kind": "fax", "target": "1"}, {"kind": "email"}, {}])
    def test_what_is_not_a_channel_is_refused(self, raw: object) -> None:
        with pytest.raises(BadInput):
            parse_target(raw)
