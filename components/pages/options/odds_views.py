"""The Options page's odds panel: what options price for the week's close."""

from __future__ import annotations

from typing import Any

from analytics.studies.supports.calibration import (
    MIN_SESSIONS,
    HorizonCalibration,
    OddsCalibration,
)
from analytics.studies.supports.odds import Band, CloseDensity, OddsView
from components.figures import density as figures
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.options.state import OptionsState
from components.pages.options.views import sentence


def show_density(state: OptionsState, view: OddsView) -> panels.View:
    """The density of the week's close, with the averages below the price marked."""
    density = view.density
    if density is None or not density.prices:
        reason = (density.reason if density else None) or "n/a (no chain)"
        return panels.nothing("No odds of the week\u2019s close", sentence(reason))
    title = _title(view, density)
    fitted = (
        f" The smile lies {view.residual_points:.2f} vol points off the mids."
        if view.residual_points is not None
        else ""
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{view.label} Chain of {formats.moment(view.chain_time)}; {density.horizon}",
        figure=figures.close_density(density=density, spot=min(view.price, view.chain_spot)),
        data=panels.Data(
            (
                ("Price $", "price"),
                ("Density, % a $", "share"),
                ("Close below %", "share"),
            ),
            [
                (price, 100 * value, below)
                for price, value, below in zip(
                    density.prices, density.density_per_dollar, density.below_pct, strict=True
                )
            ],
        ),
        note=f"{_bands(density)}{fitted}",
    )


def _title(view: OddsView, density: CloseDensity) -> str:
    """``Options price a 31% chance of a close below the 50-DMA on Fri 31 Jan``."""
    day = f"{density.ends:%a %-d %b}"
    named = [band for band in density.bands if band.high is not None]
    if not named:
        return f"What options price for {view.symbol}\u2019s close on {day}"
    highest = named[-1]
    chance = sum(band.probability_pct for band in named)
    return (
        f"Options price a {formats.share(chance, 0)} chance that {view.symbol} closes below its "
        f"{formats.level_name(highest.below_name or '')} on {day}"
    )


def _bands(density: CloseDensity) -> str:
    """``Below 583.92 4%; 583.92 to 596.55 18%; above 78%.``"""
    return "; ".join(_band(band) for band in density.bands) + "."


def _band(band: Band) -> str:
    share = formats.share(band.probability_pct, 0)
    if band.low is None and band.high is None:
        return f"any price {share}"
    if band.low is None:
        return f"Below {formats.price(band.high)} {share}"
    if band.high is None:
        return f"above {formats.price(band.low)} {share}"
    return f"{formats.price(band.low)} to {formats.price(band.high)} {share}"


CALIBRATION_COLUMNS = (
    Column("horizon", "Horizon", "text"),
    Column("priced", "Priced at", "text"),
    Column("mean", "Mean priced %", "share"),
    Column("came", "Closed below %", "share"),
    Column("interval", "95% interval", "text"),
    Column("n", "n", "count"),
)
HORIZON_NAMES = {"today": "Next session", "week": "Week", "month": "Month"}


def show_calibration(state: OptionsState, view: OddsCalibration) -> panels.View:
    """Kept odds held against what came."""
    rows = [row for one in view.horizons for row in _calibration_rows(one)]
    scored = [one for one in view.horizons if one.brier is not None]
    title = (
        _calibration_title(scored[0])
        if scored
        else f"{view.symbol}\u2019s odds cannot be checked yet: {MIN_SESSIONS} closes are needed"
    )
    absent = " ".join(
        f"{HORIZON_NAMES[one.horizon]}: {one.reason}." for one in view.horizons if one.reason
    )
    body = (
        widgets.table(CALIBRATION_COLUMNS, rows, caption="Odds and what came")
        if rows
        else [widgets.absence_note(absent), widgets.history_help()]
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=" ".join(_brier(one) for one in scored),
        body=body,
        data=panels.Data(
            (
                ("Horizon", "text"),
                ("Priced at", "text"),
                ("Mean priced %", "share"),
                ("Closed below %", "share"),
                ("n", "count"),
            ),
            [(row["horizon"], row["priced"], row["mean"], row["came"], row["n"]) for row in rows],
        ),
        note=f"{view.note} {absent if rows else ''}".strip(),
    )


def _calibration_rows(one: HorizonCalibration) -> list[dict[str, Any]]:
    return [
        {
            "horizon": HORIZON_NAMES[one.horizon],
            "priced": f"{row.from_pct:.0f}\u2013{row.to_pct:.0f}%",
            "mean": row.priced_pct,
            "came": row.came_pct,
            "interval": f"{row.low_pct:.0f}\u2013{row.high_pct:.0f}%",
            "n": row.n,
        }
        for row in one.rows
    ]


def _calibration_title(one: HorizonCalibration) -> str:
    """``Closes that options priced at 20-30% came 18% of the time (n 64)``."""
    row = max(one.rows, key=lambda row: row.n)
    return (
        f"Closes that options priced at {row.from_pct:.0f}\u2013{row.to_pct:.0f}% came "
        f"{formats.share(row.came_pct, 0)} of the time (n {row.n})"
    )


def _brier(one: HorizonCalibration) -> str:
    """``Week: Brier score 0.112 over 240 sessions (0.148 by the base rate).``"""
    return (
        f"{HORIZON_NAMES[one.horizon]}: Brier score {one.brier:.3f} over {one.sessions} sessions "
        f"({one.base_brier:.3f} by the base rate)."
    )
