"""The state of a view and its URL: every view is a link.

The query string is the only state a view has. Each tab declares its own parameters as a frozen
dataclass that extends `PageState`; a field is a parameter of the URL. The client copies the
parameters that a tab takes into the tab's store, untouched; `PageState.parse` is the one place
that judges them.
"""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import parse_qsl, urlencode

from analytics.model.levels import LevelId
from analytics.model.parameters import as_of_text, parameter_types, parse_parameters
from analytics.model.question import AsOf
from analytics.model.vocabulary import BadInput

Range: TypeAlias = Literal["1m", "3m", "6m", "1y", "2y", "5y", "max"]
"""How far back a chart over time reaches."""

EMPTY = "none"
"""Written for a list, or a switch, that is empty on purpose where its default is not."""

LIVE = "live"
"""Written for the present where the process was opened on a past session."""

MAX_QUERY = 8_000
MAX_PARAMETERS = 40


@dataclass(frozen=True)
class PageState:
    """What every tab takes; a tab's own state extends it, and its fields follow in the URL.

    A field that the URL leaves out has its default. Field types are those of
    `analytics.model.question.parse_parameters`; None means "the page's own default", and an empty
    tuple "none of them".

    Attributes:
        as_of: the session after whose close, or the minute at which, the market is shown;
            None: now.
    """

    as_of: AsOf | None = None

    def check(self) -> None:
        """Judge the fields together, where their types alone do not.

        Raises:
            BadInput: one sentence: what was wrong and what is accepted.
        """

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The parameters in the URL's order."""
        return tuple(spec.name for spec in fields(cls))

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Build a state from a page's store, which is client data and so untrusted.

        Parameters that the page does not take are left out.

        Raises:
            BadInput: one sentence: what was wrong and what is accepted.
        """
        if raw is None:
            return cls()
        if not isinstance(raw, Mapping) or len(raw) > MAX_PARAMETERS:
            raise BadInput("The page's state is not a set of named values.")
        for name, value in raw.items():
            if not isinstance(name, str) or not isinstance(value, str) or len(value) > MAX_QUERY:
                raise BadInput(f"{str(name)[:40]} is not a short text.")
        hints = parameter_types(cls)
        given = {name: value for name, value in raw.items() if name in hints}
        if given.get("as_of") == LIVE:
            del given["as_of"]
        emptied: dict[str, Any] = {}
        for name in [name for name, value in given.items() if value == EMPTY]:
            empty = _emptied(hints[name])
            if empty is not None:
                emptied[name] = empty
                del given[name]
        state = replace(parse_parameters(cls, given), **emptied)
        state.check()
        return state

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Build a state from a query string, with or without its question mark.

        Parameters that are not the page's (a newsletter's ``utm_source``) are left out.

        Raises:
            BadInput: as `parse`.
        """
        if len(query) > MAX_QUERY:
            raise BadInput(f"The link is longer than {MAX_QUERY} characters.")
        known = cls.names()
        return cls.parse({n: v for n, v in parse_qsl(query.lstrip("?")) if n in known})

    def only(self, *names: str) -> Self:
        """This state with every field but those named at its default."""
        return type(self)(**{name: getattr(self, name) for name in names})

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
        query = replace(self, **changes).to_query()
        return f"{path}?{query}" if query else path


def check_span(start: dt.date | None, end: dt.date | None) -> None:
    """A span of dates must not end before it begins.

    Raises:
        BadInput: it does.
    """
    if start and end and start >= end:
        raise BadInput(f"start {start} is not before end {end}.")


def check_short_name(name: str, value: str | None) -> None:
    """A parameter that names a choice is a short word.

    Raises:
        BadInput: it is not.
    """
    if value is not None and not (
        len(value) <= 40 and value.replace("-", "").replace("+", "").isalnum()
    ):
        raise BadInput(f"{name} is {value[:40]!r}: a short name is accepted.")


def _emptied(hint: Any) -> tuple[()] | bool | None:
    """What `EMPTY` means for a field of this type: no members, or off; None: it is plain text."""
    kinds = {hint, *typing.get_args(hint)}
    if any(kind is tuple or typing.get_origin(kind) is tuple for kind in kinds):
        return ()
    return False if bool in kinds else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.date):
        return as_of_text(value)
    if isinstance(value, LevelId):
        return value.name
    if isinstance(value, tuple):
        return ",".join(_text(one) for one in value) if value else EMPTY
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return str(value)
