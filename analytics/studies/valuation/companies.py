"""Which symbols are one company: by the list of share classes, or by equal reported quarters."""

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
ENOUGH_SALES = 4
"""Quarters of equal sales that make one company whatever the share counts say."""


@dataclass(frozen=True)
class Company:
    """One company and the symbols that are shares of it.

    Attributes:
        symbols: in an order that does not hang on the order asked in; the first stands for it.
        conflict: its symbols report the same sales with different share counts.
    """

    symbols: tuple[str, ...]
    conflict: bool = False


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
    conflicts = set()
    for a, b in _candidates(asked, quarters):
        found = _same(quarters[a], quarters[b])
        if found is None or _root(parent, a) == _root(parent, b):
            continue
        first, second = sorted((_root(parent, a), _root(parent, b)), key=class_order)
        parent[second] = first
        if not found:
            conflicts.add(first)
    groups: dict[str, list[str]] = {}
    for symbol in asked:
        groups.setdefault(_root(parent, symbol), []).append(symbol)
    disputed = {_root(parent, symbol) for symbol in conflicts}
    made = {root: Company(tuple(group), root in disputed) for root, group in groups.items()}
    return {symbol: made[_root(parent, symbol)] for symbol in asked}


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


def _same(ours: Sequence[Quarter], theirs: Sequence[Quarter]) -> bool | None:
    """Whether two symbols' quarters are one company's; None: no.

    True: equal sales and equal share counts; False: equal sales, and counts that contradict.
    A quarter in four may differ: one feed restates before the other.
    """
    other = {quarter.period_end: quarter for quarter in theirs[-COMPARED_QUARTERS:]}
    common = [
        (quarter, other[quarter.period_end])
        for quarter in ours[-COMPARED_QUARTERS:]
        if quarter.period_end in other
    ]
    if any(a.currency != b.currency for a, b in common):
        return None
    within = CLOSE if len(common) > 1 else EXACT
    need = len(common) - len(common) // 4
    sales = sum(_near(a.revenue_musd, b.revenue_musd, within) for a, b in common)
    if not common or sales < need:
        return None
    counted = [(a.shares_m, b.shares_m) for a, b in common if a.shares_m and b.shares_m]
    equal = sum(_near(a, b, within) for a, b in counted)
    if counted and equal >= len(counted) - len(counted) // 4:
        return True
    exact = sum(_near(a.revenue_musd, b.revenue_musd, EXACT) for a, b in common)
    if len(common) >= ENOUGH_SALES and exact >= need:
        return not counted
    return None


def _near(a: float, b: float, within: float) -> bool:
    return a > 0 and b > 0 and abs(a - b) <= within * max(a, b)
