"""Targets of messages: e-mail addresses and URLs parsed from untrusted text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit, urlunsplit

from analytics.alerts.chat_targets import CHATS, parse_chat
from analytics.alerts.model import ChannelKind
from analytics.model.vocabulary import BadInput

MAX_TARGET = 400
MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
"""As browsers judge ``<input type=email>`` (HTML, section 4.10.5.1.5)."""


def parse_target(raw: object, hosts: Collection[str] = ()) -> tuple[ChannelKind, str]:
    """Kind and target of ``{"kind": "email", "webhook" or "chat", "target": text}``.

    Args:
        raw: untrusted; the kind may be that of a chat as well.
        hosts: see `parse_chat`.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, Mapping) or not set(raw) <= {"kind", "target"}:
        raise BadInput('A channel is {"kind": "email", "webhook" or "chat", "target": text}.')
    kind, target = raw.get("kind"), raw.get("target")
    if not isinstance(kind, str) or kind not in {"email", "webhook", "chat", *CHATS}:
        raise BadInput(f"kind is {str(kind)[:40]!r}: accepted are email, webhook, chat.")
    if not isinstance(target, str):
        raise BadInput("target is missing.")
    if kind == "email":
        return "email", parse_address(target)
    return ("webhook", parse_url(target)) if kind == "webhook" else parse_chat(target, hosts)


def parse_address(text: str) -> str:
    """An e-mail address.

    Raises:
        BadInput: for anything else.
    """
    address = text.strip()
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        raise BadInput(f"{text[:60]!r} is not an e-mail address such as you@example.org.")
    return address


def parse_url(text: str) -> str:
    """A webhook's URL: http or https, a host, no user name, no fragment.

    Raises:
        BadInput: for anything else.
    """
    shown = repr(text[:60])
    refusal = BadInput(f"{shown} is not a webhook's URL such as https://example.org/hook.")
    stripped = text.strip()
    printable = stripped.isascii() and stripped.isprintable() and " " not in stripped
    if len(stripped) > MAX_TARGET or not printable or "\\" in stripped:
        raise refusal
    try:
        parts = urlsplit(stripped)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise refusal from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise refusal
    if parts.username is not None or parts.password is not None:
        raise BadInput("A webhook's URL may not hold a user name or a password.")
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, by IANA's special-purpose registries.

    Not so: loopback, private, link-local (where clouds answer with credentials), shared,
    multicast and reserved addresses, those at which a cloud answers its own machines, tunnels
    (6to4, Teredo), and those of IPv6 that stand for one of IPv4 that is not. The registries are
    written out here: Python's own `is_global` has followed them at different times.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _IPV4_SPECIAL)
    if ip.scope_id is not None:
        return False
    inner = ip.ipv4_mapped
    if ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if inner is not None:
        return is_public(str(inner))
    return ip in _IPV6_UNICAST and not any(ip in network for network in _IPV6_SPECIAL)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out; site-local fec0::/10, unique local and multicast lie without."""
_IPV6_SPECIAL = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_IPV4_SPECIAL = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",  # Azure answers its machines there; all other clouds in the above
    )
)
