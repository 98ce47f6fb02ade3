"""Bounces and complaints: which address they are of, and whether it is to get no more mail.

Delivery status notifications (RFC 3464) and abuse reports (RFC 5965), as mail servers send them
back.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message
from email.policy import default

from analytics.alerts.targets import parse_address
from analytics.model.vocabulary import BadInput

MAX_REPORT = 256 * 1024


@dataclass(frozen=True)
class Bounce:
    """What a report says of one address.

    Attributes:
        permanent: it will never arrive, or was called unwanted: no more is sent there.
    """

    email: str
    permanent: bool
    reason: str


def parse_report(raw: bytes) -> tuple[Bounce, ...]:
    """The bounces of a report, as it was mailed.

    Raises:
        BadInput: it is neither of the two kinds of report, or names no address.
    """
    if len(raw) > MAX_REPORT:
        raise BadInput(f"The report is larger than {MAX_REPORT // 1024} KiB.")
    parts = email.message_from_bytes(raw, policy=default).walk()
    found: list[Bounce] = []
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            found += _statuses(part)
        elif kind == "message/feedback-report":
            found += _complaint(part)
    if not found:
        raise BadInput(
            "This is no report of a mail server that names an address: a delivery status "
            "notification (RFC 3464) or an abuse report (RFC 5965) is accepted."
        )
    return tuple(found)


def _statuses(part: Message) -> list[Bounce]:
    """The recipients of a delivery status: RFC 3464, 2.3."""
    found = []
    for block in _blocks(part):
        action = (block.get("Action") or "").strip().lower()
        named = block.get("Final-Recipient") or block.get("Original-Recipient") or ""
        address = _address(named.rpartition(";")[2])
        if address is None or action not in ("failed", "delayed"):
            continue
        status = (block.get("Status") or "").strip()
        said = " ".join((block.get("Diagnostic-Code") or status or action).split())
        found.append(Bounce(address, action == "failed" and status.startswith("5."), said[:200]))
    return found


def _complaint(part: Message) -> list[Bounce]:
    """The address of an abuse report: RFC 5965, 3.2."""
    found = []
    for block in _blocks(part):
        kind = (block.get("Feedback-Type") or "").strip().lower()
        for named in block.get_all("Original-Rcpt-To", []):
            address = _address(named)
            if address is not None and kind in ("abuse", "fraud", "opt-out", "not-spam"):
                found.append(Bounce(address, kind != "not-spam", f"complaint: {kind}"))
    return found


def _blocks(part: Message) -> list[Message]:
    """The groups of fields in a report's part, which parsers give in two ways."""
    payload = part.get_payload()
    several = payload if isinstance(payload, list) else [payload]
    whole = "\n\n".join(str(one) for one in several)
    groups = re.split(r"\r?\n[ \t]*\r?\n", whole)
    return [email.message_from_string(group.strip() + "\n\n") for group in groups if group.strip()]


def _address(text: str) -> str | None:
    try:
        return parse_address(text.strip().strip("<>")).lower()
    except BadInput:
        return None
