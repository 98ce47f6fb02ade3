"""Repeat rules of own events: which are worked out, and why others are not.

A file is a stranger's, and a rule that meets no day is looked for through eight thousand years.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import icalendar

FIRST_YEAR = 1990
"""Of events that are shown."""

_BY_PARTS = frozenset(("BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"))
_WHOLE_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST")) | _BY_PARTS
_DAY_OF_WEEK = re.compile(r"([+-]?[1-4])?(MO|TU|WE|TH|FR|SA|SU)")


def repeats(part: icalendar.Component) -> bool:
    """Whether an entry is a series."""
    return any(part.get(name) is not None for name in ("RRULE", "RDATE", "EXRULE"))


def refused_rule(part: icalendar.Component) -> str:
    """Why a series is not worked out, as the end of a sentence; empty when it is."""
    rules = part.get("RRULE") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        refused = _refusal(rule, start_of(part))
        if refused:
            return refused
    return "but for a rule" if part.get("EXRULE") is not None else ""


def _refusal(rule: Mapping[str, Any], starts: dt.date | None) -> str:
    """Only rules that meet a day within years: any other may be looked for without end."""
    values = {str(name).upper(): _texts(value) for name, value in rule.items()}
    frequency = values.get("FREQ", [""])[0].upper()
    if frequency in ("SECONDLY", "MINUTELY", "HOURLY"):
        return "more often than daily"
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return "by a rule that cannot be read"
    if starts is None or (starts.year < FIRST_YEAR and frequency in ("DAILY", "WEEKLY")):
        return f"since before {FIRST_YEAR}"
    interval = values.get("INTERVAL", ["1"])[0]
    plain = (
        set(values) <= _WHOLE_PARTS
        and interval.isdecimal()
        and 1 <= int(interval) < 1_000
        and _days_meet(frequency, int(interval), values)
    )
    return "" if plain else "by a rule that may meet no day"


def _days_meet(frequency: str, interval: int, values: Mapping[str, list[str]]) -> bool:
    """Whether the days that the rule names come again within years, whatever its beginning."""
    for day in values.get("BYDAY", ()):
        match = _DAY_OF_WEEK.fullmatch(day.upper())
        if match is None or (match[1] and frequency not in ("MONTHLY", "YEARLY")):
            return False
    month_days = [int(day) if _is_whole(day) else 0 for day in values.get("BYMONTHDAY", ())]
    longest = 31 if frequency == "MONTHLY" and interval == 1 and "BYMONTH" not in values else 28
    if any(not 1 <= abs(day) <= longest for day in month_days):
        return False
    if month_days and any(day[:-2] for day in values.get("BYDAY", ())):
        return False
    months = values.get("BYMONTH", ())
    if any(not month.isdecimal() or not 1 <= int(month) <= 12 for month in months):
        return False
    if months and frequency == "MONTHLY" and interval > 1:
        return False
    places = values.get("BYSETPOS", ())
    if any(not _is_whole(place) or not 1 <= abs(int(place)) <= 4 for place in places):
        return False
    return not places or ("BYDAY" in values and frequency == "MONTHLY" and not month_days)


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,4}", text) is not None


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def start_of(part: icalendar.Component) -> dt.date | None:
    """When an entry starts; None when the file does not say so readably."""
    try:
        starts = getattr(part.get("DTSTART"), "dt", None)
    except ValueError:  # icalendar's BrokenCalendarProperty
        return None
    return starts if isinstance(starts, dt.date) else None
