"""The question ``options-surface``: smiles, strike x expiry matrix, unusual activity."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.access import Offer, Plan
from analytics.model.question import Inputs, Question
from analytics.model.vocabulary import Floats
from analytics.options.activity import UnusualActivity, unusual_activity
from analytics.options.analysis import ChainAnalysis
from analytics.options.exposure import GEX_UNIT
from analytics.options.question import OptionsParameters, options_needs, select
from analytics.options.rules import Selection
from analytics.options.sums import group_sums
from analytics.options.surface import (
    SKEW_DIRECTION,
    ExpirySkew,
    Iv30,
    Smile,
    TermPoint,
    iv30,
    skew_by_expiry,
    smiles,
    term_structure,
)
from analytics.options.view import OPEN_INTEREST_LABEL

MATRIX_STRIKES = 60

Table = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class StrikeExpiryMatrix:
    """Matrices of strike x expiry, the same rows and columns.

    Attributes:
        expiries: columns, nearest first.
        strikes: rows, ascending: the `MATRIX_STRIKES` nearest to spot of those with any volume
            or open interest in the expiries selected.
        strikes_left_out: how many such strikes lie farther away.
        open_interest, volume: contracts, calls and puts together; open interest is None where
            the whole expiry has none.
        net_gex_usd_per_pct: dollars per 1% move; None where no contract has an IV.
        gex_unit: its unit.
        net_vanna_usd_per_point: dollars of delta per vol point; None likewise.
        net_charm_usd_per_day: dollars of delta per calendar day; None likewise.
    """

    expiries: tuple[dt.date, ...]
    strikes: tuple[float, ...]
    strikes_left_out: int
    open_interest: Table
    volume: Table
    net_gex_usd_per_pct: Table
    gex_unit: str
    net_vanna_usd_per_point: Table = ()
    net_charm_usd_per_day: Table = ()


@dataclass(frozen=True)
class OptionsSurfaceView:
    """The surface of the expiries selected.

    Attributes:
        smiles: of the expiries selected.
        term_structure, skew, iv30: of every unexpired expiry.
        matrix: of the expiries selected.
        unusual: of the expiries selected.
    """

    symbol: str
    session: dt.date
    chain_time: dt.datetime
    spot: float
    spot_basis: str
    open_interest_label: str
    selection: Selection
    smiles: tuple[Smile, ...]
    term_structure: tuple[TermPoint, ...]
    skew: tuple[ExpirySkew, ...]
    skew_direction: str
    iv30: Iv30
    matrix: StrikeExpiryMatrix
    unusual: UnusualActivity


def _compute(parameters: OptionsParameters, inputs: Inputs) -> OptionsSurfaceView:
    analysis, selection = select(parameters, inputs)
    clean, scope = analysis.clean, analysis.scope(selection)
    return OptionsSurfaceView(
        symbol=parameters.symbol,
        session=clean.chain.session,
        chain_time=clean.chain.time,
        spot=clean.spot.price,
        spot_basis=clean.spot.basis,
        open_interest_label=OPEN_INTEREST_LABEL,
        selection=selection,
        smiles=smiles([c for c in analysis.curves if c.expiry in selection.expiries]),
        term_structure=term_structure(analysis.curves, clean.spot.price),
        skew=skew_by_expiry(analysis.curves),
        skew_direction=SKEW_DIRECTION,
        iv30=iv30(analysis.curves),
        matrix=_matrix(analysis, selection, scope, parameters.dealers),
        unusual=unusual_activity(clean, scope),
    )


def _matrix(
    analysis: ChainAnalysis, selection: Selection, scope: NDArray[np.bool_], dealers: str
) -> StrikeExpiryMatrix:
    clean, index, exposures = analysis.clean, analysis.index, analysis.exposures
    shape = (len(index.strikes), len(index.expiries))
    cell = index.of_strike * shape[1] + index.of_expiry

    def table(values: Floats) -> Floats:
        return group_sums(cell, np.where(scope, values, 0.0), shape[0] * shape[1]).reshape(shape)

    interest, volume = table(clean.open_interest), table(clean.volume)
    sign = exposures.signs(dealers)
    gex, vanna, charm = (
        table(sign * values) for values in (exposures.gamma, exposures.vanna, exposures.charm)
    )
    solved = table(exposures.known.astype(float)) > 0
    active = np.flatnonzero((interest + volume).sum(axis=1) > 0)
    distance = np.abs(index.strikes[active] - clean.spot.price)
    nearest = active[np.lexsort((index.strikes[active], distance))[:MATRIX_STRIKES]]
    rows = np.sort(nearest)
    chosen = np.array(selection.expiries, dtype="datetime64[D]")
    columns = np.flatnonzero(np.isin(index.expiries, chosen))
    listed = interest.sum(axis=0) > 0
    at = np.ix_(rows, columns)
    return StrikeExpiryMatrix(
        expiries=tuple(index.expiries[columns].tolist()),
        strikes=tuple(index.strikes[rows].tolist()),
        strikes_left_out=len(active) - len(rows),
        open_interest=_cells(interest[at], np.broadcast_to(listed, shape)[at]),
        volume=_cells(volume[at], np.ones((len(rows), len(columns)), dtype=bool)),
        net_gex_usd_per_pct=_cells(gex[at], solved[at]),
        gex_unit=GEX_UNIT,
        net_vanna_usd_per_point=_cells(vanna[at], solved[at]),
        net_charm_usd_per_day=_cells(charm[at], solved[at]),
    )


def _cells(values: Floats, known: NDArray[np.bool_]) -> Table:
    """Rows of numbers, None where not ``known``."""
    return tuple(
        tuple(value if there else None for value, there in zip(line, knows, strict=True))
        for line, knows in zip(values.tolist(), known.tolist(), strict=True)
    )


OPTIONS_SURFACE = Question(
    name="options-surface",
    about="implied-vol smiles, term structure, strike x expiry matrix, unusual activity of SYMBOL",
    parameters=OptionsParameters,
    result=OptionsSurfaceView,
    needs=options_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Where is volatility dear, and what trades unusually much?",
        "smiles, the term structure, a map of strikes by expiry, and unusual activity",
    ),
)
