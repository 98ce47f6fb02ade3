"""The question ``options``: one symbol's chain, its sentiment, its levels and its exposures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import DailyFigures, Moment
from analytics.options.analysis import ChainAnalysis, analyse
from analytics.options.chain import CleanChain
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.options.exposure import GEX_UNIT, Dealers, ExposureTotals, exposure_totals
from analytics.options.levels import OptionLevels, strike_sums
from analytics.options.model_error import ModelError
from analytics.options.rules import Rule, Selection, select_expiries
from analytics.options.sentiment import (
    Disagreement,
    MethodShare,
    PutCall,
    bullish_by_expiry,
    bullish_share,
    disagreement,
    put_call,
    put_call_by_bucket,
    put_call_by_expiry,
    working_delta,
)
from analytics.options.sums import group_sums
from analytics.options.surface import (
    SKEW_DIRECTION,
    ExpirySkew,
    Iv30,
    TermPoint,
    iv30,
    skew_by_expiry,
    term_structure,
)

OPEN_INTEREST_LABEL = "OI of the previous session (published once a day)"
DAY_COUNT = "calendar time to the expiry's close / 365 days"


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


@dataclass(frozen=True)
class Expiry:
    """One expiry of the chain; ``days`` are calendar days from the session (0: 0DTE)."""

    expiry: dt.date
    days: int
    contracts: int
    volume: int
    open_interest: int | None


@dataclass(frozen=True)
class ExpiryPutCall(PutCall):
    """`PutCall` of one expiry."""

    expiry: dt.date
    days: int


@dataclass(frozen=True)
class PutCallView(PutCall):
    """`PutCall` of all contracts shown, and the same by expiry (every one) and by bucket."""

    by_expiry: tuple[ExpiryPutCall, ...]
    by_bucket: Mapping[str, PutCall]


@dataclass(frozen=True)
class StrikeRow:
    """Contracts at one strike, summed over the expiries shown; None: no open interest known."""

    strike: float
    call_volume: int
    put_volume: int
    call_open_interest: int | None
    put_open_interest: int | None


@dataclass(frozen=True)
class IvCoverage:
    """What share of the contracts shown the figures that need an IV rest on, in percent."""

    contracts_pct: float | None
    volume_pct: float | None
    open_interest_pct: float | None


@dataclass(frozen=True)
class Gex(ExposureTotals):
    """Exposures of the expiries shown, with the convention that they (and the curve) rest on.

    Attributes:
        rate, dividend_yield: r and q, fractions a year; ``gamma`` says whose it is.
        coverage_pct: share of the open interest that has an IV and so counts.
        call_coverage_pct, put_coverage_pct: the same of calls and of puts.
        unit: of the GEX figures.
    """

    rate: float = 0.0
    dividend_yield: float = 0.0
    day_count: str = DAY_COUNT
    gamma: str = "recomputed from our IV"
    coverage_pct: float | None = None
    call_coverage_pct: float | None = None
    put_coverage_pct: float | None = None
    unit: str = GEX_UNIT


@dataclass(frozen=True)
class ExpiryBullish:
    """Bullish share of one expiry by every method."""

    expiry: dt.date
    days: int
    methods: Mapping[str, MethodShare]


@dataclass(frozen=True)
class OptionsView:
    """The options tab's answer; every figure is over the expiries shown unless it says else.

    Attributes:
        session: the chain's.
        chain_time: UTC.
        spot: S at the time of the quotes, dollars; ``spot_basis`` says which and why.
        parity_gap_pct: spot by put-call parity against the candidate; None when unchecked.
        underlying_change: over the session up to the quotes, dollars; or the reason.
        rate, dividend_yield: r and q, fractions a year, with their origin.
        delta_basis: of the ``residual`` method and the delta-weighted shares.
        model_error: what early exercise and lumpy dividends leave in the IVs.
        expiry: the one asked for, or None.
        selection: the expiries shown, and why those; its ``reason`` says why none is.
        expiries: all unexpired and today's, nearest first.
        bullish_share: bucket -> method -> share (plain and delta-weighted).
        bullish_by_expiry: the same by expiry, nearest first.
        disagreement: bucket -> how far the methods lie apart.
        skew, term_structure, iv30: over every unexpired expiry, whatever is shown.
        by_strike: ascending; strikes without volume and open interest are left out.
        left_out: rows as printed that are in no figure at all, by reason.
        rejected: those, and contracts of the whole chain without an IV, by reason.
        volume_notes: contracts of the whole chain whose volume does not count, by reason.
    """

    symbol: str
    session: dt.date
    chain_time: dt.datetime
    vendor: str
    contracts: int
    spot: float
    spot_basis: str
    parity_gap_pct: float | None
    underlying_change: float | None
    underlying_change_reason: str | None
    rate: float
    rate_basis: str
    dividend_yield: float
    dividend_basis: str
    day_count: str
    delta_basis: str
    open_interest_label: str
    short_days: int
    model_error: ModelError
    expiry: dt.date | None
    selection: Selection
    expiries: tuple[Expiry, ...]
    put_call: PutCallView
    bullish_share: Mapping[str, Mapping[str, MethodShare]]
    bullish_by_expiry: tuple[ExpiryBullish, ...]
    disagreement: Mapping[str, Disagreement]
    levels: OptionLevels
    gex: Gex
    skew: tuple[ExpirySkew, ...]
    skew_direction: str
    term_structure: tuple[TermPoint, ...]
    iv30: Iv30
    by_strike: tuple[StrikeRow, ...]
    iv_coverage: IvCoverage
    left_out: Mapping[str, int]
    rejected: Mapping[str, int]
    volume_notes: Mapping[str, int]


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
