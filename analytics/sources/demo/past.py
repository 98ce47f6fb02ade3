"""Simulated option sessions before the Friday: 300 chains of each underlying, made when asked for.

A chain depends on its day's and earlier closes alone. The figures that the options page shows of
each are shipped (``past_figures.npz``), for computing 300 chains takes a while:
``python -m analytics.demo_past`` makes the file, and a test holds it to these chains.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from analytics.model.sessions import session_close
from analytics.model.vocabulary import DailyFigures, Floats, NotAvailable, OptionChain, Sessions
from analytics.sources.demo.chains import (
    INTEREST_ABOVE_VOLUME,
    ChainBook,
    DayClose,
    friday_close,
)
from analytics.sources.demo.crowds import CROWDS
from analytics.sources.demo.market import History, generator
from analytics.sources.demo.scenario import FRIDAY, Instrument
from analytics.sources.demo.surface import Smile

PAST_SESSIONS = 300
FIGURES_FILE = Path(__file__).parent / "past_figures.npz"
ORIGIN = "Simulator"
_QUARTER_DAYS = 91
_MOMENTUM_SESSIONS = 5
_LEAST_SHARE, _MOST_SHARE = 0.25, 0.80


@dataclass(frozen=True, eq=False)
class _Leaning:
    """How the options of one underlying leaned by session, shape (n,) each; see `DayClose`."""

    call_share: Floats
    interest_share: Floats
    busy: Floats


class PastChains:
    """Chains of the sessions before the Friday, and the shipped figures of them.

    Args:
        history: finished bars of an instrument.
        vix: the volatility index.
    """

    def __init__(self, history: Callable[[Instrument], History], vix: Instrument) -> None:
        self._history = history
        self._vix = vix
        self._leanings: dict[str, _Leaning] = {}

    @property
    def sessions(self) -> Sessions:
        """The sessions with a chain, the Friday last."""
        return self._history(self._vix).sessions[-PAST_SESSIONS:]

    def chain(self, instrument: Instrument, session: dt.date) -> OptionChain:
        """The chain at the close of a session.

        Raises:
            NotAvailable: the session is not one of `sessions`.
        """
        return ChainBook(instrument, self._close(instrument, session)).at_close()

    def _close(self, instrument: Instrument, session: dt.date) -> DayClose:
        if session == FRIDAY:
            return friday_close(instrument)
        sessions = self.sessions
        at = int(np.searchsorted(sessions, np.datetime64(session, "D")))
        if at == len(sessions) or sessions[at] != np.datetime64(session, "D"):
            first = sessions[0].astype(dt.date)
            raise NotAvailable(
                f"no chain was recorded on {session}: the simulator has those of {first} to "
                f"{FRIDAY} and of the Monday."
            )
        back = at - len(sessions)  # from the end, which all histories share
        bars, vix = self._history(instrument), self._history(self._vix)
        level, close = vix.column("close"), bars.column("close")
        # a split after the day had not divided its prices yet
        later = float(np.prod(bars.column("splits")[back + 1 :])) if back < -1 else 1.0
        spot, spot_before = (np.round(close[[back, back - 1]] * later, 2)).tolist()
        leaning = self._leaning(instrument)
        crowd = CROWDS[instrument.symbol]
        share = float(leaning.call_share[at])
        press = 0.6 * (share - crowd.call_share)
        return DayClose(
            day=session,
            seed=session.isoformat(),
            spot=spot,
            vix=float(level[back]),
            before=bars.sessions[back - 1].astype(dt.date),
            spot_before=spot_before,
            vix_before=float(level[back - 1]),
            smile=_smile_of(crowd.smile, session),
            call_share=share,
            interest_share=float(leaning.interest_share[at]),
            buying=(0.5 + press, 0.5 - press),
            busy=float(leaning.busy[at]),
        )

    def _leaning(self, instrument: Instrument) -> _Leaning:
        if instrument.symbol not in self._leanings:
            self._leanings[instrument.symbol] = self._lean(instrument)
        return self._leanings[instrument.symbol]

    def _lean(self, instrument: Instrument) -> _Leaning:
        """Shares that wander about the crowd's usual one and follow the last week's move."""
        crowd, rng = CROWDS[instrument.symbol], generator(instrument.symbol, "chain", "past")
        close = np.log(
            self._history(instrument).column("close")[-PAST_SESSIONS - _MOMENTUM_SESSIONS :]
        )
        week = close[_MOMENTUM_SESSIONS:] - close[:-_MOMENTUM_SESSIONS]
        usual = crowd.smile.atm * np.sqrt(_MOMENTUM_SESSIONS / 252)
        follows = 0.03 * np.tanh(week / usual)
        share = crowd.call_share + follows + _wander(rng, 0.85, 0.015)
        interest = crowd.call_share + INTEREST_ABOVE_VOLUME + _wander(rng, 0.97, 0.004)
        return _Leaning(
            call_share=np.clip(share, _LEAST_SHARE, _MOST_SHARE),
            interest_share=np.clip(interest, _LEAST_SHARE, _MOST_SHARE),
            busy=np.exp(0.2 * rng.standard_normal(PAST_SESSIONS)),
        )

    def figures(self, question: str, symbol: str) -> tuple[DailyFigures, ...]:
        """What a question shows of each past session, oldest first; () for what is not shipped."""
        shipped = self._shipped.get(question)
        if shipped is None or symbol not in shipped.symbols:
            return ()
        block = shipped.values[shipped.symbols.index(symbol)]
        return tuple(
            DailyFigures(
                symbol=symbol,
                session=session,
                final=True,
                shown_at=session_close(session),
                definition=shipped.definition,
                figures={
                    name: None if np.isnan(value) else float(value)
                    for name, value in zip(shipped.names, row, strict=True)
                },
                origin=ORIGIN,
            )
            for session, row in zip(shipped.sessions, block, strict=True)
        )

    @cached_property
    def _shipped(self) -> dict[str, ShippedFigures]:
        return read_figures(FIGURES_FILE)


@dataclass(frozen=True, eq=False)
class ShippedFigures:
    """Figures of one question.

    Attributes:
        values: shape (symbols, sessions, names), NaN where absent.
    """

    definition: int
    symbols: tuple[str, ...]
    sessions: tuple[dt.date, ...]
    names: tuple[str, ...]
    values: Floats


def write_figures(path: Path, shipped: dict[str, ShippedFigures]) -> None:
    """All questions' figures as one file; seven digits are enough for what is shown with four."""
    arrays: dict[str, np.ndarray] = {}
    for question, one in shipped.items():
        arrays[f"{question}|definition"] = np.array(one.definition)
        arrays[f"{question}|symbols"] = np.array(one.symbols)
        arrays[f"{question}|sessions"] = np.array(one.sessions, "datetime64[D]")
        arrays[f"{question}|names"] = np.array(one.names)
        arrays[f"{question}|values"] = one.values.astype(np.float32)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def read_figures(path: Path) -> dict[str, ShippedFigures]:
    """What `write_figures` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        questions = sorted({name.partition("|")[0] for name in arrays.files})
        return {
            question: ShippedFigures(
                definition=int(arrays[f"{question}|definition"]),
                symbols=tuple(arrays[f"{question}|symbols"].tolist()),
                sessions=tuple(arrays[f"{question}|sessions"].astype(dt.date).tolist()),
                names=tuple(arrays[f"{question}|names"].tolist()),
                values=arrays[f"{question}|values"].astype(np.float64),
            )
            for question in questions
        }


def _smile_of(smile: Smile, day: dt.date) -> Smile:
    """The smile with the report that comes next after the day, one each 91 days."""
    if smile.earnings is None:
        return smile
    reports, move = smile.earnings
    ahead = (reports - day).days
    quarters = max(0, (ahead - 1) // _QUARTER_DAYS)
    return replace(smile, earnings=(reports - dt.timedelta(days=quarters * _QUARTER_DAYS), move))


def _wander(rng: np.random.Generator, stays: float, step: float) -> Floats:
    """A path that comes back to zero, shape (`PAST_SESSIONS`,): an autoregression."""
    steps = step * rng.standard_normal(PAST_SESSIONS)
    path = np.empty(PAST_SESSIONS)
    value = step / np.sqrt(1 - stays**2) * rng.standard_normal()
    for i, change in enumerate(steps):
        value = stays * value + change
        path[i] = value
    return path
