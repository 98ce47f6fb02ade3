"""Hit rates of level calls: dots on their interval beside chance; counts where there are few."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.watch.hit_rates import HitRate
from components.figures.rate_rows import RateRow, rate_rows
from components.figures.theme import Figure
from components.frame import formats


def hit_rates(*, rates: Sequence[HitRate], revision: str) -> Figure:
    """One row a rate; under ten sessions of tested calls its counts stand in its place."""
    return rate_rows(
        [_row(rate) for rate in rates],
        revision=revision,
        interval="95% over sessions",
        chance="%{x:.0f}% on rebuilt courses<extra>chance</extra>",
    )


def _row(rate: HitRate) -> RateRow:
    hover = ""
    if rate.rate_pct is not None:
        hover = (
            f"{rate.held} of {rate.tested} held: {formats.share(rate.rate_pct, 0)} "
            f"({rate.low_pct:.0f}\u2013{rate.high_pct:.0f}%, {rate.sessions} sessions); "
            f"chance {formats.share(rate.null_rate_pct, 0)}"
        )
    return RateRow(
        name=formats.level_name(rate.name),
        held=rate.held,
        events=rate.tested,
        rate_pct=rate.rate_pct,
        low_pct=rate.low_pct,
        high_pct=rate.high_pct,
        null_rate_pct=rate.null_rate_pct,
        hover=hover,
    )
