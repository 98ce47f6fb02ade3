"""Client and scheme of a request behind a proxy, whose word counts if it is trusted.

The addresses of trusted proxies are FORWARDED_ALLOW_IPS, as gunicorn names them: comma-separated
addresses or networks, ``*`` for all; by itself this machine's own.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.model.vocabulary import BadInput

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VARIABLE = "FORWARDED_ALLOW_IPS"
THIS_MACHINE = "127.0.0.1,::1"
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


@dataclass(frozen=True)
class Viewer:
    """Who sent a request.

    Attributes:
        address: of the viewer's machine, or of the last proxy that is not trusted.
        here: the request came from this machine, through no proxy.
    """

    address: str
    here: bool


class TrustedProxies:
    """The proxies whose word about a request counts.

    Args:
        addresses: addresses or networks, or ``*`` for all.

    Raises:
        BadInput: for what is neither.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        names = [name.strip() for name in addresses if name.strip()]
        self._all = "*" in names
        try:
            self._networks = [ipaddress.ip_network(name) for name in names if name != "*"]
        except ValueError:
            raise BadInput(
                f"{VARIABLE} is {','.join(names)[:60]!r}: addresses or networks, separated by "
                "commas, or * are accepted."
            ) from None

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> TrustedProxies:
        """Those that the environment names."""
        return cls(environ.get(VARIABLE, THIS_MACHINE).split(","))

    def trusts(self, peer: str) -> bool:
        """Whether the word of this peer counts; one on a Unix socket has no address."""
        if self._all or not peer:
            return True
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def viewer(self, environ: WSGIEnvironment) -> Viewer:
        """Who sent the request: the nearest address in the chain that is no trusted proxy."""
        peer = str(environ.get("REMOTE_ADDR") or "")
        named = str(environ.get("HTTP_X_FORWARDED_FOR") or "")
        chain = [part.strip() for part in named.split(",") if part.strip()]
        while chain and self.trusts(peer):
            peer = chain.pop()
        passed_on = any(environ.get(name) for name in _PASSED_ON)
        return Viewer(peer[:60], _is_loopback(peer) and not passed_on)

    def scheme(self, environ: WSGIEnvironment) -> str:
        """http or https, as the viewer used it: a trusted proxy's word, else the connection's."""
        named = environ.get("HTTP_X_FORWARDED_PROTO")
        peer = str(environ.get("REMOTE_ADDR") or "")
        if named in ("http", "https") and self.trusts(peer):
            return str(named)
        return str(environ["wsgi.url_scheme"])


class ForwardedScheme:
    """Takes http or https from a trusted proxy.

    Args:
        application: the WSGI application behind it.
        proxies: whom to believe.
    """

    def __init__(self, application: WSGIApplication, proxies: TrustedProxies) -> None:
        self._application = application
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer by the scheme that the viewer used."""
        environ["wsgi.url_scheme"] = self._proxies.scheme(environ)
        return self._application(environ, start_response)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
