"""A person's own documents: watchlists and levels, parsed from untrusted JSON, and versions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics.model.parsing import parse_number
from analytics.model.vocabulary import BadInput, HoldlineError, parse_symbol

PREFERENCES = "preferences"
WATCHLISTS = "watchlists"
LEVELS = "levels"
SCANS = "scans"

MOST_LISTS = 12
MOST_SYMBOLS = 100
"""In one list."""
MOST_NAME = 24
MOST_LEVELS = 12
"""Of one symbol."""
MOST_WITH_LEVELS = 300
MOST_SCANS = 20
LONGEST_QUERY = 2000
_QUERY = re.compile(r"[A-Za-z0-9&=%+.,_^*-]*")


class ChangedElsewhere(HoldlineError):
    """Another tab or browser has saved since this one looked."""


@dataclass(frozen=True)
class Document:
    """A document as it stands.

    Attributes:
        version: grows by one with each change; 0 before the first.
    """

    version: int = 0
    body: dict[str, Any] = field(default_factory=dict)


def parse_watchlists(raw: object, before: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """``{"lists": [{"name", "symbols": [...], "since": {symbol: time}}]}``.

    Args:
        raw: lists of ``{"name": text, "symbols": "SPY,QQQ"}``.
        before: what stands: a symbol that stays in a list has been in it since then.
        now: since when a new one is.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, list) or len(raw) > MOST_LISTS:
        raise BadInput(f"Watchlists are a list of at most {MOST_LISTS}.")
    known = {one["name"]: one["since"] for one in before.get("lists", [])}
    lists = [_watchlist(one, known, now) for one in raw]
    if len({one["name"] for one in lists}) < len(lists):
        raise BadInput("Two watchlists have the same name.")
    return {"lists": lists}


def _watchlist(raw: object, known: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise BadInput("A watchlist has a name and symbols.")
    name, text = raw.get("name"), raw.get("symbols")
    if not isinstance(name, str) or not name.strip() or len(name) > MOST_NAME:
        raise BadInput(f"A watchlist\u2019s name has 1 to {MOST_NAME} characters.")
    if not isinstance(text, str):
        raise BadInput("A watchlist\u2019s symbols are a text such as SPY,QQQ.")
    parts = [part for part in text.split(",") if part.strip()]
    symbols = list(dict.fromkeys(parse_symbol(part) for part in parts[: MOST_SYMBOLS + 1]))
    if not 1 <= len(symbols) <= MOST_SYMBOLS:
        raise BadInput(f"A watchlist has 1 to {MOST_SYMBOLS} symbols.")
    since = known.get(name.strip(), {})
    return {
        "name": name.strip(),
        "symbols": symbols,
        "since": {symbol: since.get(symbol, now.isoformat()) for symbol in symbols},
    }


def parse_scans(raw: object) -> dict[str, Any]:
    """``{"scans": [{"name", "query"}]}``: views of the scan's page by names of one's own.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, list) or len(raw) > MOST_SCANS:
        raise BadInput(f"Saved scans are a list of at most {MOST_SCANS}.")
    scans = [_scan(one) for one in raw]
    if len({one["name"] for one in scans}) < len(scans):
        raise BadInput("Two saved scans have the same name.")
    return {"scans": scans}


def _scan(raw: object) -> dict[str, str]:
    name, query = (raw.get("name"), raw.get("query")) if isinstance(raw, Mapping) else (None, None)
    if not isinstance(name, str) or not name.strip() or len(name) > MOST_NAME:
        raise BadInput(f"A scan\u2019s name has 1 to {MOST_NAME} characters.")
    if not name.isprintable():
        raise BadInput("A scan\u2019s name is text without control characters.")
    if not isinstance(query, str) or len(query) > LONGEST_QUERY or not _QUERY.fullmatch(query):
        raise BadInput(f"A scan is saved by its address, at most {LONGEST_QUERY} characters.")
    return {"name": name.strip(), "query": query}


def parse_levels(raw: object) -> dict[str, Any]:
    """``{"levels": {symbol: [prices]}}``.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, Mapping) or len(raw) > MOST_WITH_LEVELS:
        raise BadInput(f"Own levels are prices by symbol, of at most {MOST_WITH_LEVELS} symbols.")
    return {"levels": {parse_symbol(symbol): _prices(given) for symbol, given in raw.items()}}


def _prices(given: object) -> list[float]:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_LEVELS:
        raise BadInput(f"A symbol has at most {MOST_LEVELS} own levels.")
    accepted = "a price from 0.0001 to 100000000 is accepted"
    return [parse_number("An own level", price, 1e-4, 1e8, accepted) for price in given]
