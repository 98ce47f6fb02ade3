"""Issues of the newsletter, their readers, and how far an issue has got."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class ReaderState(enum.StrEnum):
    """How an address stands."""

    ASKED = "asked"
    READING = "reading"
    LEFT = "left"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Reader:
    """An address that asked for the newsletter.

    Attributes:
        reason: why it was stopped: the mail server's or the provider's words.
        trades: it asked for changes of the model portfolio too.
    """

    email: str
    state: ReaderState
    asked_at: dt.datetime
    confirmed_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    reason: str = ""
    trades: bool = False


@dataclass(frozen=True)
class Content:
    """What an issue says, frozen when it was made.

    Attributes:
        pictures: of its charts, (content id, PNG, alternative text) each.
    """

    subject: str
    text: str
    html: str
    pictures: tuple[tuple[str, bytes, str], ...] = ()


class IssueState(enum.StrEnum):
    """How far an issue has got."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Issue:
    """One issue.

    Attributes:
        id: opaque; its address in the archive.
        name: what it is of, as "preview 2025-01-27.3": a name is sent once.
        send_at: not before.
        only_trades: for readers alone who asked for trades and whose plan shows them.
    """

    id: str
    name: str
    state: IssueState
    made_at: dt.datetime
    send_at: dt.datetime
    free: Content
    pro: Content
    finished_at: dt.datetime | None = None
    only_trades: bool = False


@dataclass(frozen=True)
class Progress:
    """How many letters of an issue have gone where.

    Attributes:
        waiting: neither sent nor failed.
        unknown: begun by a process that ended before it knew; they are not sent again by
            themselves, so that nobody gets an issue twice.
    """

    letters: int
    sent: int
    failed: int
    waiting: int
    unknown: int
