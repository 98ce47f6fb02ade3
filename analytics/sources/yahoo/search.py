"""Yahoo's search hits as symbols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analytics.model.vocabulary import BadInput, SymbolMatch, parse_symbol


def matches(quotes: list[dict[str, Any]]) -> Iterator[SymbolMatch]:
    """Those that a page here could take, as Yahoo ranks them."""
    for quote in quotes:
        try:
            symbol = parse_symbol(quote["symbol"])
        except BadInput:
            continue  # Yahoo also lists things whose name no page here could take.
        yield SymbolMatch(symbol, quote.get("longname") or quote.get("shortname") or "")
