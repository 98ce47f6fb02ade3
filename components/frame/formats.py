"""Number and time formats of the screen: decimals, thin spaces, true minus, New York times."""

from __future__ import annotations

import datetime as dt
import math

from analytics.model.percents import p_text as p_text
from analytics.model.percents import p_words as p_words
from analytics.model.percents import percent_text, share_text
from analytics.model.quotation import ABSENT as ABSENT
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.quotation import MINUS as MINUS
from analytics.model.quotation import THIN as THIN
from analytics.model.quotation import written as written
from analytics.model.sessions import NEW_YORK


def price(value: float | None, quotation: Quotation = DOLLARS) -> str:
    """``5 972.10``, ``490.2p``: in the decimals and the unit of its instrument."""
    return quotation.text(value)


def signed(value: float | None, decimals: int = 2) -> str:
    """``+1.20`` or ``−1.20``: a change always shows its sign."""
    return written(value, decimals, sign=True)


def pct(value: float | None, decimals: int = 2, *, sign: bool = True) -> str:
    """``−1.88%``: two decimals in tables, one in prose; ``value`` is in percent."""
    return percent_text(value, decimals, sign=sign)


def share(value: float | None, decimals: int = 1) -> str:
    """``57.0%``: a share of a whole carries no sign; neither all nor none unless it is."""
    return share_text(value, decimals)


def ratio(value: float | None) -> str:
    """``0.77``: a ratio or a correlation, two decimals, no sign on a positive one."""
    return written(value, 2, sign=False)


def atr(value: float | None) -> str:
    """``−1.4 ATR``."""
    text = written(value, 1, sign=True)
    return text if text == ABSENT else f"{text}{THIN}ATR"


def sigma(value: float | None) -> str:
    """``−2.1 σ``."""
    text = written(value, 1, sign=True)
    return text if text == ABSENT else f"{text}{THIN}σ"


def count(value: float | None) -> str:
    """``2 734 567``: whole numbers."""
    return written(value, 0, sign=False)


def compact(value: float | None) -> str:
    """``2.73 M``: volumes and open interest where space is short."""
    if value is None or not math.isfinite(value):
        return ABSENT
    for factor, unit in ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{written(value / factor, 2, sign=False)}{THIN}{unit}"
    return written(value, 0, sign=False)


def date(day: dt.date | None) -> str:
    """``Fri 24 Jan 2025``."""
    return ABSENT if day is None else f"{day:%a} {day.day} {day:%b %Y}"


def short_date(day: dt.date | None) -> str:
    """``24 Jan 2025``: the same form without its weekday, in ranges and narrow columns."""
    return ABSENT if day is None else f"{day.day} {day:%b %Y}"


def clock(time: dt.datetime | None) -> str:
    """``13:49 EST``: New York's wall clock with its zone."""
    return ABSENT if time is None else f"{time.astimezone(NEW_YORK):%H:%M %Z}"


def moment(time: dt.datetime | None) -> str:
    """``Mon 27 Jan 2025, 13:49 EST``."""
    return ABSENT if time is None else f"{date(time.astimezone(NEW_YORK).date())}, {clock(time)}"


def duration(minutes: int) -> str:
    """``2 h 10 min``, or days above 48 hours."""
    if minutes >= 48 * 60:
        return f"{minutes // (24 * 60)} days"
    hours, rest = divmod(max(0, minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def countdown(seconds: float) -> str:
    """``2 h 10 min``, rounded up; under ten minutes ``9 min 05 s``. health.mjs goes on with it."""
    if seconds >= 600:
        return duration(-int(-seconds // 60))
    minutes, rest = divmod(max(0, -int(-seconds // 1)), 60)
    return f"{minutes} min {rest:02d} s"


def age(seconds: float) -> str:
    """``12 s``, ``3 min``, ``2 h 10 min``, or days above 48 hours."""
    return f"{max(0, int(seconds))} s" if seconds < 120 else duration(int(seconds // 60))


def direction(value: float | None) -> str:
    """The class that colours a signed figure: ``up``, ``down`` or ``flat``."""
    if value is None or not math.isfinite(value) or value == 0:
        return "flat"
    return "up" if value > 0 else "down"


def level_name(name: str) -> str:
    """``50-DMA`` with a hyphen that does not break the line."""
    return name.replace("-", "\u2011")
