"""The Bureau of Economic Analysis' release schedule, a page with a table."""

from __future__ import annotations

import datetime as dt
import html
import re

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind
from analytics.sources.calendars.shape import UnknownShape

PROVIDER = "Bureau of Economic Analysis"

_YEAR = re.compile(r"<th[^>]*>\s*Year (\d{4})\s*</th>")
_ROW = re.compile(
    r'<tr class="scheduled-releases-type-[a-z]+">.*?release-date">\s*(?P<day>[^<]+?)\s*</div>'
    r".*?<small[^>]*>\s*(?P<clock>[^<]*?)\s*</small>"
    r'.*?<td class="release-title[^>]*>\s*(?P<title>.*?)\s*</td>',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]+>")

_PCE, _GDP, _TRADE = "Personal Income and Outlays", "GDP (", "U.S. International Trade in Goods and"


def read_schedule(content: bytes) -> list[Event]:
    """GDP, personal income with PCE prices, and trade, by day; "GDP by State" is no GDP.

    The year stands in the table's head alone; times are Eastern; several releases may share one.

    Raises:
        UnknownShape: no release can be read.
    """
    text = content.decode("utf-8", errors="replace")
    heads = list(_YEAR.finditer(text))
    events = []
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):  # no head: no table, and still an end
        table = text[head.end() : end]
        for row in _ROW.finditer(table):
            event = _event(int(head[1]), row["day"], row["clock"], row["title"])
            if event is not None:
                events.append(event)
    if not events:
        raise UnknownShape("no release on the page")
    return sorted(events, key=lambda event: (event.day, event.title))


def _event(year: int, day: str, clock: str, markup: str) -> Event | None:
    title = " ".join(html.unescape(_TAG.sub(" ", markup)).split())
    if title.startswith(_PCE):
        period = title.partition(",")[2].strip()
        kind, shown = EventKind.PCE, f"Personal income, PCE and core PCE prices, {period}"
    elif title.startswith((_GDP, _TRADE)):
        kind, shown = EventKind.RELEASE, title
    else:
        return None
    try:
        local = dt.datetime.strptime(f"{year} {day} {clock}", "%Y %B %d %I:%M %p")  # noqa: DTZ007
    except ValueError as error:
        raise UnknownShape(str(error)) from error
    time = local.replace(tzinfo=NEW_YORK).astimezone(dt.UTC)
    return Event(local.date(), kind, shown.rstrip(", "), time=time, source=PROVIDER)
