"""Notices to webhooks: signed JSON, sent only to addresses that were looked at first.

Signed as standardwebhooks.com describes it, so that receivers find a library for it: the
headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``, the last of them
``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from analytics.alerts.model import DueDelivery
from analytics.alerts.targets import is_public
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.transport import TRY_SECONDS, SendFailure, at_most, message_id

WAIT_SECONDS = 8.0
MAX_ANSWER = 4096
SECRET_PREFIX = "whsec_"

Resolve = Callable[[str, int], list[str]]
"""(host, port) -> its addresses; raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host``, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


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
        private: let messages go to private addresses too.
        trust: certificates that are believed; None the system's.
        resolve: the system's look-up; tests pass their own.
        wait_seconds: for the connection, and for each byte of the answer.
    """

    refusal = None

    def __init__(
        self,
        key: bytes,
        site: str = "",
        private: bool = False,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        wait_seconds: float = WAIT_SECONDS,
        try_seconds: float = TRY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._site = site
        self._private = private
        self._trust = trust
        self._resolve = resolve
        self._wait_seconds = wait_seconds
        self._try_seconds = try_seconds
        self._clock = clock

    def send(self, due: DueDelivery) -> None:
        """Post the message.

        Raises:
            SendFailure: the receiver did not answer with a status from 200 to 299.
        """
        url = urlsplit(due.target)
        identity, body, now = message_id(due), self.body(due), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Holdline",
            "Idempotency-Key": identity,
            "webhook-id": identity,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._key, identity, now, body),
        }
        path = f"{url.path}?{url.query}" if url.query else url.path
        connection = self._connection(url)
        try:
            with at_most(self._try_seconds, connection.cut):
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                # The status is the answer; a body that breaks off takes nothing back.
                with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                    answer.read(MAX_ANSWER)
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = "it did not answer in time" if isinstance(error, TimeoutError) else _short(error)
            raise SendFailure(f"The webhook could not be reached: {why}.") from error
        finally:
            connection.close()
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

    def _connection(self, url: SplitResult) -> _Pinned:
        """To the addresses that were looked at: the host is not looked up again."""
        host = url.hostname or ""
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise SendFailure(f"The webhook's host {host} was not found.") from error
        if not addresses:
            raise SendFailure(f"The webhook's host {host} was not found.")
        if not self._private and not all(map(is_public, addresses)):
            reason = f"{host} is a private address: set HOLDLINE_WEBHOOK_PRIVATE=1 to allow it."
            raise SendFailure(reason, final=True)
        trust = (self._trust or ssl.create_default_context()) if secure else None
        return _Pinned(host, port, addresses, trust, self._wait_seconds)


class _Pinned(http.client.HTTPConnection):
    """A connection to one of known addresses, that greets it by its host's name."""

    def __init__(
        self,
        host: str,
        port: int,
        addresses: list[str],
        trust: ssl.SSLContext | None,
        wait: float,
    ) -> None:
        super().__init__(host, port, timeout=wait)
        self.default_port = 443 if trust else 80
        self._addresses = addresses
        self._trust = trust
        self._opened: socket.socket | None = None

    def connect(self) -> None:
        """Open the socket, encrypted where the URL says so."""
        self._opened = self._first()
        if self._trust is not None:
            wrapped = self._trust.wrap_socket(
                self._opened, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._opened = wrapped
            wrapped.do_handshake()
        self.sock = self._opened

    def cut(self) -> None:
        """End it from another thread, also where an answer has taken the socket over."""
        if self._opened is not None:
            with contextlib.suppress(OSError):
                self._opened.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it, also half-way through the greeting."""
        super().close()
        if self._opened is not None:
            self._opened.close()

    def _first(self) -> socket.socket:
        """To the first address that takes a connection."""
        for address in self._addresses[:-1]:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), self.timeout)
        return socket.create_connection((self._addresses[-1], self.port), self.timeout)


def _refused(answer: http.client.HTTPResponse) -> SendFailure:
    if 300 <= answer.status < 400:
        return SendFailure(f"The webhook answered {answer.status}: redirects are not followed.")
    if answer.status == 410:
        return SendFailure("The webhook answered 410: it is gone for good.", final=True)
    return SendFailure(f"The webhook answered {answer.status}.")


def _short(error: Exception) -> str:
    if isinstance(error, ConnectionError) and error.strerror:
        return error.strerror.lower()
    return " ".join(str(error).split())[:200] or type(error).__name__
