"""The question ``options`` as the shell and the pages get it."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pytest

from analytics.cli import as_text
from analytics.model.question import Answer, Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import (
    BadInput,
    Bars,
    Freshness,
    Moment,
    NotAvailable,
    OptionChain,
    Phase,
    Provenance,
)
from analytics.options.chain import clean_chain
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.view import OptionsView
from analytics.options.volatility import IV_OUT_OF_RANGE
from analytics.sources.files.chains import read_cboe_chain, read_yahoo_chain
from analytics.sources.files.source import FilesSource
from analytics.sources.validate import clean_bars
from tests.support.shared_data import SHARED, needs_shared_data
from tests.support.small_chains import NAN, SESSION, Row, bars_of, chain_of, priced_rows

TEST = Symbol("TEST")
NVDA = Symbol("NVDA")


def ask(chain: OptionChain, bars: Bars | None = None, expiry: dt.date | None = None) -> OptionsView:
    moment = Moment(session_close(chain.session), chain.session, Phase.CLOSED, live=False)
    inputs = Inputs(
        moment,
        bars={chain.symbol: bars} if bars is not None else {},
        chains={chain.symbol: chain},
    )
    return OPTIONS.compute(OptionsParameters(Symbol(chain.symbol), expiry), inputs)


@pytest.fixture
def small() -> OptionChain:
    return chain_of(
        *priced_rows(100.0, 4, [97.5, 100.0, 102.5]),
        Row(40, True, 110.0, volume=30, interest=7),
        Row(40, False, 90.0, volume=NAN, interest=0),
    )


@pytest.fixture
def bars() -> Bars:
    return bars_of({dt.date(2025, 1, 3): 98.0, SESSION: 100.0})


class TestView:
    def test_expiries_and_strikes(self, small: OptionChain, bars: Bars) -> None:
        view = ask(small, bars)
        assert [(e.expiry.isoformat(), e.days, e.contracts) for e in view.expiries] == [
            ("2025-01-10", 4, 6),
            ("2025-02-15", 40, 2),
        ]
        assert [row.strike for row in view.by_strike] == [97.5, 100.0, 102.5, 110.0]
        assert view.by_strike[-1].call_volume == 30
        assert view.by_strike[-1].call_open_interest == 7
        assert view.put_call.by_expiry[1].volume == 0.0
        assert view.underlying_change == pytest.approx(2.0)

    def test_expiry_filter(self, small: OptionChain, bars: Bars) -> None:
        view = ask(small, bars, dt.date(2025, 2, 15))
        assert [row.strike for row in view.by_strike] == [110.0]
        assert view.put_call.call_volume == 30
        assert view.bullish_share["medium"]["call-share"].share_pct == 100.0
        assert view.bullish_share["short"]["call-share"].share_pct is None
        assert len(view.expiries) == len(view.put_call.by_expiry) == 2

    def test_an_expiry_that_is_not_listed_is_bad_input(self, small: OptionChain) -> None:
        with pytest.raises(BadInput, match=r"no expiry on 2025-01-11.*2025-01-10 to 2025-02-15"):
            ask(small, expiry=dt.date(2025, 1, 11))

    def test_without_a_chain_the_reason_is_given(self) -> None:
        moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=False)
        why = NotAvailable("no TEST chain of 2025-01-06 in the folder.")
        inputs = Inputs(moment, absent={("chain", "TEST"): why})
        with pytest.raises(NotAvailable, match="in the folder"):
            OPTIONS.compute(OptionsParameters(TEST), inputs)

    def test_no_open_interest_is_none_throughout(self, bars: Bars) -> None:
        rows = [Row(4, call, 100.0, interest=0) for call in (True, False)]
        view = ask(chain_of(*rows), bars)
        assert view.put_call.open_interest is None
        assert view.by_strike[0].call_open_interest is None
        assert view.iv_coverage.open_interest_pct is None
        assert view.expiries[0].open_interest is None

    def test_survives_the_cache_and_holds_no_nan(self, small: OptionChain, bars: Bars) -> None:
        view = ask(small, bars)
        assert msgspec.json.decode(msgspec.json.encode(view), type=OptionsView) == view
        # NaN is written as null, which would not come back as the same number
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=OptionsView) == view


class TestText:
    def test_a_small_rate_keeps_its_digits(self, small: OptionChain, bars: Bars) -> None:
        moment = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=False)
        answer = Answer("options", moment, Freshness.CLOSED, Provenance("Test"), ask(small, bars))
        text = as_text(answer)
        assert "\nrate  0.04294\n" in text
        assert "gex.rate  0.04294" in text
        assert "spot  100.00" in text


@pytest.fixture(scope="module")
def cboe() -> OptionChain:
    return read_cboe_chain(SHARED / "chains" / "NVDA_2025-01-06_cboe.csv")


@pytest.fixture(scope="module")
def yahoo() -> OptionChain:
    return read_yahoo_chain(SHARED / "chains" / "NVDA_2026-02-11_yahoo.csv")


@pytest.fixture(scope="module")
def nvda() -> Bars:
    """NVDA's recorded bars as of 2025-01-06."""
    raw = FilesSource(SHARED).bars("NVDA", None, SESSION)
    return clean_bars(raw)[0].upto(SESSION)


@needs_shared_data
class TestNvda2025:
    @pytest.fixture
    def view(self, cboe: OptionChain, nvda: Bars) -> OptionsView:
        return ask(cboe, nvda)

    def test_published_figures(self, view: OptionsView) -> None:
        assert view.put_call.call_volume == 2_734_567
        assert view.put_call.put_volume == 1_103_092
        short = view.bullish_share["short"]
        assert round(short["call-share"].share_pct or 0, 2) == 71.26
        assert round(short["quote"].share_pct or 0, 2) == 23.9
        assert round(short["quote"].coverage_pct or 0, 1) == 92.9
        assert round(short["quote-strict"].share_pct or 0, 2) == 13.55
        assert round(short["quote-strict"].coverage_pct or 0, 1) == 68.0
        assert round(short["residual"].share_pct or 0, 1) == 26.5
        assert round(short["residual"].coverage_pct or 0, 1) == 100.0
        assert view.underlying_change == pytest.approx(4.96, abs=1e-9)
        assert view.delta_basis == "published by Cboe"

    def test_every_expiry_is_short_term(self, view: OptionsView) -> None:
        assert view.bullish_share["total"] == view.bullish_share["short"]
        assert view.bullish_share["medium"]["call-share"].share_pct is None

    def test_spot_is_the_regular_close(self, view: OptionsView) -> None:
        assert view.spot == pytest.approx(149.43)
        assert abs(view.parity_gap_pct or 9) < 0.25

    def test_iv_and_gamma_agree_with_the_published(self, cboe: OptionChain, nvda: Bars) -> None:
        clean = clean_chain(cboe, nvda)
        cboe = clean.chain
        spread, mid = cboe.ask - cboe.bid, (cboe.ask + cboe.bid) / 2
        compared = (np.abs(cboe.delta) >= 0.1) & (np.abs(cboe.delta) <= 0.9)
        compared &= (cboe.gamma > 0) & (spread <= np.maximum(0.05 * mid, 0.05)) & clean.has_iv
        assert compared.sum() > 150
        points = 100 * np.abs(clean.iv - cboe.iv)[compared]
        assert np.median(points) <= 1.0
        gamma = np.abs(clean.greeks.gamma[compared] / cboe.gamma[compared] - 1)
        assert np.median(gamma) <= 0.01

    def test_without_bars_parity_replaces_the_after_hours_price(self, cboe: OptionChain) -> None:
        assert clean_chain(cboe).spot.price == pytest.approx(149.53, abs=0.01)

    def test_counts_add_up(self, cboe: OptionChain, nvda: Bars) -> None:
        clean = clean_chain(cboe, nvda)
        assert int(clean.has_iv.sum()) + sum(clean.rejected.values()) == 1086


@needs_shared_data
class TestNvda2026:
    def test_first_expiry_is_0dte_and_alive(self, yahoo: OptionChain) -> None:
        view = ask(yahoo)
        assert view.expiries[0].days == 0
        assert "expired" not in view.rejected
        assert view.put_call.by_bucket["0DTE"].volume is not None
        assert view.put_call.by_bucket["0DTE"].open_interest is not None

    def test_every_drop_is_counted(self, yahoo: OptionChain) -> None:
        clean = clean_chain(yahoo)
        assert int(clean.has_iv.sum()) + sum(clean.rejected.values()) == len(yahoo) == 3802

    def test_volume_of_earlier_days_is_left_out(self, yahoo: OptionChain) -> None:
        clean = clean_chain(yahoo)
        today = yahoo.last_trade >= np.datetime64("2026-02-11T05:00:00")
        assert round(100 * float(1 - today.mean())) == 63
        assert clean.volume_notes["empty volume"] == 77
        assert clean.volume.sum() == np.nansum(yahoo.volume[today])

    def test_no_figure_from_a_junk_iv(self, yahoo: OptionChain) -> None:
        clean = clean_chain(yahoo)
        junk = clean.chain.iv < 1e-3
        assert junk.sum() > 500
        solved = clean.iv[junk & clean.has_iv]
        assert len(solved) > 0
        assert solved.min() >= 0.01
        assert clean.rejected[IV_OUT_OF_RANGE] > 0
        for greek in vars(clean.greeks).values():
            np.testing.assert_array_equal(np.isfinite(greek), clean.has_iv)

    def test_residual_says_why_it_is_absent(self, yahoo: OptionChain) -> None:
        residual = ask(yahoo).bullish_share["short"]["residual"]
        assert residual.share_pct is None
        assert residual.reason == "n/a (no bars of NVDA)"
