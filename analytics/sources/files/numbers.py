"""The one reader of numbers in files: strict, for a comma misread makes 521 dollars of 5,21.

A decimal point is a point. Commas may stand between thousands where that cannot be mistaken:
beside a point or twice ("1,234.5", "1,234,567"), or in a count ("1,234" contracts). Any other
comma, a currency sign, a percent sign or a space within is refused with what to write in its
place, and so is "2.000" of a count where its column does not show that the point is a decimal
one; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model.vocabulary import Floats

EMPTY = frozenset(("", "nan", "none", "null"))
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_ONE_COMMA = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_THOUSANDS_BY_POINT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_DECIMALS = re.compile(r"[+-]?(0\.\d*|\d{4,}\.\d*|\d+\.(\d{0,2}|\d{4,}))", re.ASCII)
"""A number with a point that cannot stand between thousands."""
_ONLY_PLAIN = re.compile(r"[0-9.eE+\-\n]*", re.ASCII)
_CURRENCIES = "$€£¥₹₩₽"
_SHOWN = 20


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """A column of cells as numbers.

    Attributes:
        values: shape (n,), NaN where a cell is empty or no number.
        filled: how many cells are not empty.
        bad: row -> why its cell is no number, in the order of rows.
    """

    values: Floats
    filled: int
    bad: dict[int, str]

    @property
    def wrong_throughout(self) -> bool:
        """Whether no cell at all is a number although there are several."""
        return len(self.bad) == self.filled > 1


def read_number(text: str, *, count: bool = False) -> float:
    """The number that a cell spells; NaN where it is empty.

    Args:
        text: a cell; spaces around the number (no-break ones too) do not matter.
        count: of contracts or shares: "1,234" is then a thousand and more.

    Raises:
        ValueError: the cell spells no number, or not only one.
    """
    cell = text.strip().replace("\N{MINUS SIGN}", "-")
    if cell.lower() in EMPTY:
        return np.nan
    if _PLAIN.fullmatch(cell):
        value = float(cell)
    elif _THOUSANDS.fullmatch(cell) and (count or not _ONE_COMMA.fullmatch(cell)):
        value = float(cell.replace(",", ""))
    else:
        raise ValueError(f"{text.strip()[:_SHOWN]!r} {_advice(cell)}")
    if not np.isfinite(value):
        raise ValueError(f"{text.strip()[:_SHOWN]!r} is not a number")
    return value


def read_column(cells: Sequence[str], *, count: bool = False) -> NumberColumn:
    """Read a column cell by cell; see `read_number`."""
    by_point = _thousands_by_point(cells) if count else {}
    if not by_point and _ONLY_PLAIN.fullmatch("\n".join(cells)):
        try:
            values = np.array([float(cell) if cell else np.nan for cell in cells])
            if not np.isinf(values).any():
                return NumberColumn(values, int(np.isfinite(values).sum()), {})
        except ValueError:
            pass  # read below, cell by cell, for its reason
    values, bad, filled = np.full(len(cells), np.nan), {}, 0
    for row, cell in enumerate(cells):
        filled += cell.strip().lower() not in EMPTY
        try:
            values[row] = read_number(cell, count=count)
        except ValueError as error:
            bad[row] = str(error)
    for row, reason in by_point.items():
        values[row], bad[row] = np.nan, reason
    return NumberColumn(values, filled, bad)


def wrong_columns(columns: Mapping[str, NumberColumn], place: Callable[[int], str]) -> str | None:
    """What to say of columns in which no cell is a number; None where there is none.

    A column that is wrong from top to bottom tells how the file was written, not of a slip.

    Args:
        columns: by name.
        place: a row's place in the file, as "line 7".
    """
    wrong = [name for name, column in columns.items() if column.wrong_throughout]
    if not wrong:
        return None
    first = columns[wrong[0]]
    row, reason = next(iter(first.bad.items()))
    names = f"column{'s' if len(wrong) > 1 else ''} {', '.join(wrong)}"
    return f"{names}: none of the {first.filled} cells is a number ({place(row)}: {reason})"


def _thousands_by_point(cells: Sequence[str]) -> dict[int, str]:
    """Row -> why its count may be a thousand times what it spells; empty where points are sure."""
    spelled = [cell.strip() for cell in cells]
    doubtful = [row for row, cell in enumerate(spelled) if _THOUSANDS_BY_POINT.fullmatch(cell)]
    if not doubtful or any(map(_DECIMALS.fullmatch, spelled)):
        return {}
    return {
        row: f"{spelled[row]!r} may be {spelled[row].replace('.', '')} or "
        f"{float(spelled[row]):g}; leave out the point"
        for row in doubtful
    }


def _advice(cell: str) -> str:
    """Why a cell is no number, and what to write in its place."""
    if _ONE_COMMA.fullmatch(cell):
        return f"may be {cell.replace(',', '')} or {cell.replace(',', '.')}; leave out the comma"
    signs = [sign for sign in _CURRENCIES if sign in cell]
    if signs:
        return f"is not a number; leave out the {signs[0]}"
    if "%" in cell:
        return "is not a number; write 25% as 0.25"
    if "," in cell:
        return "is not a number; use a point"
    if re.search(r"\d\s\d", cell):
        return "is not a number; leave out the space"
    return "is not a number"
