"""Quarters of one figure as known on a day, from facts filed by then.

Filings state a quarter, or the fiscal year to date, or both, and of the year's last quarter mostly
neither: it is the year less nine months, and of a cash flow every quarter but the first is such a
difference.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.sources.sec.facts import Fact, Span

LEAST_SHARE = 0.9
"""A period below this share of its parts carries another period's figure."""

RESTATED = 0.005
"""Relative change from which on a figure counts as restated."""

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """One quarter's value as known on a day, in whole units.

    Attributes:
        filing, form: where it is stated, or the longer period it is derived from.
        derived: it is the difference of two periods.
    """

    value: float
    filing: str
    form: str
    derived: bool


def quarters_known(facts: Sequence[Fact], day: dt.date) -> dict[dt.date, Figure]:
    """Last day of a quarter -> its figure, of what had been filed by ``day``."""
    history: dict[Span, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.filed <= day and fact.span.is_to_date:
            history[fact.span].append(fact)
    picked = {span: _latest(entries) for span, entries in history.items()}
    for span in sorted(picked, key=lambda span: span.days):
        if not span.is_quarter:
            _replace_misfiled(span, picked, history)
    found = _derived(picked, history)
    for span, fact in sorted(picked.items(), key=lambda item: item[1].filed):
        if span.is_quarter:
            found[span.last] = Figure(fact.value, fact.filing, fact.form, derived=False)
    return found


def _latest(entries: Sequence[Fact]) -> Fact:
    """The last filed value; the finer one where the last is only a rounding of it."""
    best = entries[0]
    for fact in entries[1:]:
        rounds_it = fact.unit > best.unit and abs(fact.value - best.value) <= fact.unit / 2
        if not rounds_it:
            best = fact
    return best


def _replace_misfiled(
    span: Span, picked: dict[Span, Fact], history: Mapping[Span, Sequence[Fact]]
) -> None:
    """Take the newest filing's value of a longer period that its parts do not contradict."""
    parts = _parts_sum(span, picked)
    if parts is None:
        return
    for fact in reversed(history[span]):
        if fact.value >= LEAST_SHARE * parts:
            if picked[span].value < LEAST_SHARE * parts:
                picked[span] = fact
            return
    del picked[span]


def _parts_sum(span: Span, picked: Mapping[Span, Fact]) -> float | None:
    """The most that known parts of a period add up to; None without any, or with a negative one."""
    inside = [one for one in picked if span.contains(one)]
    if not inside or any(picked[one].value < 0 for one in inside):
        return None
    quarters: dict[dt.date, Span] = {one.last: one for one in inside if one.is_quarter}
    apart = sum(picked[one].value for one in quarters.values())
    return max(apart, max(picked[one].value for one in inside))


def _derived(
    picked: Mapping[Span, Fact], history: Mapping[Span, Sequence[Fact]]
) -> dict[dt.date, Figure]:
    """Quarters that are a period less the one that ends a quarter before, from the same start."""
    found = {}
    for longer, fact in sorted(picked.items(), key=lambda item: item[0].days):
        for shorter in picked:
            if shorter.first != longer.first or shorter.last >= longer.last:
                continue
            if Span(shorter.last + _DAY, longer.last).is_quarter:
                value = _difference(longer, shorter, picked, history)
                found[longer.last] = Figure(value, fact.filing, fact.form, derived=True)
    return found


def _difference(
    longer: Span,
    shorter: Span,
    picked: Mapping[Span, Fact],
    history: Mapping[Span, Sequence[Fact]],
) -> float:
    """The longer less the shorter, to the coarser of their roundings.

    Where only one of the two has been restated, both are taken as first filed: a restated year
    less nine months of before would book the restatement on one quarter.
    """
    whole, part = picked[longer], picked[shorter]
    first_whole, first_part = history[longer][0], history[shorter][0]
    if _changed(first_whole, whole) != _changed(first_part, part) and part.filed < whole.filed:
        whole, part = first_whole, first_part
    unit = max(whole.unit, part.unit)
    return round((whole.value - part.value) / unit) * unit


def _changed(first: Fact, now: Fact) -> bool:
    return abs(now.value - first.value) > RESTATED * abs(first.value)
