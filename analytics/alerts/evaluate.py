"""Evaluation of a rule on a published snapshot of the feed: pure, and without a memory.

An event fires once a session because its key says no more than rule, session and event; nothing
has to be remembered. Indicated prices from before the open decide nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from analytics.alerts.model import Message
from analytics.alerts.path import Path
from analytics.alerts.rule import Rule, ScanReading, SentimentReading, Situation
from analytics.model.access import Plan
from analytics.model.live import LiveSnapshot
from analytics.studies.scan.scan import ScanParameters

KIND = "rule"
_RUN = re.compile(r" \d{4}-\d{2}-\d{2} run (\S+)(?: |$)")


@dataclass(frozen=True)
class Watch:
    """A rule somebody has set.

    Attributes:
        rule: as it is evaluated: a price in it is in the shares of now.
        id: names it, see `rules.rule_id`.
        needs: the plan it stands by.
        since: figures from before it, by the source's clock, fire nothing; None takes them all.
    """

    subscriber: str
    rule: Rule
    id: str
    since: dt.datetime | None = None
    needs: Plan = Plan.FREE


def events(
    watch: Watch,
    content: LiveSnapshot,
    fired: Set[str],
    *,
    paths: Mapping[str, Path] | None = None,
    sentiment: SentimentReading | None = None,
    scans: Mapping[ScanParameters, ScanReading] | None = None,
    run: str | None = None,
) -> tuple[Message, ...]:
    """What ``watch`` finds now and has not fired yet.

    What waits for the close is left to the call ledger once the session is over.

    Args:
        content: the feed's newest snapshot.
        fired: keys of earlier messages; leaving it empty repeats keys, never doubles them.
        paths: symbol -> the path of its price since the last look.
        sentiment: the index, for a rule on it; ``scans``: for rules on those.
        run: names the run of a simulated market: each may fire once; None for a real one.
    """
    rule = watch.rule
    cut = {symbol: path.since(watch.since) for symbol, path in (paths or {}).items()}
    situation = Situation(content.quotes, sentiment, paths=cut, scans=scans or {})
    observed = rule.observed(situation)
    if observed is None or (observed.final and rule.waits_for_close):
        return ()
    if watch.since is not None and observed.time < watch.since:
        return ()
    if run is not None and observed.time > content.at:
        return ()  # still of the run before: the simulated clock was set back
    made = (
        Message(
            KIND,
            event_key(watch.id, observed.session, run, event.name),
            event.title,
            event.text,
            rule.link,
            observed.time,
            run is not None,
            watch.needs,
        )
        for event in rule.find(situation)
    )
    return tuple(message for message in made if message.key not in fired)


def event_key(identity: str, session: dt.date, run: str | None, name: str) -> str:
    """Names an event of a rule: it fires once a session, of a simulated market once a run."""
    return f"{identity} {scope_of(session, run)} {name}"


def run_of(message: Message) -> str | None:
    """The run of a simulated market that an event is of; None of a real one, or of no market."""
    found = _RUN.search(message.key)
    return None if found is None else found[1]


def scope_of(session: dt.date, run: str | None) -> str:
    """A session, of a simulated market that of a run."""
    return f"{session}" if run is None else f"{session} run {run}"
