"""Columns of a batch by what they mean, read as numbers, dates, times and texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics.imports.mapping import ChainMapping
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Floats, NotAvailable

_CONTRACT_SIZES = {"REGULAR": "100", "MINI": "10"}
_FIRST_YEAR, _LAST_YEAR = 1973, 2150
"""Listed options began in April 1973."""


class Cells:
    """A batch's columns by what they mean; a column that the file lacks reads as empty."""

    def __init__(
        self, batch: pa.RecordBatch, columns: Mapping[str, str], mapping: ChainMapping
    ) -> None:
        self._batch = batch
        self.columns = columns
        self._mapping = mapping
        self.unreadable: dict[str, NDArray[np.bool_]] = {}

    def numbers(self, name: str) -> Floats:
        """Shape (n,), NaN where empty; what cannot be read is noted in ``unreadable``."""
        column = self._column(name)
        if column is None:
            return np.full(self._batch.num_rows, np.nan)
        kind = column.type
        if pa.types.is_boolean(kind) or not (
            pa.types.is_floating(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_string(kind)
            or pa.types.is_null(kind)
        ):
            raise self._wrong_type(name, kind, "a number")
        if not pa.types.is_string(kind):
            return _floats(pc.cast(column, pa.float64()))
        text = pc.utf8_trim_whitespace(column)
        if name == "multiplier":
            for word, size in _CONTRACT_SIZES.items():
                text = pc.if_else(pc.equal(pc.utf8_upper(text), word), size, text)
        if self._mapping.decimal == ",":
            pointed = pc.match_substring(text, ".")  # a thousand, or a decimal after all
            text = pc.if_else(pointed, "?", pc.replace_substring(text, ",", "."))
        try:
            return _floats(pc.cast(text, pa.float64()))
        except pa.ArrowInvalid:
            number = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
            values = _floats(pc.cast(pc.if_else(number, text, None), pa.float64()))
            empty = pc.or_kleene(pc.is_null(text), pc.is_in(text, pa.array([""])))
            bad = ~pc.or_kleene(number, empty).to_numpy(zero_copy_only=False).astype(bool)
            self.unreadable[name] = bad
            return values

    def dates(self, name: str) -> NDArray[np.datetime64]:
        """Shape (n,), NaT where there is none that can be read."""
        column = self._column(name)
        if column is None:
            return np.full(self._batch.num_rows, np.datetime64("NaT", "D"))
        kind = column.type
        if pa.types.is_timestamp(kind):
            if kind.tz is not None:
                column = pc.local_timestamp(
                    pc.cast(column, pa.timestamp("s", "America/New_York"), safe=False)
                )
            column = pc.cast(column, pa.date32(), safe=False)
        if pa.types.is_date(column.type):
            days = pc.cast(column, pa.date32()).to_numpy(zero_copy_only=False)
            found: NDArray[np.datetime64] = days.astype("datetime64[D]")
            return found
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            column = pc.cast(pc.cast(column, pa.int64(), safe=False), pa.string())
        formats = self._mapping.date_formats
        return self._each(name, column, lambda text: parse_date(text, formats), "M8[D]", None)

    def times(self, name: str) -> NDArray[np.datetime64]:
        """Shape (n,), seconds UTC, NaT where there is none that can be read."""
        column = self._column(name)
        if column is None or not (
            pa.types.is_timestamp(column.type) or pa.types.is_string(column.type)
        ):
            return np.full(self._batch.num_rows, np.datetime64("NaT", "s"))
        if pa.types.is_timestamp(column.type):
            naive = pc.cast(column, pa.timestamp("s"), safe=False)
            times: NDArray[np.datetime64] = naive.to_numpy(zero_copy_only=False).astype("M8[s]")
            return times
        return self._each(name, column, _time_of, "M8[s]", None)

    def texts(self, name: str) -> list[str]:
        """Each cell as text, "" where empty."""
        column = self._column(name)
        assert column is not None
        return ["" if cell is None else str(cell) for cell in column.to_pylist()]

    def each(self, name: str, read: Callable[[str], Any], kind: Any, empty: Any) -> NDArray[Any]:
        """``read`` of each cell, which is called once for cells alike."""
        column = self._column(name)
        if column is None:
            return np.full(self._batch.num_rows, empty, kind)
        return self._each(name, column, read, kind, empty)

    def _each(
        self, name: str, column: pa.Array, read: Callable[[str], Any], kind: Any, empty: Any
    ) -> NDArray[Any]:
        if pa.types.is_nested(column.type):
            raise self._wrong_type(name, column.type, "text")
        coded = column.dictionary_encode()
        words = [read(str(word).strip()) for word in coded.dictionary.to_pylist()]
        known = np.array([*words, empty], dtype=kind)
        place = pc.fill_null(coded.indices, len(words)).to_numpy(zero_copy_only=False)
        found: NDArray[Any] = known[place]
        return found

    def _column(self, name: str) -> pa.Array | None:
        if name not in self.columns:
            return None
        column = self._batch.column(self.columns[name])
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = pc.cast(column, pa.string())
        return column

    def _wrong_type(self, name: str, kind: pa.DataType, wanted: str) -> NotAvailable:
        return NotAvailable(f"its column {self.columns[name]!r} is of type {kind}, not {wanted}.")


def parse_date(text: str, formats: Sequence[str]) -> dt.date | None:
    """A date as ISO 8601 (of a time with an offset New York's date) or in one of ``formats``."""
    day: dt.date | None = None
    try:
        time = dt.datetime.fromisoformat(text)
        day = time.date() if time.tzinfo is None else time.astimezone(NEW_YORK).date()
    except ValueError:
        for form in formats:
            try:
                day = dt.datetime.strptime(text, form).date()  # noqa: DTZ007 a date alone
            except ValueError:
                continue
            break
    return day if day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _time_of(text: str) -> dt.datetime | None:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is None else time.astimezone(dt.UTC).replace(tzinfo=None)


def _floats(column: pa.Array) -> Floats:
    values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isinf(values), np.nan, values)
