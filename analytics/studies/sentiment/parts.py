"""The seven parts of the sentiment index, each a series on the benchmark's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.indicators.percentiles import MIN_OBSERVATIONS
from analytics.indicators.series import moving_average
from analytics.model.absences import BRING_HISTORY
from analytics.model.listings import VIX
from analytics.model.question import Inputs
from analytics.model.returns import has_total_return, on_axis, paired_closes
from analytics.model.vocabulary import Bars, Floats, Sessions
from analytics.studies.sentiment.breadth_series import (
    Listed,
    above_average,
    always,
    highs_and_lows,
    trailing_mean,
)

TREND_SESSIONS = 125
BREADTH_SESSIONS = 50
VIX_SESSIONS = 50
RETURN_SESSIONS = 20
PUT_CALL_SESSIONS = 5
BONDS, HIGH_YIELD, INVESTMENT_GRADE = "TLT", "HYG", "LQD"
PART_SYMBOLS = (VIX, BONDS, HIGH_YIELD, INVESTMENT_GRADE)

NO_MEMBER = "no member of the list has prices"
NO_SNAPSHOTS = (
    f"needs {MIN_OBSERVATIONS} sessions of option chains or of imported counts, has none: "
    f"{BRING_HISTORY}"
)
CARRIED_SESSIONS = 3
"""Counts of a session come in or after it: the last ones stand in for so many sessions."""


@dataclass(frozen=True, eq=False)
class PutCallHistory:
    """Put/call ratio by session, from chains or from an exchange's counts.

    Attributes:
        sessions: shape (n,), ascending.
        ratio: shape (n,); put volume / call volume.
        of: whose options, and who counted them: "SPY's options as shown".
    """

    sessions: Sessions
    ratio: Floats
    of: str = ""


@dataclass(frozen=True)
class PartName:
    """A part's key, its name on the page, and the unit of its raw value."""

    key: str
    name: str
    unit: str


@dataclass(frozen=True, eq=False)
class PartSeries:
    """One part by session; high always means bullish.

    Attributes:
        raw: as printed, shape of the axis; NaN where unknown. ``bullish`` is what is ranked:
            the raw value, or minus it where a high value is bearish.
        reason: why the whole part is absent; then both series are NaN throughout.
        of: whose figures it is made of, where that may differ.
    """

    name: PartName
    raw: Floats
    bullish: Floats
    reason: str | None = None
    of: str = ""


TREND = PartName("trend", f"SPY against its {TREND_SESSIONS}-DMA", "%")
BREADTH_PART = PartName("breadth", f"Members above their {BREADTH_SESSIONS}-DMA", "%")
HIGHS = PartName("highs", "52-week highs minus lows, 20-session mean", "% of members")
PUT_CALL = PartName("put-call", f"Put/call ratio, {PUT_CALL_SESSIONS}-session mean", "ratio")
VIX_PART = PartName("vix", f"VIX against its {VIX_SESSIONS}-DMA", "%")
SAFE_HAVEN = PartName(
    "safe-haven", f"SPY minus {BONDS} return, {RETURN_SESSIONS} sessions", "points"
)
CREDIT = PartName("credit", f"{HIGH_YIELD} minus {INVESTMENT_GRADE} return, 20 sessions", "points")


def sentiment_parts(
    benchmark: Bars,
    members: Sequence[Bars],
    inputs: Inputs,
    put_call: PutCallHistory | None = None,
    listed: Listed = always,
) -> tuple[PartSeries, ...]:
    """All seven parts on the benchmark's sessions, the absent ones with their reason."""
    axis = benchmark.sessions
    return (
        _part(TREND, _against_average(benchmark, TREND_SESSIONS)),
        _part(BREADTH_PART, above_average(members, axis, BREADTH_SESSIONS, listed).share_pct)
        if members
        else _absent(BREADTH_PART, axis, NO_MEMBER),
        _part(HIGHS, highs_and_lows(members, axis, listed).net_20_pct)
        if members
        else _absent(HIGHS, axis, NO_MEMBER),
        _put_call_part(axis, put_call),
        _vix_part(axis, inputs),
        _return_gap(SAFE_HAVEN, axis, inputs, benchmark.symbol, BONDS),
        _return_gap(CREDIT, axis, inputs, HIGH_YIELD, INVESTMENT_GRADE),
    )


def _part(name: PartName, raw: Floats, inverted: bool = False) -> PartSeries:
    return PartSeries(name, raw, np.round(-raw if inverted else raw, 12))


def _absent(name: PartName, axis: Sessions, reason: str) -> PartSeries:
    nothing = np.full(len(axis), np.nan)
    return PartSeries(name, nothing, nothing, reason)


def _against_average(bars: Bars, sessions: int) -> Floats:
    return (bars.close / moving_average(bars.close, sessions) - 1) * 100


def _put_call_part(axis: Sessions, history: PutCallHistory | None) -> PartSeries:
    if history is None or not len(history.ratio):
        return _absent(PUT_CALL, axis, NO_SNAPSHOTS)
    mean = trailing_mean(history.ratio, PUT_CALL_SESSIONS)
    raw = carry_on(on_axis(axis, history.sessions, mean))
    return replace(_part(PUT_CALL, raw, inverted=True), of=history.of)


def carry_on(raw: Floats) -> Floats:
    """The last value known, for at most `CARRIED_SESSIONS` sessions without one."""
    places = np.arange(len(raw))
    last = np.maximum.accumulate(np.where(np.isfinite(raw), places, -1))
    near = (last >= 0) & (places - last <= CARRIED_SESSIONS)
    return np.where(near, raw[np.maximum(last, 0)], np.nan)


def _vix_part(axis: Sessions, inputs: Inputs) -> PartSeries:
    if VIX not in inputs.bars:
        return _absent(VIX_PART, axis, inputs.missing_bars((VIX,))[VIX])
    vix = inputs.bars[VIX]
    raw = on_axis(axis, vix.sessions, _against_average(vix, VIX_SESSIONS))
    return _part(VIX_PART, raw, inverted=True)


def _return_gap(
    name: PartName, axis: Sessions, inputs: Inputs, risky: str, safe: str
) -> PartSeries:
    """20-session return of one fund less another's, points, both on one basis."""
    missing = inputs.missing_bars((risky, safe))
    if missing:
        return _absent(name, axis, " ".join(missing.values()))
    pair = inputs.bars[risky], inputs.bars[safe]
    days, ours, theirs = paired_closes(*pair, has_total_return(pair))
    gap = np.full(len(days), np.nan)
    now, then = slice(RETURN_SESSIONS, None), slice(-RETURN_SESSIONS)
    gap[now] = (ours[now] / ours[then] - theirs[now] / theirs[then]) * 100
    return _part(name, on_axis(axis, days, gap))
