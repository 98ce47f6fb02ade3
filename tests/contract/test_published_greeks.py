"""Skew and gamma against the greeks that an exchange printed beside the same quotes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from analytics.model.vocabulary import OptionChain
from analytics.options.analysis import ChainAnalysis
from analytics.options.chain import CleanChain, clean_chain
from analytics.options.strikes import Ints
from analytics.options.surface import skew_by_expiry
from analytics.sources.files.chains import read_cboe_chain
from tests.support.shared_data import SHARED, needs_shared_data

pytestmark = needs_shared_data

NVDA = SHARED / "chains" / "NVDA_2025-01-06_cboe.csv"
SPX = SHARED / "providers" / "cboe" / "quotedata-SPX-2025-09-05.csv"


def published_wing(chain: OptionChain, rows: Ints) -> float:
    """IV of the 25-delta contract among some rows, linear in the printed delta, percent."""
    delta, iv = np.abs(chain.delta[rows]), chain.iv[rows]
    usable = np.isfinite(iv) & (delta > 0.02) & (delta < 0.98)
    order = np.argsort(delta[usable])
    return 100 * float(np.interp(0.25, delta[usable][order], iv[usable][order]))


def errors(clean: CleanChain) -> list[float]:
    """Risk reversal less the published one of each unexpired series, vol points."""
    strikes, chain = clean.strikes, clean.chain
    ours = {
        (row.expiry, row.settlement): row.risk_reversal_points
        for row in skew_by_expiry(ChainAnalysis(clean).curves)
    }
    found = []
    for e in np.flatnonzero(strikes.series_unexpired).tolist():
        here = slice(strikes.starts[e], strikes.stops[e])
        calls, puts = (legs[here][legs[here] >= 0] for legs in (strikes.call, strikes.put))
        published = published_wing(chain, calls) - published_wing(chain, puts)
        settlement = "AM" if strikes.series_morning[e] else "PM"
        points = ours[strikes.series_expiry[e].item(), settlement]
        assert points is not None
        found.append(points - published)
    return found


class TestRiskReversals:
    def test_of_nvda(self) -> None:
        found = np.abs(errors(clean_chain(read_cboe_chain(NVDA))))
        assert (found < [0.4, 0.2, 0.2, 0.2]).all()

    def test_of_spx_morning_and_afternoon_series(self, tmp_path: Path) -> None:
        file = tmp_path / "^SPX_2025-09-05_cboe.csv"
        shutil.copyfile(SPX, file)
        found = np.abs(errors(clean_chain(read_cboe_chain(file))))
        assert len(found) == 6
        assert np.median(found) < 0.1
        assert found.max() < 0.3


class TestGamma:
    HALF_UNIT = 0.00005
    """Half of the last decimal that the exchange prints."""

    def test_the_median_error_is_under_one_percent_beyond_the_printed_decimals(self) -> None:
        clean = clean_chain(read_cboe_chain(NVDA))
        ours, printed = clean.greeks.gamma, clean.chain.gamma
        known = np.isfinite(ours) & (printed > 0)
        assert known.sum() > 800
        off = np.abs(ours - printed)
        beyond = np.maximum(off - self.HALF_UNIT, 0.0) / np.where(printed > 0, printed, np.nan)
        delta = np.abs(clean.chain.delta)
        middle = known & (delta > 0.05) & (delta < 0.95)
        for part in (known, middle, known & ~middle):
            assert np.median(beyond[part]) < 0.006
        assert np.median(off[middle] / printed[middle]) < 0.01


class TestGex:
    def test_no_side_s_gamma_is_missing(self) -> None:
        clean = clean_chain(read_cboe_chain(NVDA))
        published = np.nan_to_num(clean.chain.gamma) * clean.open_interest
        for side in (clean.chain.is_call, ~clean.chain.is_call):
            assert published[side & ~clean.has_iv].sum() <= 1e-3 * published[side].sum()
            ours = np.nan_to_num(clean.greeks.gamma) * clean.open_interest
            assert ours[side].sum() == pytest.approx(published[side].sum(), rel=0.02)
