"""Notices by Web Push: encrypted for one browser (RFC 8291), signed as this site's (RFC 8292)."""

from __future__ import annotations

import bisect
import http.client
import importlib.util
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from analytics.alerts.model import DueDelivery
from analytics.alerts.push import PushSubscription, require_service
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.mail import SIMULATED
from analytics.runtime.alerts.network import OPEN_INTERNET, Network
from analytics.runtime.alerts.push_key import PushKey
from analytics.runtime.alerts.transport import SendFailure, message_id

GOOD_SECONDS = 12 * 3600
"""How long a push service keeps a message for a browser that is not there."""

SIGNED_SECONDS = 12 * 3600
"""RFC 8292 lets a signature be good for a day at most."""

MAX_BYTES = 3_900
"""Of a message: a push service has to take 4 096 bytes (RFC 8030), and encryption adds 103."""

GONE = "the browser has ended its subscription"


def can_push() -> bool:
    """Whether pywebpush is installed."""
    return importlib.util.find_spec("pywebpush") is not None


@dataclass(frozen=True)
class Push:
    """Sends to browsers.

    Attributes:
        key: signs.
        contact: of this site, for whoever runs a push service: a mailto: or https: address.
        find: (subscriber, target) -> the subscription, or None where there is none any more.
        forget: (subscriber, target, why) ends a channel.
        hosts: of push services beside the known ones.
        network: what may be connected to.
        clock: seconds since 1970.
    """

    key: Callable[[], PushKey]
    contact: str
    find: Callable[[str, str], PushSubscription | None]
    forget: Callable[[str, str, str], object]
    hosts: Collection[str] = ()
    network: Network = OPEN_INTERNET
    clock: Callable[[], float] = time.time

    refusal = None

    def send(self, due: DueDelivery) -> None:
        """Hand the message to the browser's push service.

        Raises:
            SendFailure: the service did not take it; where it knows the browser no more, the
                channel is gone.
        """
        subscriber = due.notice.subscriber
        found = self.find(subscriber, due.target)
        if found is None:
            raise SendFailure(GONE, final=True)
        try:
            require_service(found.endpoint, self.hosts)  # hosts may be named no longer
        except BadInput as error:
            raise SendFailure(str(error), final=True) from error
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(GOOD_SECONDS),
            "Urgency": "high",
            "Topic": message_id(due),  # a second attempt takes the place of the first
            "Authorization": self._signed(found.origin),
        }
        body = _encrypted(found, payload(due))
        answer = self.network.post(found.endpoint, headers, body, "push service")
        if answer.status in (404, 410):
            self.forget(subscriber, due.target, GONE)
            raise SendFailure(GONE, final=True)
        if not 200 <= answer.status < 300:
            raise _refused(answer)

    def _signed(self, origin: str) -> str:
        """Whose message it is, good for one push service and some hours."""
        from py_vapid import Vapid02

        claims = {"aud": origin, "sub": self.contact}
        claims["exp"] = int(self.clock()) + SIGNED_SECONDS  # type: ignore[assignment]
        signed: str = Vapid02(self.key().private).sign(claims)["Authorization"]
        return signed


def payload(due: DueDelivery) -> bytes:
    """What the browser's service worker is given; every attempt makes the same."""
    message = due.notice.message
    whole = _body(due, message.text)
    if len(whole) <= MAX_BYTES:
        return whole
    cuts = range(len(message.text))
    most = bisect.bisect_right(cuts, MAX_BYTES, key=lambda cut: len(_cut(due, cut)))
    return _cut(due, most - 1)


def _cut(due: DueDelivery, characters: int) -> bytes:
    return _body(due, f"{due.notice.message.text[:characters]}\u2026")


def _body(due: DueDelivery, text: str) -> bytes:
    message = due.notice.message
    body = {
        "kind": message.kind,
        "title": f"{SIMULATED if message.simulated else ''}{message.title}",
        "text": text,
        "link": message.link,
        "tag": message_id(due),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _encrypted(found: PushSubscription, plain: bytes) -> bytes:
    from pywebpush import WebPusher  # a second; by the first message

    keys = {"p256dh": found.p256dh, "auth": found.auth}
    pusher = WebPusher({"endpoint": found.endpoint, "keys": keys})
    try:
        encrypted: bytes = pusher.encode(plain, "aes128gcm")["body"]
    except ValueError as error:  # a point that is none of the curve
        raise SendFailure("The browser's key is none.", final=True) from error
    return encrypted


def _refused(answer: http.client.HTTPResponse) -> SendFailure:
    said = f"The push service answered {answer.status}."
    return SendFailure(said, final=answer.status in (400, 413))
