"""Full analysis of chains of 20,000 and 100,000 contracts, beside a sketch, and each step."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.model.expiries import expiry_close
from analytics.model.question import Inputs, Symbol
from analytics.model.rates import rate_curve
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Floats, Moment, OptionChain, Phase
from analytics.options.analysis import ChainAnalysis, fingerprint
from analytics.options.chain import CleanChain, clean_chain
from analytics.options.contracts import clean_contracts
from analytics.options.exposure import exposures_of, gamma_curve, gamma_profile, index_chain
from analytics.options.greeks import black_scholes_price
from analytics.options.levels import find_levels
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.model_error import bound_model_error
from analytics.options.parity import parity_forwards
from analytics.options.put_call import put_call_by_bucket, put_call_by_expiry
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.rules import select_expiries
from analytics.options.sentiment import bullish_by_expiry, bullish_share
from analytics.options.strikes import DAYS_PER_YEAR, strikes_of
from analytics.options.surface import read_curves
from analytics.options.surface_question import OPTIONS_SURFACE
from analytics.options.volatility import solve_strikes
from benchmarks.measure import Row, median_ms
from benchmarks.options_sketch import sketch

AIM_MS, AIM_LARGE_MS, AIM_MB = 25.0, 120.0, 60.0
LARGE_STRIKES = 1250

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
        strikes: of each expiry, a thousand dollars wide around the spot.
        symbol: with a caret, exercise is European.
        exact: quotes a ten-millionth either side of the fair price, in place of whole cents.
    """
    draw = np.random.default_rng(11)
    days = np.unique(np.round(np.geomspace(1, 730, 4 * expiries)).astype(int))
    days = days[np.linspace(0, len(days) - 1, expiries).astype(int)]
    ladder = SPOT + max(1000.0 / strikes, 0.5) * (np.arange(strikes) - strikes // 2)
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


def everything(chain: OptionChain) -> ChainAnalysis:
    """From quotes to levels: contracts, forwards, IVs, greeks, exposures, smiles, profile."""
    analysis = ChainAnalysis(clean_chain(chain))
    selection = select_expiries(analysis.clean, "all", None, 30)
    assert analysis.curves
    assert analysis.levels(selection, "long-calls").profile is not None
    return analysis


def run() -> list[Row]:
    """The analysis at two sizes beside the sketch, the three questions, then each step."""
    chain = synthetic_chain()
    large = synthetic_chain(strikes=LARGE_STRIKES)
    moment = Moment(chain.time, chain.session, Phase.CLOSED, live=False)
    parameters = OptionsParameters(Symbol(chain.symbol))
    numbers = itertools.count()

    def questions() -> object:
        # another vendor is another chain: nothing is found in memory
        fresh = replace(chain, vendor=f"Synthetic {next(numbers)}")
        inputs = Inputs(moment, chains={chain.symbol: fresh})
        return [
            question.compute(parameters, inputs)
            for question in (OPTIONS, OPTIONS_LEVELS, OPTIONS_SURFACE)
        ]

    rows = []
    for sized, aim in ((chain, AIM_MS), (large, AIM_LARGE_MS)):
        count = f"{len(sized):,} contracts"
        everything(sized)
        memory = _memory_mb(partial(everything, sized))
        rows.append(Row(f"everything, {count}", median_ms(partial(everything, sized)), "ms", aim))
        rows.append(Row(f"  a sketch of the numbers, {count}", _sketch_ms(sized), "ms"))
        if memory is not None:
            rows.append(Row(f"  memory above what stood before, {count}", memory, "MB", AIM_MB))
    clean = clean_chain(chain)
    for what, work in _steps(chain, clean, parameters).items():
        rows.append(Row(f"  {what}", median_ms(work), "ms"))
    rows.append(Row("three questions on a fresh chain, answers built", median_ms(questions), "ms"))
    inputs = Inputs(moment, chains={chain.symbol: chain})
    warm = median_ms(lambda: OPTIONS.compute(parameters, inputs))
    rows.append(Row("the question options, analysis in memory", warm, "ms"))
    rows.append(Row("contracts without an IV", float((~clean.has_iv).sum()), ""))
    return rows


def _sketch_ms(chain: OptionChain) -> float:
    years = years_to_expiry(chain.expiry, chain.time)
    return median_ms(lambda: sketch(chain, years, SPOT, RATE, RATE - DIVIDEND_YIELD))


def _memory_mb(work: Callable[[], object]) -> float | None:
    """How far the process's memory rises above where it stands, while it works; Linux only."""
    status, refs = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    try:
        refs.write_text("5")  # the peak starts from what is resident now
        before = _status_mb(status, "VmRSS")
        work()
        return _status_mb(status, "VmHWM") - before
    except OSError:
        return None


def _status_mb(status: Path, field: str) -> float:
    line = next(one for one in status.read_text().splitlines() if one.startswith(field))
    return float(line.split()[1]) / 1024


def _steps(
    chain: OptionChain, clean: CleanChain, parameters: OptionsParameters
) -> dict[str, Callable[[], object]]:
    """The parts of the analysis, each alone on the results of those before it."""
    analysis = ChainAnalysis(clean)
    scope = analysis.scope(select_expiries(clean, "all", None, parameters.short_days))
    curve = gamma_curve(analysis.exposures, scope, parameters.dealers)
    curve_of_rates = rate_curve(chain.session)

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
        "contracts, forwards, IV and greeks": lambda: clean_chain(chain),
        "  contracts and their strikes": lambda: strikes_of(clean_contracts(chain, SPOT)),
        "  forwards": lambda: parity_forwards(clean.contracts, clean.strikes, curve_of_rates),
        "  IV, one a strike, without early exercise": lambda: solve_strikes(
            clean.contracts, clean.strikes, clean.forwards, SPOT
        ),
        "index and dollar exposures": lambda: (index_chain(clean), exposures_of(clean)),
        "smiles, skew, term structure": lambda: read_curves(clean),
        "early-exercise bound": lambda: bound_model_error(clean, analysis.curves),
        "levels with the profile": levels,
        "  of which 200-point profile, roots refined": lambda: gamma_profile(curve, SPOT),
        "sentiment, all methods, by bucket and expiry": sentiment,
        "fingerprint of the chain": lambda: fingerprint(replace(chain)),
    }
