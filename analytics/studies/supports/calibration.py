"""The question ``odds-calibration``: of the closes priced at 20-30%, how many came?

The odds kept after each close (`odds_record`) against the closes that followed. Risk-neutral odds
are prices of insurance: they may sit above what comes without being wrong. The sessions of one
horizon overlap, so their number says more than there is to it; that is said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.indicators.intervals import wilson
from analytics.model.absences import BRING_HISTORY
from analytics.model.access import Offer, Plan
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Bars, DailyFigures, Floats, Moment
from analytics.studies.supports.horizons import horizons_from
from analytics.studies.supports.odds_record import (
    DEFINITION,
    DISTANCES_PCT,
    ODDS_NAME,
    figure_name,
)

MIN_SESSIONS = 30
BIN_PCT = 10
HORIZONS = ("today", "week", "month")


@dataclass(frozen=True)
class CalibrationParameters:
    """Whose odds."""

    symbol: Symbol


@dataclass(frozen=True)
class ReliabilityRow:
    """Closes priced within one tenth.

    Attributes:
        priced_pct: mean of what was priced.
        came_pct: share that closed below, with its Wilson 95% interval.
        n: of them.
    """

    from_pct: float
    to_pct: float
    priced_pct: float
    came_pct: float
    low_pct: float
    high_pct: float
    n: int


@dataclass(frozen=True)
class HorizonCalibration:
    """What became of the odds of one horizon.

    Attributes:
        brier: mean square of odds less outcome (0 or 1); None with a ``reason``.
        base_brier: of always saying how often it came.
        sessions: kept sessions whose horizon has ended.
        n: odds among them (several distances a session).
        rows: by tenth of what was priced, those with any.
    """

    horizon: str
    brier: float | None
    base_brier: float | None
    sessions: int
    n: int
    rows: tuple[ReliabilityRow, ...]
    reason: str | None = None


@dataclass(frozen=True)
class OddsCalibration:
    """Recorded odds beside what came, by horizon."""

    symbol: str
    first: dt.date | None
    last: dt.date | None
    horizons: tuple[HorizonCalibration, ...]
    note: str


def calibrate(symbol: str, records: Sequence[DailyFigures], bars: Bars) -> OddsCalibration:
    """Hold the odds of final sessions against the closes of ``bars``.

    Args:
        symbol: whose.
        records: odds by session, oldest first.
        bars: daily closes; a horizon whose end they do not hold yet is not scored.
    """
    used = [row for row in records if row.final and row.definition == DEFINITION]
    found = tuple(_horizon(name, used, bars) for name in HORIZONS)
    return OddsCalibration(
        symbol=symbol,
        first=used[0].session if used else None,
        last=used[-1].session if used else None,
        horizons=found,
        note=(
            f"{_whose(used)} They are risk-neutral: protection "
            "costs more than it pays on average. Horizons of successive sessions overlap."
        ),
    )


def _whose(records: Sequence[DailyFigures]) -> str:
    """Which of the odds were shown, and whose data the others rest on."""
    origins = Counter(row.origin for row in records if row.origin)
    shown = "Odds as shown after each close, never recomputed."
    of = ", ".join(f"{n} sessions from {origin}" for origin, n in origins.items())
    if not of:
        return shown
    made = f"{of}: odds of each day's chain."
    return made if sum(origins.values()) == len(records) else f"{shown} Beside them {made}"


def _horizon(name: str, records: Sequence[DailyFigures], bars: Bars) -> HorizonCalibration:
    odds, came, sessions = [], [], 0
    for row in records:
        move = _move(name, row.session, bars)
        if move is None:
            continue
        priced = [
            (row.figures.get(figure_name(name, distance)), distance) for distance in DISTANCES_PCT
        ]
        stated = [(pct / 100, distance) for pct, distance in priced if pct is not None]
        sessions += bool(stated)
        odds += [probability for probability, _ in stated]
        came += [move < 1 - distance / 100 for _, distance in stated]
    if sessions < MIN_SESSIONS:
        reason = f"needs {MIN_SESSIONS} sessions, has {sessions}: {BRING_HISTORY}"
        return HorizonCalibration(name, None, None, sessions, len(odds), (), reason)
    p, o = np.array(odds), np.array(came, dtype=float)
    base = float(o.mean())
    return HorizonCalibration(
        horizon=name,
        brier=float(np.mean((p - o) ** 2)),
        base_brier=base * (1 - base),
        sessions=sessions,
        n=len(p),
        rows=_reliability(p, o),
    )


def _move(horizon: str, session: dt.date, bars: Bars) -> float | None:
    """Close of the horizon's end over the close of ``session``; None while it is not known.

    A ratio of two closes of one basis, so that no split between them counts as a move.
    """
    wanted = next(h.ends for h in horizons_from(session_close(session), ()) if h.name == horizon)
    at = [np.flatnonzero(bars.sessions == np.datetime64(day, "D")) for day in (session, wanted)]
    if not all(len(place) for place in at):
        return None
    begin, end = (int(place[0]) for place in at)
    if end == len(bars) - 1 and not bars.last_complete:
        return None
    return float(bars.close[end] / bars.close[begin])


def _reliability(odds: Floats, came: Floats) -> tuple[ReliabilityRow, ...]:
    tenth = np.minimum((100 * odds // BIN_PCT).astype(int), 100 // BIN_PCT - 1)
    rows = []
    for at in np.unique(tenth).tolist():
        here = tenth == at
        hits, n = int(came[here].sum()), int(here.sum())
        low, high = wilson(hits, n) or (0.0, 1.0)
        rows.append(
            ReliabilityRow(
                from_pct=float(at * BIN_PCT),
                to_pct=float((at + 1) * BIN_PCT),
                priced_pct=100 * float(odds[here].mean()),
                came_pct=100 * hits / n,
                low_pct=100 * low,
                high_pct=100 * high,
                n=n,
            )
        )
    return tuple(rows)


def _needs(parameters: CalibrationParameters, _moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,), history=((ODDS_NAME, parameters.symbol),))


def _compute(parameters: CalibrationParameters, inputs: Inputs) -> OddsCalibration:
    symbol = parameters.symbol
    records = inputs.history.get((ODDS_NAME, symbol), ())
    return calibrate(symbol, records, inputs.require_bars(symbol))


ODDS_CALIBRATION = Question(
    name="odds-calibration",
    about="of the closes below a level that options priced at 20-30%, how many came, for SYMBOL",
    parameters=CalibrationParameters,
    result=OddsCalibration,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Do the options’ odds come true?",
        "how many of the closes came that options had given odds for",
    ),
)
