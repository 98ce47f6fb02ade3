"""How the demo's underlyings are traded in options, and which have any."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.sources.demo.surface import Smile


@dataclass(frozen=True)
class Crowd:
    """How one underlying's options are traded.

    Attributes:
        contracts_m: a day's volume, million contracts; open interest is some nine times that.
        call_share: of Friday's volume up to 30 days.
        friday_buying, monday_buying: share of trades at the offer, (calls, puts).
    """

    smile: Smile
    contracts_m: float
    call_share: float
    friday_buying: tuple[float, float] = (0.5, 0.5)
    monday_buying: tuple[float, float] = (0.42, 0.58)


def _reports(day: int, month: int, move: float) -> tuple[dt.date, float]:
    """The session after a company's report and the move its options expect, simulated."""
    return dt.date(2025, month, day), move


CROWDS = {
    "SPY": Crowd(Smile(0.125, 0.105, 0.075, 0.8), 7.6, 0.45, (0.48, 0.53)),
    "QQQ": Crowd(Smile(0.175, 0.090, 0.065, 0.8), 3.9, 0.45, (0.47, 0.54)),
    "IWM": Crowd(Smile(0.185, 0.085, 0.065), 1.1, 0.42),
    "DIA": Crowd(Smile(0.118, 0.105, 0.075), 0.06, 0.41),
    "XLK": Crowd(Smile(0.190, 0.090, 0.065, 0.8), 0.03, 0.48),
    "NVDA": Crowd(Smile(0.47, 0.025, 0.060, 1.0), 3.6, 0.57, (0.56, 0.47), (0.40, 0.60)),
    "AAPL": Crowd(
        Smile(0.235, 0.030, 0.060, 0.2, _reports(31, 1, 0.038)), 1.2, 0.60, (0.5, 0.5), (0.60, 0.42)
    ),
    "MSFT": Crowd(Smile(0.205, 0.035, 0.060, 0.4, _reports(30, 1, 0.040)), 0.42, 0.59),
    "AMZN": Crowd(Smile(0.255, 0.030, 0.060, 0.4, _reports(7, 2, 0.060)), 0.75, 0.62),
    "GOOGL": Crowd(Smile(0.250, 0.030, 0.060, 0.5, _reports(5, 2, 0.055)), 0.45, 0.61),
    "META": Crowd(
        Smile(0.27, 0.030, 0.060, 0.2, _reports(30, 1, 0.068)),
        0.52,
        0.57,
        (0.54, 0.48),
        (0.55, 0.44),
    ),
    "TSLA": Crowd(Smile(0.58, 0.010, 0.060, 0.3, _reports(30, 1, 0.080)), 2.7, 0.56),
    "AVGO": Crowd(Smile(0.46, 0.020, 0.060, 1.2), 0.33, 0.60),
    "BRK-B": Crowd(Smile(0.145, 0.050, 0.060, 0.1), 0.03, 0.53),
    "WMT": Crowd(
        Smile(0.185, 0.035, 0.060, 0.1, _reports(20, 2, 0.045)),
        0.09,
        0.56,
        (0.5, 0.5),
        (0.58, 0.44),
    ),
}
OPTIONABLE = frozenset(CROWDS)
