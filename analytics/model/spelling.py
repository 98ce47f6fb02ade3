"""How other places spell a symbol, in the spelling of this project's sources: BRK.B is BRK-B."""

from __future__ import annotations

import re
from collections.abc import Container

_EXCHANGES = re.compile(r"(?:NASDAQ|NYSE|NYSEARCA|AMEX|ARCA|BATS|CBOE):(?=.)")
_FUTURE = re.compile(r"/[A-Z0-9]{1,4}")
_SLASHED = re.compile(r"[A-Z]{1,5}/[A-E]")
_CLASS_SHARE = re.compile(r"([A-Z]{1,5})\.([A-E])")
_US_SUFFIX = re.compile(r"([A-Z]{1,5})(?:\.US|-US|\.OQ|\.N|\.O)")
_PAIR = re.compile(r"([A-Z]{3})([A-Z]{3})")
_INDICES = {
    "SPX": "^GSPC",
    "VIX": "^VIX",
    "NDX": "^NDX",
    "RUT": "^RUT",
    "DJI": "^DJI",
    "DJIA": "^DJI",
    "COMP": "^IXIC",
}
_CURRENCIES = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "USD"}
_COINS = {"ADA", "BTC", "ETH", "LTC", "SOL", "XRP"}


def bare(text: str) -> str:
    """A typed symbol in capitals, without what only marks it as one.

    ``$spy`` is SPY, ``NASDAQ:AAPL`` AAPL, ``BRK/B`` BRK-B and ``/ES`` the future ES=F.
    """
    symbol = _EXCHANGES.sub("", text.strip().upper(), count=1).removeprefix("$")
    if _FUTURE.fullmatch(symbol):
        return f"{symbol[1:]}=F"
    return symbol.replace("/", "-") if _SLASHED.fullmatch(symbol) else symbol


def other_spelling(symbol: str) -> str | None:
    """What a symbol that is unknown as written is written as by the sources; None: nothing else.

    Class shares have a dash, indices a caret, currencies ``=X``, and US listings no suffix. A dot
    before another letter is an exchange's: ``.L`` is London's.
    """
    if symbol in _INDICES:
        return _INDICES[symbol]
    share = _CLASS_SHARE.fullmatch(symbol)
    if share is not None:
        return f"{share[1]}-{share[2]}"
    listed = _US_SUFFIX.fullmatch(symbol)
    if listed is not None:
        return listed[1]
    pair = _PAIR.fullmatch(symbol)
    if pair is not None and pair[2] in _CURRENCIES:
        if pair[1] in _COINS:
            return f"{pair[1]}-{pair[2]}"
        if pair[1] in _CURRENCIES:
            return f"{symbol}=X"
    return None


def or_did_you_mean(symbol: str, known: Container[str] | None = None) -> str:
    """How a sentence about an unknown symbol ends: ``: did you mean BRK-B?``, else a full stop.

    Args:
        known: offer one of these only; None: not known which there are.
    """
    other = other_spelling(symbol)
    if other is None or (known is not None and other not in known):
        return "."
    return f": did you mean {other}?"
