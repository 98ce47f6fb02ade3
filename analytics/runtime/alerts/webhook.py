"""Notices to webhooks: signed JSON, sent only to addresses that were looked at first.

Signed as standardwebhooks.com describes it, so that receivers find a library for it: the
headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``, the last of them
``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable

from analytics.alerts.model import DueDelivery
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.network import OPEN_INTERNET, Network
from analytics.runtime.alerts.transport import SendFailure, message_id

SECRET_PREFIX = "whsec_"


def secret_bytes(secret: str) -> bytes:
    """The key of a secret: base64 after ``whsec_``, else the text itself.

    Raises:
        BadInput: what follows ``whsec_`` is not base64.
    """
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        raise BadInput("HOLDLINE_WEBHOOK_SECRET is not base64 after whsec_.") from None


def derived_secret(home_key: str) -> bytes:
    """The signing key where no secret is set: made from the home folder's secret key."""
    return hmac.new(home_key.encode(), b"holdline webhook", hashlib.sha256).digest()


def signature(key: bytes, identity: str, timestamp: int, body: bytes) -> str:
    """As the header ``webhook-signature`` carries it."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Webhook:
    """Posts to webhooks.

    Args:
        key: signs; see `secret_bytes` and `derived_secret`.
        site: address of this site for links; "" sends them without a host.
        network: what may be connected to.
    """

    refusal = None

    def __init__(
        self,
        key: bytes,
        site: str = "",
        network: Network = OPEN_INTERNET,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._site = site
        self._network = network
        self._clock = clock

    def target_refusal(self, url: str) -> str | None:
        """Why nothing is ever posted to a URL, in the sentence that sending to it would give."""
        return self._network.refusal(url, "webhook")

    def send(self, due: DueDelivery) -> None:
        """Post the message.

        Raises:
            SendFailure: the receiver did not answer with a status from 200 to 299.
        """
        identity, body, now = message_id(due), self.body(due), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Holdline",
            "Idempotency-Key": identity,
            "webhook-id": identity,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._key, identity, now, body),
        }
        answer = self._network.post(due.target, headers, body, "webhook")
        if not 200 <= answer.status < 300:
            raise _refused(answer)

    def body(self, due: DueDelivery) -> bytes:
        """The JSON that is posted; every attempt at a delivery makes the same one."""
        message = due.notice.message
        body = {
            "type": message.kind,
            "timestamp": message.happened_at.isoformat(),
            "data": {
                "key": message.name,
                "title": message.title,
                "text": message.text,
                "link": f"{self._site}{message.link}",
                "simulated": message.simulated,
            },
        }
        return json.dumps(body, separators=(",", ":")).encode()


def _refused(answer: http.client.HTTPResponse) -> SendFailure:
    if 300 <= answer.status < 400:
        return SendFailure(f"The webhook answered {answer.status}: redirects are not followed.")
    if answer.status == 410:
        return SendFailure("The webhook answered 410: it is gone for good.", final=True)
    return SendFailure(f"The webhook answered {answer.status}.")
