"""Full analysis of one chain of 20,000 contracts, with the share of each step."""

from __future__ import annotations

import datetime as dt
import itertools
import resource
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import expiry_close
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Floats, Moment, OptionChain, Phase
from analytics.options.analysis import ChainAnalysis, fingerprint
from analytics.options.chain import CleanChain, clean_chain
from analytics.options.exposure import exposures_of, gamma_curve, gamma_profile, index_chain
from analytics.options.greeks import black_scholes_greeks, black_scholes_price
from analytics.options.implied import implied_vols
from analytics.options.levels import find_levels
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.model_error import bound_model_error
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.rules import select_expiries
from analytics.options.sentiment import (
    bullish_by_expiry,
    bullish_share,
    put_call_by_bucket,
    put_call_by_expiry,
)
from analytics.options.strikes import DAYS_PER_YEAR
from analytics.options.surface import read_curves
from analytics.options.surface_question import OPTIONS_SURFACE
from benchmarks.measure import Row, median_ms

AIM_MS, AIM_MB = 100.0, 300.0

SESSION = dt.date(2025, 1, 6)
SPOT, RATE, DIVIDEND_YIELD = 600.0, 0.045, 0.012
EXPIRIES, STRIKES = 40, 250


def years_to_expiry(expiry: NDArray[np.datetime64], time: dt.datetime) -> Floats:
    """T = calendar time from ``time`` to each expiry's close / 365 days."""
    days, of_row = np.unique(expiry, return_inverse=True)
    seconds = [(expiry_close(day) - time).total_seconds() for day in days.tolist()]
    years: Floats = np.array(seconds)[of_row] / 86400 / DAYS_PER_YEAR
    return years


def smile(strike: Floats, years: Floats) -> Floats:
    """The volatility each contract is made with: skewed, and flatter the longer it runs.

    SVI in log-moneyness over the root of T (J. Gatheral 2004), free of arbitrage.
    """
    depth = np.log(strike / SPOT) / np.sqrt(np.maximum(years, 7 / 365))
    sigma: Floats = np.sqrt(0.012 + 0.08 * (np.hypot(depth, 0.15) - 0.5 * depth))
    return sigma


def synthetic_chain(
    expiries: int = EXPIRIES, strikes: int = STRIKES, *, symbol: str = "SYN", exact: bool = False
) -> OptionChain:
    """A seeded chain of 2 x ``expiries`` x ``strikes`` contracts at a session's close.

    Args:
        expiries: the nearest a day away, the farthest some two years.
        strikes: of each expiry, four dollars apart around the spot.
        symbol: with a caret, exercise is European.
        exact: quotes a ten-millionth either side of the fair price, in place of whole cents.
    """
    draw = np.random.default_rng(11)
    days = np.unique(np.round(np.geomspace(1, 730, 4 * expiries)).astype(int))
    days = days[np.linspace(0, len(days) - 1, expiries).astype(int)]
    ladder = SPOT + 4.0 * (np.arange(strikes) - strikes // 2)
    day, strike, side = np.meshgrid(days, ladder, [True, False], indexing="ij")
    expiry = np.datetime64(SESSION, "D") + day.ravel().astype("timedelta64[D]")
    strike, is_call = strike.ravel(), side.ravel()
    years = years_to_expiry(expiry, session_close(SESSION))
    sigma = smile(strike, years)
    fair = black_scholes_price(SPOT, strike, years, sigma, RATE, DIVIDEND_YIELD, is_call)
    if not symbol.startswith("^"):
        fair = np.maximum(fair, np.where(is_call, SPOT - strike, strike - SPOT))
    if exact:
        half = np.minimum(1e-7, fair / 2)
        bid, ask = fair - half, fair + half
    else:
        half = np.maximum(0.01, 0.01 * fair)
        bid = np.maximum(np.floor((fair - half) * 100) / 100, 0.0)
        ask = np.ceil((fair + half) * 100) / 100
    n = len(strike)
    near = np.exp(-(((strike - SPOT) / 40) ** 2)) + np.where(strike % 50 == 0, 0.5, 0.02)
    return OptionChain(
        symbol=symbol,
        time=session_close(SESSION),
        session=SESSION,
        underlying_price=SPOT,
        expiry=expiry,
        is_call=is_call,
        strike=strike,
        bid=bid,
        ask=ask,
        last=bid + (ask - bid) * draw.uniform(0, 1, n),
        change=draw.normal(0, 0.2, n),
        volume=np.floor(near * draw.exponential(2000, n)),
        open_interest=np.floor(near * draw.exponential(9000, n)),
        iv=np.full(n, np.nan),
        delta=np.full(n, np.nan),
        gamma=np.full(n, np.nan),
        last_trade=np.full(n, np.datetime64("NaT"), dtype="datetime64[s]"),
        vendor="Synthetic",
    )


def run() -> list[Row]:
    """The whole answer of three questions over one fresh analysis, then its steps."""
    chain = synthetic_chain()
    count = f"{len(chain):,} contracts"
    moment = Moment(chain.time, chain.session, Phase.CLOSED, live=False)
    parameters = OptionsParameters(Symbol(chain.symbol))
    numbers = itertools.count()

    def whole() -> object:
        # another vendor is another chain: nothing is found in memory
        fresh = replace(chain, vendor=f"Synthetic {next(numbers)}")
        inputs = Inputs(moment, chains={chain.symbol: fresh})
        return [
            question.compute(parameters, inputs)
            for question in (OPTIONS, OPTIONS_LEVELS, OPTIONS_SURFACE)
        ]

    total = median_ms(whole)
    clean = clean_chain(chain)
    steps = _steps(chain, clean, parameters)
    inputs = Inputs(moment, chains={chain.symbol: chain})
    rows = [Row(f"full analysis of {count}: three questions", total, "ms", AIM_MS)]
    for what, work in steps.items():
        taken = median_ms(work)
        rows.append(Row(f"  {what}", taken, "ms", note=f"{100 * taken / total:.0f}%"))
    warm = median_ms(lambda: OPTIONS.compute(parameters, inputs))
    rows.append(Row("the question options, analysis in memory", warm, "ms"))
    rows.append(Row("contracts without an IV", float((~clean.has_iv).sum()), ""))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )
    rows.append(Row("peak memory of the process, imports included", peak, "MB", AIM_MB))
    return rows


def _steps(
    chain: OptionChain, clean: CleanChain, parameters: OptionsParameters
) -> dict[str, Callable[[], object]]:
    """The parts of the analysis, each alone on the results of those before it."""
    analysis = ChainAnalysis(clean)
    everything = select_expiries(clean, "all", None, parameters.short_days)
    scope = analysis.scope(everything)
    curve = gamma_curve(analysis.exposures, scope, parameters.dealers)
    terms = (clean.spot.price, chain.strike, clean.years, clean.iv, RATE, DIVIDEND_YIELD)

    def levels() -> object:
        return find_levels(
            clean, analysis.index, analysis.exposures, analysis.curves, scope, parameters.dealers
        )

    def sentiment() -> object:
        return (
            bullish_share(clean, scope, parameters.short_days),
            bullish_by_expiry(clean, scope),
            put_call_by_bucket(clean, scope, parameters.short_days),
            put_call_by_expiry(clean, scope),
        )

    return {
        "hygiene, parity, IV and greeks": lambda: clean_chain(chain),
        "  of which IV, one a strike": lambda: _solve(clean),
        "  of which greeks": lambda: black_scholes_greeks(*terms, chain.is_call),
        "index and dollar exposures": lambda: (index_chain(clean), exposures_of(clean)),
        "smiles, skew, term structure": lambda: read_curves(clean),
        "early-exercise and dividend bound": lambda: bound_model_error(clean, analysis.curves),
        "levels with the profile": levels,
        "  of which 200-point profile, roots refined": lambda: gamma_profile(curve, SPOT),
        "sentiment, all methods, by bucket and expiry": sentiment,
        "fingerprint of the chain": lambda: fingerprint(replace(chain)),
    }


def _solve(clean: CleanChain) -> object:
    """The IV solve of the out-of-the-money legs."""
    strikes, chain = clean.strikes, clean.chain
    growth = np.exp((clean.carry.rate - clean.carry.dividend_yield) * clean.years[strikes.call])
    rows = np.where(strikes.strike >= clean.spot.price * growth, strikes.call, strikes.put)
    years = clean.years[rows]
    return implied_vols(
        (chain.bid[rows] + chain.ask[rows]) / 2,
        chain.is_call[rows],
        clean.spot.price * growth,
        chain.strike[rows],
        np.exp(-clean.carry.rate * years),
        years,
    )
