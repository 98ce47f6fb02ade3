"""Import of Cboe's daily put/call counts: ``totalpc.csv``, ``equitypc.csv``, ``indexpc.csv``.

The files begin with lines of a title and a disclaimer; then come the columns DATE, CALL(S), PUT(S),
TOTAL and P/C Ratio, by date. The ratio is puts / calls of the counts; a line whose own ratio is
another is left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.imports.cells import parse_date
from analytics.imports.mapping import DATE_FORMATS
from analytics.imports.rows import AHEAD, NO_DATE, NOT_A_SESSION
from analytics.imports.tables import DELIMITERS
from analytics.model.sessions import is_session
from analytics.model.vocabulary import BadInput, DailyFigures, SourceFailure
from analytics.options.market_put_call import (
    CALLS,
    DEFINITION,
    MARKET_PUT_CALL,
    PUTS,
    RATIO,
    Universe,
)
from analytics.store.imported import ImportedPast

ORIGIN = "Cboe's daily counts"
WRONG_RATIO = "its ratio is not puts / calls"
NO_COUNTS = "no whole counts above zero"
TWICE = "a day again (the last line counts)"
RATIO_ROUNDING = 0.011
"""The files print two decimals, some of them cut and not rounded."""
LARGEST_BYTES = 1 << 24
SECONDS = 30.0
_CALL, _PUT = re.compile(r"calls?( volume)?"), re.compile(r"puts?( volume)?")
_DATE = re.compile(r"(trade[_ ]?)?date")
_RATIO = re.compile(r"(p/c|put/call|pc)[ _]?ratio")


@dataclass(frozen=True)
class CountsImport:
    """What became of a file."""

    name: str
    universe: Universe
    days: int
    first: dt.date | None
    last: dt.date | None
    rejected: dict[str, int]


def import_counts(
    past: ImportedPast, source: str, where: str, universe: Universe | None, now: dt.datetime
) -> CountsImport:
    """Import a file, or what an address serves; each day once, the newest import counts.

    Raises:
        BadInput: it is no such file, or does not say which options it counts.
        SourceFailure: the address could not be read.
        StoreUnavailable: nothing was written.
    """
    name = where.rstrip("/").rpartition("/")[2]
    text = _text(where)
    rows, rejected = read_counts(name, text, now.date())
    universe = universe or universe_of(name, text)
    figures = [
        DailyFigures(
            universe, day, True, now, DEFINITION,
            {CALLS: float(calls), PUTS: float(puts), RATIO: puts / calls}, ORIGIN,
        )
        for day, (calls, puts) in sorted(rows.items())
    ]  # fmt: skip
    with past.writing(source) as transaction:
        transaction.save_figures(MARKET_PUT_CALL, figures)
    days = sorted(rows)
    return CountsImport(
        name,
        universe,
        len(days),
        days[0] if days else None,
        days[-1] if days else None,
        rejected,
    )


def universe_of(name: str, text: str) -> Universe:
    """Which options a file counts, by its name, else by its title.

    Raises:
        BadInput: neither tells.
    """
    for words in (name.upper(), text[:500].upper()):
        found = [one for one in Universe if one in words]
        if len(found) == 1:
            return found[0]
    raise BadInput(f"{name} does not say whether it counts all options: add --universe.")


def read_counts(
    name: str, text: str, today: dt.date
) -> tuple[dict[dt.date, tuple[int, int]], dict[str, int]]:
    """Session -> (calls, puts), and the lines left out, by reason.

    Raises:
        BadInput: there is no line of column names.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    at, delimiter, places = _columns(name, lines)
    found: dict[dt.date, tuple[int, int]] = {}
    rejected: Counter[str] = Counter()
    for cells in csv.reader(lines[at + 1 :], delimiter=delimiter):
        if not any(cell.strip() for cell in cells):
            continue
        row = _read_line(cells, places, today)
        if isinstance(row, str):
            rejected[row] += 1
            continue
        day, counts = row
        if day in found:
            rejected[TWICE] += 1
        found[day] = counts
    return found, dict(rejected)


def _columns(name: str, lines: Sequence[str]) -> tuple[int, str, dict[str, int]]:
    """Line of the column names, its delimiter, and the place of each column."""
    for at, line in enumerate(lines[:50]):
        delimiter = max(DELIMITERS, key=line.count)
        heads = [head.strip().lower() for head in next(csv.reader([line], delimiter=delimiter), [])]
        places = {
            what: next((i for i, head in enumerate(heads) if form.fullmatch(head)), -1)
            for what, form in (("date", _DATE), ("call", _CALL), ("put", _PUT), ("ratio", _RATIO))
        }
        if min(places["date"], places["call"], places["put"]) >= 0:
            return at, delimiter, places
    raise BadInput(f"{name} has no line with the columns DATE, CALL and PUT: not daily counts.")


def _read_line(
    cells: Sequence[str], places: dict[str, int], today: dt.date
) -> tuple[dt.date, tuple[int, int]] | str:
    """A day's counts, or why the line is left out."""

    def cell(what: str) -> str:
        place = places[what]
        return cells[place].strip() if 0 <= place < len(cells) else ""

    day = parse_date(cell("date"), DATE_FORMATS)
    if day is None:
        return NO_DATE
    if day > today:
        return AHEAD
    try:
        if not is_session(day):
            return NOT_A_SESSION
    except BadInput:
        return NOT_A_SESSION
    calls, puts = (_count(cell(what)) for what in ("call", "put"))
    if not calls or not puts:
        return NO_COUNTS
    try:
        stated = float(cell("ratio")) if cell("ratio") else None
    except ValueError:
        return WRONG_RATIO
    if stated is not None and not abs(stated - puts / calls) <= RATIO_ROUNDING:
        return WRONG_RATIO
    return day, (calls, puts)


def _count(text: str) -> int:
    """A whole number, also with thousands set off; 0 for what is none."""
    if not re.fullmatch(r"\d{1,3}(,\d{3})+|\d+(\.0+)?", text):
        return 0
    return int(float(text.replace(",", "")))


def _text(where: str) -> str:
    """What the file, or the address, holds."""
    if re.match(r"https?://", where):
        content = _fetched(where)
    else:
        try:
            content = Path(where).read_bytes()
        except OSError as error:
            raise BadInput(f"{where} cannot be read: {error.strerror}.") from error
    if not content.strip():
        raise BadInput(f"{where} is empty.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _fetched(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"User-Agent": "Holdline"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            content: bytes = reply.read(LARGEST_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise SourceFailure(f"{address} could not be fetched: {reason}.") from error
    if len(content) > LARGEST_BYTES:
        raise SourceFailure(
            f"{address} serves more than {LARGEST_BYTES >> 20} MiB: not such a file."
        )
    return content
