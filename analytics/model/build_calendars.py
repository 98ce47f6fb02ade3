"""Build the calendar tables of ``data/calendars`` from exchange_calendars (a developer's tool).

    python -m analytics.model.build_calendars

writes one file a calendar, to be run once a year and with each release of exchange_calendars
(requirements-dev.txt). Its sources are the exchanges' published holidays; years it does not know
are weekdays marked as not known. What it does not have: Athens and Tel Aviv (they fail to build
in 4.13), bond market holidays (two added here), and the evening hours of the German floors.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd

from analytics.model.calendars import FIRST_DAY, LAST_DAY, TABLES, clock_text

EXCHANGES = {
    "XNYS": "the New York Stock Exchange",
    "XTSE": "the Toronto Stock Exchange",
    "XMEX": "the Mexican Stock Exchange",
    "BVMF": "B3 in Sao Paulo",
    "XBUE": "the Buenos Aires Stock Exchange",
    "XSGO": "the Santiago Stock Exchange",
    "XLON": "the London Stock Exchange",
    "XDUB": "Euronext Dublin",
    "XETR": "Xetra",
    "XFRA": "the Frankfurt Stock Exchange",
    "XPAR": "Euronext Paris",
    "XAMS": "Euronext Amsterdam",
    "XBRU": "Euronext Brussels",
    "XLIS": "Euronext Lisbon",
    "XMIL": "the Milan Stock Exchange",
    "XMAD": "the Madrid Stock Exchange",
    "XSWX": "SIX Swiss Exchange",
    "XWBO": "the Vienna Stock Exchange",
    "XOSL": "the Oslo Stock Exchange",
    "XSTO": "Nasdaq Stockholm",
    "XCSE": "Nasdaq Copenhagen",
    "XHEL": "Nasdaq Helsinki",
    "XICE": "Nasdaq Iceland",
    "XTAL": "Nasdaq Tallinn",
    "XRIS": "Nasdaq Riga",
    "XLIT": "Nasdaq Vilnius",
    "XWAR": "the Warsaw Stock Exchange",
    "XPRA": "the Prague Stock Exchange",
    "XBUD": "the Budapest Stock Exchange",
    "XIST": "Borsa Istanbul",
    "XJSE": "the Johannesburg Stock Exchange",
    "XSAU": "the Saudi Exchange",
    "XKAR": "the Pakistan Stock Exchange",
    "XBOM": "the Bombay Stock Exchange",
    "XTKS": "the Tokyo Stock Exchange",
    "XHKG": "the Hong Kong Stock Exchange",
    "XSHG": "the Shanghai Stock Exchange",
    "XTAI": "the Taiwan Stock Exchange",
    "XKRX": "the Korea Exchange",
    "XSES": "the Singapore Exchange",
    "XIDX": "the Indonesia Stock Exchange",
    "XKLS": "Bursa Malaysia",
    "XBKK": "the Stock Exchange of Thailand",
    "XPHS": "the Philippine Stock Exchange",
    "XASX": "the Australian Securities Exchange",
    "XNZE": "the New Zealand Exchange",
}

KNOWN_UNTIL = {"XIDX": "2026-12-31", "XKLS": "2029-12-31", "XBKK": "2029-12-31"}
"""Later years of these hold only the holidays of a fixed date: the moon's are not published."""

HOURS = {"XFRA": (8 * 60, 22 * 60)}
"""Hours of the German floors; the library gives them Xetra's."""

Entries = dict[str, list[str]]


def build(code: str) -> dict[str, Any]:
    """The table of one exchange, as `calendars.calendar_named` reads it."""
    made = exchange_calendars.calendar_utils._default_calendar_factories[code]
    first = max(pd.Timestamp(FIRST_DAY), made.bound_min() or pd.Timestamp(FIRST_DAY))
    last = min(pd.Timestamp(LAST_DAY), made.bound_max() or pd.Timestamp(LAST_DAY))
    calendar = made(start=first, end=last)
    zone = str(calendar.tz)
    span = pd.date_range(first, last)
    weekday = np.array([calendar.weekmask[day.weekday()] == "1" for day in span])
    trades = span.isin(calendar.sessions)
    hours, special = _hours(calendar, zone, HOURS.get(code))
    names, entries = _named(span[weekday & ~trades], _holiday_names(calendar, first, last))
    return {
        "code": code,
        "exchange": EXCHANGES[code],
        "zone": zone,
        "weekdays": calendar.weekmask,
        "known": [str(first.date()), KNOWN_UNTIL.get(code, str(last.date()))],
        "hours": hours,
        "special": special,
        "names": names,
        "closed": entries,
        "extra": _named(span[trades & ~weekday], {})[1],
    }


def _hours(
    calendar: exchange_calendars.ExchangeCalendar, zone: str, fixed: tuple[int, int] | None
) -> tuple[list[list[str]], dict[str, str]]:
    """Regular hours by the date they begin, and the sessions with others."""
    table = calendar.schedule

    def local(column: str) -> np.ndarray:
        there = table[column].dt.tz_convert(zone)
        clock = there.dt.hour * 60 + there.dt.minute
        days = (there.dt.tz_localize(None).dt.normalize() - table.index.to_series()).dt.days
        return np.asarray(clock + days * 24 * 60)

    opens, closes = local("open"), local("close")
    breaks = None
    if calendar.has_break:
        breaks = (local("break_start"), local("break_end"))
    changes = {FIRST_DAY.isoformat()}
    for times in (calendar.open_times, calendar.close_times, calendar.break_start_times or ()):
        changes |= {str(since.date()) for since, _ in times if since is not None}
    starts = sorted(day for day in changes if day >= FIRST_DAY.isoformat())
    regular: list[list[str]] = []
    special: Entries = defaultdict(list)
    dates = table.index.strftime("%Y-%m-%d").to_numpy()
    for start, end in zip(starts, [*starts[1:], "9999"], strict=True):
        rows = np.flatnonzero((dates >= start) & (dates < end))
        if not rows.size:
            continue
        pairs = [(int(opens[i]), int(closes[i])) for i in rows]
        usual = max(set(pairs), key=pairs.count)
        lunch = ""
        if breaks is not None:
            rests = [
                (b, e) for b, e in zip(breaks[0][rows], breaks[1][rows], strict=True) if b == b
            ]
            lunch = _text(*max(set(rests), key=rests.count)) if rests else ""
        shown = fixed or usual
        if not regular or regular[-1][1:] != [_text(*shown), lunch]:
            regular.append([start, _text(*shown), lunch])
        for i, pair in zip(rows, pairs, strict=True):
            if pair != usual:
                day = str(dates[i])
                special[day[:4]].append(f"{day[5:7]}{day[8:]}={_text(*pair)}")
    return regular, {year: " ".join(entries) for year, entries in special.items()}


def _text(opens: float, closes: float) -> str:
    return f"{clock_text(int(opens))}-{clock_text(int(closes))}"


def _holiday_names(
    calendar: exchange_calendars.ExchangeCalendar, first: pd.Timestamp, last: pd.Timestamp
) -> dict[pd.Timestamp, str]:
    if calendar.regular_holidays is None:
        return {}
    named = calendar.regular_holidays.holidays(first, last, return_name=True)
    return {day: re.sub(r" \(.*\)$", "", str(name)) for day, name in named.items()}


def _named(
    days: pd.DatetimeIndex, names: dict[pd.Timestamp, str]
) -> tuple[list[str], dict[str, str]]:
    """Names, and each year's days as ``MMDD`` or ``MMDD=index of its name``."""
    known = sorted({names[day] for day in days if day in names})
    years: Entries = defaultdict(list)
    for day in days:
        at = f"={known.index(names[day])}" if day in names else ""
        years[str(day.year)].append(f"{day:%m%d}{at}")
    return known, {year: " ".join(entries) for year, entries in years.items()}


def futures() -> dict[str, Any]:
    """CME Globex: from 18:00 New York on the evening before to 17:00, the next date's session.

    Only Christmas and New Year's Day are closed. On the stock exchange's holidays Globex trades
    until noon or so and sources differ on whether that makes a bar: no bar is missed then.
    """
    made = exchange_calendars.calendar_utils._default_calendar_factories
    start, end = pd.Timestamp(FIRST_DAY), pd.Timestamp(LAST_DAY)
    globex, stocks = made["CMES"](start=start, end=end), made["XNYS"](start=start, end=end)
    weekdays = pd.date_range(start, end, freq="B")
    shut = weekdays[~weekdays.isin(globex.sessions)]
    dates = (shut.month * 100 + shut.day).to_numpy()
    monday = shut.day_of_week == 0
    closed = shut[np.isin(dates, (1224, 1225, 1226, 101)) | ((dates == 102) & monday)]
    optional = weekdays[~weekdays.isin(stocks.sessions) & ~weekdays.isin(closed)]
    return {
        "code": "CME",
        "exchange": "CME Globex",
        "zone": "America/New_York",
        "weekdays": "1111100",
        "known": [str(FIRST_DAY), str(LAST_DAY)],
        "hours": [[FIRST_DAY.isoformat(), "-06:00-17:00", ""]],
        "closed": _named(closed, {})[1],
        "optional": _named(optional, {})[1],
    }


def bonds() -> dict[str, Any]:
    """Treasury yields (^TNX): the stock exchange's days, and no bar missed on two more holidays.

    Columbus Day and Veterans Day, on which SIFMA recommends that US bond trading rests.
    """
    days = pd.date_range(FIRST_DAY, LAST_DAY, freq="B")
    columbus = (days.month == 10) & (days.day_of_week == 0) & (days.day > 7) & (days.day < 15)
    veterans = (days.month == 11) & (
        (days.day == 11)
        | ((days.day == 12) & (days.day_of_week == 0))
        | ((days.day == 10) & (days.day_of_week == 4))
    )
    rests = days[columbus | veterans]
    return {**build("XNYS"), "code": "US-BONDS", "optional": _named(rests, {})[1]}


def main() -> None:
    """Write all tables."""
    TABLES.mkdir(parents=True, exist_ok=True)
    for table in (*(build(code) for code in EXCHANGES), futures(), bonds()):
        text = json.dumps(table, indent=1, ensure_ascii=False) + "\n"
        (TABLES / f"{table['code']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
