"""Dated lists: where they are read from, and what is said of one past its life.

A list ships as a data file that names its public source. `python -m analytics lists refresh`
writes newer ones into the operator's folder; there the newest list that holds on a day wins.
"""

from __future__ import annotations

import csv
import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from analytics.model.dates import day_text

T = TypeVar("T")

Rows: TypeAlias = tuple[Mapping[str, str], ...]
Parse: TypeAlias = Callable[[Rows], tuple[T, ...]]

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "data"

LIST_DAYS = 100
"""Life of a list of companies or weights: an index is rebalanced every quarter."""
FACT_DAYS = 400
"""Life of facts of companies (receipt ratios, share classes), which change seldom."""

NAMED = 5
"""Missing members that a sentence names; the others are counted."""

NUMBER_WORDS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip

STAMP_SECONDS = 2.0
"""How long a file's time of change is taken for its present one."""


@dataclass(frozen=True)
class DatedList:
    """A list that a figure rests on.

    Attributes:
        title: as a sentence names it.
        dated: the day on which it was true.
        life_days: how long it is taken to hold; None for one that does not age.
        source: who says so.
        until: last date of a list of dates: it holds to that day, however old it is.
    """

    title: str
    dated: dt.date
    source: str
    life_days: int | None = LIST_DAYS
    until: dt.date | None = None

    def age_note(self, day: dt.date) -> str:
        """``list of 24 Dec 2024, 705 days old`` on a day past its life; empty within it.

        A day before the list is past its life as well: what was true then is not known.
        """
        if self.until is not None:
            past = (day - self.until).days
            return f"list ends with {day_text(self.until)}, {past} days ago" if past > 0 else ""
        age = (day - self.dated).days
        if self.life_days is None or abs(age) <= self.life_days:
            return ""
        how_far = f"{age} days old" if age > 0 else f"made {-age} days later"
        return f"list of {day_text(self.dated)}, {how_far}"


def aged_lists(lists: Iterable[DatedList], day: dt.date) -> tuple[str, ...]:
    """``ten largest companies: list of 24 Dec 2024, 705 days old``, of those past their life."""
    notes = ((one.title, one.age_note(day)) for one in lists)
    return tuple(dict.fromkeys(f"{title}: {note}" for title, note in notes if note))


def coverage(listed: int, missing: Collection[str], what: str) -> str:
    """``nine of the ten largest; BRK-B missing``; empty when none is missing.

    Args:
        listed: how many the list names, those that are missing included.
        missing: which of them have no data.
        what: what they are ("ten largest", "members").
    """
    if not missing:
        return ""
    named = list(missing)[:NAMED]
    more = len(missing) - len(named)
    who = ", ".join(named) + (f" and {more} more" if more else "")
    whole = f"the {what}" if what.startswith(_word(listed)) else f"{_word(listed)} {what}"
    return f"{_word(listed - len(missing))} of {whole}; {who} missing"


def without_bars(asked: Collection[str], absent: Collection[str]) -> str:
    """``12 of 503 had no bars: CPWR, EDS, GMCR, HNZ, JCP and 7 more.``; empty when all had some."""
    if not absent:
        return ""
    named = list(absent)[:NAMED]
    more = len(absent) - len(named)
    who = ", ".join(named) + (f" and {more} more" if more else "")
    return f"{len(absent)} of {len(asked)} had no bars: {who}."


def _word(count: int) -> str:
    return NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)


class _Folder:
    """The operator's folder, when its files were looked at, and what was made of them."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.looked: dict[Path, tuple[float, int]] = {}
        self.parsed: dict[str, tuple[tuple[int, int], tuple[Any, ...]]] = {}
        self.problems: dict[str, str] = {}


_operator = _Folder()


def use_folder(path: Path | None) -> None:
    """Look for refreshed lists in ``path`` from now on; None: shipped ones only."""
    if path != _operator.path:
        _operator.path = path
        look_again()


def look_again() -> None:
    """Forget what is known of the files: one was written."""
    _operator.looked.clear()
    _operator.parsed.clear()
    _operator.problems.clear()


def folder() -> Path | None:
    """Where refreshed lists are."""
    return _operator.path


def problems() -> tuple[str, ...]:
    """One sentence for each refreshed list that cannot be read and is passed over."""
    return tuple(_operator.problems.values())


def versions(name: str, parse: Parse[T], shipped: Path = SHIPPED) -> tuple[T, ...]:
    """Every version of a list: what ``parse`` makes of the shipped file, then of the operator's.

    An operator's file that cannot be read is passed over and said in `problems`.

    Args:
        name: of the file in both folders.
        parse: rows -> versions; what it raises (ValueError, KeyError) makes a file unreadable.
        shipped: folder of the file that ships.
    """
    own = _operator.path / name if _operator.path else None
    stamp = _changed(shipped / name), _changed(own) if own else 0
    known = _operator.parsed.get(name)
    if known is not None and known[0] == stamp:
        return known[1]
    made = parse(_rows(shipped / name))
    _operator.problems.pop(name, None)
    if own is not None and stamp[1]:
        try:
            made = (*made, *parse(_rows(own)))
        except (ValueError, KeyError, OSError, csv.Error) as error:
            _operator.problems[name] = f"{own} cannot be read ({error}): it is passed over."
            log.warning("%s", _operator.problems[name])
    _operator.parsed[name] = stamp, made
    return made


def newest_on(day: dt.date, lists: Sequence[T], dated: Callable[[T], dt.date]) -> T:
    """The newest of ``lists`` (n >= 1) that holds on ``day``, of equal ones the last; else the
    oldest, whose date then lies ahead."""
    begun = [one for one in lists if dated(one) <= day]
    if not begun:
        return min(lists, key=dated)
    return max(reversed(begun), key=dated)


def _changed(path: Path) -> int:
    """Time of the file's last change, 0 without one."""
    looked = _operator.looked.get(path)
    now = time.monotonic()
    if looked is not None and now - looked[0] < STAMP_SECONDS:
        return looked[1]
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    _operator.looked[path] = now, changed
    return changed


def _rows(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as lines:
        return tuple(dict(row) for row in csv.DictReader(lines, strict=True))
