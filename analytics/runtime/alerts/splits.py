"""Prices typed into rules, in shares of the session they are held against."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.alerts.evaluate import KIND, Watch
from analytics.alerts.model import Message
from analytics.alerts.rule import Rule, day_words
from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.history import History, Split

LOOK_SECONDS = 600.0


@dataclass
class Splits:
    """The splits of rules' symbols, looked at now and then.

    Args:
        monotonic: seconds.
    """

    history: History
    monotonic: Callable[[], float]
    _known: dict[tuple[str, dt.date], tuple[float, tuple[Split, ...]]] = field(default_factory=dict)

    def of(self, watch: Watch, session: dt.date) -> tuple[Split, ...]:
        """The splits since the rule was set, up to a session, that change a price in it."""
        if watch.since is None or watch.rule.at_split(2.0) == watch.rule:
            return ()
        found: list[Split] = []
        for symbol in watch.rule.symbols:
            since = watch.since.astimezone(calendar_of(symbol).zone).date()
            found += [one for one in self._since(symbol, since) if one.session <= session]
        return tuple(found)

    def rule_on(self, watch: Watch, session: dt.date) -> Rule:
        """The rule in shares of a session."""
        rule = watch.rule
        for split in self.of(watch, session):
            rule = rule.at_split(split.ratio)
        return rule

    def _since(self, symbol: str, since: dt.date) -> tuple[Split, ...]:
        now = self.monotonic()
        looked_at, known = self._known.get((symbol, since), (-float("inf"), ()))
        if now - looked_at >= LOOK_SECONDS:
            # else what is known stands; while quotes contradict the bars no price is judged
            with contextlib.suppress(HoldlineError):
                known = self.history.splits(symbol, since)
            self._known[symbol, since] = now, known
        return known


def split_message(watch: Watch, before: Rule, after: Rule, split: Split) -> Message:
    """That the price in a rule counts in other shares from now on."""
    symbol = watch.rule.symbols[0]
    ratio = f"{split.ratio:g}:1" if split.ratio >= 1 else f"1:{1 / split.ratio:g}"
    listing = calendar_of(symbol)
    return Message(
        KIND,
        f"{watch.id} {split.session} split",
        f"{symbol} split {ratio}: your alert is now \u201c{after.words()}\u201d",
        f"It was \u201c{before.words()}\u201d before {day_words(split.session)}.",
        watch.rule.link,
        listing.open(split.session),
    )
