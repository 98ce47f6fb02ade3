"""Notices to Telegram, Discord, Slack and ntfy, by Apprise."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Collection

from analytics.alerts.chat_targets import parse_chat
from analytics.alerts.model import ChannelKind, DueDelivery
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.mail import SIMULATED
from analytics.runtime.alerts.network import OPEN_INTERNET, Network
from analytics.runtime.alerts.transport import SendFailure

_PLAIN = {
    "telegram": "?image=no&preview=no&redirect=no",
    "discord": "?avatar=no&footer=no&image=no&redirect=no",
    "slack": "?image=no&footer=no&redirect=no",
    "ntfy": "?image=no&redirect=no",
}
"""Apprise would have messages show its own pictures, from its own site."""


def can_chat() -> bool:
    """Whether Apprise is installed."""
    return importlib.util.find_spec("apprise") is not None


class Chat:
    """Sends to chats.

    Args:
        site: address of this site for links; "" leaves them out.
        hosts: names of the machines with ntfy that may be written to beside ntfy.sh.
        network: what may be connected to.
    """

    refusal = None

    def __init__(
        self, site: str = "", hosts: Collection[str] = (), network: Network = OPEN_INTERNET
    ) -> None:
        self._site = site
        self._hosts = frozenset(hosts)
        self._network = network

    def send(self, due: DueDelivery) -> None:
        """Hand the message to the service.

        Raises:
            SendFailure: the service did not take it.
        """
        try:
            kind, address = parse_chat(due.target, self._hosts)  # hosts may be named no longer
        except BadInput as error:
            raise SendFailure(str(error), final=True) from error
        message = due.notice.message
        link = f"{self._site}{message.link}" if self._site else ""
        body = "\n\n".join(part for part in (message.text, link) if part) or message.title
        title = f"{SIMULATED if message.simulated else ''}{message.title}"
        if not self._notify(kind, address + _PLAIN[kind], title, body):
            raise SendFailure(f"{due.channel.capitalize()} did not take the message.")

    def _notify(self, kind: ChannelKind, address: str, title: str, body: str) -> bool:
        """Have Apprise send, over connections of ours; imported by the first message, a second."""
        import apprise

        from analytics.runtime.alerts.pinned_requests import give_to, sending_over

        give_to(importlib.import_module(f"apprise.plugins.{kind}"))
        service = apprise.Apprise.instantiate(address)
        if service is None:
            raise SendFailure("That address is none that Apprise knows.", final=True)
        with sending_over(self._network):
            return bool(service.notify(body=body, title=title))
