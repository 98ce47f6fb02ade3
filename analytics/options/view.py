"""What the question ``options`` answers: the result types of the options tab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.options.exposure import GEX_UNIT, ExposureTotals
from analytics.options.levels import OptionLevels
from analytics.options.model_error import ModelError
from analytics.options.put_call import PutCall
from analytics.options.rules import Selection
from analytics.options.sentiment import Disagreement, MethodShare
from analytics.options.surface import ExpirySkew, Iv30, TermPoint

OPEN_INTEREST_LABEL = "OI of the previous session (published once a day)"
DAY_COUNT = "calendar time to the expiry's close / 365 days"


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
