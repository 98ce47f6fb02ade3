"""What other sites may have a browser do here: open a page, and nothing else.

A browser says with each request what for and from which site it is sent (Fetch Metadata). Pages may
be opened from anywhere; whatever changes something, or costs something, only this site's own pages
may ask for. Names that are not this site's are refused: a name that a stranger points at this
machine would make their page one of this site.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from analytics.settings import Settings
from components.server.replies import Refused, check_origin, refusal

_READS = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")


class Hosts:
    """The names under which browsers may reach this site.

    Args:
        names: in lower case. Addresses and ``localhost`` may always: nobody else's name leads
            a browser to think that it is on their site.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.strip().lower() for name in names if name.strip())

    @classmethod
    def of(cls, settings: Settings) -> Hosts:
        """Those that ``settings`` name."""
        public = urlsplit(settings.public_url).hostname or ""
        return cls((settings.host, public, *settings.allowed_hosts.split(",")))

    def allows(self, host: str) -> bool:
        """Whether a Host header names this site."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
        except ValueError:
            return False
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def register(server: Flask, hosts: Hosts) -> None:
    """Check every request, before anything else looks at it."""

    @server.before_request
    def check() -> Response | None:
        if not hosts.allows(request.host):
            return refusal(
                f"This site is not called {request.host[:80]!r}: HOLDLINE_PUBLIC_URL or "
                "HOLDLINE_ALLOWED_HOSTS tells its names.",
                421,
            )
        try:
            if request.method not in _READS:
                check_origin()
            elif not may_read(request.environ):
                raise Refused(
                    "A page of another site may open Holdline's pages, and load nothing from it."
                )
        except Refused as error:
            return refusal(str(error), 403)
        return None


def ours(hosts: Hosts) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a request without side effects, by its WSGI environment, is to be answered at all."""

    def checked(environ: Mapping[str, Any]) -> bool:
        return hosts.allows(environ.get("HTTP_HOST", "")) and may_read(environ)

    return checked


def ours_to_change(hosts: Hosts) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a request, by its WSGI environment, surely is one that may change something.

    As `check_origin`, which also lets ports through that go without saying.
    """

    def checked(environ: Mapping[str, Any]) -> bool:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        own = origin is None or origin.partition("://")[2] == host
        site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
        return own and site in _OURS and hosts.allows(host)

    return checked


def may_read(environ: Mapping[str, Any]) -> bool:
    """Let other sites open pages, and neither load nor frame anything."""
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") in _OURS:
        return True
    opens = environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
    return opens and environ.get("HTTP_SEC_FETCH_DEST", "document") == "document"
