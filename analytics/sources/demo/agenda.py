"""The week's calendar around 27 January 2025: published dates; the expectations are simulated."""

from __future__ import annotations

import datetime as dt

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind

AFTER, BEFORE = "after the close", "before the open"

# Days on which the companies released their results, as published by them.
_EARNINGS = (
    ("2025-01-27", BEFORE, "T"),
    ("2025-01-29", AFTER, "MSFT META TSLA IBM NOW"),
    ("2025-01-30", AFTER, "AAPL V INTC"),
    ("2025-01-30", BEFORE, "MA CAT"),
    ("2025-01-31", BEFORE, "XOM CVX"),
    ("2025-02-04", AFTER, "GOOGL AMD"),
    ("2025-02-06", AFTER, "AMZN"),
    ("2025-02-20", BEFORE, "WMT"),
    ("2025-02-22", BEFORE, "BRK-B"),
    ("2025-02-26", AFTER, "NVDA"),
    ("2025-03-06", AFTER, "AVGO"),
)

# Published days and times; what was expected and what came before are the simulator's.
_RELEASES = (
    (
        "2025-01-30",
        EventKind.RELEASE,
        "GDP, fourth quarter, advance estimate",
        2.6,
        3.1,
        "% a year",
    ),
    ("2025-01-31", EventKind.PCE, "PCE prices, December, on a year before", 2.6, 2.4, "%"),
    ("2025-02-07", EventKind.JOBS, "Payrolls, January", 170.0, 256.0, "thousand"),
    ("2025-02-12", EventKind.CPI, "CPI, January, on a year before", 2.9, 2.9, "%"),
)

# Rough market values ($ billion) by which earnings are ordered.
_SIZE = {
    "AAPL": 3350, "NVDA": 3490, "MSFT": 3300, "AMZN": 2470, "GOOGL": 2450, "META": 1640,
    "TSLA": 1300, "AVGO": 1140, "BRK-B": 1000, "WMT": 760, "V": 640, "MA": 490, "XOM": 480,
    "CVX": 280, "NOW": 232, "IBM": 208, "CAT": 195, "AMD": 199, "T": 164, "INTC": 90,
}  # fmt: skip

_SOURCE = "Simulator (published dates)"


def _earnings() -> tuple[Event, ...]:
    return tuple(
        Event(
            dt.date.fromisoformat(day),
            EventKind.EARNINGS,
            f"{symbol} earnings",
            timing=timing,
            symbol=symbol,
            market_cap_musd=_SIZE[symbol] * 1000.0,
            source=_SOURCE,
        )
        for day, timing, symbols in _EARNINGS
        for symbol in symbols.split()
    )


def _releases() -> tuple[Event, ...]:
    return tuple(
        Event(
            dt.date.fromisoformat(day),
            kind,
            title,
            time=dt.datetime.combine(
                dt.date.fromisoformat(day), dt.time(8, 30), NEW_YORK
            ).astimezone(dt.UTC),
            expected=expected,
            previous=previous,
            unit=unit,
            detail="expectation simulated",
            source=_SOURCE,
        )
        for day, kind, title, expected, previous, unit in _RELEASES
    )


def events_of(symbol: str) -> tuple[Event, ...]:
    """The company's earnings; empty when the scenario knows none."""
    return tuple(event for event in _earnings() if event.symbol == symbol)


def agenda_between(start: dt.date, end: dt.date) -> tuple[Event, ...]:
    """Releases and all known earnings between two days."""
    return tuple(e for e in (*_releases(), *_earnings()) if start <= e.day <= end)
