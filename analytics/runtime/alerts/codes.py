"""Codes that confirm a channel: sent at once, and stored nowhere but as a digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from analytics.alerts.model import ChannelKind, DueDelivery, Message, Notice
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.transport import SendFailure, Transport

NOT_HERE = "Such channels cannot be used here: they need requirements-served.txt."
_BY_CODE = "Type it on the Alerts page within an hour."
_BY_LINK = (
    "Type it on the Alerts page within an hour, or open the link below on any device: it is good "
    "once, and asks for one more click."
)


def send_code(
    transports: Mapping[ChannelKind, Transport],
    subscriber: str,
    kind: ChannelKind,
    target: str,
    code: str,
    *,
    now: dt.datetime,
    link: str = "",
) -> None:
    """Send a code to a channel, and wait until it is handed over.

    Args:
        link: the address on this site that confirms it too; "" for none.

    Raises:
        BadInput: it did not arrive, and why.
    """
    transport = transports.get(kind)
    if transport is None:
        raise BadInput(NOT_HERE)
    message = Message(
        kind="confirm",
        key=f"{kind} {now.isoformat()}",
        title=f"{code} confirms that Holdline may write here",
        text=f"{_BY_LINK if link else _BY_CODE} If you did not ask for it, do nothing: then "
        "nothing more is sent here.",
        link=link or "/alerts",
        happened_at=now,
    )
    due = DueDelivery(Notice(subscriber, 0, message, now), kind, target, 1)
    try:
        transport.send(due)
    except SendFailure as failure:
        raise BadInput(str(failure)) from failure
