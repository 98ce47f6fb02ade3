"""What Apprise's plugins call ``requests``: connected to no address but those that were looked at.

Apprise takes no connection of its caller's, and looks names up itself: one that changed since it
was checked would lead to the inside. So its plugins are given this in place of the library.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from analytics.runtime.alerts.network import Network, connected
from analytics.runtime.alerts.transport import at_most

_network: ContextVar[Network] = ContextVar("network")


@contextlib.contextmanager
def sending_over(network: Network) -> Iterator[None]:
    """Let what this thread sends go there; without it nothing is sent at all."""
    token = _network.set(network)
    try:
        yield
    finally:
        _network.reset(token)


def give_to(plugin: ModuleType) -> None:
    """Have a plugin's module send by this."""
    if not isinstance(plugin.requests, PinnedRequests):
        plugin.requests = PinnedRequests()  # type: ignore[attr-defined]


class PinnedRequests:
    """As much of ``requests`` as the plugins use."""

    codes = requests.codes
    RequestException = requests.RequestException

    def get(self, url: str, **how: Any) -> requests.Response:
        """As ``requests.get``."""
        return self.request("GET", url, **how)

    def post(self, url: str, **how: Any) -> requests.Response:
        """As ``requests.post``."""
        return self.request("POST", url, **how)

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        """As ``requests.request``, over a connection of its own that is cut when it takes too long.

        Raises:
            SendFailure: the host may not be connected to.
        """
        network = _network.get()
        carrier = _Carrier(network)
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment, no .netrc
            session.mount("https://", carrier)
            session.mount("http://", carrier)
            with at_most(network.try_seconds, carrier.cut):
                return session.request(method, url, **how)


class _Carrier(HTTPAdapter):
    """Opens connections by a `Network`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._opened: list[socket.socket] = []
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Pools whose connections are opened here."""
        super().init_poolmanager(*args, **kwargs)
        carrier = self

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return carrier._open(self)

        class Encrypted(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return carrier._open(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        pools = {"http": PlainPool, "https": EncryptedPool}
        self.poolmanager.pool_classes_by_scheme = pools

    def cut(self) -> None:
        """End what is under way, from another thread."""
        for opened in self._opened:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _open(self, connection: HTTPConnection) -> socket.socket:
        port = connection.port
        addresses = self._network.addresses(connection.host, port, "service")
        try:
            opened = connected(addresses, port, self._network.wait_seconds)
        except OSError as error:
            raise NewConnectionError(connection, f"not connected: {error}") from error
        opened.settimeout(connection.timeout)
        self._opened.append(opened)
        return opened
