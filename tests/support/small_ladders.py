"""Hand-made support ladders for tests of what the pages say and draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analytics.model.levels import LevelId, dma
from analytics.model.status import Status
from analytics.studies.supports.levels import Level, Unavailable
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder
from tests.support.small_bars import LAST


def level(
    name: str,
    price: float,
    status: Status | None = Status.ABOVE,
    *,
    at: float = 100.0,
    session_level: float | None = None,
    gap_down: bool | None = False,
) -> Level:
    """A rung at ``price``, seen from a last price of ``at``."""
    identity = LevelId.of_name(name)
    return Level(
        id=identity,
        name=name,
        family=identity.declared.group,
        price=price,
        session_level=price if session_level is None else session_level,
        distance_pct=(price / at - 1) * 100,
        distance_atr=(price - at) / 2,
        distance_sigma=None,
        status=status,
        gap_down=gap_down,
        close_needed=None,
    )


def ladder(
    *levels: Level, price: float = 100.0, provisional: bool = False, **changes: Any
) -> SupportLadder:
    """A ladder of these rungs, its headline supports found by their prices."""
    below = sorted(
        (lv for lv in levels if lv.id.is_headline and lv.price <= price),
        key=lambda lv: -lv.price,
    )
    heads = [HeadlineLevel(lv.name, lv.price, lv.distance_pct, lv.id) for lv in below]
    made = SupportLadder(
        symbol="SPY",
        name="SPDR S&P 500",
        currency="USD",
        session=LAST,
        provisional=provisional,
        price=price,
        previous_close=101.0,
        change_pct=(price / 101.0 - 1) * 100,
        open=100.5,
        low=99.0,
        atr=2.0,
        sigma_pct=1.0,
        levels=tuple(sorted(levels, key=lambda lv: -lv.price)),
        unavailable=(),
        support=heads[0] if heads else None,
        next_support=heads[1] if len(heads) > 1 else None,
        clusters=(),
        channel=None,
        close_only=False,
        sessions_available=300,
    )
    return replace(made, **changes)


def young(sessions: int = 30) -> SupportLadder:
    """A listing too young for any average but the 20-DMA."""
    return ladder(
        level("20-DMA", 98.0),
        unavailable=tuple(
            Unavailable(f"{n}-DMA", f"{n}-DMA needs {n} sessions (has {sessions})", dma(n))
            for n in (50, 100, 200)
        ),
        sessions_available=sessions,
    )
