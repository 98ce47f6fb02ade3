"""The question ``options``: one symbol's chain, its sentiment and its volume by strike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.options.chain import CleanChain, clean_chain
from analytics.options.sentiment import (
    MethodShare,
    PutCall,
    bullish_share,
    put_call,
    put_call_by_bucket,
    working_delta,
)
from analytics.question import Inputs, Needs, Question, Symbol
from analytics.vocabulary import BadInput, Moment

OPEN_INTEREST_LABEL = "OI of the previous session (published once a day)"
DAY_COUNT = "calendar time to the expiry's close / 365 days"


@dataclass(frozen=True)
class OptionsParameters:
    """What to show.

    Attributes:
        symbol: the underlying.
        expiry: one expiry only, or None for all of them.
        short_days: short term is up to this many days to expiry; medium term up to 90.
    """

    symbol: Symbol
    expiry: dt.date | None = None
    short_days: int = field(default=30, metadata={"min": 0, "max": 89})


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
        expiry: the filter, or None.
        expiries: all unexpired and today's, nearest first.
        bullish_share: bucket -> method -> share.
        by_strike: ascending; strikes without volume and open interest are left out.
        rejected: contracts of the whole chain without an IV, by reason.
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
    expiry: dt.date | None
    expiries: tuple[Expiry, ...]
    put_call: PutCallView
    bullish_share: Mapping[str, Mapping[str, MethodShare]]
    by_strike: tuple[StrikeRow, ...]
    iv_coverage: IvCoverage
    rejected: Mapping[str, int]
    volume_notes: Mapping[str, int]


def compute_options(parameters: OptionsParameters, inputs: Inputs) -> OptionsView:
    """Clean the chain and read its sentiment.

    Raises:
        NotAvailable: there is no chain for the moment asked.
        BadInput: the chain does not list the expiry asked for.
    """
    symbol = parameters.symbol
    clean = clean_chain(inputs.require_chain(symbol), inputs.bars.get(symbol))
    listed = _expiries(clean)
    scope = _scope(clean, parameters, listed)
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
        expiry=parameters.expiry,
        expiries=listed,
        put_call=_put_call_view(clean, scope, listed, parameters.short_days),
        bullish_share=bullish_share(clean, scope, parameters.short_days),
        by_strike=volume_by_strike(clean, scope),
        iv_coverage=iv_coverage(clean, scope),
        rejected=clean.rejected,
        volume_notes=clean.volume_notes,
    )


def _at(clean: CleanChain, expiry: dt.date) -> NDArray[np.bool_]:
    return clean.chain.expiry == np.datetime64(expiry, "D")


def _expiries(clean: CleanChain) -> tuple[Expiry, ...]:
    """Expiries on or after the chain's session, nearest first."""
    rows = []
    for day in np.unique(clean.chain.expiry[clean.days >= 0]).tolist():
        here = _at(clean, day)
        interest = int(clean.open_interest[here].sum())
        rows.append(
            Expiry(
                expiry=day,
                days=(day - clean.chain.session).days,
                contracts=int(here.sum()),
                volume=int(clean.volume[here].sum()),
                open_interest=interest if interest > 0 else None,
            )
        )
    return tuple(rows)


def _scope(
    clean: CleanChain, parameters: OptionsParameters, listed: tuple[Expiry, ...]
) -> NDArray[np.bool_]:
    """Contracts shown: those of the expiry filter, or all that are not of an earlier day."""
    if parameters.expiry is None:
        return clean.days >= 0
    if all(parameters.expiry != row.expiry for row in listed):
        span = f"{listed[0].expiry} to {listed[-1].expiry}" if listed else "none"
        raise BadInput(
            f"{parameters.symbol} has no expiry on {parameters.expiry}: "
            f"the chain lists {len(listed)} expiries, {span}."
        )
    return _at(clean, parameters.expiry)


def _put_call_view(
    clean: CleanChain, scope: NDArray[np.bool_], listed: tuple[Expiry, ...], short_days: int
) -> PutCallView:
    return PutCallView(
        **vars(put_call(clean, scope)),
        by_expiry=tuple(
            ExpiryPutCall(
                **vars(put_call(clean, _at(clean, row.expiry))), expiry=row.expiry, days=row.days
            )
            for row in listed
        ),
        by_bucket=put_call_by_bucket(clean, scope, short_days),
    )


def volume_by_strike(clean: CleanChain, scope: NDArray[np.bool_]) -> tuple[StrikeRow, ...]:
    """Volume and open interest of calls and puts at each strike that has any."""
    strikes, of_row = np.unique(clean.chain.strike, return_inverse=True)
    sums = [
        np.bincount(of_row, weights=np.where(scope & side, values, 0.0), minlength=len(strikes))
        for values in (clean.volume, clean.open_interest)
        for side in (clean.chain.is_call, ~clean.chain.is_call)
    ]
    active = np.flatnonzero(sum(sums) > 0).tolist()
    known = bool(clean.open_interest[scope].sum() > 0)
    return tuple(
        StrikeRow(
            strike=float(strikes[i]),
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


def _needs(parameters: OptionsParameters, _moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,), chains=(parameters.symbol,))


OPTIONS = Question(
    name="options",
    about="bullish share of options volume, put/call, volume and open interest of SYMBOL",
    parameters=OptionsParameters,
    result=OptionsView,
    needs=_needs,
    compute=compute_options,
)
