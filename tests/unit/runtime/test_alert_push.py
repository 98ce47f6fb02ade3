"""Web Push against a push service on the loopback, decrypted as a browser would."""

from __future__ import annotations

import base64
import datetime as dt
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pywebpush", reason="pywebpush is not installed")
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from analytics.alerts.model import LOCAL, DueDelivery, Message, Notice
from analytics.alerts.push import PushSubscription, browser_name, parse_subscription
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.push import Push
from analytics.runtime.alerts.push_key import push_key
from analytics.runtime.alerts.transport import SendFailure
from analytics.store.database import Database
from analytics.store.records import Records
from tests.support.small_alerts import NOW, Receiver, message, publish, receiving
from tests.support.small_tls import Certificate, certificate


def plain(text: str) -> bytes:
    """From base64url without padding."""
    return base64.urlsafe_b64decode(text + "==")


def text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass(frozen=True)
class Receiving:
    """A browser's half of a subscription, by RFC 8291 and RFC 8188 written out."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    def read(self, body: bytes) -> bytes:
        """The message in an encrypted body."""
        salt, length = body[:16], body[20]
        sender, rest = body[21 : 21 + length], body[21 + length :]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), public)
        about = b"WebPush: info\0" + point(self.private) + sender
        key = derived(shared, self.auth, about, 32)
        content = derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(key, salt, b"Content-Encoding: nonce\0", 12)
        found = AESGCM(content).decrypt(nonce, rest, None)
        return found.rstrip(b"\0").removesuffix(b"\x02")


def test_the_browser_of_these_tests_reads_the_example_of_rfc_8291() -> None:
    """Section 5 with the keys of appendix A."""
    number = int.from_bytes(plain("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = Receiving(
        ec.derive_private_key(number, ec.SECP256R1()), plain("BTBZMqHH6r4Tts7J_aSIgg")
    )
    body = plain(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
        "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXL"
        "WyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(body) == b"When I grow up, I want to be a watermelon"


@pytest.fixture
def tls(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


class Scene:
    """A store with one browser as a channel, and the push service that it names."""

    def __init__(self, home: Path, url: str, trust: Any = None) -> None:
        self.records = Records(Database(None))
        self.browser = Receiving(ec.generate_private_key(ec.SECP256R1()), b"sixteen bytes ok")
        self.key = push_key(home)
        keys = {"p256dh": text(point(self.browser.private)), "auth": text(self.browser.auth)}
        given = {"endpoint": url, "expirationTime": None, "keys": keys}
        self.subscription = parse_subscription(given, ["localhost"])
        self.records.push.add(LOCAL, self.subscription, "Chrome on Linux")
        self.records.subscriptions.add_channel(LOCAL, "push", self.subscription.target)
        subscriptions = self.records.subscriptions
        self.push = Push(
            lambda: self.key,
            "mailto:desk@desk.example",
            self.records.push.find,
            lambda who, target, why: subscriptions.remove_channel(who, "push", target, why),
            ["localhost"],
            Network(private=True, trust=trust),
        )

    def send(self, told: Message) -> None:
        notice = Notice(LOCAL, 1, told, NOW)
        self.push.send(DueDelivery(notice, "push", self.subscription.target, 1))


@pytest.fixture
def receiver(tls: Certificate) -> Iterator[Receiver]:
    with receiving(Receiver([201]), tls=tls.server) as made:
        yield made


@pytest.fixture
def scene(tmp_path: Path, receiver: Receiver, tls: Certificate) -> Scene:
    return Scene(tmp_path, receiver.url, tls.trusting)


class TestMessage:
    def test_its_browser_alone_can_read_it(self, scene: Scene, receiver: Receiver) -> None:
        scene.send(message())
        headers, body = receiver.requests[0]
        assert json.loads(scene.browser.read(body)) == {
            "kind": "rule",
            "title": "SIMULATED - not market prices. SPY closed under its 50-DMA",
            "text": "At 590.12.",
            "link": "/supports?symbol=SPY",
            "tag": headers["topic"],
        }
        assert b"SPY" not in body
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) == 12 * 3600
        another = replace(scene.browser, auth=b"another 16 bytes")
        with pytest.raises(Exception, match=r"^$"):
            another.read(body)

    def test_it_is_signed_for_this_push_service_and_some_hours(
        self, scene: Scene, receiver: Receiver
    ) -> None:
        """By RFC 8292 and RFC 7515, written out."""
        scene.send(message())
        kind, _, parts = receiver.requests[0][0]["authorization"].partition(" ")
        fields = dict(part.strip().split("=", 1) for part in parts.split(","))
        signed, _, signature = fields["t"].rpartition(".")
        header, claims = (json.loads(plain(part)) for part in signed.split("."))
        raw = plain(signature)
        halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(fields["k"]))
        der = utils.encode_dss_signature(*halves)
        public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
        assert (kind, header["alg"], fields["k"]) == ("vapid", "ES256", scene.key.public)
        assert claims["aud"] == receiver.url.removesuffix("/hook")
        assert claims["sub"] == "mailto:desk@desk.example"
        left = dt.datetime.fromtimestamp(claims["exp"], dt.UTC) - dt.datetime.now(dt.UTC)
        assert dt.timedelta(hours=11) < left < dt.timedelta(hours=24)

    @pytest.mark.parametrize("character", ["x", '"', "\u20ac"])
    def test_a_long_one_is_cut_to_what_push_services_take(
        self, character: str, scene: Scene, receiver: Receiver
    ) -> None:
        long = Message("rule", "one", "A title", character * 4_000, "/", NOW)
        scene.send(long)
        body = receiver.requests[0][1]
        assert 3_000 < len(body) <= 4_096 or character == '"'
        assert json.loads(scene.browser.read(body))["text"].endswith(f"{character}\u2026")


class TestAnswers:
    @pytest.mark.parametrize("status", [404, 410])
    def test_a_browser_that_is_gone_is_no_channel_any_more(
        self, status: int, scene: Scene, receiver: Receiver
    ) -> None:
        receiver.statuses = [status]
        publish(scene.records)
        Sender(scene.records, {"push": scene.push}).step("push")
        assert scene.records.subscriptions.channels(LOCAL) == ()
        assert scene.records.push.find(LOCAL, scene.subscription.target) is None
        (delivery,) = scene.records.notices.latest(LOCAL)[0].deliveries
        assert delivery.error == "the browser has ended its subscription"
        assert delivery.given_up_at is not None

    @pytest.mark.parametrize(("status", "final"), [(429, False), (500, False), (413, True)])
    def test_other_refusals_are_said(
        self, status: int, final: bool, scene: Scene, receiver: Receiver
    ) -> None:
        receiver.statuses = [status]
        with pytest.raises(SendFailure, match=f"answered {status}") as refused:
            scene.send(message())
        assert refused.value.final is final
        assert len(scene.records.subscriptions.channels(LOCAL)) == 1

    def test_nothing_goes_to_a_service_that_is_allowed_no_longer(
        self, scene: Scene, receiver: Receiver
    ) -> None:
        scene.push = replace(scene.push, hosts=())
        with pytest.raises(SendFailure, match="no push service that is known here") as refused:
            scene.send(message())
        assert refused.value.final
        assert receiver.requests == []

    def test_nor_to_a_private_address_under_a_known_name(
        self, scene: Scene, receiver: Receiver
    ) -> None:
        scene.push = replace(scene.push, network=Network(resolve=lambda host, port: ["10.0.0.7"]))
        with pytest.raises(SendFailure, match="not found on the open internet"):
            scene.send(message())
        assert receiver.requests == []


KEYS = {"p256dh": text(b"\x04" + b"k" * 64), "auth": text(b"a" * 16)}


class TestSubscription:
    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://wns2-par02p.notify.windows.com/w/?token=abc%2f",
            "https://web.push.apple.com/abc",
        ],
    )
    def test_of_the_known_browsers_is_taken(self, endpoint: str) -> None:
        found = parse_subscription({"endpoint": endpoint, "keys": KEYS})
        assert found.endpoint == endpoint
        assert (found.p256dh, found.auth) == (KEYS["p256dh"], KEYS["auth"])

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://fcm.googleapis.com/x",
            "https://evilfcm.googleapis.com.example.org/x",
            "https://evil-fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://fcm.googleapis.com:8443/x",
            "https://user:secret@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@example.org/x",
            "https://fcm.googleapis.com\\@example.org/x",
            "https://fcm.googleapis.com/x\r\nHost: example.org",
            "https://fcm.googleapis.com/" + "x" * 1_000,
            "https://[::1",
            "",
            7,
        ],
    )
    def test_of_any_other_address_is_not(self, endpoint: object) -> None:
        with pytest.raises(BadInput, match=r"\.$"):
            parse_subscription({"endpoint": endpoint, "keys": KEYS})

    @pytest.mark.parametrize(
        "keys",
        [
            None,
            {},
            KEYS | {"auth": text(b"a" * 15)},
            KEYS | {"p256dh": text(b"\x02" + b"k" * 64)},
            KEYS | {"p256dh": 5},
            KEYS | {"auth": "!" * 22},
        ],
    )
    def test_without_right_keys_is_not(self, keys: object) -> None:
        with pytest.raises(BadInput, match=r"\.$"):
            parse_subscription({"endpoint": "https://web.push.apple.com/x", "keys": keys})

    def test_a_point_that_is_none_of_the_curve_is_said_when_sent(self, scene: Scene) -> None:
        wrong = PushSubscription(scene.subscription.endpoint, KEYS["p256dh"], KEYS["auth"])
        scene.records.push.add(LOCAL, wrong, "Chrome")
        with pytest.raises(SendFailure, match="key") as refused:
            scene.send(message())
        assert refused.value.final

    def test_browsers_have_names(self) -> None:
        firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140"
        assert browser_name(firefox) == "Firefox on Linux"
        assert browser_name(edge) == "Edge on Windows"
        assert browser_name("curl/8") == "A browser"


class TestKey:
    def test_it_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        first, second = push_key(tmp_path), push_key(tmp_path)
        assert first.public == second.public
        assert len(plain(first.public)) == 65
        assert stat.S_IMODE((tmp_path / "push_key.pem").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["push_key.pem"]

    def test_one_that_is_set_is_used(self, tmp_path: Path) -> None:
        """As PEM, or as its bytes."""
        made = push_key(tmp_path)
        pem = (tmp_path / "push_key.pem").read_text()
        elsewhere = tmp_path / "elsewhere"
        assert push_key(elsewhere, pem).public == made.public
        number = made.private.private_numbers().private_value
        assert push_key(elsewhere, text(number.to_bytes(32, "big"))).public == made.public
        assert not elsewhere.exists()

    @pytest.mark.parametrize("given", ["short", "-----BEGIN PRIVATE KEY-----", text(b"\0" * 32)])
    def test_one_that_is_none_is_refused(self, given: str, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="HOLDLINE_PUSH_KEY"):
            push_key(tmp_path, given)

    def test_a_home_that_cannot_be_used_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "push_key.pem").write_text("no key")
        with pytest.raises(HoldlineError, match=r"push_key\.pem cannot be used"):
            push_key(tmp_path)
