"""The figures of an options answer that are recorded once a session."""

from __future__ import annotations

OPTIONS_NAME = "options"

DEFINITION = 2
"""Raised when a figure below changes its meaning.

2: each expiry's own forward and fitted smile, quotes compared as decimals, only the underlying's
own contracts.
"""

SIMULATED = "Simulator"
"""Origin of figures of sessions that the demo simulates."""

PRICE_UNIT = "$"
"""Of figures that a split divides."""

FIGURES: dict[str, tuple[str, str]] = {
    "spot": ("Spot", PRICE_UNIT),
    "put_call_volume": ("Put/call, volume", "ratio"),
    "put_call_open_interest": ("Put/call, open interest", "ratio"),
    "short_call_share": ("Short-term call share", "%"),
    "short_quote": ("Short-term bullish, quote", "%"),
    "short_residual": ("Short-term bullish, residual", "%"),
    "medium_call_share": ("Medium-term call share", "%"),
    "iv30": ("IV30", "%"),
    "risk_reversal": ("25-delta risk reversal, nearest", "vol points"),
    "call_wall": ("Call wall", PRICE_UNIT),
    "put_wall": ("Put wall", PRICE_UNIT),
    "gamma_flip": ("Gamma flip", PRICE_UNIT),
    "net_gex": ("Net GEX", "$ per 1% move"),
}
"""Figure -> its name on the page and its unit."""
