"""Companies behind symbols: by the list of share classes, or by equal reported quarters."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics.model.baskets import class_order, share_class
from analytics.model.vocabulary import Quarter

COMPARED_QUARTERS = 8
CLOSE = 0.005
"""Relative difference that a rounding or a small restatement makes."""
EXACT = 0.0005
SURE_QUARTERS = 3
"""Quarters of equal sales and gross profit that two companies never share by chance."""


@dataclass(frozen=True)
class Company:
    """One company and the symbols that are shares of it.

    Attributes:
        symbols: in an order that does not hang on the order asked in; the first stands for it.
    """

    symbols: tuple[str, ...]


def companies(
    symbols: Iterable[str], quarters: Mapping[str, Sequence[Quarter]]
) -> Mapping[str, Company]:
    """Symbol -> its company, for each of ``symbols``.

    Args:
        symbols: in any order.
        quarters: known at the moment, of those symbols that have any.
    """
    asked = sorted(dict.fromkeys(symbols), key=class_order)
    parent = {symbol: symbol for symbol in asked}
    by_list: dict[str, str] = {}
    for symbol in asked:
        first = by_list.setdefault(share_class(symbol).company, symbol)
        parent[symbol] = parent[first]
    for a, b in _candidates(asked, quarters):
        if _root(parent, a) != _root(parent, b) and _same(quarters[a], quarters[b]):
            first, second = sorted((_root(parent, a), _root(parent, b)), key=class_order)
            parent[second] = first
    groups: dict[str, list[str]] = {}
    for symbol in asked:
        groups.setdefault(_root(parent, symbol), []).append(symbol)
    made = {root: Company(tuple(group)) for root, group in groups.items()}
    return {symbol: made[_root(parent, symbol)] for symbol in asked}


def differing_counts(company: Company, quarters: Mapping[str, Sequence[Quarter]]) -> str | None:
    """Why the share counts of a company's symbols are not the whole company's; else None.

    Each symbol should state the whole company's count. Where two state different ones for the
    same quarter, each may be of its own class alone. Classes that are counted in each other's
    equivalents are known to differ.
    """
    if any(share_class(symbol).per_reported_share != 1.0 for symbol in company.symbols):
        return None
    counts: dict[dt.date, list[float]] = {}
    for symbol in company.symbols:
        newest = quarters[symbol][-1] if quarters.get(symbol) else None
        if newest is not None and newest.shares_m:
            counts.setdefault(newest.period_end, []).append(newest.shares_m)
    for found in counts.values():
        if not _near(min(found), max(found), CLOSE):
            return f"n/a (its classes state {min(found):,.6g} m and {max(found):,.6g} m shares)"
    return None


def _root(parent: Mapping[str, str], symbol: str) -> str:
    while parent[symbol] != symbol:
        symbol = parent[symbol]
    return symbol


def _candidates(
    symbols: Sequence[str], quarters: Mapping[str, Sequence[Quarter]]
) -> list[tuple[str, str]]:
    """Pairs that have a quarter of about the same sales, without looking at all pairs."""
    near: dict[tuple[dt.date, int], list[str]] = {}
    pairs: dict[tuple[str, str], None] = {}
    for symbol in symbols:
        for quarter in quarters.get(symbol, ())[-COMPARED_QUARTERS:]:
            if quarter.revenue_musd <= 0:
                continue
            size = math.floor(math.log(quarter.revenue_musd) / math.log1p(CLOSE))
            for bucket in (size - 1, size, size + 1):
                for other in near.get((quarter.period_end, bucket), ()):
                    if other != symbol:
                        pairs[other, symbol] = None
            near.setdefault((quarter.period_end, size), []).append(symbol)
    return list(pairs)


def _same(ours: Sequence[Quarter], theirs: Sequence[Quarter]) -> bool:
    """Whether two symbols report the same sales and share counts in the quarters both have.

    One quarter in four may differ: one feed restates before the other. A single quarter in
    common must agree to the rounding. Where `SURE_QUARTERS` agree in sales and gross profit to
    the rounding, share counts do not matter: each class may state its own.
    """
    other = {quarter.period_end: quarter for quarter in theirs[-COMPARED_QUARTERS:]}
    common = [
        (quarter, other[quarter.period_end])
        for quarter in ours[-COMPARED_QUARTERS:]
        if quarter.period_end in other
    ]
    sure = [
        _near(a.revenue_musd, b.revenue_musd, EXACT)
        and _near(a.gross_profit_musd or 0.0, b.gross_profit_musd or 0.0, EXACT)
        and a.currency == b.currency
        for a, b in common
    ]
    if len(common) >= SURE_QUARTERS and all(sure):
        return True
    within = CLOSE if len(common) > 1 else EXACT
    equal = [
        _near(a.revenue_musd, b.revenue_musd, within)
        and _near(a.shares_m or 0.0, b.shares_m or 0.0, within)
        and a.currency == b.currency
        for a, b in common
    ]
    return bool(common) and sum(equal) >= len(common) - len(common) // 4


def _near(a: float, b: float, within: float) -> bool:
    return a > 0 and b > 0 and abs(a - b) <= within * max(a, b)
