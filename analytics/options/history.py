"""History of a symbol's options figures, session by session, as they were shown then."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model.absences import BRING_HISTORY
from analytics.model.access import Offer, Plan
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, DailyFigures, Floats, Moment
from analytics.options.daily_record import DEFINITION, FIGURES, OPTIONS_NAME, PRICE_UNIT, SIMULATED

MIN_SESSIONS = 60
YEAR_SESSIONS = 252


@dataclass(frozen=True)
class OptionsHistoryParameters:
    """Which underlying."""

    symbol: Symbol


@dataclass(frozen=True)
class FigureHistory:
    """One figure over the recorded sessions; None where it was absent that day."""

    key: str
    name: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class HistoryRank:
    """Where a figure stands in its own past of up to 252 recorded sessions.

    Attributes:
        rank_pct: (value - lowest) / (highest - lowest).
        percentile_pct: share of the earlier sessions below the value.
        reason: "needs 60 sessions, has n: ..." under 60; the figures are then None.
    """

    key: str
    value: float | None
    rank_pct: float | None
    percentile_pct: float | None
    n: int
    reason: str | None


@dataclass(frozen=True)
class OptionsHistory:
    """Series of figures by session: as shown on the day, or of an imported or simulated past.

    Attributes:
        provisional: sessions whose figures are of before the close.
    """

    symbol: str
    sessions: tuple[dt.date, ...]
    provisional: tuple[dt.date, ...]
    figures: tuple[FigureHistory, ...]
    iv30: HistoryRank
    call_share: HistoryRank
    note: str


def _needs(parameters: OptionsHistoryParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,), history=((OPTIONS_NAME, parameters.symbol),))


def _compute(parameters: OptionsHistoryParameters, inputs: Inputs) -> OptionsHistory:
    records = inputs.history.get((OPTIONS_NAME, parameters.symbol), ())
    series = {
        key: tuple(
            row.figures.get(key) if row.definition == DEFINITION else None for row in records
        )
        for key in FIGURES
    }
    older = sum(row.definition != DEFINITION for row in records)
    bars = inputs.bars.get(parameters.symbol)
    factors = split_factors([row.session for row in records], bars)
    for key, (_, unit) in FIGURES.items():
        if unit == PRICE_UNIT and (factors != 1).any():
            series[key] = tuple(
                None if value is None else value / factor
                for value, factor in zip(series[key], factors.tolist(), strict=True)
            )
    return OptionsHistory(
        symbol=parameters.symbol,
        sessions=tuple(row.session for row in records),
        provisional=tuple(row.session for row in records if not row.final),
        figures=tuple(
            FigureHistory(key, name, unit, series[key]) for key, (name, unit) in FIGURES.items()
        ),
        iv30=history_rank("iv30", series["iv30"]),
        call_share=history_rank("short_call_share", series["short_call_share"]),
        note=_note(records, older, (factors != 1).any()),
    )


def split_factors(sessions: Sequence[dt.date], bars: Bars | None) -> Floats:
    """Shape (n,): what prices of each session are divided by to be of today's shares."""
    factors = np.ones(len(sessions))
    if bars is None or not len(sessions):
        return factors
    days = np.array(sessions, dtype="datetime64[D]")
    for at in np.flatnonzero(bars.splits != 1):
        factors[days < bars.sessions[at]] *= bars.splits[at]
    return factors


def _note(records: Sequence[DailyFigures], older: int, has_split: bool) -> str:
    if not records:
        return (
            "No session is recorded yet: each chain that is fetched is recorded, "
            "`python -m analytics.collect` does so for a list of symbols after every close, and "
            "`python -m analytics import-chains` brings chains of the past."
        )
    shown = sum(not row.origin for row in records)
    parts = ["As it was shown on each day, not repainted with hindsight."] if shown else []
    parts += [
        f"{_sessions(n)} simulated."
        if origin == SIMULATED
        else f"{_sessions(n)} imported from {origin}: computed from the chain of each day."
        for origin, n in origins(records).items()
    ]
    if has_split:
        parts.append("Prices of before a split are divided by it.")
    if older:
        parts.append(f"{older} sessions followed older definitions and are left out.")
    return " ".join(parts)


def origins(records: Sequence[DailyFigures]) -> dict[str, int]:
    """Whose data the sessions rest on that were not shown on their day, and how many each."""
    return dict(Counter(row.origin for row in records if row.origin))


def _sessions(n: int) -> str:
    return "1 session is" if n == 1 else f"{n} sessions are"


def history_rank(key: str, values: Sequence[float | None]) -> HistoryRank:
    """Rank and percentile of the newest value within the last 252 recorded ones."""
    known = [value for value in values[-YEAR_SESSIONS:] if value is not None]
    value = values[-1] if values else None
    if len(known) < MIN_SESSIONS:
        reason = f"needs {MIN_SESSIONS} sessions, has {len(known)}: {BRING_HISTORY}"
        return HistoryRank(key, value, None, None, len(known), reason)
    if value is None:
        return HistoryRank(key, None, None, None, len(known), "n/a (absent this session)")
    low, high = min(known), max(known)
    earlier = known[:-1]
    return HistoryRank(
        key=key,
        value=value,
        rank_pct=(value - low) / (high - low) * 100 if high > low else None,
        percentile_pct=sum(other < value for other in earlier) / len(earlier) * 100,
        n=len(known),
        reason=None,
    )


OPTIONS_HISTORY = Question(
    name="options-history",
    about="what the options of a symbol said, session by session, as it was shown",
    parameters=OptionsHistoryParameters,
    result=OptionsHistory,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "How do options stand against the year?",
        "each figure session by session as it was shown, and where it ranks",
    ),
)
