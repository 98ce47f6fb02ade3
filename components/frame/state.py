"""The page's state and its URL: every view is a link.

The query string is the only state a view has. The client copies the parameters a page takes
into that page's store, untouched; `PageState.parse` is the one place that judges them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from analytics.indicators.series import DmaSessions
from analytics.model.levels import LevelId
from analytics.model.question import AsOf, Symbol, as_of_text, parse_parameters
from analytics.model.vocabulary import BENCHMARK, BadInput
from analytics.preview.edition import parse_edition
from analytics.watch.ledger import Outcome

Range = Literal["1m", "3m", "6m", "1y", "2y", "5y", "max"]

Rule = Literal["all", "0dte", "this-week", "next-monthly", "short-term"]
Pool = Literal["off", "sectors+ten", "sectors", "ten", "sp500"]
Dealers = Literal["long-calls", "short-all", "short-calls"]
Figure = Literal["put-call", "bullish", "iv30", "walls"]
Measure = Literal["volume", "open-interest", "gex"]

EMPTY = "none"
"""Written for a list that is empty on purpose, where its default is not."""

LIVE = "live"
"""Written for the present where the process was opened on a past session."""

MAX_QUERY = 8_000

_DEFAULT_SYMBOL = Symbol(BENCHMARK)


@dataclass(frozen=True)
class PageState:
    """What a view shows. A field left out of the URL has the default here.

    A new page adds its fields here and names the ones it reads in its `Page.takes`. Field
    types are those of `analytics.model.question.parse_parameters`; None means "the page's own
    default", and an empty tuple "none of them".

    Attributes:
        as_of: the session after whose close, or the minute at which, the market is shown;
            None: now.
        marks: events are marked on price charts.
        level: the moving average of the hold study; ``pool``: the universe it is pooled over.
        window: sessions of a move.
        symbols: the watchlist.
        company: whose quarters are shown; ``basket`` and ``against``: the groups compared.
        members: the ticked members of a group.
        expiry: one option expiry, or None for those of ``rule``.
        measure: what is drawn by strike.
        weighted: bullish shares weighted by delta.
        dealers: whose side the signs of GEX take.
        figure: which kept figures are drawn over time.
        called, at_level, outcome: which level calls of the ledger are shown; None: all.
        edition: the published preview that is read ("2025-01-27.3"); None: as computed.
    """

    as_of: AsOf | None = None
    symbol: Symbol = _DEFAULT_SYMBOL
    symbols: tuple[Symbol, ...] | None = None
    members: tuple[Symbol, ...] | None = None
    compare: Symbol | None = None
    company: Symbol | None = None
    basket: tuple[Symbol, ...] | None = None
    against: tuple[Symbol, ...] | None = None
    range: Range = "6m"
    log: bool = False
    channel: bool = False
    marks: bool = True
    level: DmaSessions = 50
    pool: Pool = "off"
    start: dt.date | None = None
    end: dt.date | None = None
    expiry: dt.date | None = None
    rule: Rule = "all"
    measure: Measure = "volume"
    weighted: bool = False
    dealers: Dealers = "long-calls"
    figure: Figure = "put-call"
    group: str | None = None
    window: Literal[1, 5, 20, 60] = 1
    sort: str | None = None
    method: str | None = None
    called: Symbol | None = None
    at_level: LevelId | None = None
    outcome: Outcome | None = None
    edition: str | None = None

    @classmethod
    def parse(cls, raw: object) -> PageState:
        """Build a state from a page's store, which is client data and so untrusted.

        Raises:
            BadInput: one sentence: what was wrong and what is accepted.
        """
        if raw is None:
            return cls()
        if not isinstance(raw, Mapping) or len(raw) > len(fields(cls)):
            raise BadInput("The page's state is not a set of named values.")
        for name, value in raw.items():
            if not isinstance(name, str) or not isinstance(value, str) or len(value) > MAX_QUERY:
                raise BadInput(f"{str(name)[:40]} is not a short text.")
        known = {spec.name for spec in fields(cls)}
        given = {n: v for n, v in raw.items() if n in known}
        if given.get("as_of") == LIVE:
            del given["as_of"]
        if given.get("marks") == EMPTY:  # as the browser writes a switch that is on by default
            given["marks"] = "0"
        emptied = {n: () for n in ("symbols", "members") if given.get(n) == EMPTY}
        state = parse_parameters(cls, {n: v for n, v in given.items() if n not in emptied})
        _check(state)
        return _replace(state, emptied)

    @classmethod
    def from_query(cls, query: str) -> PageState:
        """Build a state from a query string, with or without its question mark.

        Parameters that are not the desk's (a newsletter's ``utm_source``) are left out.

        Raises:
            BadInput: as `parse`.
        """
        if len(query) > MAX_QUERY:
            raise BadInput(f"The link is longer than {MAX_QUERY} characters.")
        known = {spec.name for spec in fields(cls)}
        return cls.parse({n: v for n, v in parse_qsl(query.lstrip("?")) if n in known})

    def only(self, *names: str) -> PageState:
        """This state with every field but those named at its default."""
        return PageState(**{name: getattr(self, name) for name in names})

    def to_query(self) -> str:
        """The shortest query string that `from_query` reads back as this state."""
        pairs = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value != spec.default:
                pairs.append((spec.name, _text(value)))
        return urlencode(pairs, safe=",^=")

    def link(self, path: str, **changes: Any) -> str:
        """Address of a view: this state on ``path``, with some fields changed."""
        query = _replace(self, changes).to_query()
        return f"{path}?{query}" if query else path


def _replace(state: PageState, changes: Mapping[str, Any]) -> PageState:
    values = {spec.name: getattr(state, spec.name) for spec in fields(state)}
    return PageState(**(values | dict(changes)))


def _check(state: PageState) -> None:
    if state.edition is not None:
        parse_edition(state.edition)
    if state.start and state.end and state.start >= state.end:
        raise BadInput(f"start {state.start} is not before end {state.end}.")
    for name in ("group", "sort", "method"):
        value = getattr(state, name)
        if value is not None and not (
            len(value) <= 40 and value.replace("-", "").replace("+", "").isalnum()
        ):
            raise BadInput(f"{name} is {value[:40]!r}: a short name is accepted.")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.date):
        return as_of_text(value)
    if isinstance(value, LevelId):
        return value.name
    if isinstance(value, tuple):
        return ",".join(value) if value else EMPTY
    return str(value)
