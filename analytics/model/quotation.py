"""Quotation of an instrument's prices: its decimals and the unit it is quoted in.

Every surface writes prices with the `Quotation` of their instrument (methods, "Decimals"): pages,
charts, the preview, alerts, exports, and the browser from the live snapshot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.model.basics import Floats

MINUS = "\u2212"
THIN = "\u2009"
ABSENT = "\u2013"

MOST_DECIMALS = 10
RANGE_UNITS = 10.0
"""A usual day's range is at least so many units of the last decimal."""
RECENT_SESSIONS = 60

_WHOLE = frozenset(["JPY", "KRW", "CLP", "VND", "ISK", "PYG", "UGX", "XAF", "XOF"])
"""Currencies without a minor unit (ISO 4217)."""
_TENTHS = frozenset({"JPY"})
"""Of those, what exchanges quote in tenths as well (Tokyo's ticks for the largest companies)."""
_PENCE = frozenset({"GBp", "GBX"})
_SUFFIXES = dict.fromkeys(_PENCE, "p") | {"ZAc": "c"}
_SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩", "INR": "₹"}

_CURRENCIES = {
    calendar: currency
    for currency, calendars in {
        "GBp": "XLON",
        "EUR": "XETR XFRA XPAR XAMS XBRU XLIS XMIL XMAD XWBO XHEL XDUB XTAL XRIS XLIT",
        "JPY": "XTKS",
        "KRW": "XKRX",
        "HKD": "XHKG",
        "CNY": "XSHG",
        "TWD": "XTAI",
        "INR": "XBOM",
        "SGD": "XSES",
        "IDR": "XIDX",
        "MYR": "XKLS",
        "THB": "XBKK",
        "PHP": "XPHS",
        "AUD": "XASX",
        "NZD": "XNZE",
        "CAD": "XTSE",
        "MXN": "XMEX",
        "BRL": "BVMF",
        "ARS": "XBUE",
        "CLP": "XSGO",
        "CHF": "XSWX",
        "NOK": "XOSL",
        "SEK": "XSTO",
        "DKK": "XCSE",
        "ISK": "XICE",
        "PLN": "XWAR",
        "CZK": "XPRA",
        "HUF": "XBUD",
        "TRY": "XIST",
        "ZAc": "XJSE",
        "SAR": "XSAU",
        "PKR": "XKAR",
    }.items()
    for calendar in calendars.split()
}
"""What shares are quoted in on the exchange of each calendar."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """How the prices of one instrument are written.

    Attributes:
        unit: the currency as quoted ("GBp" is pence); empty for points and rates of exchange.
        decimals: of a price.
    """

    unit: str = "USD"
    decimals: int = 2

    @property
    def prefix(self) -> str:
        """What stands before the number; nothing for dollars, the desk's own currency."""
        if self.unit in ("", "USD") or self.unit in _SUFFIXES:
            return ""
        return _SIGNS.get(self.unit, f"{self.unit}{THIN}")

    @property
    def suffix(self) -> str:
        """What stands after it: ``p`` for pence."""
        return _SUFFIXES.get(self.unit, "")

    @property
    def heading(self) -> str:
        """The unit in a column's heading or an axis title."""
        return self.unit or "points"

    def text(self, price: float | None) -> str:
        """``597.23``, ``490.2p``, ``€12.30``, ``¥2 345``; a dash for an absent price."""
        number = self.number(price)
        if number == ABSENT:
            return number
        sign = MINUS if number.startswith(MINUS) else ""
        return f"{sign}{self.prefix}{number.removeprefix(MINUS)}{self.suffix}"

    def plain_text(self, price: float) -> str:
        """``¥2,345``: for mail and webhooks, with commas in thousands and no thin space."""
        number = self.number(price).replace(THIN, ",")
        return f"{self.prefix.replace(THIN, ' ')}{number}{self.suffix}"

    def number(self, price: float | None) -> str:
        """The same without its unit."""
        return written(price, self.decimals)


DOLLARS = Quotation()


def written(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """Fixed decimals, thin spaces in thousands, a true minus; a plus where asked."""
    if value is None or not math.isfinite(value):
        return ABSENT
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", THIN)
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if sign and rounded > 0 else text


def currency_of(symbol: str, calendar: str) -> str:
    """What a listing is quoted in, where its source does not say so.

    Args:
        calendar: code of its trading calendar.
    """
    kind = _kind(symbol, "")
    if kind == "CURRENCY":
        return _quoted_currency(symbol)
    if kind == "CRYPTOCURRENCY":
        return symbol.rpartition("-")[2]
    return _CURRENCIES.get(calendar, "USD")


def quotation_of(
    symbol: str,
    currency: str,
    *,
    instrument: str = "",
    price_hint: int | None = None,
    high: Floats,
    low: Floats,
    close: Floats,
) -> Quotation:
    """The quotation of an instrument, from what its source says of it and its completed bars.

    Args:
        currency: as quoted; empty where not known.
        instrument, price_hint: as in `analytics.sources.base.RawBars`.
        high, low, close: shape (n,), oldest first; the last `RECENT_SESSIONS` are looked at.
    """
    kind = _kind(symbol, instrument)
    recent = slice(-RECENT_SESSIONS, None)
    closes = close[recent]
    unit = "" if kind in ("INDEX", "CURRENCY") else currency
    hint = price_hint if price_hint is not None and 0 <= price_hint <= MOST_DECIMALS else None
    if unit in _WHOLE:
        least = 1 if unit in _TENTHS and fewest_decimals(closes, most=2) == 1 else 0
    elif kind == "CURRENCY":
        least = _pip_decimals(symbol, hint)
    elif hint is not None:
        least = hint
    elif unit in _PENCE:
        least = max(1, min(2, fewest_decimals(closes, most=2)))
    else:
        least = 2 if not closes.size or closes[-1] >= 1.0 else 4
    return Quotation(unit, max(least, _decimals_of_range(high[recent], low[recent], closes)))


def stated_quotation(symbol: str, calendar: str, price: float) -> Quotation:
    """The quotation of a listing of which no bars are at hand, by its symbol and one price."""
    none = np.empty(0)
    return quotation_of(
        symbol, currency_of(symbol, calendar), high=none, low=none, close=np.array([price])
    )


def fewest_decimals(prices: Floats, most: int) -> int:
    """The fewest decimals, up to ``most``, that write all the prices as they are."""
    for decimals in range(most):
        if bool((np.abs(np.round(prices, decimals) - prices) < 1e-6 * np.abs(prices)).all()):
            return decimals
    return most


def _kind(symbol: str, instrument: str) -> str:
    """What an instrument is, in Yahoo's words; by the form of the symbol where not stated."""
    if instrument:
        return instrument
    if symbol.startswith("^") or symbol in ("000001.SS", "399001.SZ", "DX-Y.NYB"):
        return "INDEX"
    if symbol.endswith("=X"):
        return "CURRENCY"
    name, dash, quoted = symbol.rpartition("-")
    if dash and name and len(quoted) == 3 and quoted.isalpha():
        return "CRYPTOCURRENCY"
    return ""


def _quoted_currency(pair: str) -> str:
    """``JPY`` of ``EURJPY=X``, and of ``JPY=X``, which is yen a dollar."""
    return pair.removesuffix("=X")[-3:]


def _pip_decimals(pair: str, hint: int | None) -> int:
    """Decimals of a rate of exchange: a pip and, where nothing is stated, a tenth of one."""
    pip = 2 if _quoted_currency(pair) in _WHOLE else 4
    return pip + 1 if hint is None else max(hint, pip)


def _decimals_of_range(high: Floats, low: Floats, close: Floats) -> int:
    """Decimals in which a usual day's range is `RANGE_UNITS` units; levels then differ."""
    ranges = high - low if np.isfinite(low).any() else np.abs(np.diff(close))
    ranges = ranges[np.isfinite(ranges) & (ranges > 0.0)]
    if not ranges.size:
        return 0
    unit = float(np.median(ranges)) / RANGE_UNITS
    return min(MOST_DECIMALS, max(0, math.ceil(-math.log10(unit) - 1e-9)))
