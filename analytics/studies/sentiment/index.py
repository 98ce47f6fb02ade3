"""Sentiment: an index from 0 (crash) to 100 (euphoria), and what lows led to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.indicators.block_shuffle import Chance, chance_of_mean
from analytics.indicators.forward_returns import (
    Outcome,
    beside_chance,
    forward_returns,
    outcome,
)
from analytics.indicators.intervals import apart
from analytics.indicators.percentiles import MIN_OBSERVATIONS, expanding_percentile
from analytics.indicators.series import optional_values
from analytics.model.absences import BRING_HISTORY
from analytics.model.listings import Group, GroupName, group
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.returns import basis_close, basis_name, completed, has_total_return
from analytics.model.vocabulary import BENCHMARK, Floats, Moment, Sessions
from analytics.studies.sentiment.parts import (
    PART_SYMBOLS,
    PUT_CALL,
    PartSeries,
    sentiment_parts,
)
from analytics.studies.sentiment.put_call import HISTORIES, put_call_history

MIN_PARTS = 4
LOWEST_PCT = 10.0
EITHER_SIDE = 20
CRASH_COOLDOWN = 20
FORWARD_SESSIONS = (5, 20, 60)

METHOD = (
    "Equal-weight mean of the parts' mid-rank percentiles, each over its own expanding past of at "
    f"least {MIN_OBSERVATIONS} observations; fewer than {MIN_PARTS} parts give no index."
)
LOW_RULE = (
    f"A previous low: the lowest index of the {EITHER_SIDE} sessions either side (so known "
    f"{EITHER_SIDE} sessions later, and lows lie more than {EITHER_SIDE} apart), and within the "
    "lowest tenth of the index's own past."
)
CRASH_RULE = (
    "A crash of sentiment: the close at which the index enters the lowest tenth of its own past "
    f"(known that day), at least {CRASH_COOLDOWN} sessions after the last one counted."
)


@dataclass(frozen=True)
class SentimentParameters:
    """The members of the two breadth parts, and how many sessions each part's series shows."""

    symbols: tuple[Symbol, ...] = ()
    group: GroupName = "sectors+ten"
    part_sessions: int = field(default=504, metadata={"min": 1, "max": 20_000})


@dataclass(frozen=True)
class SentimentPart:
    """One part of the index.

    Attributes:
        value: as printed, in ``unit``; None when it does not exist this session.
        percentile: 0 bearish to 100 bullish (already inverted where a high value is bearish).
        n: observations ranked, the present one included; ``since`` the first of them.
        reason: why there is no percentile; None when there is one.
        of: whose figures it is made of, where that may differ.
        history: percentiles on the last ``part_sessions`` sessions of the index's history.
    """

    key: str
    name: str
    unit: str
    value: float | None
    percentile: float | None
    n: int
    since: dt.date | None
    reason: str | None
    history: tuple[float | None, ...]
    of: str = ""


@dataclass(frozen=True)
class SentimentHistory:
    """The index by session, from its first; ``parts`` is how many went into each value."""

    sessions: tuple[dt.date, ...]
    values: tuple[float | None, ...]
    parts: tuple[int, ...]


@dataclass(frozen=True)
class SentimentLow:
    """A previous low of the index."""

    session: dt.date
    value: float


@dataclass(frozen=True)
class SentimentCrash:
    """A crash of sentiment and the benchmark's returns after it; None while still to come."""

    session: dt.date
    value: float
    return_5_pct: float | None
    return_20_pct: float | None
    return_60_pct: float | None


@dataclass(frozen=True)
class AfterCrash:
    """What the benchmark did after crashes of sentiment, beside all days of the index."""

    sessions: int
    outcome: Outcome
    all_days_mean_pct: float | None


@dataclass(frozen=True)
class Sentiment:
    """The index, its parts, its history, and what followed its crashes.

    Attributes:
        value: None with fewer than four parts; ``reason`` then says so.
        coverage: "6 of 7".
        crashes: oldest first; completed sessions only, as ``lows``.
        basis: of the returns after a crash.
        note: what following the members into the past gets wrong.
    """

    session: dt.date
    provisional: bool
    value: float | None
    reason: str | None
    parts_used: int
    parts_total: int
    coverage: str
    parts: tuple[SentimentPart, ...]
    history: SentimentHistory
    lows: tuple[SentimentLow, ...]
    low_rule: str
    crashes: tuple[SentimentCrash, ...]
    crash_rule: str
    after_crash: tuple[AfterCrash, ...]
    basis: str
    group: str
    method: str
    missing: Mapping[str, str]
    note: str


def _needs(parameters: SentimentParameters, moment: Moment) -> Needs:
    listed = group(parameters.group, moment.session, parameters.symbols)
    return Needs(
        bars=tuple(dict.fromkeys((BENCHMARK, *_ever(listed, moment), *PART_SYMBOLS))),
        partial=listed.universe is not None,
        full_history=True,
        history=HISTORIES,
        lists=listed.lists,
    )


def _ever(listed: Group, moment: Moment) -> tuple[str, ...]:
    """Every member of any day up to the moment's: each session counts its own."""
    return listed.ever(dt.date.min, moment.session)


def _compute(parameters: SentimentParameters, inputs: Inputs) -> Sentiment:
    benchmark = inputs.require_bars(BENCHMARK)
    listed = group(parameters.group, inputs.moment.session, parameters.symbols)
    asked = _ever(listed, inputs.moment)
    members = [inputs.bars[s] for s in asked if s in inputs.bars]
    parts = sentiment_parts(benchmark, members, inputs, put_call_history(inputs), listed.listed)
    ranks = [expanding_percentile(part.bullish) for part in parts]
    index, used = combine(ranks)
    done = completed(benchmark)
    total = has_total_return((benchmark,))
    close = basis_close(benchmark, total)[:done]
    crashes = crash_sessions(index[:done])
    start = int(np.argmax(np.isfinite(index))) if np.isfinite(index).any() else len(index)
    now, days = int(used[-1]), benchmark.sessions
    shown = max(start, len(index) - parameters.part_sessions)
    return Sentiment(
        session=inputs.moment.session,
        provisional=not benchmark.last_complete,
        value=optional_values(index[-1:])[0],
        reason=None
        if now >= MIN_PARTS
        else f"the index needs {MIN_PARTS} of {len(parts)} parts (has {now})",
        parts_used=now,
        parts_total=len(parts),
        coverage=f"{now} of {len(parts)}",
        parts=tuple(
            _shown(part, rank, days, shown) for part, rank in zip(parts, ranks, strict=True)
        ),
        history=SentimentHistory(
            tuple(days[start:].tolist()),
            optional_values(index[start:]),
            tuple(used[start:].tolist()),
        ),
        lows=tuple(
            SentimentLow(days[i].astype(dt.date), float(index[i]))
            for i in low_sessions(index[:done])
        ),
        low_rule=LOW_RULE,
        crashes=tuple(_crash(days, index, close, i) for i in crashes),
        crash_rule=CRASH_RULE,
        after_crash=_after_crashes(close, crashes, start),
        basis=basis_name(total),
        group=listed.title,
        method=METHOD,
        missing=inputs.missing_bars((*asked, *PART_SYMBOLS)),
        note=listed.past_note(asked, inputs.missing_bars(asked)),
    )


def combine(ranks: Sequence[Floats]) -> tuple[Floats, np.ndarray]:
    """Mean of the percentiles that exist at each session, and how many do.

    Args:
        ranks: one array a part, shape (n,) each, NaN where absent.

    Returns:
        The index, shape (n,), NaN under four parts; and the counts, shape (n,).
    """
    stacked = np.vstack(ranks)
    known = np.isfinite(stacked)
    used = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(used >= MIN_PARTS, total / np.maximum(used, 1), np.nan), used


def crash_sessions(index: Floats) -> list[int]:
    """Positions of the crashes of sentiment; see `CRASH_RULE`."""
    own = expanding_percentile(index)
    entered = np.flatnonzero((own[1:] <= LOWEST_PCT) & (own[:-1] > LOWEST_PCT)) + 1
    return [int(entered[i]) for i in apart(entered.tolist(), CRASH_COOLDOWN)]


def low_sessions(index: Floats) -> list[int]:
    """Positions of the previous lows; see `LOW_RULE`. Of equal lows the earliest counts."""
    own = expanding_percentile(index)
    found = []
    for i in np.flatnonzero(own <= LOWEST_PCT).tolist():
        around = index[max(i - EITHER_SIDE, 0) : i + EITHER_SIDE + 1]
        if len(around) == 2 * EITHER_SIDE + 1 and int(np.nanargmin(around)) == EITHER_SIDE:
            found.append(i)
    return found


def _shown(part: PartSeries, rank: Floats, days: Sessions, shown: int) -> SentimentPart:
    seen = np.flatnonzero(np.isfinite(part.bullish))
    n = len(seen)
    value, percentile = optional_values(part.raw[-1:])[0], optional_values(rank[-1:])[0]
    reason = part.reason
    if reason is None and value is None:
        reason = "no value this session"
    elif reason is None and percentile is None:
        reason = f"needs {MIN_OBSERVATIONS} observations, has {n}"
        if part.name.key == PUT_CALL.key:
            reason += f": {BRING_HISTORY}"
    return SentimentPart(
        key=part.name.key,
        name=part.name.name,
        unit=part.name.unit,
        value=value,
        percentile=percentile,
        n=n,
        since=days[seen[0]].astype(dt.date) if n else None,
        reason=reason,
        history=optional_values(rank[shown:]),
        of=part.of,
    )


def _crash(days: Sessions, index: Floats, close: Floats, at: int) -> SentimentCrash:
    ahead = [
        float(close[at + n] / close[at] - 1) * 100 if at + n < len(close) else None
        for n in FORWARD_SESSIONS
    ]
    return SentimentCrash(days[at].astype(dt.date), float(index[at]), *ahead)


def _after_crashes(close: Floats, crashes: Sequence[int], start: int) -> tuple[AfterCrash, ...]:
    """Returns after the crashes over each horizon, beside every day's and beside chance's."""
    outcomes: list[Outcome] = []
    chances: list[Chance | None] = []
    means: list[float | None] = []
    for ahead in FORWARD_SESSIONS:
        returns = forward_returns(close, ahead) * 100
        ended = [i for i in crashes if np.isfinite(returns[i])]
        found = outcome(ended, returns[ended].tolist(), ahead)
        used = [ended[i] for i in apart(ended, ahead)]
        every = returns[start:][np.isfinite(returns[start:])]
        chances.append(
            None
            if found.mean_pct is None
            else chance_of_mean(found.mean_pct, close[start:], [i - start for i in used], ahead)
        )
        outcomes.append(found)
        means.append(float(every.mean()) if every.size else None)
    return tuple(
        AfterCrash(ahead, found, mean)
        for ahead, found, mean in zip(
            FORWARD_SESSIONS, beside_chance(outcomes, chances), means, strict=True
        )
    )


SENTIMENT = Question(
    name="sentiment",
    about="sentiment index from 0 (crash) to 100 (euphoria), its parts, lows and what followed",
    parameters=SentimentParameters,
    result=Sentiment,
    needs=_needs,
    compute=_compute,
)
