"""The demo's option chains: prices that hang together, and what hygiene has to sort out."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK, is_session, session_close
from analytics.model.vocabulary import NotAvailable, OptionChain, SymbolNotFound
from analytics.options.chain import clean_chain
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.demo.crowds import OPTIONABLE
from analytics.sources.demo.scenario import FRIDAY, MONDAY, RATE
from analytics.sources.demo.surface import black_scholes
from analytics.sources.validate import clean_bars

CHAINS = [(symbol, session) for symbol in sorted(OPTIONABLE) for session in (FRIDAY, None)]


@pytest.fixture(scope="module")
def source() -> DemoSource:
    return DemoSource(clock=DemoClock(speed=0.0))


def monday_at(hour: int, minute: int) -> DemoSource:
    start = dt.datetime(2025, 1, 27, hour, minute, tzinfo=NEW_YORK)
    return DemoSource(clock=DemoClock(start, speed=0.0))


def of_session(chain: OptionChain) -> np.ndarray:
    """Contracts whose last trade is of the chain's own session."""
    at: np.ndarray = chain.last_trade.astype("datetime64[D]") == np.datetime64(chain.session, "D")
    return at


def short_call_share_pct(chain: OptionChain) -> float:
    days = (chain.expiry - np.datetime64(chain.session, "D")).astype(int)
    counted = of_session(chain) & (days <= 30)
    volume = np.where(counted, np.nan_to_num(chain.volume), 0.0)
    return 100 * float(volume[chain.is_call].sum() / volume.sum())


class TestNewsletter:
    def test_nvidia_is_57_percent_short_term_bullish(self, source: DemoSource) -> None:
        assert f"{short_call_share_pct(source.chain('NVDA', FRIDAY)):.0f}%" == "57%"

    def test_so_it_is_without_the_expiry_of_the_day(self, source: DemoSource) -> None:
        chain = source.chain("NVDA", FRIDAY)
        days = (chain.expiry - np.datetime64(FRIDAY, "D")).astype(int)
        counted = of_session(chain) & (days > 0) & (days <= 30)
        calls = np.nansum(chain.volume[counted & chain.is_call])
        assert f"{100 * calls / np.nansum(chain.volume[counted]):.0f}%" == "57%"

    @pytest.mark.parametrize("symbol", ["SPY", "QQQ"])
    def test_index_funds_near_45(self, source: DemoSource, symbol: str) -> None:
        assert short_call_share_pct(source.chain(symbol, FRIDAY)) == pytest.approx(45, abs=0.5)


class TestPricing:
    def test_hull_example_17_1(self) -> None:
        # Hull, 10th ed., example 17.1: S 930, K 900, r 8%, q 3%, vol 20%, two months: 51.83.
        # Only S exp(-qT) and K exp(-rT) matter, so q and the excess of r go into S and K.
        spot, strike = 930.0 * np.exp(-0.03 / 6), 900.0 * np.exp(-(0.08 - RATE) / 6)
        value = black_scholes(
            float(spot),
            np.array([strike]),
            np.array([1 / 6]),
            np.array([0.20]),
            0.0,
            np.array([True]),
        )
        assert value[0] == pytest.approx(51.83, abs=0.005)

    def test_put_call_parity_gives_the_forward_within_the_spread(self, source: DemoSource) -> None:
        for symbol in ("SPY", "NVDA", "XLK"):
            chain = source.chain(symbol, FRIDAY)
            spot = chain.underlying_price
            years = np.array(
                [
                    (session_close(d) - chain.time).total_seconds() / (365 * 86400)
                    for d in chain.expiry.astype(dt.date)
                ]
            )
            dividend = {"SPY": 0.012, "NVDA": 0.0003, "XLK": 0.006}[symbol]
            near = (np.abs(np.log(chain.strike / spot)) < 0.04) & (years > 0) & (chain.ask > 0)
            pairs = 0
            for call in np.flatnonzero(near & chain.is_call):
                put = np.flatnonzero(
                    near
                    & ~chain.is_call
                    & (chain.expiry == chain.expiry[call])
                    & (chain.strike == chain.strike[call])
                )
                # A put without time value sits on its early-exercise floor: no parity there.
                if not put.size or chain.bid[put[0]] <= chain.strike[call] - spot:
                    continue
                t, strike = years[call], chain.strike[call]
                fair = spot * np.exp(-dividend * t) - strike * np.exp(-RATE * t)
                low = chain.bid[call] - chain.ask[put[0]]
                high = chain.ask[call] - chain.bid[put[0]]
                assert low - 1e-9 <= fair <= high + 1e-9, (symbol, strike, chain.expiry[call])
                pairs += 1
            assert pairs > 50

    @pytest.mark.parametrize(("symbol", "session"), CHAINS)
    def test_no_negative_or_crossed_quotes(
        self, source: DemoSource, symbol: str, session: dt.date | None
    ) -> None:
        chain = source.chain(symbol, session)
        assert (chain.bid >= 0).all()
        assert ((chain.ask > chain.bid) | ((chain.ask == 0) & (chain.bid == 0))).all()
        assert (chain.last > 0).all()
        assert (chain.last - chain.change > -1e-9).all(), "no negative previous close"
        assert np.nansum(chain.volume) > 0
        assert chain.open_interest.sum() > 0

    @pytest.mark.parametrize("symbol", ["SPY", "XLK"])
    def test_skew_makes_downside_puts_dearer_in_volatility(
        self, source: DemoSource, symbol: str
    ) -> None:
        chain = source.chain(symbol, FRIDAY)
        spot = chain.underlying_price
        expiry = np.datetime64("2025-03-21")
        pick = (chain.expiry == expiry) & (chain.iv > 1e-3)
        down = chain.iv[pick & (np.abs(chain.strike / spot - 0.93) < 0.01)].mean()
        up = chain.iv[pick & (np.abs(chain.strike / spot - 1.05) < 0.01)].mean()
        assert down > up + 0.02


class TestHygiene:
    @pytest.mark.parametrize(("symbol", "session"), CHAINS)
    def test_some_but_little_junk(
        self, source: DemoSource, symbol: str, session: dt.date | None
    ) -> None:
        chain = source.chain(symbol, session)
        junk = (chain.bid == 0) & (chain.ask == 0)
        assert 0.02 < junk.mean() < 0.08
        assert (chain.iv[junk] < 1e-4).all()
        assert (chain.iv[~junk] > 0.01).all()

    def test_older_trades_are_dated_on_sessions_before(self, source: DemoSource) -> None:
        chain = source.chain("XLK", FRIDAY)
        old = chain.last_trade[~of_session(chain)]
        assert old.size > 0
        days = np.unique(old.astype("datetime64[D]")).astype(dt.date)
        assert max(days) < FRIDAY
        assert all(is_session(day) for day in days)

    @pytest.mark.parametrize("symbol", ["SPY", "NVDA"])
    def test_solved_volatility_is_the_simulated_one(self, source: DemoSource, symbol: str) -> None:
        chain = source.chain(symbol, FRIDAY)
        bars, _ = clean_bars(source.bars(symbol, None, FRIDAY))
        clean = clean_chain(chain, bars.upto(FRIDAY))
        # simulated prices are European; what is taken off for early exercise shows further out
        sound = clean.has_iv & (clean.chain.iv > 1e-3) & (clean.days >= 7) & (clean.days <= 60)
        near = sound & (np.abs(np.log(clean.chain.strike / clean.spot.price)) < 0.05)
        assert near.sum() > 100
        # Where only the in-the-money side is quoted, its spread or floor blurs the volatility.
        assert np.quantile(np.abs(clean.iv[near] - clean.chain.iv[near]), 0.99) < 0.005
        assert clean.carry.rate == pytest.approx(RATE, abs=0.003)
        unquoted = sum(clean.rejected.values()) / len(chain)
        assert unquoted < 0.15

    def test_open_interest_piles_above_in_calls_and_below_in_puts(self, source: DemoSource) -> None:
        for symbol in ("SPY", "QQQ", "NVDA"):
            chain = source.chain(symbol, FRIDAY)
            for kind, side in ((chain.is_call, 1), (~chain.is_call, -1)):
                strikes = np.unique(chain.strike)
                interest = [chain.open_interest[kind & (chain.strike == k)].sum() for k in strikes]
                peak = strikes[int(np.argmax(interest))]
                assert (peak - chain.underlying_price) * side > 0, (symbol, peak)
                assert peak % 5 == 0


class TestMonday:
    def test_the_chain_follows_the_clock(self) -> None:
        early, late = monday_at(10, 0).chain("SPY", None), monday_at(14, 0).chain("SPY", None)
        assert (early.strike == late.strike).all()
        before = np.where(of_session(early), np.nan_to_num(early.volume), 0)
        after = np.where(of_session(late), np.nan_to_num(late.volume), 0)
        assert (after >= before).all()
        assert after.sum() > 1.3 * before.sum()
        assert late.last_trade.max() <= np.datetime64(late.time.replace(tzinfo=None), "s")

    def test_it_lists_todays_expiry_and_no_past_one(self, source: DemoSource) -> None:
        chain = source.chain("SPY", None)
        assert chain.expiry.min() == np.datetime64(MONDAY)
        assert chain.session == MONDAY
        assert chain.time == source.now()

    def test_change_is_from_fridays_last(self, source: DemoSource) -> None:
        friday, monday = source.chain("NVDA", FRIDAY), source.chain("NVDA", MONDAY)
        keep = friday.expiry >= np.datetime64(MONDAY)
        traded = of_session(monday)
        np.testing.assert_allclose(
            (monday.last - monday.change)[traded], friday.last[keep][traded], atol=1e-9
        )

    def test_asked_by_date_it_is_the_finished_session(self, source: DemoSource) -> None:
        chain = source.chain("NVDA", MONDAY)
        assert chain.time == session_close(MONDAY)
        assert chain.underlying_price == 118.42

    def test_volatility_rose_over_the_weekend(self, source: DemoSource) -> None:
        friday, monday = source.chain("NVDA", FRIDAY), source.chain("NVDA", None)

        def at_the_money(chain: OptionChain) -> float:
            month = (chain.expiry == np.datetime64("2025-02-21")) & (chain.iv > 1e-3)
            gap = np.abs(chain.strike - chain.underlying_price)
            return float(chain.iv[month & (gap < 3)].mean())

        assert at_the_money(monday) > at_the_money(friday) + 0.03


class TestAbsences:
    def test_dates_without_a_chain(self, source: DemoSource) -> None:
        with pytest.raises(NotAvailable, match=r"^no chain was recorded on 2023-01-23: "):
            source.chain("SPY", dt.date(2023, 1, 23))

    def test_symbols_without_options(self, source: DemoSource) -> None:
        with pytest.raises(NotAvailable, match="no option chain of XLP"):
            source.chain("XLP", None)
        with pytest.raises(SymbolNotFound):
            source.chain("XYZ", None)
