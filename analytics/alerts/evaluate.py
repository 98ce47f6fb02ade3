"""Evaluation of a rule on a published snapshot of the feed: pure, and without a memory.

An event fires once a session because its key says no more than rule, session and event; nothing
has to be remembered. Indicated prices from before the open decide nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from dataclasses import dataclass

from analytics.alerts.model import Message
from analytics.alerts.rule import Rule, SentimentReading, Situation
from analytics.alerts.rules import rule_id
from analytics.model.live import LiveSnapshot

KIND = "rule"


@dataclass(frozen=True)
class Watch:
    """A rule somebody has set.

    Attributes:
        since: figures from before it, by the source's clock, fire nothing; None takes them all.
    """

    subscriber: str
    rule: Rule
    since: dt.datetime | None = None

    @property
    def id(self) -> str:
        """See `rules.rule_id`."""
        return rule_id(self.subscriber, self.rule)


def events(
    watch: Watch,
    content: LiveSnapshot,
    fired: Set[str],
    *,
    sentiment: SentimentReading | None = None,
    run: str | None = None,
) -> tuple[Message, ...]:
    """What ``watch`` finds now and has not fired yet.

    Args:
        content: the feed's newest snapshot.
        fired: keys of earlier messages; leaving it empty repeats keys, never doubles them.
        sentiment: the index, for a rule on it.
        run: names the run of a simulated market: each may fire once; None for a real one.
    """
    rule = watch.rule
    situation = Situation(content.quotes, sentiment)
    observed = rule.observed(situation)
    if observed is None:
        return ()
    if observed.counts_from is not None and content.at < observed.counts_from:
        return ()
    if watch.since is not None and observed.time < watch.since:
        return ()
    if run is not None and observed.time > content.at:
        return ()  # still of the run before: the simulated clock was set back
    scope = f"{observed.session}" if run is None else f"{observed.session} run {run}"
    made = (
        Message(
            KIND,
            f"{watch.id} {scope} {event.name}",
            event.title,
            event.text,
            rule.link,
            observed.time,
            run is not None,
        )
        for event in rule.find(situation)
    )
    return tuple(message for message in made if message.key not in fired)
