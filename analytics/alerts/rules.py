"""Alert rules as stored values: parsed from untrusted JSON, written as JSON, named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from analytics.alerts.kinds import KINDS
from analytics.alerts.plans import LISTS
from analytics.alerts.rule import LATER, Rule
from analytics.model.access import FOR_EVERYBODY, Offer
from analytics.model.parsing import parse_choice
from analytics.model.vocabulary import BadInput

_ANY_SYMBOL = "SPY"
"""A rule on a list is looked at as one on this, which has every level."""


@dataclass(frozen=True)
class StoredRule:
    """A rule that stands.

    Attributes:
        since: when it was set, edited or resumed last, by the wall clock.
        watchlist: the list it was set on, for each of its symbols; "" for one set by itself.
        set_as: the id of what was set, by which it is removed; "" where that is ``id``.
        offer: what it stands by: its kind's, or that of so many rules.
        is_beyond_plan: its person's plan does not include that now.
        paused_at: since when its person has it paused; None for one that is not.
        ends: when that plan ends, at that very moment; None for no end.
    """

    id: str
    subscriber: str
    rule: Rule
    since: dt.datetime
    watchlist: str = ""
    set_as: str = ""
    offer: Offer = FOR_EVERYBODY
    is_beyond_plan: bool = False
    paused_at: dt.datetime | None = None
    ends: dt.datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing of it is evaluated: by its person's wish, or for want of a plan."""
        return self.is_beyond_plan or self.paused_at is not None

    @property
    def fields(self) -> dict[str, object]:
        """As it was set: what `parse_rule` or `parse_list_rule` reads."""
        found: dict[str, object] = json.loads(to_json(self.rule))
        if self.watchlist:
            del found["symbol"]
            found["watchlist"] = self.watchlist
        return found

    def stands(self, now: dt.datetime) -> bool:
        """Whether it is evaluated at a moment."""
        return not self.is_paused and (self.ends is None or now < self.ends)


@dataclass(frozen=True)
class SetRule:
    """A rule as it stands once it was asked for.

    Attributes:
        is_new: it did not stand before.
        is_paused: by its person, and still.
    """

    id: str
    is_new: bool
    is_paused: bool


@dataclass(frozen=True)
class IdleRule:
    """A rule that is set and of which nothing can be evaluated.

    Attributes:
        reason: one sentence.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class ListRule:
    """A rule on every symbol of a watchlist, whatever stands in it at the time.

    Attributes:
        watchlist: its name.
        fields: the rule's as JSON, without a symbol.
    """

    offer: ClassVar[Offer] = LISTS

    watchlist: str
    fields: Mapping[str, object]

    def on(self, symbol: str) -> Rule:
        """The rule on one of the symbols.

        Raises:
            BadInput: such a rule is none.
        """
        return parse_rule({**self.fields, "symbol": symbol})

    def words(self) -> str:
        """``loses its 50-DMA, on each symbol of my names``."""
        on_one = self.on(_ANY_SYMBOL).words().removeprefix(f"{_ANY_SYMBOL} ")
        return f"{on_one}, on each symbol of {self.watchlist}"

    def to_json(self) -> str:
        """As `parse_list_rule` reads it back."""
        body = {**self.fields, "watchlist": self.watchlist}
        return json.dumps(body, sort_keys=True, separators=(",", ":"))


def parse_list_rule(raw: Mapping[str, object]) -> ListRule | None:
    """The rule on a watchlist, where ``raw`` names one.

    Raises:
        BadInput: it is none that can be on several symbols.
    """
    name = raw.get("watchlist")
    if name is None:
        return None
    if not isinstance(name, str) or "symbol" in raw:
        raise BadInput("A rule is on a symbol, or on the watchlist of a name.")
    if raw.get("level") is not None:
        raise BadInput("A price is of one symbol: a rule on a watchlist is at a level of each.")
    found = ListRule(name, {key: value for key, value in raw.items() if key != "watchlist"})
    rule = found.on(_ANY_SYMBOL)
    if not rule.symbols:
        raise BadInput("Such a rule is on no symbol.")
    fields = json.loads(to_json(rule))
    return ListRule(name, {key: value for key, value in fields.items() if key != "symbol"})


def parse_rule(raw: object) -> Rule:
    """A rule from JSON values that a browser, the shell or the store gave.

    ``{"kind": one of KINDS, ...}`` with the fields of that kind.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, Mapping):
        raise BadInput("A rule is a JSON object.")
    kind = KINDS[parse_choice("kind", raw.get("kind"), tuple(KINDS))]
    given = {name: value for name, value in raw.items() if name != "kind"}
    for name in given:
        if name not in field_names(kind):
            raise BadInput(f"{str(name)[:40]!r} is no part of such a rule.")
    return kind.parse(given)


def field_names(kind: type[Rule]) -> tuple[str, ...]:
    """The JSON fields of a kind besides ``kind``."""
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]


def to_json(rule: Rule) -> str:
    """The rule as `parse_rule` reads it back; the same rule is always the same text."""
    body = {"kind": rule.kind} | asdict(rule)  # type: ignore[call-overload]
    for one in fields(rule):  # type: ignore[arg-type]
        if LATER.items() <= one.metadata.items() and body[one.name] == one.default:
            del body[one.name]
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def rule_id(subscriber: str, rule: Rule | ListRule) -> str:
    """Names the rule: added twice, or removed and added again, it is the same one."""
    text = (
        f"{subscriber}\n{rule.to_json() if isinstance(rule, ListRule) else to_json(rule)}".encode()
    )
    return hashlib.blake2b(text, digest_size=12).hexdigest()
