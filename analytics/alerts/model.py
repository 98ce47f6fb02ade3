"""Messages to a subscriber, the channels they go to, and how far each has got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from analytics.model import access
from analytics.model.access import FOR_EVERYBODY, Offer, Plan
from analytics.model.access import LOCAL as LOCAL
from analytics.model.vocabulary import BadInput

ChannelKind = Literal["email", "webhook", "telegram", "discord", "slack", "ntfy", "push"]

OFFERS = {
    "trade": Offer(Plan.PRO, "What was traded?", "each change of the model portfolio as it is made")
}
"""What messages of a kind need; those of the others are for everybody."""

MAX_TITLE, MAX_TEXT, MAX_LINK, MAX_KEY = 200, 4_000, 400, 160


@dataclass(frozen=True)
class Message:
    """One message to a subscriber.

    Attributes:
        kind: "rule", "preview", "trade", "test" or another short word.
        key: names the event within its kind: the same event never has two.
        title: one sentence, as a toast and an e-mail's subject show it.
        text: plain text; "" when the title says it all.
        link: the view it is about, an address on this site such as "/supports?symbol=SPY".
        happened_at: when, by the clock of the prices.
        simulated: it rests on simulated prices; every channel says so.
        needs: the plan by which it was found, beside that of its kind.
    """

    kind: str
    key: str
    title: str
    text: str
    link: str
    happened_at: dt.datetime
    simulated: bool = False
    needs: Plan = Plan.FREE

    def __post_init__(self) -> None:
        if not (self.kind.isascii() and self.kind.isalpha() and len(self.kind) <= 16):
            raise BadInput(f"{self.kind!r} is not a kind of notice: up to 16 letters.")
        if not self.key or len(self.key) > MAX_KEY:
            raise BadInput(f"A notice's key has 1 to {MAX_KEY} characters.")
        if not self.title or len(self.title) > MAX_TITLE or not self.title.isprintable():
            raise BadInput(f"A notice's title is one line of 1 to {MAX_TITLE} characters.")
        if len(self.text) > MAX_TEXT:
            raise BadInput(f"A notice's text has at most {MAX_TEXT} characters.")
        if not is_local_link(self.link):
            raise BadInput("A notice's link is an address on this site, such as /supports.")

    @property
    def plan(self) -> Plan:
        """Whoever has it may see it, and is sent it."""
        of_kind = needed_by(self.kind)
        return of_kind if of_kind.includes(self.needs) else self.needs

    @property
    def name(self) -> str:
        """The key among all kinds; also what receivers know a doubled message by."""
        return f"{self.kind}:{self.key}"


def is_local_link(link: str) -> bool:
    """Whether ``link`` is an address on this site: one slash, no host, no control character."""
    return (
        link.startswith("/")
        and not link.startswith(("//", "/\\"))
        and link.isprintable()
        and " " not in link
        and len(link) <= MAX_LINK
    )


@dataclass(frozen=True)
class SentCode:
    """What goes to a channel that waits to be confirmed; either part confirms it.

    Attributes:
        code: for its person to type.
        token: of a link; "" for what is not e-mail.
    """

    code: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Channel:
    """Where a subscriber is notified besides the page.

    Attributes:
        target: an e-mail address, a URL, or the name of a browser's push subscription.
        is_confirmed: a code that was sent there came back; else nothing is sent.
        paused_at: too many messages in a row did not arrive; nothing is sent until it is resumed.
    """

    kind: ChannelKind
    target: str
    since: dt.datetime
    is_confirmed: bool = True
    paused_at: dt.datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """How far one notice has got on one channel.

    Attributes:
        attempts: begun so far.
        next_at: when the next one is due; of no meaning once sent or given up.
        error: why the last attempt failed, or None.
    """

    channel: str
    target: str
    attempts: int
    next_at: dt.datetime
    sent_at: dt.datetime | None = None
    given_up_at: dt.datetime | None = None
    error: str | None = None


@dataclass(frozen=True)
class Notice:
    """A message as a subscriber has it.

    Attributes:
        number: grows by one with each of the subscriber's notices.
        recorded_at: when it was written, by the wall clock.
    """

    subscriber: str
    number: int
    message: Message
    recorded_at: dt.datetime
    deliveries: tuple[Delivery, ...] = field(default=())


def for_viewer(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices that the viewer's plan shows."""
    plan = access.viewer().plan
    return tuple(n for n in notices if plan.includes(n.message.plan))


def needed_by(kind: str) -> Plan:
    """The plan that messages of a kind need."""
    return OFFERS.get(kind, FOR_EVERYBODY).plan


@dataclass(frozen=True)
class DueDelivery:
    """A delivery that this process has claimed: it sends it, and then says how that went.

    Attributes:
        notice: of several that go as one message, one that sums them up.
        batch: names those that go as one message; "" for one alone.
    """

    notice: Notice
    channel: ChannelKind
    target: str
    attempts: int
    batch: str = ""
