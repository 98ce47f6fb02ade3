"""One option chain as bytes that outlive this program: Parquet, its pages checksummed.

The cache's codec refuses what an older version wrote, which is right for a cache. What cannot be
fetched again is kept in a format that any tool reads, by column name: a column that a later
version adds is simply absent from an older chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from dataclasses import fields
from typing import Any

import numpy as np

from analytics.model.vocabulary import OptionChain

_HEAD = b"holdline.chain"
_TEXTS = ("symbol", "time", "session", "underlying_price", "vendor")
_NOT_STORED = ("expiries_left", "passed_over")
"""Only whole chains are stored; whose they are stands in the vendor."""
_COLUMNS = tuple(
    field.name for field in fields(OptionChain) if field.name not in (*_TEXTS, *_NOT_STORED)
)
_OPTIONAL = ("root", "multiplier", "quoted_at")
"""Columns of no row in a chain whose source does not print them; such a file lacks them."""
_TYPES = {
    "expiry": "datetime64[D]",
    "is_call": "bool",
    "last_trade": "datetime64[s]",
    "root": "U6",
    "quoted_at": "datetime64[s]",
}
_REPEATED = ["expiry", "is_call", "strike"]


class DamagedChain(Exception):
    """The bytes are not a whole chain."""


def encode_chain(chain: OptionChain) -> bytes:
    """The chain as a Parquet file, about 20 bytes a contract."""
    import pyarrow as pa
    from pyarrow import parquet

    head = json.dumps(
        {
            "symbol": chain.symbol,
            "time": chain.time.astimezone(dt.UTC).isoformat(),
            "session": chain.session.isoformat(),
            "underlying_price": repr(float(chain.underlying_price)),  # JSON has no NaN
            "vendor": chain.vendor,
        }
    )
    table = pa.table({name: getattr(chain, name) for name in _printed(chain)})
    written = io.BytesIO()
    parquet.write_table(
        table.replace_schema_metadata({_HEAD: head.encode()}),
        written,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=_REPEATED,  # what hardly repeats is smaller and faster without
    )
    return written.getvalue()


def decode_chain(data: bytes) -> OptionChain:
    """The chain that `encode_chain` wrote.

    Raises:
        DamagedChain: for anything else.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(data), page_checksum_verification=True)
        head = json.loads(table.schema.metadata[_HEAD])
        columns: dict[str, Any] = {
            name: _column(table, name)
            for name in _COLUMNS
            if name in table.column_names or name not in _OPTIONAL
        }
        return OptionChain(
            symbol=head["symbol"],
            time=dt.datetime.fromisoformat(head["time"]),
            session=dt.date.fromisoformat(head["session"]),
            underlying_price=float(head["underlying_price"]),
            vendor=head["vendor"],
            **columns,
        )
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedChain(str(error)) from error


def _printed(chain: OptionChain) -> list[str]:
    """The columns that the source printed."""
    return [name for name in _COLUMNS if name not in _OPTIONAL or len(getattr(chain, name))]


def _column(table: Any, name: str) -> np.ndarray:
    kind = _TYPES.get(name, "float64")
    if name not in table.column_names and kind == "float64":
        return np.full(len(table), np.nan)
    return np.asarray(table[name].to_numpy()).astype(kind)


def chain_digest(chain: OptionChain) -> str:
    """32 hexadecimal digits that differ when anything but the vendor's name does."""
    digest = hashlib.blake2b(digest_size=16)
    named = (chain.symbol, chain.time.astimezone(dt.UTC), chain.session, chain.underlying_price)
    digest.update(repr(named).encode())
    for name in _printed(chain):
        values = np.ascontiguousarray(getattr(chain, name)).astype(_TYPES.get(name, "float64"))
        digest.update(f"{name}:{len(values)};".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
