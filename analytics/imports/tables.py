"""A CSV or Parquet file as a stream of record batches: bounded memory, exact row offsets."""

from __future__ import annotations

import csv
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as pa_csv
from pyarrow import parquet

from analytics.imports.mapping import ChainMapping
from analytics.model.vocabulary import BadInput, NotAvailable

BLOCK_BYTES = 1 << 20
BATCH_ROWS = 1 << 15
DELIMITERS = (",", ";", "\t", "|")
WRONG_CELLS = "line with too few or too many cells"
EMPTY_WORDS = ["", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", "None", "-", "NaT", "<NA>"]
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_HEAD_BYTES = 1 << 20


@dataclass
class Table:
    """A file opened to be read once, in order.

    Attributes:
        names: its columns.
        malformed: lines passed over so far, which had too few or too many cells.
        rows: how many it holds, where that is known before it is read.
    """

    path: Path
    names: tuple[str, ...]
    rows: int | None = None
    malformed: int = 0
    _open: Callable[[Sequence[str]], Iterator[pa.RecordBatch]] = field(
        default=lambda names: iter(()), repr=False
    )

    def batches(self, names: Sequence[str], start: int = 0) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(offset of the row after it, batch) of the columns ``names``, from row ``start`` on.

        Raises:
            NotAvailable: the file cannot be read to its end.
        """
        done = 0
        with _reading(self.path, lambda: done):
            for batch in self._open(names):
                before, done = done, done + batch.num_rows
                if done > start:
                    yield done, batch.slice(max(start - before, 0))


def digest_of(path: Path) -> str:
    """Of the file's content: the same file is known again, whatever it is called."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def open_table(path: Path, mapping: ChainMapping) -> Table:
    """The file, its columns read.

    Raises:
        BadInput: it is not there, is empty, or is no table.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    if not magic:
        raise BadInput(f"{path} is empty.")
    if magic == _ZIP:
        raise BadInput(f"{path} is a zip archive: unpack it first.")
    if magic == _PARQUET:
        return _parquet_table(path)
    return _csv_table(path, mapping, magic.startswith(_GZIP))


@contextmanager
def _reading(path: Path, done: Callable[[], int]) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, zlib.error, UnicodeError) as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise NotAvailable(
            f"{path.name} cannot be read on after row {done():,}: {reason}."
        ) from error


def _parquet_table(path: Path) -> Table:
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path} is not a whole Parquet file: {error}.") from error

    def read(names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from file.iter_batches(BATCH_ROWS, columns=list(names), use_threads=False)

    names = tuple(file.schema_arrow.names)
    return Table(path, names, rows=file.metadata.num_rows, _open=read)


def _csv_table(path: Path, mapping: ChainMapping, zipped: bool) -> Table:
    head = _head(path, mapping, zipped)
    delimiter = mapping.delimiter or _delimiter_of(head)
    names = _names(path, head, delimiter)
    table = Table(path, names)

    def skip(row: pa_csv.InvalidRow) -> str:
        table.malformed += 1
        return "skip"

    def read(wanted: Sequence[str]) -> Iterator[pa.RecordBatch]:
        table.malformed = 0
        with pa.input_stream(str(path), compression="gzip" if zipped else None) as source:
            yield from pa_csv.open_csv(
                source,
                read_options=pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=list(names),
                    skip_rows=mapping.skip_lines + 1,
                    encoding=mapping.encoding,
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=False, invalid_row_handler=skip
                ),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=list(wanted),
                    strings_can_be_null=True,
                    null_values=EMPTY_WORDS,
                    quoted_strings_can_be_null=True,
                ),
            )

    table._open = read
    return table


def _head(path: Path, mapping: ChainMapping, zipped: bool) -> str:
    """The line of column names.

    Raises:
        BadInput: there is none, or it is no text of the mapping's encoding.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
        if zipped:  # what there is of it: it may end early
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, _HEAD_BYTES)
    except (OSError, zlib.error) as error:
        raise BadInput(f"{path} cannot be unpacked: {error}.") from error
    try:
        encoding = "utf-8-sig" if mapping.encoding.lower() == "utf-8" else mapping.encoding
        text = start.decode(encoding, "strict" if len(start) < _HEAD_BYTES else "ignore")
    except UnicodeError as error:
        raise BadInput(f"{path} is not {mapping.encoding} text: {error}.") from error
    lines = text.splitlines()[mapping.skip_lines :]
    if "\0" in text or not lines or not lines[0].strip():
        raise BadInput(f"{path} has no line of column names: not a table.")
    return lines[0]


def _delimiter_of(head: str) -> str:
    """The sign that parts the most names; a comma where none does."""
    return max(DELIMITERS, key=head.count)


def _names(path: Path, head: str, delimiter: str) -> tuple[str, ...]:
    names = [name.strip() for name in next(csv.reader(io.StringIO(head), delimiter=delimiter))]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise BadInput(
            f"{path} has the column {repeated[0]!r} twice: it cannot be told which counts."
        )
    # a table written with its index has a nameless column
    return tuple(name or f"column {i + 1}" for i, name in enumerate(names))
