"""The simulated market's own model portfolio: there from the start, and written nowhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.sessions import NEW_YORK

_PUBLISHED_AT = dt.time(15, 30)


def _change(
    number: int,
    day: dt.date,
    kind: Kind,
    reason: str,
    *,
    symbol: str = "",
    shares: float | None = None,
    amount: float | None = None,
    weights: Mapping[str, float] | None = None,
) -> Change:
    published = dt.datetime.combine(day, _PUBLISHED_AT, NEW_YORK) + dt.timedelta(seconds=number)
    return Change(
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"holdline:demo:{number}").hex,
        effective=day,
        kind=kind,
        reason=reason,
        symbol=symbol,
        shares=shares,
        amount=amount,
        weights=weights or {},
        number=number,
        published_at=published.astimezone(dt.UTC),
    )


_START = dt.date(2024, 8, 12)

SHIPPED: tuple[Change, ...] = (
    _change(
        1,
        _START,
        Kind.DEPOSIT,
        "Opening capital of the simulated portfolio.",
        amount=1_000_000.0,
    ),
    _change(
        2,
        _START,
        Kind.WEIGHTS,
        "Start with six of the largest companies, two defensive sectors beside them and a tenth "
        "in cash.",
        weights={
            "NVDA": 12,
            "MSFT": 12,
            "META": 10,
            "AMZN": 10,
            "BRK-B": 12,
            "WMT": 10,
            "XLV": 12,
            "XLP": 12,
        },
    ),
    _change(
        3,
        dt.date(2024, 10, 15),
        Kind.SELL,
        "Trim the largest single risk: one day should not decide a quarter.",
        symbol="NVDA",
        shares=150.0,
    ),
    _change(
        4,
        dt.date(2024, 11, 11),
        Kind.DEPOSIT,
        "Second payment, to be invested over the next weeks.",
        amount=150_000.0,
    ),
    _change(
        5,
        dt.date(2024, 11, 12),
        Kind.BUY,
        "Financials are held through one company only: add the sector.",
        symbol="XLF",
        shares=2_000.0,
    ),
    _change(
        6,
        dt.date(2024, 12, 18),
        Kind.HOLD,
        "The Fed meets today. Nothing is bought or sold before its decision.",
    ),
    _change(
        7,
        dt.date(2025, 1, 10),
        Kind.BUY,
        "More defence: consumer staples, paid from cash.",
        symbol="XLP",
        shares=500.0,
    ),
    _change(
        8,
        dt.date(2025, 1, 24),
        Kind.HOLD,
        "The averages lie close below. Allocations stay as they are while the 50-DMA holds by "
        "the close.",
    ),
)
"""Changes as Monday 27 January 2025 finds them."""
