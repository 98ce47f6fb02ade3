"""Bullish share and put/call on chains small enough to add up by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.options import sentiment
from analytics.options.buckets import buckets
from analytics.options.chain import CleanChain, clean_chain
from analytics.options.put_call import NO_VOLUME, PutCall, put_call, put_call_by_expiry
from analytics.options.sentiment import (
    CALL_SHARE,
    METHODS,
    QUOTE,
    QUOTE_STRICT,
    RESIDUAL,
    MethodShare,
    bullish_share,
    classify,
    working_delta,
)
from tests.support.small_chains import NAN, SESSION, Row, bars_of, chain_of, shuffled

BARS = bars_of({dt.date(2025, 1, 3): 98.0, SESSION: 100.0})  # the underlying rose by 2


def cleaned(*rows: Row) -> CleanChain:
    return clean_chain(chain_of(*rows), BARS)


def shares(*rows: Row, short_days: int = 30) -> dict[str, dict[str, MethodShare]]:
    return bullish_share(cleaned(*rows), np.full(len(rows), True), short_days)


def signs(method: str, *rows: Row) -> list[int]:
    clean = cleaned(*rows)
    found: list[int] = classify(clean, working_delta(clean)[0])[method].tolist()
    return found


class TestCallShare:
    def test_calls_over_all(self) -> None:
        share = shares(Row(4, True, 100.0, volume=30), Row(4, False, 100.0, volume=10))
        assert share["short"][CALL_SHARE].share_pct == 75.0
        assert share["short"][CALL_SHARE].coverage_pct == 100.0
        assert share["short"][CALL_SHARE].bullish_volume == 30

    @pytest.mark.parametrize("method", METHODS)
    def test_no_volume_is_said_not_zero(self, method: str) -> None:
        share = shares(Row(4, True, 100.0, volume=NAN), Row(4, False, 100.0, volume=0))
        assert share["short"][method].share_pct is None
        assert share["short"][method].coverage_pct is None
        assert share["short"][method].reason == NO_VOLUME

    def test_delta_weights_volume(self) -> None:
        # 10 x 0.5 against 10 x 0.25
        share = shares(Row(4, True, 100.0, delta=0.5), Row(4, False, 95.0, delta=-0.25))
        assert share["short"][CALL_SHARE].share_pct == 50.0
        assert share["short"][CALL_SHARE].delta_weighted_pct == pytest.approx(200 / 3)
        assert share["short"][CALL_SHARE].delta_weighted_coverage_pct == 100.0

    def test_volume_without_a_delta_lowers_the_weighted_coverage_only(self) -> None:
        crossed = Row(4, False, 95.0, bid=2.0, ask=1.0, volume=30)
        share = shares(Row(4, True, 100.0, delta=0.5, volume=10), crossed)
        assert share["short"][CALL_SHARE].coverage_pct == 100.0
        assert share["short"][CALL_SHARE].delta_weighted_coverage_pct == 25.0
        assert share["short"][CALL_SHARE].delta_weighted_pct == 100.0


class TestQuote:
    @pytest.mark.parametrize(
        ("bid", "ask", "last", "loose", "strict"),
        [
            (1.0, 2.0, 1.75, 1, 0),  # upper half: bought
            (1.0, 2.0, 1.25, -1, 0),  # lower half: sold
            (1.0, 2.0, 1.5, 0, 0),  # at the mid
            (0.05, 0.1, 0.075, 0, 0),  # at it in decimals, beside it in binary
            (0.01, 0.06, 0.035, 0, 0),
            (1.0, 2.0, 2.0, 1, 1),  # at the ask
            (1.0, 2.0, 2.25, 1, 1),  # through it
            (1.0, 2.0, 1.0, -1, -1),  # at the bid
            (0.0, 2.0, 0.5, -1, 0),  # a zero bid is a valid spread, but nobody bids
            (0.0, 2.0, 2.0, 1, 0),
            (2.0, 1.0, 1.75, 0, 0),  # crossed
            (1.5, 1.5, 1.75, 0, 0),  # locked: no spread
            (0.0, 0.0, 1.75, 0, 0),
            (NAN, 2.0, 1.75, 0, 0),
            (1.0, 2.0, NAN, 0, 0),
        ],
    )
    def test_where_the_last_price_lies(
        self, bid: float, ask: float, last: float, loose: int, strict: int
    ) -> None:
        rows = [Row(4, call, 100.0, bid, ask, last) for call in (True, False)]
        assert signs(QUOTE, *rows) == [loose, -loose]
        assert signs(QUOTE_STRICT, *rows) == [strict, -strict]

    def test_share_and_coverage_by_hand(self) -> None:
        share = shares(
            Row(4, True, 100.0, last=1.75, volume=10),  # calls bought: bullish
            Row(4, False, 100.0, last=1.25, volume=20),  # puts sold: bullish
            Row(4, False, 95.0, last=1.75, volume=10),  # puts bought: bearish
            Row(4, True, 105.0, last=1.5, volume=60),  # at the mid
        )["short"][QUOTE]
        assert share.share_pct == 75.0
        assert share.coverage_pct == 40.0
        assert "Proxy" in share.badge

    def test_nothing_classified(self) -> None:
        share = shares(Row(4, True, 100.0, last=1.5))["short"][QUOTE]
        assert share.share_pct is None
        assert share.coverage_pct == 0.0
        assert share.reason == sentiment.UNCLASSIFIED


class TestResidual:
    def test_change_beyond_delta_times_the_underlying(self) -> None:
        # the underlying rose by 2: a delta of 0.5 explains 1.00 of the change
        rows = [
            Row(4, True, 100.0, change=1.25, delta=0.5),
            Row(4, True, 101.0, change=0.75, delta=0.5),
            Row(4, True, 102.0, change=1.0, delta=0.5),
            Row(4, False, 103.0, change=-0.75, delta=-0.5),
            Row(4, False, 104.0, change=-1.25, delta=-0.5),
        ]
        assert signs(RESIDUAL, *rows) == [1, -1, 0, -1, 1]

    def test_our_own_delta_where_none_is_published(self) -> None:
        clean = cleaned(Row(32, True, 100.0, bid=4.5, ask=4.7, change=1.5))
        delta, basis = working_delta(clean)
        assert basis == "Black-Scholes from our IV"
        assert delta[0] == pytest.approx(0.54, abs=0.02)
        assert classify(clean, delta)[RESIDUAL].tolist() == [1]

    def test_without_bars_it_is_said_why(self) -> None:
        clean = clean_chain(chain_of(Row(4, True, 100.0, delta=0.5), price=100.0))
        share = bullish_share(clean, np.array([True]), 30)["short"][RESIDUAL]
        assert share.share_pct is None
        assert share.reason == "n/a (no bars of TEST)"


class TestBuckets:
    def test_boundaries(self) -> None:
        days = np.array([-1, 0, 1, 7, 8, 30, 31, 90, 91])
        found = {name: days[mask].tolist() for name, mask in buckets(days, 30).items()}
        assert found == {
            "short": [0, 1, 7, 8, 30],
            "medium": [31, 90],
            "0DTE": [0],
            "1-7": [1, 7],
            "8-30": [8, 30],
            "31-90": [31, 90],
            ">90": [91],
            "total": [0, 1, 7, 8, 30, 31, 90, 91],
        }

    def test_short_term_is_a_setting(self) -> None:
        found = buckets(np.array([7, 8, 30, 90]), 7)
        assert found["short"].tolist() == [True, False, False, False]
        assert found["medium"].tolist() == [False, True, True, True]

    def test_each_bucket_has_its_own_share(self) -> None:
        share = shares(
            Row(4, True, 100.0, volume=10), Row(31, False, 100.0, volume=10), short_days=30
        )
        assert share["short"][CALL_SHARE].share_pct == 100.0
        assert share["medium"][CALL_SHARE].share_pct == 0.0
        assert share["total"][CALL_SHARE].share_pct == 50.0
        assert share["0DTE"][CALL_SHARE].share_pct is None


class TestPutCall:
    def ratio(self, *rows: Row) -> PutCall:
        return put_call(cleaned(*rows), np.full(len(rows), True))

    def test_by_volume_and_by_open_interest(self) -> None:
        found = self.ratio(
            Row(4, True, 100.0, volume=20, interest=50),
            Row(4, False, 100.0, volume=10, interest=100),
        )
        assert (found.volume, found.open_interest) == (0.5, 2.0)
        assert (found.volume_reason, found.open_interest_reason) == (None, None)

    def test_no_calls(self) -> None:
        found = self.ratio(Row(4, False, 100.0, volume=10, interest=5))
        assert (found.volume, found.open_interest) == (None, None)
        assert found.volume_reason == "n/a (no call volume)"
        assert found.open_interest_reason == "n/a (no open interest in calls)"

    def test_all_zero_open_interest_is_never_a_number(self) -> None:
        found = self.ratio(Row(4, True, 100.0, interest=0), Row(4, False, 100.0, interest=NAN))
        assert found.open_interest is None
        assert found.call_open_interest is None
        assert found.open_interest_reason == "n/a (no open interest)"


class TestOrderOfRows:
    @pytest.mark.parametrize("seed", range(5))
    def test_never_changes_a_share(self, seed: int) -> None:
        rng = np.random.default_rng(3)
        chain = chain_of(
            *[
                Row(
                    int(rng.choice([4, 11, 40, 120])),
                    bool(rng.integers(2)),
                    float(rng.integers(180, 220)) / 2,
                    last=float(rng.uniform(0.8, 2.2)),
                    change=float(rng.normal()),
                    volume=float(rng.integers(0, 100)),
                    delta=float(rng.uniform(0, 1)),
                )
                for _ in range(60)
            ]
        )
        clean, mixed = clean_chain(chain, BARS), clean_chain(shuffled(chain, seed), BARS)
        everything = np.full(len(clean.chain), True)
        first = bullish_share(clean, everything, 30)
        second = bullish_share(mixed, everything, 30)
        for bucket, methods in first.items():
            for method, share in methods.items():
                other = second[bucket][method]
                assert other.bullish_volume == share.bullish_volume
                assert other.share_pct == pytest.approx(share.share_pct)
                assert other.delta_weighted_pct == pytest.approx(share.delta_weighted_pct)


def share_of(pct: float | None, coverage: float | None = 100.0) -> MethodShare:
    return MethodShare(pct, coverage, 0, 0, None, None, None, "")


class TestDisagreement:
    def judged(
        self, call: float | None, quote: float | None, residual: float | None, coverage: float = 100
    ) -> sentiment.Disagreement:
        return sentiment.disagreement(
            {
                CALL_SHARE: share_of(call),
                QUOTE: share_of(quote, coverage),
                QUOTE_STRICT: share_of(0.0),  # a variant: it has no say
                RESIDUAL: share_of(residual),
            }
        )

    @pytest.mark.parametrize(
        ("shares", "evidence"),
        [
            ((57, 55, 60), "strong"),
            ((40, 35, 45), "strong"),
            ((57, 51, 61), "strong"),  # ten points are still strong
            ((57, 51, 62), "moderate"),
            ((57, 48, 55), "weak"),  # on both sides of 50%
            ((90, 60, 75), "weak"),  # one side, but thirty points apart
            ((71.3, 23.9, 26.5), "weak"),
        ],
    )
    def test_words(self, shares: tuple[float, float, float], evidence: str) -> None:
        assert self.judged(*shares).evidence == evidence

    def test_figures(self) -> None:
        found = self.judged(71.0, 24.0, 26.0)
        assert (found.spread_points, found.lowest, found.highest) == (47.0, QUOTE, CALL_SHARE)
        assert found.one_side is False
        assert "47 points apart, on both sides of 50%" in found.sentence

    def test_a_method_that_classifies_little_is_left_out(self) -> None:
        found = self.judged(60.0, 10.0, 58.0, coverage=49.0)
        assert (found.methods, found.evidence) == (2, "strong")

    def test_one_method_alone_is_no_evidence(self) -> None:
        found = self.judged(60.0, None, None)
        assert (found.spread_points, found.evidence) == (None, "n/a")


class TestByExpiry:
    def test_each_expiry_alone(self) -> None:
        rows = [
            Row(4, True, 100.0, volume=30),
            Row(4, False, 100.0, volume=10),
            Row(11, False, 100.0, volume=5),
            Row(-3, False, 100.0, volume=5),
        ]
        everything = np.full(len(rows), True)
        found = sentiment.bullish_by_expiry(cleaned(*rows), everything)
        assert [(day.isoformat(), m[CALL_SHARE].share_pct) for day, m in found.items()] == [
            ("2025-01-10", 75.0),
            ("2025-01-17", 0.0),
        ]
        ratios = put_call_by_expiry(cleaned(*rows), everything)
        assert [r.volume for r in ratios.values()] == [pytest.approx(1 / 3), None]
