"""A source composed of providers by capability: each data set from the first that has it.

What a provider could not give is said beside what the next one gave, and every value names the
provider it is from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from analytics.model.rates import TreasuryYields
from analytics.model.vocabulary import (
    Event,
    EventKind,
    HoldlineError,
    MarketValue,
    NotAvailable,
    OptionChain,
    Quarter,
    Quote,
    SourceFailure,
    SymbolMatch,
)
from analytics.sources.base import Connection, PlayClock, RawBars, Source

T = TypeVar("T")

CHOSEN = ("quarters", "chains", "rates", "agenda")
"""Capabilities for which several providers may be named."""


class ComposedSource(Source):
    """A source whose parts come from several providers.

    Its name, its clock, its past in the store and all that is not named are the base's.

    Args:
        base: the source of prices.
        providers: capability of `CHOSEN` -> who is asked for it, in that order, the base among
            them where it is one.
    """

    def __init__(self, base: Source, providers: Mapping[str, tuple[Source, ...]]) -> None:
        self._base = base
        self._providers = {
            name: tuple(one for one in asked if getattr(one.capabilities, name))
            for name, asked in providers.items()
        }
        self.name = base.name
        has = {name: bool(asked) for name, asked in self._providers.items()}
        in_parts = any(one.capabilities.chain_in_parts for one in self._asked("chains"))
        self.capabilities = replace(
            base.capabilities,
            **has,
            chain_in_parts=in_parts,
            instant=all(one.capabilities.instant for one in self.parts),
        )
        self.breaker = base.breaker
        self._agenda_failures: tuple[str, ...] = ()

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """The base's."""
        return self._base.status

    @property
    def parts(self) -> tuple[Source, ...]:
        """The base, and every provider beside it once."""
        beside = (one for asked in self._providers.values() for one in asked)
        return tuple({id(one): one for one in (self._base, *beside)}.values())

    @property
    def scope(self) -> str:
        """The base's: who else is asked may change without a new past."""
        return self._base.scope

    def reachable(self, seconds: float) -> bool:
        """Whether the base answers: without prices there is nothing."""
        return self._base.reachable(seconds)

    def now(self) -> dt.datetime:
        """The base's clock."""
        return self._base.now()

    def latest(self) -> dt.datetime:
        """The base's."""
        return self._base.latest()

    @property
    def play_clock(self) -> PlayClock | None:
        """The base's."""
        return self._base.play_clock

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """The base's."""
        return self._base.bars(symbol, start, upto)

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """The base's."""
        return self._base.minutes(symbol, session)

    def quotes(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        """The base's."""
        return self._base.quotes(symbols)

    def stream(self, symbols: frozenset[str]) -> Connection:
        """The base's."""
        return self._base.stream(symbols)

    def events(self, symbol: str) -> tuple[Event, ...]:
        """The base's."""
        return self._base.events(symbol)

    def market_values(self, symbols: tuple[str, ...]) -> tuple[MarketValue, ...]:
        """The base's."""
        return self._base.market_values(symbols)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """The base's."""
        return self._base.search(text)

    def chain_at(self, symbol: str, time: dt.datetime) -> OptionChain:
        """The base's."""
        return self._base.chain_at(symbol, time)

    def chain(
        self,
        symbol: str,
        session: dt.date | None,
        so_far: Callable[[OptionChain], None] | None = None,
    ) -> OptionChain:
        """The chain of the first provider that has it; see `Source.chain`."""

        def ask(provider: Source) -> OptionChain:
            if so_far is not None and provider.capabilities.chain_in_parts:
                return provider.chain(symbol, session, so_far)  # type: ignore[call-arg]
            return provider.chain(symbol, session)

        chain, provider, passed_over = self._first("chains", ask)
        return replace(chain, vendor=chain.vendor or provider.name, passed_over=passed_over)

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """The quarters of the first provider that has any: two providers' rows are not mixed."""
        quarters, provider, passed_over = self._first("quarters", lambda one: one.quarters(symbol))
        return tuple(
            replace(quarter, source=provider.name, passed_over=passed_over) for quarter in quarters
        )

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """The dates of all providers; one that the base gives, with what is expected, is its."""
        asked = self._asked("agenda")
        with ThreadPoolExecutor(max(1, len(asked))) as pool:
            answers = list(pool.map(lambda one: _agenda_of(one, start, end), asked))
        failed = [answer for answer in answers if isinstance(answer, HoldlineError)]
        if len(failed) == len(answers):
            raise (SourceFailure if failed else NotAvailable)(sentences(failed) or "No calendar.")
        self._agenda_failures = tuple(str(error) for error in failed)
        found: dict[tuple[object, ...], Event] = {}
        base_first = sorted(
            zip(asked, answers, strict=True), key=lambda one: one[0] is not self._base
        )
        for provider, events in base_first:
            if isinstance(events, HoldlineError):
                continue
            given = set(found)
            for event in events:
                key = (event.day, *_topic(event))
                if provider is self._base or not any(one[: len(key)] == key for one in given):
                    found[*key, event.title, event.symbol] = event
        return tuple(found.values())

    def agenda_notes(self, start: dt.date, end: dt.date) -> tuple[str, ...]:
        """What of the providers' dates could not be had, by the newest try of this process."""
        base = self._base.agenda_notes(start, end)
        return (*self._agenda_failures, *base)

    def rates(self, session: dt.date) -> TreasuryYields:
        """The yields of the first provider that has any."""
        yields, provider, passed_over = self._first("rates", lambda one: one.rates(session))
        return replace(yields, source=provider.name, passed_over=passed_over)

    def _asked(self, capability: str) -> tuple[Source, ...]:
        default = (self._base,) if getattr(self._base.capabilities, capability) else ()
        return self._providers.get(capability, default)

    def _first(self, capability: str, ask: Callable[[Source], T]) -> tuple[T, Source, str]:
        """(what the first provider that has it gave, that provider, why those before did not).

        Raises:
            HoldlineError: none has it: a failure where one failed.
        """
        reasons: list[HoldlineError] = []
        for provider in self._asked(capability):
            try:
                return ask(provider), provider, sentences(reasons)
            except HoldlineError as error:
                reasons.append(error)
        if len(reasons) == 1:
            raise reasons[0]
        if any(isinstance(error, SourceFailure) for error in reasons):
            raise SourceFailure(sentences(reasons))
        raise NotAvailable(sentences(reasons))


def _agenda_of(provider: Source, start: dt.date, end: dt.date) -> tuple[Event, ...] | HoldlineError:
    try:
        return provider.agenda(start, end)
    except HoldlineError as error:
        return error


_TOPICS = ("gdp", "jolts", "job openings", "ppi", "producer price", "minutes", "beige book")


def _topic(event: Event) -> tuple[str, str]:
    """What a release is about: its kind, and of the kind of all others a word of its title."""
    if event.kind is not EventKind.RELEASE:
        return event.kind.value, ""
    title = event.title.lower()
    return event.kind.value, next((word for word in _TOPICS if word in title), title)


def sentences(errors: list[HoldlineError]) -> str:
    """Each reason once, one after the other."""
    return " ".join(dict.fromkeys(f"{str(error).rstrip('.')}." for error in errors))
