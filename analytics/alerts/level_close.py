"""Close of a level, as the call ledger has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.levels import LevelId
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.status import Status


@dataclass(frozen=True)
class LevelClose:
    """A level's close, as the call ledger has it.

    Attributes:
        price: of the level, known before the open.
        low: of the session; None where it is not told.
        crossings: UTC times at which the day's log has the level crossed.
    """

    symbol: str
    level: LevelId
    session: dt.date
    price: float
    status: Status
    close: float
    low: float | None
    closed_at: dt.datetime
    quotation: Quotation = DOLLARS
    crossings: tuple[dt.datetime, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether it closed at the level or above it."""
        return self.close >= self.price
