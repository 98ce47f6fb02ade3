"""Full analysis of one chain of 20,000 contracts, with the share of each step."""

from __future__ import annotations

import datetime as dt

import numpy as np

from analytics.options.chain import years_to_expiry
from analytics.options.greeks import black_scholes_price
from analytics.sessions import session_close
from analytics.vocabulary import Floats, OptionChain

SESSION = dt.date(2025, 1, 6)
SPOT, RATE, DIVIDEND_YIELD = 600.0, 0.045, 0.012
EXPIRIES, STRIKES = 40, 250


def smile(strike: Floats, years: Floats) -> Floats:
    """The volatility each contract is made with: skewed, and flatter the longer it runs."""
    depth = np.log(strike / SPOT) / np.sqrt(np.maximum(years, 7 / 365))
    sigma: Floats = np.clip(0.16 - 0.10 * depth + 0.20 * depth**2, 0.08, 2.5)
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
