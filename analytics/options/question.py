"""The question ``options``: one symbol's chain, its sentiment, its levels and its exposures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import DailyFigures, Moment
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.chain import CleanChain
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.options.exposure import Dealers, exposure_totals
from analytics.options.levels import strike_sums
from analytics.options.put_call import put_call, put_call_by_bucket, put_call_by_expiry
from analytics.options.rules import Rule, Selection, select_expiries
from analytics.options.sentiment import (
    bullish_by_expiry,
    bullish_share,
    disagreement,
    working_delta,
)
from analytics.options.sums import group_sums
from analytics.options.surface import (
    SKEW_DIRECTION,
    iv30,
    skew_by_expiry,
    term_structure,
)
from analytics.options.view import (
    DAY_COUNT,
    OPEN_INTEREST_LABEL,
    Expiry,
    ExpiryBullish,
    ExpiryPutCall,
    Gex,
    IvCoverage,
    OptionsView,
    PutCallView,
    StrikeRow,
)


@dataclass(frozen=True)
class OptionsParameters:
    """What to show.

    Attributes:
        symbol: the underlying.
        expiry: one expiry only; wins over ``rule``.
        short_days: short term is up to this many days to expiry; medium term up to 90.
        rule: which expiries: all, 0dte, this-week, next-monthly or short-term.
        dealers: whose side the signs of GEX take: long-calls (calls +, puts -), short-all
            (both -) or short-calls (calls -, puts +).
    """

    symbol: Symbol
    expiry: dt.date | None = None
    short_days: int = field(default=30, metadata={"min": 0, "max": 89})
    rule: Rule = "all"
    dealers: Dealers = "long-calls"


def compute_options(parameters: OptionsParameters, inputs: Inputs) -> OptionsView:
    """Clean the chain and read its sentiment, levels and exposures.

    Raises:
        NotAvailable: there is no chain for the moment asked.
        BadInput: the chain does not list the expiry asked for.
    """
    symbol = parameters.symbol
    analysis, selection = select(parameters, inputs)
    clean, scope = analysis.clean, analysis.scope(selection)
    listed = _expiries(analysis)
    shares = bullish_share(clean, scope, parameters.short_days)
    _, delta_basis = working_delta(clean)
    return OptionsView(
        symbol=symbol,
        session=clean.chain.session,
        chain_time=clean.chain.time,
        vendor=clean.chain.vendor,
        contracts=len(clean.chain),
        spot=clean.spot.price,
        spot_basis=clean.spot.basis,
        parity_gap_pct=clean.spot.parity_gap_pct,
        underlying_change=clean.spot.change,
        underlying_change_reason=clean.spot.change_reason,
        rate=clean.carry.rate,
        rate_basis=clean.carry.rate_basis,
        dividend_yield=clean.carry.dividend_yield,
        dividend_basis=clean.carry.dividend_basis,
        day_count=DAY_COUNT,
        delta_basis=delta_basis,
        open_interest_label=OPEN_INTEREST_LABEL,
        short_days=parameters.short_days,
        model_error=analysis.model_error,
        expiry=parameters.expiry,
        selection=selection,
        expiries=listed,
        put_call=_put_call_view(clean, scope, listed, parameters.short_days),
        bullish_share=shares,
        bullish_by_expiry=tuple(
            ExpiryBullish(day, (day - clean.chain.session).days, methods)
            for day, methods in bullish_by_expiry(clean, clean.days >= 0).items()
        ),
        disagreement={bucket: disagreement(methods) for bucket, methods in shares.items()},
        levels=analysis.levels(selection, parameters.dealers).levels,
        gex=gex_of(analysis, selection, parameters.dealers),
        skew=skew_by_expiry(analysis.curves),
        skew_direction=SKEW_DIRECTION,
        term_structure=term_structure(analysis.curves, clean.spot.price),
        iv30=iv30(analysis.curves),
        by_strike=volume_by_strike(analysis, scope),
        iv_coverage=iv_coverage(clean, scope),
        left_out=clean.contracts.left_out,
        rejected=clean.rejected,
        volume_notes=clean.volume_notes,
    )


def select(parameters: OptionsParameters, inputs: Inputs) -> tuple[ChainAnalysis, Selection]:
    """The chain's one analysis, and the expiries that the parameters ask for.

    Raises:
        NotAvailable, BadInput: as `compute_options`.
    """
    symbol = parameters.symbol
    analysis = analyse(inputs.require_chain(symbol), inputs.bars.get(symbol), inputs.rates)
    chosen = select_expiries(
        analysis.clean, parameters.rule, parameters.expiry, parameters.short_days
    )
    return analysis, chosen


def gex_of(analysis: ChainAnalysis, selection: Selection, dealers: str) -> Gex:
    """Exposure totals of the expiries selected, with their convention."""
    clean, scope = analysis.clean, analysis.scope(selection)
    return Gex(
        **vars(exposure_totals(analysis.exposures, scope, dealers)),
        rate=clean.carry.rate,
        dividend_yield=clean.carry.dividend_yield,
        coverage_pct=iv_coverage(clean, scope).open_interest_pct,
        call_coverage_pct=iv_coverage(clean, scope & clean.chain.is_call).open_interest_pct,
        put_coverage_pct=iv_coverage(clean, scope & ~clean.chain.is_call).open_interest_pct,
    )


def _expiries(analysis: ChainAnalysis) -> tuple[Expiry, ...]:
    """Expiries on or after the chain's session, nearest first."""
    clean, index = analysis.clean, analysis.index
    contracts, volume, interest = (
        group_sums(index.of_expiry, values, len(index.expiries)).astype(int)
        for values in (np.ones(len(clean.chain)), clean.volume, clean.open_interest)
    )
    return tuple(
        Expiry(
            expiry=day,
            days=(day - clean.chain.session).days,
            contracts=int(contracts[i]),
            volume=int(volume[i]),
            open_interest=int(interest[i]) or None,
        )
        for i, day in enumerate(index.expiries.tolist())
        if day >= clean.chain.session
    )


def _put_call_view(
    clean: CleanChain, scope: NDArray[np.bool_], listed: tuple[Expiry, ...], short_days: int
) -> PutCallView:
    of_expiry = put_call_by_expiry(clean, clean.days >= 0)
    return PutCallView(
        **vars(put_call(clean, scope)),
        by_expiry=tuple(
            ExpiryPutCall(**vars(of_expiry[row.expiry]), expiry=row.expiry, days=row.days)
            for row in listed
        ),
        by_bucket=put_call_by_bucket(clean, scope, short_days),
    )


def volume_by_strike(analysis: ChainAnalysis, scope: NDArray[np.bool_]) -> tuple[StrikeRow, ...]:
    """Volume and open interest of calls and puts at each strike that has any."""
    clean, index = analysis.clean, analysis.index
    sums = [
        side
        for values in (clean.volume, clean.open_interest)
        for side in strike_sums(np.where(scope, values, 0.0), clean.chain.is_call, index)
    ]
    active = np.flatnonzero(sum(sums) > 0).tolist()
    known = bool(clean.open_interest[scope].sum() > 0)
    return tuple(
        StrikeRow(
            strike=float(index.strikes[i]),
            call_volume=int(sums[0][i]),
            put_volume=int(sums[1][i]),
            call_open_interest=int(sums[2][i]) if known else None,
            put_open_interest=int(sums[3][i]) if known else None,
        )
        for i in active
    )


def iv_coverage(clean: CleanChain, scope: NDArray[np.bool_]) -> IvCoverage:
    """Share of contracts, volume and open interest in ``scope`` that has an IV."""

    def share(weight: NDArray[np.float64]) -> float | None:
        total = float(weight[scope].sum())
        return 100 * float(weight[scope & clean.has_iv].sum()) / total if total > 0 else None

    ones = np.ones(len(clean.chain))
    return IvCoverage(share(ones), share(clean.volume), share(clean.open_interest))


def options_needs(parameters: OptionsParameters, _moment: Moment) -> Needs:
    """The chain, and the bars that tell the price it belongs to."""
    return Needs(bars=(parameters.symbol,), chains=(parameters.symbol,), rates=True)


def record_options(
    parameters: OptionsParameters, view: OptionsView, moment: Moment, final: bool
) -> DailyFigures | None:
    """The day's figures of the unfiltered chain; None for a filtered view."""
    if parameters != OptionsParameters(parameters.symbol):
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


OPTIONS = Question(
    name=OPTIONS_NAME,
    about="options of SYMBOL: bullish share, put/call, walls, gamma flip, max pain, skew, GEX",
    parameters=OptionsParameters,
    result=OptionsView,
    needs=options_needs,
    compute=compute_options,
    keep=record_options,
)
