"""The question ``options-levels``: levels, GEX by strike and expiry, and GEX against spot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.model.question import Inputs, Question
from analytics.options.analysis import ChainAnalysis
from analytics.options.exposure import (
    CHARM_UNIT,
    GEX_UNIT,
    VANNA_UNIT,
    GammaProfile,
)
from analytics.options.levels import OptionLevels
from analytics.options.question import OptionsParameters, gex_of, options_needs, select
from analytics.options.rules import Selection
from analytics.options.sums import group_sums
from analytics.options.view import OPEN_INTEREST_LABEL, Gex


@dataclass(frozen=True)
class Exposure:
    """Exposures of one group of contracts, signed by the dealers' side.

    Attributes:
        call_gex_usd_per_pct, put_gex_usd_per_pct: dollars per 1% move; their sum is the net.
        gross_gex_usd_per_pct: sum of the absolutes.
        vanna_usd_per_point: dollars of delta per vol point.
        charm_usd_per_day: dollars of delta per calendar day.
    """

    call_gex_usd_per_pct: float
    put_gex_usd_per_pct: float
    net_gex_usd_per_pct: float
    gross_gex_usd_per_pct: float
    vanna_usd_per_point: float
    charm_usd_per_day: float


@dataclass(frozen=True)
class StrikeExposure(Exposure):
    """`Exposure` of one strike over the expiries shown."""

    strike: float


@dataclass(frozen=True)
class ExpiryExposure(Exposure):
    """`Exposure` of one expiry."""

    expiry: dt.date
    days: int


@dataclass(frozen=True)
class ExposureUnits:
    """The unit of each figure, to be printed on its chart."""

    gex: str = GEX_UNIT
    vanna: str = VANNA_UNIT
    charm: str = CHARM_UNIT


@dataclass(frozen=True)
class OptionsLevelsView:
    """Levels and exposures of the expiries selected.

    Attributes:
        selection: the expiries, and why those.
        gex: totals, with the convention and the dealers' assumption.
        profile: total GEX on 200 spots from 0.8 S to 1.2 S; None without exposures.
        by_strike: ascending, strikes with an exposure.
        by_expiry: every unexpired expiry, whatever is selected, nearest first.
    """

    symbol: str
    session: dt.date
    chain_time: dt.datetime
    spot: float
    spot_basis: str
    open_interest_label: str
    selection: Selection
    levels: OptionLevels
    gex: Gex
    units: ExposureUnits
    profile: GammaProfile | None
    by_strike: tuple[StrikeExposure, ...]
    by_expiry: tuple[ExpiryExposure, ...]


def _compute(parameters: OptionsParameters, inputs: Inputs) -> OptionsLevelsView:
    analysis, selection = select(parameters, inputs)
    clean, dealers = analysis.clean, parameters.dealers
    found = analysis.levels(selection, dealers)
    return OptionsLevelsView(
        symbol=parameters.symbol,
        session=clean.chain.session,
        chain_time=clean.chain.time,
        spot=clean.spot.price,
        spot_basis=clean.spot.basis,
        open_interest_label=OPEN_INTEREST_LABEL,
        selection=selection,
        levels=found.levels,
        gex=gex_of(analysis, selection, dealers),
        units=ExposureUnits(),
        profile=found.profile,
        by_strike=_by_strike(analysis, analysis.scope(selection), dealers),
        by_expiry=_by_expiry(analysis, dealers),
    )


def _by_strike(
    analysis: ChainAnalysis, scope: NDArray[np.bool_], dealers: str
) -> tuple[StrikeExposure, ...]:
    strikes = analysis.index.strikes
    rows = _exposures(analysis, analysis.index.of_strike, len(strikes), scope, dealers)
    return tuple(StrikeExposure(**rows[i], strike=float(strikes[i])) for i in rows)


def _by_expiry(analysis: ChainAnalysis, dealers: str) -> tuple[ExpiryExposure, ...]:
    expiries, session = analysis.index.expiries, analysis.clean.chain.session
    rows = _exposures(
        analysis, analysis.index.of_expiry, len(expiries), analysis.clean.unexpired, dealers
    )
    return tuple(
        ExpiryExposure(**rows[i], expiry=day, days=(day - session).days)
        for i, day in enumerate(expiries.tolist())
        if i in rows
    )


def _exposures(
    analysis: ChainAnalysis,
    group: NDArray[np.int64],
    groups: int,
    scope: NDArray[np.bool_],
    dealers: str,
) -> dict[int, dict[str, Any]]:
    """Group -> the fields of its `Exposure`, for the groups with any, ascending."""
    exposures, is_call = analysis.exposures, analysis.clean.chain.is_call
    sign = exposures.signs(dealers) * scope
    gex = sign * exposures.gamma
    columns = {
        "call_gex_usd_per_pct": np.where(is_call, gex, 0.0),
        "put_gex_usd_per_pct": np.where(is_call, 0.0, gex),
        "net_gex_usd_per_pct": gex,
        "gross_gex_usd_per_pct": np.abs(gex),
        "vanna_usd_per_point": sign * exposures.vanna,
        "charm_usd_per_day": sign * exposures.charm,
    }
    sums = {name: group_sums(group, values, groups) for name, values in columns.items()}
    return {
        i: {name: float(values[i]) for name, values in sums.items()}
        for i in np.flatnonzero(sums["gross_gex_usd_per_pct"] > 0).tolist()
    }


OPTIONS_LEVELS = Question(
    name="options-levels",
    about="walls, gamma flip, max pain, expected move, GEX by strike, expiry and spot of SYMBOL",
    parameters=OptionsParameters,
    result=OptionsLevelsView,
    needs=options_needs,
    compute=_compute,
)
