"""Plausibility of live prices (methods, "Plausibility"), as plain comparisons of numbers."""

from __future__ import annotations

import datetime as dt

import numpy as np

from analytics.model.basics import Floats

FAR_SHARE = 0.05
FAR_ATR = 5.0
AGREE_SHARE = 0.005
AHEAD = dt.timedelta(seconds=15)
"""A clock that is kept by the network is never this far from another."""

OTHER_BASIS = 1.5
"""Two statements of one price so many times apart are in other shares or another unit."""

_UNIT_RATIO = (80.0, 125.0)
"""Around 100: pence for pounds, cents for dollars, with the day's own move."""
_CENT = 0.01
_CENT_OF_LITTLE = 0.01
_DOUBLES = 1e-9
_CENT_SHARE = 0.0005
"""Of a price so low that a cent is a move, this share of it is rounding."""
_FLOAT32_SHARE = 2.4e-7
"""Twice the spacing of 32-bit floats, in which streams send prices."""
_MAX_DECIMALS = 6


def rounding_cent(price: Floats) -> Floats:
    """How far a price may lie outside its range by rounding: a cent, of one under 1 its 1%."""
    return np.minimum(_CENT, _CENT_OF_LITTLE * np.abs(price)) + _DOUBLES


def tolerance(reference: float, atr: float | None) -> float:
    """How far from ``reference`` one print alone is believed: max(5%, 5 ATR), price units.

    Args:
        reference: the last accepted price; before the first the previous close.
        atr: ATR14 through the session before; None leaves the 5%.
    """
    return max(FAR_SHARE * reference, FAR_ATR * (atr or 0.0))


def is_far(price: float, reference: float, atr: float | None) -> bool:
    """Whether a print needs a second source before it is believed.

    The day's range holds the last accepted price: what lies outside it by more than the
    tolerance lies further than that from the price, too.
    """
    return abs(price - reference) > tolerance(reference, atr)


def agrees(price: float, other: float) -> bool:
    """Whether one price confirms another: within 0.5%."""
    return abs(price - other) <= AGREE_SHARE * max(price, other) * (1 + 1e-9)


def is_other_unit(price: float, reference: float) -> bool:
    """Whether the two look like one price in two units, a hundredfold apart.

    A source that sends the wrong unit sends it again: only bars confirm such a jump.
    """
    ratio = max(price / reference, reference / price)
    return _UNIT_RATIO[0] <= ratio <= _UNIT_RATIO[1]


def is_other_basis(stated: float, known: float) -> bool:
    """Whether two statements of one price are in other shares or units."""
    return not 1.0 / OTHER_BASIS < stated / known < OTHER_BASIS


def is_same_close(stated: float, known: float) -> bool:
    """Whether two statements of one close differ by rounding alone.

    Bars carry closes unrounded (a half cent after a 2:1 split, the noise of 32-bit floats), a
    quote rounds them: a cent is no difference, nor half of the last decimal stated.
    """
    price = max(abs(stated), abs(known))
    half_unit = 0.5 * 10.0 ** -_decimals(stated)
    rounding = max(min(_CENT, _CENT_SHARE * price), half_unit)
    return abs(stated - known) <= rounding + _FLOAT32_SHARE * price + 1e-9


def _decimals(price: float) -> int:
    """Decimals that a price is stated in: at least 2, or 4 of one under 1."""
    least = 2 if price >= 1.0 else 4
    for decimals in range(least, _MAX_DECIMALS):
        if abs(round(price, decimals) - price) < 1e-9:
            return decimals
    return _MAX_DECIMALS
