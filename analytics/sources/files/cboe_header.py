"""The lines above Cboe's quote table: when it was printed, and the underlying's price.

The page prints the date in the language, and the clock in the zone, of the browser that saved
it: "January 6, 2025 at 9:30 PM EST", "5 de setembro de 2025 às 10:16 GMT-4".
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from analytics.model.sessions import NEW_YORK

_LAST = re.compile(r"Last:\s*(\d[\d,]*(?:\.\d+)?)")
_DATE = re.compile(r"Date:\s*(?P<date>[^|]*?\d{4})(?P<word>\D*?)(?P<clock>\d{1,2}:\d{2}[^|,]*)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*([AP]M)?\s*(.*)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:GMT|UTC)(?:([+-])(\d{1,2})(?::?(\d{2}))?)?")
_US_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_MONTHS = (
    *("jan ene gen", "feb fev", "mar", "apr abr avr", "may mai mag", "jun juin giu"),
    *("jul juil lug", "aug ago aou", "sep set", "oct okt out ott", "nov", "dec dez dic"),
)
"""First letters of the months in English, Spanish, Italian, Portuguese, French and German."""


def header_time(text: str) -> dt.datetime:
    """UTC time of the header; without a zone it is New York's.

    Raises:
        ValueError: there is none, or it cannot be read.
    """
    found = _DATE.search(text)
    if found is None:
        raise ValueError("no 'Date: ... at ...' above the table")
    clock = _CLOCK.fullmatch(found["clock"].strip().strip('"'))
    day = _day(found["date"])
    if clock is None or day is None:
        raise ValueError(f"{found[0]!r} is not a time")
    hour, minute = int(clock[1]), int(clock[2])
    if clock[3]:
        hour = hour % 12 + (12 if clock[3].upper() == "PM" else 0)
    try:
        local = dt.datetime.combine(day, dt.time(hour, minute), _zone(clock[4].strip()))
    except ValueError as error:
        raise ValueError(f"{found[0]!r} is not a time ({error})") from error
    return local.astimezone(dt.UTC)


def header_price(text: str) -> float:
    """The underlying's last price in the header, NaN where there is none."""
    last = _LAST.search(text)
    return float(last.group(1).replace(",", "")) if last else float("nan")


def _day(text: str) -> dt.date | None:
    """The date that some words name: a month, a day and a year, in any order."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    numbers = [int(number) for number in re.findall(r"\d+", plain)]
    months = [month for word in re.findall(r"[a-z]{3,}", plain) if (month := _month(word))]
    if len(numbers) != 2 or len(months) != 1:
        return None
    try:
        return dt.date(numbers[1], months[0], numbers[0])
    except ValueError:
        return None


def _month(word: str) -> int | None:
    """The number of a month by its name; "juin" and "juillet" need their fourth letter."""
    for start in (word[:4], word[:3]):
        for number, names in enumerate(_MONTHS, start=1):
            if start in names.split():
                return number
    return None


def _zone(name: str) -> dt.tzinfo:
    if name in ("", "ET"):
        return NEW_YORK
    if name in _US_ZONES:
        return dt.timezone(dt.timedelta(hours=_US_ZONES[name]))
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        raise ValueError(f"the time zone {name!r} is not known")
    ahead = dt.timedelta(hours=int(offset[2] or 0), minutes=int(offset[3] or 0))
    return dt.timezone(-ahead if offset[1] == "-" else ahead)
