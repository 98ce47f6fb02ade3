"""Notices to Telegram, Discord, Slack and ntfy, by Apprise."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from typing import Any

from analytics.alerts.chat_targets import chat_host, parse_chat
from analytics.alerts.model import DueDelivery
from analytics.alerts.targets import is_public
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.mail import SIMULATED
from analytics.runtime.alerts.transport import SendFailure
from analytics.runtime.alerts.webhook import Resolve
from analytics.runtime.alerts.webhook import resolve as look_up

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
        private: let messages go to private addresses too.
        resolve: in place of the system's look-up.
    """

    refusal = None

    def __init__(
        self,
        site: str = "",
        hosts: Collection[str] = (),
        private: bool = False,
        resolve: Resolve | None = None,
    ) -> None:
        self._site = site
        self._hosts = frozenset(hosts)
        self._private = private
        self._resolve = resolve

    def send(self, due: DueDelivery) -> None:
        """Hand the message to the service.

        Raises:
            SendFailure: the service did not take it.
        """
        try:
            kind, address = parse_chat(due.target, self._hosts)  # hosts may be named no longer
        except BadInput as error:
            raise SendFailure(str(error), final=True) from error
        self._require_public(chat_host(kind, address))
        message = due.notice.message
        link = f"{self._site}{message.link}" if self._site else ""
        body = "\n\n".join(part for part in (message.text, link) if part) or message.title
        title = f"{SIMULATED if message.simulated else ''}{message.title}"
        if not _service(address + _PLAIN[kind]).notify(body=body, title=title):
            raise SendFailure(f"{due.channel.capitalize()} did not take the message.")

    def _require_public(self, host: str) -> None:
        try:
            addresses = (self._resolve or look_up)(host, 443)
        except (OSError, UnicodeError) as error:
            raise SendFailure(f"{host} was not found.") from error
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise SendFailure(f"{host} has a private address: nothing is sent there.", final=True)


def _service(address: str) -> Any:
    """Apprise's own object for an address; imported by the first message, half a second."""
    import apprise

    service = apprise.Apprise.instantiate(address)
    if service is None:
        raise SendFailure("That address is none that Apprise knows.", final=True)
    return service
