"""One chain as Yahoo gives it: an answer an expiry, the nearest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from analytics.model.vocabulary import OptionChain
from analytics.sources.yahoo.options import assemble_chain

SHOWN_FROM_DAYS, SHOWN_EVERY = 46, 4
"""A chain is shown once its expiries up to so many days ahead are in, then after every few."""


class ChainParts:
    """The tables of one symbol as far as they have come.

    Args:
        now: when they are fetched, UTC.
        days: leave out expiries more days ahead than this; None: all.
        so_far: takes the chain without its later expiries while these are still to be asked for.
    """

    def __init__(
        self,
        symbol: str,
        now: Callable[[], dt.datetime],
        days: int | None,
        so_far: Callable[[OptionChain], None] | None,
    ) -> None:
        self._symbol = symbol
        self._now = now
        self._days = days
        self._so_far = so_far
        self._tables: list[tuple[pd.DataFrame, pd.DataFrame]] = []
        self._answers: list[dict[str, Any]] = []
        self._shown = 0
        self.wanted: list[str | None] = [None]  # Without a date Yahoo sends the nearest expiry.

    def add(self, table: Any, answer: dict[str, Any], listed: tuple[str, ...]) -> None:
        """Keep an expiry's table; the first answer names all that are ``listed``."""
        self._tables.append((table.calls, table.puts))
        self._answers.append(answer)
        if len(self._answers) == 1:
            self.wanted = self._further(listed)

    def show(self) -> None:
        """Hand the chain so far on, where it is worth showing."""
        soon = self._now().date() + dt.timedelta(days=SHOWN_FROM_DAYS)
        left = [expiry for expiry in self.wanted if expiry is not None]
        if self._so_far is None or not left or left[0] <= soon.isoformat():
            return
        if self._shown and len(self._tables) - self._shown < SHOWN_EVERY:
            return
        self._shown = len(self._tables)
        self._so_far(replace(self.chain(), expiries_left=len(left)))

    def chain(self) -> OptionChain:
        """All that came."""
        return assemble_chain(self._symbol, self._tables, self._answers, self._now())

    def __len__(self) -> int:
        return len(self._tables)

    def _further(self, listed: tuple[str, ...]) -> list[str | None]:
        """The expiries still to be asked for, as yfinance names them."""
        stamp = self._answers[0]["options"][0]["expirationDate"]
        got = pd.Timestamp(stamp, unit="s").strftime("%Y-%m-%d")
        last = "9999-12-31"
        if self._days is not None:
            last = (self._now().date() + dt.timedelta(days=self._days)).isoformat()
        return [expiry for expiry in listed if expiry != got and expiry <= last]
