"""Alert rules as stored values: parsed from untrusted JSON, written as JSON, named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from analytics.alerts.kinds import KINDS
from analytics.alerts.rule import Rule
from analytics.model.parsing import parse_choice
from analytics.model.vocabulary import BadInput


@dataclass(frozen=True)
class StoredRule:
    """A rule that stands.

    Attributes:
        since: when it was set (again), by the wall clock.
    """

    id: str
    subscriber: str
    rule: Rule
    since: dt.datetime


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
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def rule_id(subscriber: str, rule: Rule) -> str:
    """Names the rule: added twice, or removed and added again, it is the same one."""
    text = f"{subscriber}\n{to_json(rule)}".encode()
    return hashlib.blake2b(text, digest_size=12).hexdigest()
