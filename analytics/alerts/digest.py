"""Digest of a storm: many messages to one person as one that says how many of what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analytics.alerts.model import MAX_TEXT, Message

_SAID = re.compile(
    r"\S+ (?P<does>(?:is|was) under|(?:is|was) back above|closed under|closed above|held)"
    r" its (?P<level>\d+.DMA)\b"
)
_DOES = {
    "is under": "lost",
    "was under": "lost",
    "closed under": "closed under",
    "is back above": "reclaimed",
    "was back above": "reclaimed",
    "closed above": "closed above",
    "held": "held",
}
KIND = "batch"


def digest(name: str, messages: Sequence[Message], watched: int) -> Message:
    """One message in place of several, oldest first: "12 of your 30 symbols lost their 50-DMA".

    Args:
        name: of the batch; the same messages go under it each time.
        watched: how many symbols the person's rules read.
    """
    return Message(
        kind=KIND,
        key=name,
        title=_title(messages, watched),
        text=_text(messages),
        link="/alerts",
        happened_at=max(message.happened_at for message in messages),
        simulated=any(message.simulated for message in messages),
    )


def _title(messages: Sequence[Message], watched: int) -> str:
    if len(messages) == 1:
        return messages[0].title
    found = (_SAID.match(message.title) for message in messages)
    said = Counter((_DOES[one["does"]], one["level"]) for one in found if one)
    if not said:
        return f"{len(messages)} alerts"
    (does, level), count = said.most_common(1)[0]
    if count < 2:
        return f"{len(messages)} alerts"
    of = f" of your {watched}" if watched >= count else ""
    rest = len(messages) - count
    others = f", and {rest} other {'alert' if rest == 1 else 'alerts'}" if rest else ""
    return f"{count}{of} symbols {does} their {level}{others}"


def _text(messages: Sequence[Message]) -> str:
    """Their titles, one a line, as far as there is room."""
    lines: list[str] = []
    room = MAX_TEXT - 40
    for number, message in enumerate(messages):
        room -= len(message.title) + 1
        if room < 0:
            lines.append(f"and {len(messages) - number} more")
            break
        lines.append(message.title)
    return "\n".join(lines)
