"""Option contract symbols: what they say of a contract, and which roots are an underlying's own.

The Options Clearing Corporation's symbol is a root of up to six characters, the expiry as
yymmdd, C or P, and the strike in thousandths of a dollar as eight digits (OCC, Options Symbology
Initiative, 2010). It is written padded to 21 characters ("NVDA  250117C00150000") or compact
("NVDA250117C00150000").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import is_monthly
from analytics.model.vocabulary import Floats

ROOT_TYPE = "U6"
_SYMBOL = re.compile(r"([A-Z0-9]{1,6}) {0,5}(\d{6})([CP])(\d{8})", re.ASCII)


@dataclass(frozen=True, eq=False)
class ContractSymbols:
    """What n contract symbols say; rows that could not be read are marked by ``known``.

    Attributes:
        known: shape (n,), whether the symbol could be read.
        root: shape (n,), "" where unknown.
        expiry: shape (n,), ``datetime64[D]``, NaT where unknown.
        is_call: shape (n,), False where unknown.
        strike: shape (n,), dollars, NaN where unknown.
    """

    known: NDArray[np.bool_]
    root: NDArray[np.str_]
    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats


class MorningSettled(Enum):
    """Which expiries of a series are settled by the opening prices of their day."""

    NEVER = "never"
    MONTHLY = "the monthly expiry"
    ALWAYS = "every expiry"


_SERIES: Mapping[str, Mapping[str, MorningSettled]] = {
    "SPX": {
        "SPX": MorningSettled.MONTHLY,
        "SPXW": MorningSettled.NEVER,
        "SPXPM": MorningSettled.NEVER,  # third Fridays of 2011 to 2017
    },
    "NDX": {"NDX": MorningSettled.MONTHLY, "NDXP": MorningSettled.NEVER},
    "RUT": {"RUT": MorningSettled.MONTHLY, "RUTW": MorningSettled.NEVER},
    "DJX": {"DJX": MorningSettled.MONTHLY, "DJXW": MorningSettled.NEVER},
    "VIX": {"VIX": MorningSettled.ALWAYS, "VIXW": MorningSettled.ALWAYS},
}
"""Index -> its roots (Cboe and Nasdaq contract specifications)."""
_SAME_INDEX = {"GSPC": "SPX", "SP500": "SPX"}


def parse_contract_symbols(symbols: Iterable[object]) -> ContractSymbols:
    """Read contract symbols, padded or compact; a symbol that cannot be read is left unknown.

    The last fifteen characters are the expiry, the side and the strike, so that a digit that
    ends the root ("TEST1250221C00080000") stays the root's.
    """
    found = [_SYMBOL.fullmatch(str(symbol).strip().upper()) for symbol in symbols]
    days = {text: _day(text) for text in {match[2] for match in found if match}}
    n = len(found)
    known, root, is_call = np.zeros(n, bool), np.zeros(n, ROOT_TYPE), np.zeros(n, bool)
    expiry, strike = np.full(n, np.datetime64("NaT", "D")), np.full(n, np.nan)
    for i, match in enumerate(found):
        if match is None or days[match[2]] is None:
            continue
        known[i], root[i], expiry[i] = True, match[1], days[match[2]]
        is_call[i], strike[i] = match[3] == "C", int(match[4]) / 1000
    return ContractSymbols(known, root, expiry, is_call, strike)


def series_of(symbol: str) -> Mapping[str, MorningSettled]:
    """The roots whose contracts deliver the underlying ``symbol``, and how each is settled.

    A share or fund has one, its ticker without punctuation; an index that is not listed here has
    its own name and, for weekly expiries, that with a W.
    """
    name = "".join(character for character in symbol.upper() if character.isalnum())
    name = _SAME_INDEX.get(name, name)
    roots = (name, f"{name}W") if symbol.startswith("^") else (name,)
    return _SERIES.get(name) or dict.fromkeys(roots, MorningSettled.NEVER)


def is_morning_settled(symbol: str, root: str, expiry: dt.date) -> bool:
    """Whether a contract is settled by its expiry's opening prices; no root: never."""
    rule = series_of(symbol).get(root, MorningSettled.NEVER)
    return rule is MorningSettled.ALWAYS or (rule is MorningSettled.MONTHLY and is_monthly(expiry))


def is_adjusted_root(symbol: str, root: str) -> bool:
    """Whether a root is one of the underlying's with a digit before or after it.

    The clearing house numbers the contracts of another deliverable so: after a corporate action
    (TEST1), of ten shares (TEST7), or with terms of their own (2TEST).
    """
    return root not in series_of(symbol) and root.strip("0123456789") in series_of(symbol)


def is_european(symbol: str) -> bool:
    """Whether the contracts of an underlying can be exercised at their expiry only.

    So it is of index options, but those of the S&P 100 (OEX; its XEO are European): Cboe and
    Nasdaq contract specifications. Shares and funds have American ones.
    """
    name = "".join(character for character in symbol.upper() if character.isalnum())
    if name == "OEX":
        return False
    return symbol.startswith("^") or _SAME_INDEX.get(name, name) in _SERIES


def _day(text: str) -> dt.date | None:
    """The date of a yymmdd."""
    try:
        return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
