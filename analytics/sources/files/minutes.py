"""Minute bars of a file: a column ``time``, and the columns of a price file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import NotAvailable
from analytics.sources.base import BAR_COLUMNS


def read_minutes(path: Path) -> pd.DataFrame:
    """One symbol's minutes, index = each bar's UTC start.

    ``time`` is the bar's start, ISO 8601; without an offset it is New York's.

    Raises:
        NotAvailable: the file cannot be read, or lacks ``time`` or ``close``.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        table.columns = table.columns.str.strip().str.lower()
        times = pd.DatetimeIndex([_utc(text) for text in table["time"]])
        frame = table[[name for name in BAR_COLUMNS if name in table]].astype(np.float64)
        frame["close"]  # without it there is no price
    except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
        raise NotAvailable(
            f"{shown}: not a readable table of minutes ({error}); it needs time and close."
        ) from error
    return frame.set_axis(times, axis=0)


def _utc(text: object) -> pd.Timestamp:
    time = pd.Timestamp(str(text))
    return (time.tz_localize(NEW_YORK) if time.tz is None else time).tz_convert("UTC")
