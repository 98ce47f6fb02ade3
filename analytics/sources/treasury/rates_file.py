"""Daily Treasury rates as the Treasury publishes them: an Atom feed, or a table in CSV.

Columns come and go with the years, so they are matched by name; an empty cell, a missing element
and ``m:null`` are no rate, and 0.00 is one.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from typing import Literal
from xml.etree import ElementTree

Kind = Literal["par", "bills"]

Days = dict[dt.date, dict[int, float]]
"""Day -> calendar days to maturity -> bond-equivalent yield, percent a year."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
_META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"

_DATE_OF = {"par": "NEW_DATE", "bills": "INDEX_DATE"}
"""An entry's key; ``Id`` restarts, and is missing from some years."""

_PAR_ELEMENT = re.compile(r"BC_(\d+)(?:_(\d))?(MONTH|YEAR)")
_PAR_HEAD = re.compile(r"(\d+(?:\.\d)?) (Mo|Month|Yr|Year)s?")
_BILL_ELEMENT = re.compile(r"ROUND_B1_YIELD_(\d+)WK_2")
_BILL_HEAD = re.compile(r"(\d+) WEEKS COUPON EQUIVALENT")

LOWEST, HIGHEST = -5.0, 30.0
"""Percent a year that a Treasury yield has never left."""

_MONTH, _YEAR = 365 / 12, 365


class UnknownShape(ValueError):
    """The answer is neither the feed nor the table."""


def read_feed(content: bytes, kind: Kind) -> Days:
    """The entries of an Atom feed; empty for a month that has none yet.

    Raises:
        UnknownShape: it is another document (a maintenance page comes with status 200), or a rate
            cannot be one.
    """
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise UnknownShape(str(error)) from error
    if root.tag != f"{_ATOM}feed":
        raise UnknownShape(f"the root is {root.tag[:60]}")
    days: Days = {}
    for properties in root.iter(f"{_META}properties"):
        cells = {
            part.tag.removeprefix(_DATA): part.text or ""
            for part in properties
            if part.get(f"{_META}null") != "true"
        }
        day = _iso_day(cells.get(_DATE_OF[kind], ""))
        rates = _rates(cells, kind, in_feed=True)
        if rates:
            days[day] = rates
    return days


def read_table(content: bytes, kind: Kind) -> Days:
    """The rows of the CSV form, also of one that a spreadsheet has saved again.

    Raises:
        UnknownShape: as `read_feed`.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if "Date" not in (reader.fieldnames or ()):
            raise UnknownShape("no column Date")
        days: Days = {}
        for row in reader:
            rates = _rates({k: v or "" for k, v in row.items() if k}, kind, in_feed=False)
            if rates:
                days[_american_day(row["Date"])] = rates
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnknownShape(str(error)) from error
    return days


def _rates(cells: Mapping[str, str], kind: Kind, *, in_feed: bool) -> dict[int, float]:
    found = {}
    for name, text in cells.items():
        days = _days_to_maturity(name, kind, in_feed=in_feed)
        if days is not None and text.strip() and text.strip().upper() != "N/A":
            found[days] = _percent(text)
    return found


def _days_to_maturity(name: str, kind: Kind, *, in_feed: bool) -> int | None:
    """Of a column's name; None for one that is no coupon-equivalent or par yield."""
    if kind == "bills":
        weeks = (_BILL_ELEMENT if in_feed else _BILL_HEAD).fullmatch(name)
        return None if weeks is None else 7 * int(weeks[1])
    if in_feed:
        part = _PAR_ELEMENT.fullmatch(name)
        if part is None:
            return None
        count, unit = float(f"{part[1]}.{part[2] or 0}"), part[3]
    else:
        head = _PAR_HEAD.fullmatch(name.strip())
        if head is None:
            return None
        count, unit = float(head[1]), head[2]
    return round(count * (_MONTH if unit.upper().startswith("MO") else _YEAR))


def _percent(text: str) -> float:
    try:
        rate = float(text)
    except ValueError as error:
        raise UnknownShape(f"{text[:20]!r} is no rate") from error
    if not LOWEST < rate < HIGHEST:
        raise UnknownShape(f"{rate:g}% is no rate")
    return rate


def _iso_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError as error:
        raise UnknownShape(f"{text[:20]!r} is no date") from error


def _american_day(text: str) -> dt.date:
    try:
        month, day, year = (int(part) for part in text.split("/"))
        return dt.date(year, month, day)
    except ValueError as error:
        raise UnknownShape(f"{text[:20]!r} is no date") from error
