"""The figures of an options answer that are kept once a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.model.vocabulary import DailyFigures, Moment

if TYPE_CHECKING:  # the question keeps through this module
    from analytics.options.question import OptionsParameters, OptionsView

OPTIONS_NAME = "options"

DEFINITION = 1
"""Raised when a figure below changes its meaning."""

FIGURES: dict[str, tuple[str, str]] = {
    "spot": ("Spot", "$"),
    "put_call_volume": ("Put/call, volume", "ratio"),
    "put_call_open_interest": ("Put/call, open interest", "ratio"),
    "short_call_share": ("Short-term call share", "%"),
    "short_quote": ("Short-term bullish, quote", "%"),
    "short_residual": ("Short-term bullish, residual", "%"),
    "medium_call_share": ("Medium-term call share", "%"),
    "iv30": ("IV30", "%"),
    "risk_reversal": ("25-delta risk reversal, nearest", "vol points"),
    "call_wall": ("Call wall", "$"),
    "put_wall": ("Put wall", "$"),
    "gamma_flip": ("Gamma flip", "$"),
    "net_gex": ("Net GEX", "$ per 1% move"),
}
"""Figure -> its name on the page and its unit."""


def record_options(
    parameters: OptionsParameters, view: OptionsView, moment: Moment, final: bool
) -> DailyFigures | None:
    """The day's figures of the unfiltered chain; None for a filtered view."""
    if parameters != type(parameters)(parameters.symbol):
        return None
    short, medium = view.bullish_share["short"], view.bullish_share["medium"]
    levels = view.levels
    skew = next((row.risk_reversal_points for row in view.skew if row.reason is None), None)
    return DailyFigures(
        symbol=view.symbol,
        session=view.session,
        final=final,
        shown_at=moment.time,
        definition=DEFINITION,
        figures={
            "spot": view.spot,
            "put_call_volume": view.put_call.volume,
            "put_call_open_interest": view.put_call.open_interest,
            "short_call_share": short["call-share"].share_pct,
            "short_quote": short["quote"].share_pct,
            "short_residual": short["residual"].share_pct,
            "medium_call_share": medium["call-share"].share_pct,
            "iv30": None if view.iv30.iv is None else view.iv30.iv * 100,
            "risk_reversal": skew,
            "call_wall": levels.call_wall.strike,
            "put_wall": levels.put_wall.strike,
            "gamma_flip": levels.gamma_flip.nearest,
            "net_gex": view.gex.net_usd_per_pct,
        },
    )
