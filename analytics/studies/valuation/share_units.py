"""Shares in the unit that trades: split basis, share class and depositary receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.model.baskets import share_class
from analytics.model.receipts import listed_receipt, looks_like_receipt
from analytics.model.vocabulary import Bars, MarketValue, Quarter
from analytics.studies.valuation.fundamentals import known_on

UNKNOWN_RATIO = "n/a (receipt ratio unknown)"

_SAME_SHARES = 1.5
"""Share counts of two quarters that differ by more than this factor are on two split bases."""

_SAME_UNIT = 4.0
"""Share counts of two quarters that differ by more, splits aside, are in two units."""

_SAME_VALUE = 1.4
"""A market value that differs by more than this factor from the source's own is in another unit:
counts of a quarter ago, and of averages, differ by less."""


@dataclass(frozen=True)
class Unit:
    """In which unit a symbol's reported share counts stand.

    Attributes:
        counts: "ordinary" shares, of which a receipt may be several or a part; or, by the
            source's own market value, shares as "traded".
        absence: why that is not known; counts are then of no use.
    """

    counts: Literal["ordinary", "traded"]
    absence: str | None = None


def unit_of(
    symbol: str, quarters: Sequence[Quarter], bars: Bars, value: MarketValue | None
) -> Unit:
    """The unit of the newest share count, compared with what the source says the company is worth.

    Args:
        symbol: as it trades.
        quarters: known, oldest first (n >= 1).
        bars: to the day that ``value`` is of.
        value: the source's own market value; None where it tells none.
    """
    newest = quarters[-1]
    reported = known_on(newest)[0]
    ratio = newest.receipt_ratio or _listed_ratio(symbol, reported)
    name = f"{bars.name} {value.name if value else ''}"
    if ratio is None and not looks_like_receipt(symbol, name, newest.form):
        ratio = 1.0
    shares, _ = _on_todays_splits(symbol, quarters, bars)
    if shares is None or value is None or value.currency != bars.currency:
        return Unit("ordinary", None if ratio else UNKNOWN_RATIO)
    as_traded = float(bars.close[-1]) * shares
    if ratio is not None and _agree(as_traded / ratio, value.value_m):
        return Unit("ordinary")
    if _agree(as_traded, value.value_m):
        return Unit("traded")
    if ratio is None:
        return Unit("ordinary", UNKNOWN_RATIO)
    return Unit(
        "ordinary",
        f"n/a (shares of another unit: {as_traded / ratio / 1000:,.1f} bn {bars.currency} by the "
        f"share count, {value.value_m / 1000:,.1f} bn by the source)",
    )


def _agree(a: float, b: float) -> bool:
    return a > 0 and b > 0 and 1 / _SAME_VALUE < a / b < _SAME_VALUE


def _listed_ratio(symbol: str, day: dt.date) -> float | None:
    listed = listed_receipt(symbol, day)
    return None if listed is None else listed.ordinary_per_receipt


def unchecked_ratio(symbol: str, quarters: Sequence[Quarter], unit: Unit) -> str | None:
    """What the shipped list says of the source of a ratio that nobody read in a filing.

    None where the source's own file states the ratio, or a filing or notice is known for it.
    """
    newest = quarters[-1]
    listed = listed_receipt(symbol, known_on(newest)[0])
    if newest.receipt_ratio or unit.counts == "traded" or listed is None or listed.is_verified:
        return None
    return listed.source


def ordinary_per_unit(symbol: str, quarters: Sequence[Quarter], unit: Unit) -> float | None:
    """Ordinary shares that one traded unit stands for; None where that is not known.

    By the day the newest quarter was reported: a change of the ratio since stands in the bars,
    as a split.
    """
    if unit.counts == "traded":
        return 1.0
    newest = quarters[-1]
    ratio = newest.receipt_ratio or _listed_ratio(symbol, known_on(newest)[0])
    if ratio is None and looks_like_receipt(symbol, "", newest.form):
        return None
    return ratio or 1.0


def shares_today(
    symbol: str, quarters: Sequence[Quarter], bars: Bars, unit: Unit
) -> tuple[float | None, str | None]:
    """(shares in the unit that trades at ``bars``' last session, millions; why there are none)."""
    shares, absence = _on_todays_splits(symbol, quarters, bars)
    if shares is None:
        return None, absence
    ratio = ordinary_per_unit(symbol, quarters, unit)
    if unit.absence or ratio is None:
        return None, unit.absence or UNKNOWN_RATIO
    return shares / ratio, None


def _on_todays_splits(
    symbol: str, quarters: Sequence[Quarter], bars: Bars
) -> tuple[float | None, str | None]:
    """(reported shares on the split basis of ``bars``' last session, millions; why there are none).

    A report restates its counts for splits up to its own date, so those after it are applied.
    Where that date is only assumed and a split lies between, or a count disagrees with the
    quarter before by a split's size, the split basis is not known.
    """
    newest = quarters[-1]
    if newest.shares_m is None or newest.shares_m <= 0:
        return None, f"n/a (no share count for the quarter to {newest.period_end})"
    reported, assumed = known_on(newest)
    if assumed and _split_between(bars, newest.period_end, reported) != 1.0:
        return None, "n/a (a split between the quarter's end and its assumed report date)"
    split = _split_between(bars, reported, bars.last_session)
    shares = newest.shares_m * split
    before = quarters[-2].shares_m if len(quarters) > 1 else None
    if before and before > 0:
        earlier = before * _split_between(bars, known_on(quarters[-2])[0], bars.last_session)
        change = max(shares / earlier, earlier / shares)
        if change > _SAME_SHARES and split != 1.0 and assumed:
            return None, "n/a (two quarters' share counts lie on different split bases)"
        as_written = max(newest.shares_m / before, before / newest.shares_m)
        if min(change, as_written) > _SAME_UNIT:  # a feed may restate the older count as well
            counts = f"{newest.shares_m:,.6g} m after {before:,.6g} m"
            return None, f"n/a (shares of another unit: two quarters' counts are {counts})"
    return share_class(symbol).shares_m(shares), None


def _split_between(bars: Bars, after: dt.date, upto: dt.date) -> float:
    """Product of the split ratios effective after one date and by another."""
    days = bars.sessions
    within = (days > np.datetime64(after, "D")) & (days <= np.datetime64(upto, "D"))
    return float(np.prod(bars.splits[within]))
