"""The dated lists as an operator renews them: checked, and written into the lists folder."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.model import baskets, listings, receipts, universes
from analytics.model.dated_lists import Rows, look_again
from analytics.model.dates import day_text
from analytics.model.vocabulary import BadInput, parse_symbol
from analytics.studies.calendar import release_lists

LARGEST_FILE = 5_000_000
UNIVERSE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
MOST_SPELLS = 20_000
LEAST_MEMBERS, MOST_MEMBERS = 480, 520
"""Lines of the S&P 500: 500 companies, some with two classes."""


@dataclass(frozen=True)
class ListKind:
    """One list that can be renewed.

    Attributes:
        name: as the command takes it.
        file: in the lists folder.
        columns: of the file, all needed.
        key: columns whose values a new row replaces older rows of.
        parse: what the readers of the list make of its rows; its ValueError or KeyError refuses.
        check: raises ValueError, as the end of a sentence, for rows that parse and are wrong.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    parse: Callable[[Rows], Sequence[Any]]
    check: Callable[[Rows], None]


def _symbols(rows: Rows, column: str = "symbols") -> None:
    for row in rows:
        words = row[column].split()
        if not words:
            raise ValueError(f"{column} is empty")
        for word in words:
            if parse_symbol(word) != word:
                raise ValueError(f"{word!r} is not written as a symbol such as BRK-B")
        if len(set(words)) < len(words):
            raise ValueError("a symbol stands twice")


def _ten(rows: Rows) -> None:
    _symbols(rows)
    for row in rows:
        companies = {baskets.share_class(symbol).company for symbol in row["symbols"].split()}
        if len(companies) != 10:
            raise ValueError(f"{len(companies)} companies where ten are expected")


def _members(rows: Rows) -> None:
    _symbols(rows)
    for members in listings.parse_members(rows):
        count = len(members.listing.symbols)
        if not LEAST_MEMBERS <= count <= MOST_MEMBERS:
            raise ValueError(
                f"{count} members where {LEAST_MEMBERS} to {MOST_MEMBERS} are expected"
            )
    for row in rows:
        if row["sector"] and row["sector"] not in listings.sectors():
            raise ValueError(f"{row['sector']!r} is none of {', '.join(listings.sectors())}")


def _weights(rows: Rows) -> None:
    for row in rows:
        if row["kind"] not in ("company", "sector"):
            raise ValueError(f"kind is {row['kind']!r}: company or sector is accepted")
    for kind, weights in listings.parse_weights(rows):
        total = sum(weights.weights_pct.values())
        least, most = (99.0, 101.0) if kind == "sector" else (10.0, 100.0)
        if not all(0 < weight <= 100 for weight in weights.weights_pct.values()):
            raise ValueError("a weight is not above 0 and at most 100 percent")
        if not least <= total <= most:
            raise ValueError(f"the {kind} weights of {weights.as_of} add up to {total:.1f}%")
        if kind == "sector" and set(weights.weights_pct) != set(listings.sectors()):
            raise ValueError(f"the sectors are {', '.join(listings.sectors())}")
    _symbols(rows, "symbol")


def _baskets(rows: Rows) -> None:
    _symbols(rows)
    sides = [side for side, _ in baskets.parse_baskets(rows)]
    if not set(sides) <= {"first", "second"}:
        raise ValueError("side is first or second")


def _one_symbol(rows: Rows) -> None:
    _symbols(rows, "symbol")


def _universes(rows: Rows) -> None:
    _symbols(rows, "symbol")
    for row in rows:
        if not UNIVERSE_NAME.fullmatch(row["universe"]):
            raise ValueError(
                f"universe is {row['universe'][:40]!r}: up to 24 small letters, digits and - are "
                "accepted"
            )
        if row["sector"] and row["sector"] not in listings.sectors():
            raise ValueError(f"{row['sector']!r} is none of {', '.join(listings.sectors())}")
    for one in universes.parse_universes(rows):
        if len({row["as_of"] for row in rows if row["universe"] == one.name}) > 1:
            raise ValueError(f"{one.name} has more than one as_of")
        if len(one.spells) > MOST_SPELLS:
            raise ValueError(f"{one.name} has {len(one.spells)} rows: at most {MOST_SPELLS}")


def _nothing_more(rows: Rows) -> None:
    """What parses is right."""


KINDS: Mapping[str, ListKind] = {
    kind.name: kind
    for kind in (
        ListKind(
            "ten-largest",
            listings.TEN_LARGEST,
            ("valid_from", "symbols", "source"),
            ("valid_from",),
            listings.parse_ten_largest,
            _ten,
        ),
        ListKind(
            "members",
            listings.MEMBERS,
            ("valid_from", "sector", "symbols", "source"),
            ("valid_from",),
            listings.parse_members,
            _members,
        ),
        ListKind(
            "universes",
            universes.UNIVERSES,
            universes.COLUMNS,
            ("universe",),
            universes.parse_universes,
            _universes,
        ),
        ListKind(
            "weights",
            listings.WEIGHTS,
            ("as_of", "kind", "symbol", "name", "weight_pct", "source"),
            ("as_of", "kind"),
            listings.parse_weights,
            _weights,
        ),
        ListKind(
            "baskets",
            baskets.BASKETS,
            ("valid_from", "side", "title", "symbols", "source"),
            ("valid_from", "side"),
            baskets.parse_baskets,
            _baskets,
        ),
        ListKind(
            "share-classes",
            baskets.SHARE_CLASSES,
            ("symbol", "company", "per_reported_share", "below_m", "source"),
            ("symbol",),
            baskets.parse_share_classes,
            _one_symbol,
        ),
        ListKind(
            "receipts",
            receipts.RECEIPTS,
            ("symbol", "valid_from", "valid_to", "ordinary_per_receipt", "checked", "source"),
            ("symbol", "valid_from"),
            receipts.parse_receipts,
            _one_symbol,
        ),
        ListKind(
            "fed-meetings",
            release_lists.FOMC,
            ("first_day", "decision_day", "projections", "source"),
            ("decision_day",),
            release_lists.parse_meetings,
            _nothing_more,
        ),
        ListKind(
            "releases",
            release_lists.RELEASES,
            ("day", "time", "kind", "title", "source"),
            ("day", "title"),
            release_lists.parse_releases,
            _nothing_more,
        ),
    )
}
"""By the name that the command takes."""

_DATED = ("valid_from", "as_of", "checked")
"""Columns that hold the day on which a row was true: never one ahead."""


def read_list(kind: ListKind, text: str, today: dt.date) -> Rows:
    """The rows of an operator's file, checked.

    Raises:
        BadInput: one sentence: what is wrong.
    """
    if len(text) > LARGEST_FILE:
        raise BadInput(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    try:
        reader = csv.DictReader(
            io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True, restval=""
        )
        heads = [str(head).strip() for head in reader.fieldnames or ()]
        lacking = [column for column in kind.columns if column not in heads]
        if lacking:
            raise BadInput(
                f"The {kind.name} list lacks the column {lacking[0]!r}: it has "
                f"{', '.join(kind.columns)}."
            )
        reader.fieldnames = heads
        rows = tuple({c: str(row[c]).strip() for c in kind.columns} for row in reader)
    except csv.Error as error:
        raise BadInput(f"The file is not CSV: {error}.") from None
    check_rows(kind, rows, today)
    return rows


def check_rows(kind: ListKind, rows: Rows, today: dt.date) -> None:
    """Refuse rows that no reader of the list could use.

    Raises:
        BadInput: one sentence: what is wrong.
    """
    if not rows:
        raise BadInput(f"The {kind.name} list has no row.")
    for row in rows:
        if not row["source"]:
            raise BadInput(f"The {kind.name} list has a row without its source.")
    try:
        kind.parse(rows)
        kind.check(rows)
        ahead = [row[c] for row in rows for c in _DATED if row.get(c)]
        late = max((dt.date.fromisoformat(day) for day in ahead), default=today)
    except KeyError as error:
        raise BadInput(f"The {kind.name} list lacks {error}.") from None
    except ValueError as error:
        raise BadInput(f"The {kind.name} list cannot be used: {str(error).rstrip('.')}.") from None
    if late > today:
        raise BadInput(f"The {kind.name} list is dated {day_text(late)}, which lies ahead.")


def write_list(folder: Path, kind: ListKind, rows: Rows) -> Path:
    """Put rows into the operator's file of the list; older rows of another key stay.

    Raises:
        BadInput: the folder cannot be written.
    """
    path = folder / kind.file
    new = {_key(kind, row) for row in rows}
    others = [row for row in _written(path, kind) if _key(kind, row) not in new]
    out = io.StringIO()
    writer = csv.DictWriter(out, kind.columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows([*others, *rows])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, suffix=".new", delete=False, encoding="utf-8", newline=""
        ) as made:
            made.write(out.getvalue())
        os.replace(made.name, path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).") from error
    look_again()
    return path


def _key(kind: ListKind, row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in kind.key)


def _written(path: Path, kind: ListKind) -> list[dict[str, str]]:
    """The rows that stand in the operator's file; none of one that cannot be read."""
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = [dict(row) for row in csv.DictReader(lines)]
        kind.parse(tuple(rows))
    except (OSError, ValueError, KeyError, csv.Error):
        return []
    return rows
