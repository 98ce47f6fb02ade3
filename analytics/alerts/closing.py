"""What the close made of a level, and how it is said: one message a level and session.

Whatever rules wait for the close of one level, and however late it becomes known, it is one event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from analytics.alerts.level_close import LevelClose
from analytics.alerts.rule import AlertEvent, clock, day_words
from analytics.alerts.symbol_rule import side_of
from analytics.model.status import Status

OUTCOMES = {
    Status.BROKEN: "broken",
    Status.BELOW: "still below",
    Status.RECLAIMED: "reclaimed",
    Status.HELD: "held",
    Status.ABOVE: "held",
    Status.CLOSE_ONLY: "held",
}
PROVISIONAL = ("under", "reclaiming", "regained")
"""Names of what a rule on a crossing says in session, to be confirmed or taken back."""


def close_event(at: LevelClose, provisional: Iterable[str], *, late: bool = False) -> AlertEvent:
    """The one message of a level's close.

    Args:
        provisional: names of what was said of the level in session.
        late: it is told long after the close, and says so.
    """
    place = f"its {at.level.name}"
    said = frozenset(provisional)
    if at.status is Status.BROKEN:
        does = f"closed under {place}"
    elif at.status is Status.RECLAIMED:
        does = f"closed above {place}"
    elif not at.is_over:
        does = f"did not reclaim {place}"
    else:
        does = f"held {place} by the close" + (" after all" if "under" in said else "")
    when = f" on {day_words(at.session)} (told late)" if late else ""
    price = at.quotation.plain_text
    title = f"{at.symbol} {does}{when}: {price(at.close)}"
    lowest = "" if at.low is None else f", low {price(at.low)}"
    side = side_of(at.close, at.price)
    day = f"{day_words(at.session)} {at.session.year}"
    text = (
        f"{day}: {at.symbol} closed at {price(at.close)}, {side} the level {price(at.price)} "
        f"known before the open{lowest}: {OUTCOMES[at.status]}."
    )
    return AlertEvent(OUTCOMES[at.status].split()[-1], title, text + _crossed(at.crossings))


def _crossed(times: tuple[dt.datetime, ...]) -> str:
    """Where a level was crossed again and again, one sentence sums it up."""
    if len(times) < 2:
        return ""
    first, last = clock(times[0]), clock(times[-1])
    return f" The level was crossed {len(times)} times in session, from {first} to {last}."
