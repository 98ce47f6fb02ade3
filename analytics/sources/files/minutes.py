"""Minute bars of a file: a column ``time``, and the columns of a price file."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.model.vocabulary import NotAvailable
from analytics.sources.base import BAR_COLUMNS
from analytics.sources.files.tables import csv_table, parquet_table

_NEEDED = ("time", "close")


def read_minutes(path: Path, zone: ZoneInfo) -> pd.DataFrame:
    """One symbol's minutes, index = each bar's UTC start.

    ``time`` is the bar's start, ISO 8601; without an offset it is the listing's.

    Args:
        path: of the file.
        zone: of the listing.

    Raises:
        NotAvailable: the file cannot be read, a cell is no number or no time (names the line),
            or ``time`` or ``close`` is absent.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        table = (parquet_table if path.suffix == ".parquet" else csv_table)(path, "minute")
        table.cells.columns = table.cells.columns.str.strip().str.lower()
        table.require(_NEEDED)
        times = []
        for row, text in enumerate(table.cells["time"]):
            try:
                times.append(_utc(text, zone))
            except (ValueError, TypeError) as error:
                raise table.refuse(row, f"time {text!r} is not a time") from error
        names = [name for name in BAR_COLUMNS if name in table.cells]
        columns = table.numbers(names, counts=[name for name in names if name == "volume"])
    except NotAvailable as error:
        reason = str(error).removeprefix(path.name).lstrip(", ").rstrip(".")
        raise NotAvailable(
            f"{shown}: not a readable table of minutes ({reason}); it needs time and close."
        ) from error
    return pd.DataFrame(columns, index=pd.DatetimeIndex(times))


def _utc(text: object, zone: ZoneInfo) -> pd.Timestamp:
    time = pd.Timestamp(str(text))
    if pd.isna(time):
        raise ValueError("empty")
    return (time.tz_localize(zone) if time.tz is None else time).tz_convert("UTC")
