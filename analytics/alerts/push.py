"""Web Push subscriptions: where a browser's maker takes messages for it, and the keys they need."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from analytics.model.vocabulary import BadInput

HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "notify.windows.com",
    "web.push.apple.com",
)
"""Push services of Chrome, Firefox, Edge and Safari: these names and those below them."""

MAX_ENDPOINT = 1_000
_POINT_BYTES, _SECRET_BYTES = 65, 16
_UNCOMPRESSED = 4
_SHOWN = "a browser's push subscription"


@dataclass(frozen=True)
class PushSubscription:
    """One browser's, as its ``PushSubscription.toJSON()`` gives it (W3C Push API, section 8).

    Attributes:
        endpoint: https address of its push service that stands for this browser.
        p256dh: the browser's public key, a point of P-256, base64url without padding.
        auth: 16 random bytes that only the browser and this site know, likewise.
    """

    endpoint: str
    p256dh: str
    auth: str

    @property
    def target(self) -> str:
        """Names it among channels, and to its browser, without saying where it is."""
        return target_of(self.endpoint)

    @property
    def origin(self) -> str:
        """Of the push service: whom a signature is for (RFC 8292, section 2)."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


def target_of(endpoint: str) -> str:
    """The name of the subscription at an endpoint; a browser works it out the same way."""
    return f"push:{hashlib.sha256(endpoint.encode()).hexdigest()[:32]}"


def parse_subscription(raw: object, hosts: Collection[str] = ()) -> PushSubscription:
    """A subscription from what a browser sent.

    Args:
        raw: untrusted.
        hosts: of push services beside `HOSTS`.

    Raises:
        BadInput: one sentence: what was wrong.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("keys"), Mapping):
        raise BadInput(f"That is not {_SHOWN}.")
    endpoint, keys = raw.get("endpoint"), raw["keys"]
    if not isinstance(endpoint, str):
        raise BadInput(f"That is not {_SHOWN}.")
    require_service(endpoint, hosts)
    point = _bytes(keys.get("p256dh"), _POINT_BYTES)
    if point[0] != _UNCOMPRESSED:
        raise BadInput(f"The key is not that of {_SHOWN}.")
    secret = _bytes(keys.get("auth"), _SECRET_BYTES)
    return PushSubscription(endpoint, _text(point), _text(secret))


def require_service(endpoint: str, hosts: Collection[str] = ()) -> None:
    """Let only addresses of known push services pass.

    Raises:
        BadInput: it is another one.
    """
    printable = endpoint.isascii() and endpoint.isprintable() and not set(endpoint) & set(" \\#")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput(f"That is not {_SHOWN}.") from None
    known = any(host == name or host.endswith(f".{name}") for name in (*HOSTS, *hosts))
    if not (printable and len(endpoint) <= MAX_ENDPOINT and parts.scheme == "https"):
        raise BadInput(f"That is not {_SHOWN}.")
    plain = port in (None, 443) or host in hosts
    if not known or not plain or parts.username is not None or parts.password is not None:
        raise BadInput(
            f"{host[:60] or 'That'} is no push service that is known here: "
            "HOLDLINE_PUSH_HOSTS names further ones."
        )


_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)


def browser_name(agent: str) -> str:
    """A browser as its person knows it, "Firefox on Linux", by its User-Agent."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "A browser")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def _bytes(text: object, length: int) -> bytes:
    """So many bytes, from base64url without padding."""
    found = b""
    if isinstance(text, str):
        with contextlib.suppress(ValueError):
            padded = text + "=" * (-len(text) % 4)
            found = base64.b64decode(padded, altchars=b"-_", validate=True)
    if len(found) != length:
        raise BadInput(f"The keys are not those of {_SHOWN}.")
    return found


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
