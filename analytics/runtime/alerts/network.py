"""Messages over HTTP to addresses of strangers: looked at first, and connected to as looked at.

A name that changes between the look and the call gains nothing: it is looked up once.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from analytics.alerts.targets import is_public
from analytics.runtime.alerts.transport import SendFailure, at_most

log = logging.getLogger(__name__)

WAIT_SECONDS = 8.0
MESSAGE_SECONDS = 20.0
MAX_ANSWER = 4096

Resolve = Callable[[str, int], list[str]]
"""(host, port) -> its addresses; raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host``, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _written(host: str) -> list[str]:
    """The address that a host is written as, such as ``127.1``; none of a name."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class Network:
    """What of the network messages may go to, and how long they may take.

    Attributes:
        private: private and loopback addresses too.
        trust: certificates that are believed; None the system's.
        resolve: the system's look-up; tests pass their own.
        wait_seconds: for the connection, and for each byte of the answer.
        try_seconds: for all of one message.
    """

    private: bool = False
    trust: ssl.SSLContext | None = None
    resolve: Resolve = resolve
    wait_seconds: float = WAIT_SECONDS
    try_seconds: float = MESSAGE_SECONDS

    def addresses(self, host: str, port: int, receiver: str) -> list[str]:
        """The addresses of a host, all of which may be connected to.

        Args:
            receiver: as a sentence names it, "webhook".

        Raises:
            SendFailure: it is not found, or one of them may not; in the same words, which else
                would tell whoever typed it what names this network has.
        """
        missing = self._missing(host, receiver)
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise SendFailure(missing) from error
        if not found:
            raise SendFailure(missing)
        if not self.private and not all(map(is_public, found)):
            log.info("%s is a private address: HOLDLINE_WEBHOOK_PRIVATE=1 would allow it.", host)
            raise SendFailure(missing, final=True)
        return found

    def refusal(self, url: str, receiver: str) -> str | None:
        """Why nothing is ever sent to a URL, as far as it shows without asking for its name.

        That is an address of a private network in any notation, or this machine's own name
        (RFC 6761). Other names are looked up when something is sent: what a look-up found would
        tell whoever typed it what names this network has.
        """
        host = urlsplit(url).hostname or ""
        name = host.rstrip(".")
        is_private = name == "localhost" or name.endswith(".localhost")
        is_private |= any(not is_public(address) for address in _written(host))
        if self.private or not is_private:
            return None
        return (
            f"The {receiver}'s host {host} is not on the open internet: nothing is sent to private "
            "addresses unless HOLDLINE_WEBHOOK_PRIVATE=1 allows it."
        )

    def _missing(self, host: str, receiver: str) -> str:
        where = "" if self.private else " on the open internet"
        return f"The {receiver}'s host {host} was not found{where}."

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, receiver: str
    ) -> http.client.HTTPResponse:
        """Post to a URL; the answer, of which no more than its status and headers is of use.

        Raises:
            SendFailure: there was none.
        """
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = self._connection(parts, receiver)
        try:
            with at_most(self.try_seconds, connection.cut):
                connection.request("POST", path, body, dict(headers))
                answer = connection.getresponse()
                # The status is the answer; a body that breaks off takes nothing back.
                with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                    answer.read(MAX_ANSWER)
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = "it did not answer in time" if isinstance(error, TimeoutError) else _short(error)
            raise SendFailure(f"The {receiver} could not be reached: {why}.") from error
        finally:
            connection.close()
        return answer

    def _connection(self, url: SplitResult, receiver: str) -> Pinned:
        host = url.hostname or ""
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        addresses = self.addresses(host, port, receiver)
        trust = (self.trust or ssl.create_default_context()) if secure else None
        return Pinned(host, port, addresses, trust, self.wait_seconds)


OPEN_INTERNET = Network()


class Pinned(http.client.HTTPConnection):
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
        self._opened = connected(self._addresses, self.port, self.timeout)
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


def connected(addresses: list[str], port: int, timeout: float | None) -> socket.socket:
    """A socket to the first of some addresses that takes a connection."""
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout)
    return socket.create_connection((addresses[-1], port), timeout)


def _short(error: Exception) -> str:
    if isinstance(error, ConnectionError) and error.strerror:
        return error.strerror.lower()
    return " ".join(str(error).split())[:200] or type(error).__name__
