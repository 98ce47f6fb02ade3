"""The default scenario: the market of Friday 24 and Monday 27 January 2025.

The series are simulated. What is real are single dated facts, named here, to which the
simulated paths are fitted: the closing prices of Thursday 23, Friday 24 and Monday 27
January 2025 as published by the exchanges, the distances to the moving averages on the
Friday, and four daily ranges of the Monday. SPY's 50- and 100-day averages and the group
figure are set to the digits a market newsletter printed that weekend (596 dollars, -3.91%,
-5.65%), which is why they differ in the last digit from what the published closes give.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")

SEED = 20250127
HISTORY_STARTS = dt.date(2005, 1, 3)
THURSDAY = dt.date(2025, 1, 23)
FRIDAY = dt.date(2025, 1, 24)
MONDAY = dt.date(2025, 1, 27)
OPENS = dt.datetime(2025, 1, 27, 13, 50, tzinfo=_NEW_YORK)
AGAIN = dt.datetime(2025, 1, 27, 9, 25, tzinfo=_NEW_YORK)
"""Where the day begins when it is played again."""
ENDS = dt.datetime(2025, 1, 27, 16, 5, tzinfo=_NEW_YORK)

RATE = 0.045
"""The one interest rate of the simulated option quotes, continuously compounded."""


@dataclass(frozen=True)
class Day:
    """One session's range, dollars; ``marks`` are (minute since the open, price) on the way."""

    open: float
    high: float
    low: float
    close: float
    marks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Instrument:
    """What the simulator is given about one symbol.

    Attributes:
        sector: the sector factor it shares with its peers.
        sector_share: share of the residual variance that is the sector's.
        friday, thursday, monday: closes; ``thursday`` None leaves Friday's return to chance.
        dma: sessions -> distance of that average from Friday's close, percent; may be empty.
        year_ago: rough close 252 sessions before Friday; None leaves it to chance.
        first_price: rough split-adjusted price at ``listed``.
        beta: to SPY over the last two years (earlier, halfway to 1).
        residual_vol: annual, as a fraction.
        dividend_yield: annual, as a fraction, paid quarterly.
        volume_m: typical daily volume, millions of shares.
        split: (session, ratio), or None.
        range_monday: the Monday's published range where one is known.
        is_member: one of the index's many: its series are made when they are asked for, and only
            the latest of them are kept.
    """

    symbol: str
    name: str
    sector: str
    friday: float
    monday: float
    beta: float
    residual_vol: float
    first_price: float
    thursday: float | None = None
    dma: tuple[tuple[int, float], ...] = ()
    year_ago: float | None = None
    listed: dt.date = HISTORY_STARTS
    dividend_yield: float = 0.0
    volume_m: float = 10.0
    sector_share: float = 0.35
    split: tuple[dt.date, float] | None = None
    range_monday: Day | None = None
    is_fund: bool = False
    is_member: bool = False


SPY_MONDAY = Day(
    open=594.81,
    high=599.69,
    low=594.64,
    close=599.37,
    # Only open, high, low and close are published facts; the way between them is the
    # simulator's: at 13:50 above the 50-DMA, under it once more at 14:40, held by the close.
    marks=(
        (4, 594.64),
        (55, 597.60),
        (105, 595.95),
        (170, 598.30),
        (260, 597.20),
        (290, 596.55),
        (310, 595.90),
        (345, 597.70),
        (384, 599.69),
    ),
)
QQQ_MONDAY = Day(511.00, 517.99, 510.15, 514.21, ((5, 510.15), (165, 517.99), (310, 513.10)))
NVDA_MONDAY = Day(124.80, 128.40, 116.70, 118.42)
AAPL_MONDAY = Day(224.02, 232.15, 223.98, 229.86)
VIX_MONDAY = Day(18.83, 22.51, 17.57, 17.90, marks=((8, 22.51), (380, 17.57)))

SPY_TURNS: tuple[tuple[str, float, float], ...] = (
    # Turning points of the S&P 500 as closes of SPY to the dollar (public record), and the
    # annual volatility, percent, that the simulation runs at around that date.
    ("2005-01-03", 120, 10),
    ("2006-06-13", 122, 13),
    ("2007-02-20", 146, 9),
    ("2007-07-19", 155, 12),
    ("2007-08-15", 141, 24),
    ("2007-10-09", 156, 15),
    ("2008-01-22", 131, 26),
    ("2008-05-19", 143, 16),
    ("2008-09-12", 126, 24),
    ("2008-10-27", 84, 68),
    ("2008-11-20", 75, 68),
    ("2009-01-06", 93, 42),
    ("2009-03-09", 68, 42),
    ("2009-06-12", 95, 27),
    ("2010-04-23", 122, 13),
    ("2010-07-02", 102, 26),
    ("2011-04-29", 136, 11),
    ("2011-07-22", 135, 15),
    ("2011-08-08", 112, 44),
    ("2011-10-03", 110, 36),
    ("2012-04-02", 142, 12),
    ("2012-06-01", 128, 18),
    ("2013-05-21", 167, 10),
    ("2014-09-18", 202, 9),
    ("2014-10-16", 186, 20),
    ("2015-05-21", 213, 10),
    ("2015-08-25", 187, 34),
    ("2015-11-03", 211, 13),
    ("2016-02-11", 183, 23),
    ("2016-06-08", 212, 11),
    ("2018-01-26", 287, 8),
    ("2018-02-08", 258, 28),
    ("2018-09-20", 294, 9),
    ("2018-12-24", 234, 30),
    ("2019-07-26", 302, 10),
    ("2020-02-19", 338, 10),
    ("2020-03-23", 223, 72),
    ("2020-06-08", 323, 28),
    ("2020-09-02", 358, 16),
    ("2020-10-30", 327, 25),
    ("2022-01-03", 478, 13),
    ("2022-06-16", 367, 27),
    ("2022-08-16", 430, 18),
    ("2022-10-12", 357, 26),
    ("2023-07-31", 458, 11),
    ("2023-10-27", 411, 15),
    ("2024-01-24", 485, 10),
    ("2024-03-28", 523, 10),
    ("2024-04-19", 495, 14),
    ("2024-07-16", 565, 10),
    ("2024-08-05", 517, 26),
    ("2024-09-06", 540, 15),
    ("2024-12-06", 608, 10),
    ("2025-01-10", 581, 14),
)
