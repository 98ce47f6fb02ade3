"""Holdline beside its peers, in one run: panel figures, chain analytics, and the same charts.

The peers are not among Holdline's requirements: those of `benchmarks/peers/requirements.txt`
add them; one that is absent is left out and said. The last column of each row says how many
times longer the peer takes: under 1 it is faster than Holdline.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from analytics.indicators.series import YEAR_SESSIONS, drawdown_from_high
from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Floats, Moment, OptionChain, Phase
from analytics.options.greeks import black_scholes_greeks
from analytics.options.implied import implied_vols
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.question import OPTIONS, OptionsParameters
from benchmarks.measure import Row, median_ms
from benchmarks.options_chain import (
    DIVIDEND_YIELD,
    RATE,
    SPOT,
    smile,
    synthetic_chain,
    years_to_expiry,
)
from benchmarks.panel import SESSIONS, TICKERS, by_holdline, by_pandas, panel_of_closes
from benchmarks.peers.paint import page_rows

RUNS_OF_LOOPS = 3
"""Loops in Python take seconds each: fewer runs tell as much."""


def run() -> list[Row]:
    """Three blocks of rows, ours first in each."""
    return [*_panel_rows(), *_drawdown_rows(), *_chain_rows(), *page_rows()]


def _there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _beside(
    what: str,
    ours: Callable[[], object],
    peers: Iterator[tuple[str, str, Callable[[], object], int]],
) -> list[Row]:
    """Ours, then each (peer, module, work, runs) with how many times longer it takes."""
    mine = median_ms(ours)
    rows = [Row(f"{what}: Holdline", mine, "ms")]
    for name, module, work, runs in peers:
        if not _there(module):
            rows.append(Row(f"{what}: {name}", float("nan"), "ms", note="not installed"))
            continue
        taken = median_ms(work, runs)
        rows.append(Row(f"{what}: {name}", taken, "ms", note=f"{taken / mine:.2f} x ours"))
    return rows


def _panel_rows() -> list[Row]:
    closes = panel_of_closes()
    frame = pd.DataFrame(closes)
    columns = np.asfortranarray(closes)

    def by_talib() -> object:
        import talib

        every = [columns[:, i] for i in range(TICKERS)]
        averages = [
            np.column_stack([talib.SMA(close, n) for close in every]) / closes - 1
            for n in (50, 100)
        ]
        high = np.column_stack([talib.MAX(close, YEAR_SESSIONS) for close in every])
        return averages, closes / high - 1

    def by_bottleneck() -> object:
        import bottleneck

        averages = [bottleneck.move_mean(closes, n, axis=0) / closes - 1 for n in (50, 100)]
        high = bottleneck.move_max(closes, YEAR_SESSIONS, min_count=1, axis=0)
        return averages, closes / high - 1

    def peers() -> Iterator[tuple[str, str, Callable[[], object], int]]:
        yield "pandas rolling", "pandas", lambda: by_pandas(frame), 9
        yield "TA-Lib, a column at a time", "talib", by_talib, 9
        yield "bottleneck", "bottleneck", by_bottleneck, 9

    what = "503 x 2,520: distances to the 50 and 100-DMA, fall from the 252-session high"
    return _beside(what, lambda: by_holdline(closes), peers())


def _drawdown_rows() -> list[Row]:
    steps = np.random.default_rng(2).normal(0, 0.01, (SESSIONS, TICKERS))
    returns = pd.DataFrame(steps, index=pd.bdate_range("2015-01-01", periods=SESSIONS))
    closes = np.cumprod(1 + steps, axis=0)

    def by_empyrical() -> object:
        from empyrical.stats import drawdown_series

        return drawdown_series(returns)

    def by_quantstats() -> object:
        import quantstats

        return [quantstats.stats.to_drawdown_series(returns[name]) for name in returns]

    def peers() -> Iterator[tuple[str, str, Callable[[], object], int]]:
        yield "empyrical-reloaded", "empyrical", by_empyrical, 9
        yield "quantstats, a column at a time", "quantstats", by_quantstats, RUNS_OF_LOOPS

    ours = lambda: drawdown_from_high(closes, SESSIONS)  # noqa: E731
    return _beside("503 x 2,520: drawdown from the running high", ours, peers())


def _chain_rows() -> list[Row]:
    chain = synthetic_chain()
    years = years_to_expiry(chain.expiry, chain.time)
    sigma = smile(chain.strike, years)
    price = (chain.bid + chain.ask) / 2
    forward = SPOT * np.exp((RATE - DIVIDEND_YIELD) * years)
    discount = np.exp(-RATE * years)
    rows = _beside(
        "20,000 contracts: implied volatilities",
        lambda: implied_vols(price, chain.is_call, forward, chain.strike, discount, years),
        iter([("vollib", "vollib", lambda: _vollib_ivs(chain, price, years), RUNS_OF_LOOPS)]),
    )
    rows += _beside(
        "20,000 contracts: greeks",
        lambda: black_scholes_greeks(
            SPOT, chain.strike, years, sigma, RATE, DIVIDEND_YIELD, chain.is_call
        ),
        iter(
            [
                (
                    "QuantLib's BlackCalculator",
                    "QuantLib",
                    lambda: _quantlib_greeks(chain, years, sigma),
                    RUNS_OF_LOOPS,
                )
            ]
        ),
    )
    greeks = black_scholes_greeks(
        SPOT, chain.strike, years, sigma, RATE, DIVIDEND_YIELD, chain.is_call
    )
    chain_data: Any = None
    if _there("openbb_core"):
        chain_data = _openbb_chain(chain, sigma, greeks.delta, greeks.gamma)
    openbb = ("openbb-core: GEX, DEX, OI and volume", "openbb_core", lambda: _openbb(chain_data), 3)
    return rows + _beside(
        "20,000 contracts: quotes to levels (Holdline solves the IVs, openbb-core is given greeks)",
        lambda: _whole(chain),
        iter([openbb]),
    )


_fresh = count()


def _whole(chain: OptionChain) -> object:
    # another vendor is another chain: nothing is found in memory
    chain = replace(chain, vendor=f"Synthetic {next(_fresh)}")
    inputs = Inputs(
        Moment(chain.time, chain.session, Phase.CLOSED, live=False), chains={chain.symbol: chain}
    )
    parameters = OptionsParameters(Symbol(chain.symbol))
    return [question.compute(parameters, inputs) for question in (OPTIONS, OPTIONS_LEVELS)]


def _vollib_ivs(chain: OptionChain, price: Floats, years: Floats) -> list[float]:
    from vollib.black_scholes_merton.implied_volatility import implied_volatility

    solved = []
    for paid, strike, time, call in zip(price, chain.strike, years, chain.is_call, strict=True):
        try:
            flag = "c" if call else "p"
            got = implied_volatility(paid, SPOT, strike, time, RATE, DIVIDEND_YIELD, flag)
        except Exception:  # its own errors for a price without a volatility
            got = float("nan")
        solved.append(got)
    return solved


def _quantlib_greeks(chain: OptionChain, years: Floats, sigma: Floats) -> list[object]:
    import QuantLib as ql

    found = []
    for strike, time, vol, call in zip(chain.strike, years, sigma, chain.is_call, strict=True):
        payoff = ql.PlainVanillaPayoff(ql.Option.Call if call else ql.Option.Put, float(strike))
        forward = SPOT * np.exp((RATE - DIVIDEND_YIELD) * time)
        one = ql.BlackCalculator(payoff, forward, vol * np.sqrt(time), np.exp(-RATE * time))
        found.append((one.delta(SPOT), one.gamma(SPOT), one.vega(time), one.theta(SPOT, time)))
    return found


def _openbb_chain(chain: OptionChain, sigma: Floats, delta: Floats, gamma: Floats) -> Any:
    """The contracts as openbb-core takes them: one list a column, with greeks given."""
    days = (chain.expiry - np.datetime64(chain.session, "D")).astype(int)
    n = len(chain)
    return {
        "underlying_symbol": [chain.symbol] * n,
        "underlying_price": [SPOT] * n,
        "contract_symbol": [f"C{i}" for i in range(n)],
        "eod_date": [chain.session] * n,
        "expiration": chain.expiry.tolist(),
        "dte": days.tolist(),
        "strike": chain.strike.tolist(),
        "option_type": ["call" if call else "put" for call in chain.is_call],
        "open_interest": chain.open_interest.astype(int).tolist(),
        "volume": chain.volume.astype(int).tolist(),
        "bid": chain.bid.tolist(),
        "ask": chain.ask.tolist(),
        "implied_volatility": sigma.tolist(),
        "delta": delta.tolist(),
        "gamma": gamma.tolist(),
    }


def _openbb(columns: Any) -> object:
    from openbb_core.provider.standard_models.options_chains import OptionsChainsData

    chain_data = OptionsChainsData(**columns)
    return (
        chain_data.dataframe,
        chain_data.total_gex,
        chain_data.total_dex,
        chain_data.total_oi,
        chain_data.total_volume,
    )
