"""How other programs call a symbol: shares by their class, indices and continuous futures."""

from __future__ import annotations

_INDICES = {
    "^GSPC": "SPX",
    "^SPX": "SPX",
    "^NDX": "NDX",
    "^IXIC": "IXIC",
    "^DJI": "DJI",
    "^RUT": "RUT",
    "^VIX": "VIX",
}
_FUTURE = "=F"


def on_tradingview(symbol: str) -> str:
    """``syminfo.ticker`` of the symbol: ``BRK.B``, ``SPX``, ``ES1!``."""
    if symbol.endswith(_FUTURE):
        return f"{symbol.removesuffix(_FUTURE)}1!"
    return _INDICES.get(symbol, symbol.removeprefix("^").replace("-", "."))


def on_thinkorswim(symbol: str) -> str:
    """``GetSymbol()`` of the symbol: ``BRK/B``, ``SPX``, ``/ES``."""
    if symbol.endswith(_FUTURE):
        return f"/{symbol.removesuffix(_FUTURE)}"
    return _INDICES.get(symbol, symbol.removeprefix("^").replace("-", "/"))


def on_ninjatrader(symbol: str) -> str:
    """Name of the symbol's master instrument: ``BRK.B``, ``^SPX``, ``ES``."""
    if symbol.endswith(_FUTURE):
        return symbol.removesuffix(_FUTURE)
    if symbol in _INDICES:
        return f"^{_INDICES[symbol]}"
    return symbol.replace("-", ".")
