"""Changes as CSV: out for spreadsheets without a formula in them, and in again, line by line."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analytics.model.portfolio_changes import Change, parse_change
from analytics.model.vocabulary import BadInput

COLUMNS = (
    "number",
    "effective",
    "kind",
    "symbol",
    "shares",
    "amount",
    "weights",
    "into",
    "ratio",
    "cash",
    "reason",
    "published_at",
)
REQUIRED = ("effective", "kind", "reason")
MAX_CHARACTERS = 200_000
MAX_LINES = 200

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True)
class Line:
    """One change read from a file; ``number`` is the file's own, 0 for none."""

    line: int
    change: Change
    number: int


def write_csv(changes: Sequence[Change]) -> str:
    """The changes, a line each; a text a spreadsheet would take for a formula is quoted (')."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for change in changes:
        weights = ", ".join(f"{s} {w!r}" for s, w in change.weights.items())
        cells = (
            str(change.number),
            change.effective.isoformat(),
            change.kind.value,
            change.symbol,
            _cell(change.shares),
            _cell(change.amount),
            weights,
            change.into,
            _cell(change.ratio),
            _cell(change.cash),
            change.reason,
            change.published_at.isoformat() if change.published_at else "",
        )
        writer.writerow([_guarded(cell) for cell in cells])
    return out.getvalue()


def _cell(number: float | None) -> str:
    return "" if number is None else repr(number)


def read_csv(text: str, identities: Sequence[str], today: dt.date) -> tuple[Line, ...]:
    """Changes of an untrusted file, in its order; columns may stand in any order.

    Args:
        text: with a heading line; `COLUMNS`, of which only `REQUIRED` are always there.
        identities: a new id for each line; the file's length is limited by them.
        today: for how far ahead a session may lie.

    Raises:
        BadInput: naming the line and what is wrong with it.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"The file is larger than {MAX_CHARACTERS:,} characters.")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadInput(f"Line {reader.line_num} is not CSV: {error}.") from None
    if not rows:
        raise BadInput("The file is empty.")
    heads = _heads(rows[0][1])
    if len(rows) - 1 > min(MAX_LINES, len(identities)):
        raise BadInput(f"The file has {len(rows) - 1} changes: at most {MAX_LINES} are accepted.")
    if len(rows) == 1:
        raise BadInput("The file has a heading and no change.")
    return tuple(
        _line(at, heads, row, identity, today)
        for (at, row), identity in zip(rows[1:], identities, strict=False)
    )


def _heads(row: Sequence[str]) -> list[str]:
    heads = [cell.strip().lower() for cell in row]
    unknown = [head for head in heads if head not in COLUMNS]
    if unknown:
        raise BadInput(
            f"Column {unknown[0][:40]!r} is not known: accepted are {', '.join(COLUMNS)}."
        )
    if len(set(heads)) != len(heads):
        raise BadInput("A column stands twice in the heading.")
    lacking = [head for head in REQUIRED if head not in heads]
    if lacking:
        raise BadInput(f"Column {lacking[0]!r} is missing.")
    return heads


def _line(at: int, heads: list[str], row: list[str], identity: str, today: dt.date) -> Line:
    if len(row) > len(heads):
        raise BadInput(f"Line {at}: it has {len(row)} cells, the heading has {len(heads)}.")
    cells = {head: _unguarded(cell) for head, cell in zip(heads, row, strict=False)}
    number = cells.pop("number", "").strip()
    if number and not (number.isascii() and number.isdigit() and len(number) < 7):
        raise BadInput(f"Line {at}: number is {number[:40]!r}: a whole number is accepted.")
    cells.pop("published_at", None)
    try:
        change = parse_change({k: v for k, v in cells.items() if v}, identity, today)
    except BadInput as error:
        raise BadInput(f"Line {at}: {error}") from None
    return Line(at, change, int(number or 0))


def is_same(ours: Change, theirs: Change) -> bool:
    """Whether two changes do the same for the same reason, whoever drafted them."""
    return _bare(ours) == _bare(theirs)


def _bare(change: Change) -> Change:
    return replace(change, id="", number=0, published_at=None)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
