"""Questions: parameters, needed inputs, and a pure function to a result.

A question is declared once, beside its computation; the desk does the rest for every
question alike. The shell, the pages and the generic tests all walk the same declarations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NewType, TypeVar

import msgspec
import numpy as np

from analytics.model.access import FOR_EVERYBODY, Offer
from analytics.model.dated_lists import DatedList
from analytics.model.level_calls import LevelCall, LevelEvent
from analytics.model.portfolio_changes import Change
from analytics.model.rates import TreasuryYields
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import (
    BENCHMARK,
    Bars,
    DailyFigures,
    Event,
    Freshness,
    HoldlineError,
    MarketValue,
    MinuteBars,
    Moment,
    NotAvailable,
    OptionChain,
    Provenance,
    Quarter,
    StillLoading,
)

P = TypeVar("P")
R = TypeVar("R")

Symbol = NewType("Symbol", str)
"""A parameter of this type is upper-cased and checked by `parse_parameters`."""

DEFAULT_BENCHMARK = Symbol(BENCHMARK)

AsOf = NewType("AsOf", dt.date)
"""A session's date, after its close; or, as a ``datetime``, one minute of a session."""

EVERY = "*"
"""Stands for every symbol where level calls are wanted."""

AGENDA = "*"
"""Where `Inputs` files the market's own events: no symbol is written so."""

PORTFOLIO = "portfolio"
"""Where `Inputs.absent` files why the portfolio's changes cannot be read."""


@dataclass(frozen=True)
class Needs:
    """The inputs of one question.

    Attributes:
        bars: symbols whose daily bars are wanted.
        partial: an answer over those inputs that are there is welcome while the rest of very many
            is fetched in the background.
        ended_bars: symbols whose daily bars are wanted even where they end before the moment.
        full_history: all the bars the source has, in place of about three years.
        chains: symbols whose option chain is wanted.
        chain_days: the chains' expiries up to so many days ahead suffice; None: all are wanted.
        optional_chains: symbols whose chain is welcome: it is waited for only a moment, and
            without it there is still an answer.
        quarters: symbols whose reported quarters are wanted.
        market_values: companies whose market value now is welcome; none of the past is known.
        rates: the Treasury's rates of the moment's session are welcome.
        history: (question, symbol) whose kept figures are wanted.
        events: companies whose earnings and ex-dividend dates are wanted.
        agenda: (first, last) day between which the market's own events are wanted.
        minutes: symbols whose one-minute bars of the moment's session are wanted.
        calls: level calls of these symbols are wanted; `EVERY` for all.
        log: symbols whose day's log of the moment's session is wanted.
        lists: dated lists that the answer rests on; past its life one is said in the answer.
        stands_seconds: how long an answer stands at least: one over hundreds of symbols does not
            follow every tick.
        portfolio: the model portfolio's published changes, and bars of every symbol in them
            back to the first: full histories where it lies further back than usual.
    """

    bars: tuple[str, ...] = ()
    partial: bool = False
    ended_bars: tuple[str, ...] = ()
    full_history: bool = False
    chains: tuple[str, ...] = ()
    chain_days: int | None = None
    optional_chains: tuple[str, ...] = ()
    quarters: tuple[str, ...] = ()
    market_values: tuple[str, ...] = ()
    rates: bool = False
    history: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ()
    agenda: tuple[dt.date, dt.date] | None = None
    minutes: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    lists: tuple[DatedList, ...] = ()
    portfolio: bool = False
    stands_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs as fetched, validated and cut at ``moment``: nothing later can be seen.

    Attributes:
        absent: (data set, symbol) -> the error that says why it is not here; the data sets
            are "bars", "minutes", "chain", "quarters", "events" and "agenda" (filed under
            ``AGENDA``).
        optional_absent: symbol -> why its optional chain is not here (yet).
        history: (question, symbol) -> what was kept, oldest first; empty when nothing was.
        events: company, or ``AGENDA`` for the market's own -> what the source knows now. It is
            not cut: a date ahead is what a calendar is for; a computation hides outcomes.
        minutes: of the moment's session, those that had ended.
        calls: level calls of the sessions up to the moment's, oldest first; one whose session
            had not closed by the moment has no score.
        log: symbol -> the moment's session's lines up to the moment, oldest first.
        market_values: by symbol, of a live moment only, as far as the source tells them.
        rates: Treasury yields, the newest by the moment's session; None where the source has none.
        changes: of the model portfolio, in the order of publication; those that had been
            published by the moment. Bars of their symbols may end before its session.
    """

    moment: Moment
    bars: Mapping[str, Bars] = field(default_factory=dict)
    chains: Mapping[str, OptionChain] = field(default_factory=dict)
    quarters: Mapping[str, tuple[Quarter, ...]] = field(default_factory=dict)
    absent: Mapping[tuple[str, str], HoldlineError] = field(default_factory=dict)
    optional_absent: Mapping[str, HoldlineError] = field(default_factory=dict)
    history: Mapping[tuple[str, str], tuple[DailyFigures, ...]] = field(default_factory=dict)
    events: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    minutes: Mapping[str, MinuteBars] = field(default_factory=dict)
    calls: tuple[LevelCall, ...] = ()
    log: Mapping[str, tuple[LevelEvent, ...]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    market_values: Mapping[str, MarketValue] = field(default_factory=dict)
    rates: TreasuryYields | None = None

    def unbroken(self) -> Inputs:
        """The inputs with each symbol's bars since the last hole or change of basis."""
        return replace(self, bars={symbol: bars.unbroken for symbol, bars in self.bars.items()})

    def require_bars(self, symbol: str) -> Bars:
        """Bars of a symbol without which there is no answer.

        Raises:
            HoldlineError: the reason the bars are absent.
        """
        if symbol not in self.bars:
            raise self._reason("bars", symbol)
        return self.bars[symbol]

    def require_chain(self, symbol: str) -> OptionChain:
        """Chain of a symbol without which there is no answer; raises as `require_bars`."""
        if symbol not in self.chains:
            raise self._reason("chain", symbol)
        return self.chains[symbol]

    def require_quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Quarters of a symbol without which there is no answer; raises as `require_bars`."""
        if symbol not in self.quarters:
            raise self._reason("quarters", symbol)
        return self.quarters[symbol]

    def require_changes(self) -> tuple[Change, ...]:
        """The model portfolio's changes.

        Raises:
            HoldlineError: why they cannot be read.
        """
        if ("changes", PORTFOLIO) in self.absent:
            raise self.absent["changes", PORTFOLIO]
        return self.changes

    def missing_bars(self, symbols: tuple[str, ...]) -> dict[str, str]:
        """Of ``symbols``, those without bars, each with the reason in one sentence."""
        return {s: str(self._reason("bars", s)) for s in symbols if s not in self.bars}

    def require_any_bars(self, symbols: tuple[str, ...]) -> None:
        """Refuse a list of which nothing is there: an answer about nobody is none.

        Raises:
            HoldlineError: the first symbol's reason; `StillLoading` while any is being fetched.
        """
        if symbols and not any(symbol in self.bars for symbol in symbols):
            reasons = [self._reason("bars", symbol) for symbol in symbols]
            raise next((one for one in reasons if isinstance(one, StillLoading)), reasons[0])

    def loading_bars(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        """Of ``symbols``, those whose bars are still being fetched in the background."""
        return tuple(s for s in symbols if isinstance(self.absent.get(("bars", s)), StillLoading))

    def missing_minutes(self, symbol: str) -> str | None:
        """Why the symbol's minutes are not here, in one sentence; None when they are."""
        return None if symbol in self.minutes else str(self._reason("minutes", symbol))

    def _reason(self, dataset: str, symbol: str) -> HoldlineError:
        return self.absent.get((dataset, symbol)) or NotAvailable(f"{symbol}: no {dataset}.")


@dataclass(frozen=True)
class FollowUp(Generic[P, R]):
    """A question that the answer to another one raises, and whose own answer completes it.

    Attributes:
        question: the further one.
        parameters: (parameters, result, whether the source is on this machine) -> its parameters;
            None where nothing is left to ask.
        join: (result, the further result) -> the result completed.
    """

    question: Question[Any, Any]
    parameters: Callable[[P, R, bool], Any]
    join: Callable[[R, Any], R]


@dataclass(frozen=True)
class Question(Generic[P, R]):
    """One thing the desk can be asked.

    Attributes:
        name: as typed in the shell ("group-drawdown").
        about: one line for the shell's help.
        parameters: a frozen dataclass; see `parse_parameters` for the field types it may use.
        result: the frozen dataclass that ``compute`` returns.
        needs: (parameters, moment) -> inputs to fetch.
        compute: (parameters, inputs) -> result; pure; raises `HoldlineError` when the inputs
            do not allow an answer.
        keep: (parameters, result, moment, final) -> the figures that the store keeps of a live
            answer, once a session; None, or an answer of None, keeps nothing.
        offer: the plan that a viewer needs to be given the answer, and what others are told.
        stands_alone: it has an answer even when the source gives none of the inputs.
        across_breaks: it is given bars from before a hole or a change of basis too, and minds
            them itself (`Bars.breaks`); every other question gets `Bars.unbroken`.
        follow_up: what the shell asks as well, to complete the answer.
    """

    name: str
    about: str
    parameters: type[P]
    result: type[R]
    needs: Callable[[P, Moment], Needs]
    compute: Callable[[P, Inputs], R]
    keep: Callable[[P, R, Moment, bool], DailyFigures | None] | None = None
    offer: Offer = FOR_EVERYBODY
    stands_alone: bool = False
    across_breaks: bool = False
    follow_up: FollowUp[P, R] | None = None


BEING_COMPUTED = "being computed"
"""Reason of an answer that has no result yet, and will have one."""


def _plain(value: Any) -> Any:
    """A number of NumPy's as Python's: kernels that are not compiled yet give the former."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} has no JSON")


@dataclass(frozen=True)
class Answer(Generic[R]):
    """A result with its freshness and provenance, or the reason there is none.

    Attributes:
        reason: one sentence; set exactly when ``result`` is None.
        version: changes whenever the result may have changed.
        offer: of the plan that includes it, where the viewer's does not.
        error: the class of error that ``reason`` says, where there is no result.
        retry_after: seconds after which the same may be asked again, where that is known.
        asked: the parameters, of an answer that is still being computed.
    """

    question: str
    moment: Moment
    freshness: Freshness
    provenance: Provenance
    result: R | None = None
    reason: str | None = None
    version: str = ""
    offer: Offer | None = None
    error: type[HoldlineError] | None = None
    retry_after: int | None = None
    asked: Any = None

    @property
    def as_of(self) -> dt.datetime:
        """UTC time that the figures hold for: the newest price's when live, else the close."""
        return (self.moment.live and self.provenance.bar_time) or self.moment.time

    def to_json(self) -> bytes:
        """The result's own fields with ``as_of``, ``freshness`` and ``provenance`` beside them.

        Unrounded numbers, null for absent, ISO times with offset.
        """
        body: dict[str, Any] = {}
        if self.result is not None:
            body |= msgspec.json.decode(msgspec.json.encode(self.result, enc_hook=_plain))
        else:
            body["reason"] = self.reason
        body |= {
            "question": self.question,
            "as_of": new_york_iso(self.as_of),
            "freshness": self.freshness.value,
            "provenance": self.provenance,
        }
        return msgspec.json.encode(body)


def new_york_iso(time: dt.datetime) -> str:
    """ISO 8601 with New York's offset, whole seconds."""
    return time.astimezone(NEW_YORK).isoformat(timespec="seconds")
