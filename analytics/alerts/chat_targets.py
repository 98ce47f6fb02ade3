"""Targets of chat services: their addresses parsed from untrusted text, and rebuilt from the parts.

Nothing of what was typed goes into the address but the parts named here: Apprise takes parameters
that would read files or write elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from analytics.alerts.model import ChannelKind
from analytics.model.vocabulary import BadInput

NTFY_HOST = "ntfy.sh"

_SHAPES: tuple[tuple[ChannelKind, str, str], ...] = (
    ("telegram", r"tgram://(\d{5,20}:[\w-]{20,64})/(-?\d{3,20}|@\w{3,32})/?", "tgram://{}/{}"),
    ("discord", r"discord://(\d{15,22})/([\w-]{40,120})/?", "discord://{}/{}"),
    (
        "discord",
        r"https://discord(?:app)?\.com/api/webhooks/(\d{15,22})/([\w-]{40,120})/?",
        "discord://{}/{}",
    ),
    ("slack", r"slack://(T\w{5,20})/(B\w{5,20})/(\w{15,40})/?", "slack://{}/{}/{}"),
    (
        "slack",
        r"https://hooks\.slack\.com/services/(T\w{5,20})/(B\w{5,20})/(\w{15,40})/?",
        "slack://{}/{}/{}",
    ),
    ("ntfy", r"(?:ntfys|https)://([a-z0-9.-]{3,100})/([\w-]{1,64})/?", "ntfys://{}/{}"),
)
_SHOWN = (
    "tgram://bot-token/chat-id, discord://id/token, slack://T.../B.../token or "
    f"ntfys://{NTFY_HOST}/topic"
)
CHATS: frozenset[ChannelKind] = frozenset(kind for kind, _, _ in _SHAPES)


def parse_chat(text: str, hosts: Collection[str] = ()) -> tuple[ChannelKind, str]:
    """The kind and the address of a chat.

    Args:
        text: as Apprise writes it, or the service's own address of a webhook.
        hosts: names of the machines with ntfy that may be written to beside ntfy.sh.

    Raises:
        BadInput: it is none of the services, or another machine.
    """
    given = text.strip()
    for kind, shape, address in _SHAPES:
        found = re.fullmatch(shape, given, re.ASCII)
        if found is None:
            continue
        if kind == "ntfy" and found[1] not in {NTFY_HOST, *hosts}:
            raise BadInput(
                f"Nothing is sent to {found[1]}: HOLDLINE_CHANNEL_HOSTS names the machines with "
                f"ntfy that may be written to beside {NTFY_HOST}."
            )
        return kind, address.format(*found.groups())
    raise BadInput(f"That is no address of a chat: accepted are {_SHOWN}.")


def masked(kind: str, target: str) -> str:
    """A target as logs and pages name it: without what lets others write there."""
    if kind == "email":
        return target
    scheme, _, rest = target.partition("://")
    if kind in CHATS and kind != "ntfy":
        return f"{scheme}://\u2026{rest[-4:]}"
    return target
