"""The odds that are recorded once a session, to be compared with what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.model.vocabulary import DailyFigures, Moment
from analytics.options.variance_surface import VarianceSurface
from analytics.studies.supports.horizons import Horizon

ODDS_NAME = "odds"
DEFINITION = 1
"""Raised when a figure below changes its meaning."""
DISTANCES_PCT = (0.5, 1.0, 2.0, 3.0, 5.0)
"""How far below the price the kept closes are."""


def figure_name(horizon: str, distance_pct: float) -> str:
    """``week below -2%``: the odds of a close so far below the price."""
    return f"{horizon} below -{distance_pct:g}%"


def closes_below(
    surface: VarianceSurface | None, spot: float, horizons: Sequence[Horizon]
) -> dict[str, float | None]:
    """Close-below odds, percent, by `figure_name`; None where the quotes do not reach."""
    found: dict[str, float | None] = {}
    for horizon in horizons:
        at = None if surface is None else surface.bracket(horizon.sessions)
        for distance in DISTANCES_PCT:
            name, strike = figure_name(horizon.name, distance), spot * (1 - distance / 100)
            if (
                surface is None
                or at is None
                or horizon.sessions <= 0
                or strike < surface.fits[at].lowest
            ):
                found[name] = None
            else:
                found[name] = 100 * float(surface.below(np.array([strike]), horizon.sessions)[0])
    return found


def daily_odds(
    symbol: str, figures: Mapping[str, float | None], moment: Moment, final: bool
) -> DailyFigures:
    """The session's odds as the store keeps them."""
    return DailyFigures(
        symbol=symbol,
        session=moment.session,
        final=final,
        shown_at=moment.time,
        definition=DEFINITION,
        figures=dict(figures),
    )
