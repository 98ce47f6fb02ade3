"""Symbols of alert rules as the live feed follows them: the age of each one's last price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.alerts.rules import StoredRule
from analytics.model.live import LiveSnapshot, Mode


@dataclass(frozen=True)
class Followed:
    """One symbol that rules read.

    Attributes:
        last_price_at: UTC; None while there is no price of it.
        trouble: why there is none, in words; None where there is one.
    """

    symbol: str
    last_price_at: dt.datetime | None
    trouble: str | None = None

    def age_seconds(self, now: dt.datetime) -> float | None:
        """Of its last price, by the source's clock; None without one."""
        if self.last_price_at is None:
            return None
        return max(0.0, (now - self.last_price_at).total_seconds())


def followed(rules: Iterable[StoredRule], content: LiveSnapshot) -> tuple[Followed, ...]:
    """The symbols of the rules beside what the feed published last, by name."""
    symbols = sorted({symbol for stored in rules for symbol in stored.rule.symbols})
    return tuple(_followed(symbol, content) for symbol in symbols)


def _followed(symbol: str, content: LiveSnapshot) -> Followed:
    quote = content.quotes.get(symbol)
    if quote is not None:
        return Followed(symbol, quote.time)
    if content.feed.mode is Mode.NONE:
        return Followed(symbol, None, "not followed: this source has no live prices")
    why = content.feed.missing.get(symbol)
    return Followed(symbol, None, why or "no price yet")
