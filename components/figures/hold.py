"""Hold rates as dots on their Wilson interval, each beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.studies.hold.study import HoldRate
from components.figures.rate_rows import RateRow, rate_rows
from components.figures.theme import Figure
from components.frame import formats


def hold_rates(*, rows: Sequence[tuple[str, HoldRate]], revision: str) -> Figure:
    """One row a class of events: rate with its interval, and a mark for the null.

    A row under ten events has no rate: its counts are written in its place.
    """
    return rate_rows(
        [_row(name, rate) for name, rate in rows],
        revision=revision,
        interval="Wilson 95%",
        chance="%{x:.0f}% of events on rebuilt paths held<extra>chance</extra>",
        title="held by the close, %",
    )


def _row(name: str, rate: HoldRate) -> RateRow:
    low, high = rate.wilson95_pct or (0.0, 0.0)
    p = "" if rate.p_value is None else f", p = {rate.p_value:.2f}"
    p += "" if rate.q_value is None else f", q = {rate.q_value:.2f}"
    return RateRow(
        name=name,
        held=rate.held,
        events=rate.events,
        rate_pct=rate.rate_pct,
        low_pct=low,
        high_pct=high,
        null_rate_pct=rate.null_rate_pct,
        hover=f"{rate.held} of {rate.events} held: {formats.share(rate.rate_pct, 0)} "
        f"({low:.0f}-{high:.0f}%); chance {formats.share(rate.null_rate_pct, 0)}{p}",
    )
