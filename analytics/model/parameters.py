"""Parameters of questions, from untrusted values and back to text."""

from __future__ import annotations

import datetime as dt
import math
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar

from analytics.model.levels import LevelId, live_levels
from analytics.model.parsing import parse_choice, parse_date, parse_flag, refusal
from analytics.model.question import AsOf, Symbol
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, parse_symbol

P = TypeVar("P")

MAX_SYMBOLS = 600
LONGEST_TEXT = 200

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,12}")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")

_TYPES: dict[type[Any], Mapping[str, Any]] = {}
"""Reading the hints of a class takes as long as answering a warm question: done once a class."""


class BadParameter(BadInput):
    """One parameter is not what is accepted.

    Attributes:
        name: the parameter's.
    """

    def __init__(self, name: str, said: str) -> None:
        self.name = name
        super().__init__(said)


def parameter_types(parameters: type[Any]) -> Mapping[str, Any]:
    """Field name -> type hint of a parameters dataclass."""
    if parameters not in _TYPES:
        _TYPES[parameters] = types.MappingProxyType(typing.get_type_hints(parameters))
    return _TYPES[parameters]


def parse_parameters(parameters: type[P], raw: Mapping[str, object]) -> P:
    """Build a parameters dataclass from untrusted values (shell words, a URL, a page's state).

    Field types may be ``Symbol``, ``tuple[Symbol, ...]``, ``tuple[float, ...]``, ``str``, ``int``,
    ``float``, ``bool``, ``datetime.date``, ``LevelId``, ``Literal[...]`` of strings or ints, tuples
    of such literals, any of them ``| None``.
    Bounds of a number come from the field's metadata (``{"min": 1, "max": 9}``), and whether a
    day may be of a year without prices (``{"any_year": True}``). Absent
    and empty values take the field's default.

    Raises:
        BadParameter: one sentence: what was wrong and what is accepted.
        BadInput: the parameters do not go together.
    """
    hints = parameter_types(parameters)
    unknown = sorted(set(raw) - set(hints))
    if unknown:
        accepted = ", ".join(hints) or "none"
        raise BadParameter(
            unknown[0], f"unknown parameter {unknown[0][:40]!r}: accepted are {accepted}."
        )
    values: dict[str, Any] = {}
    for spec in fields(parameters):  # type: ignore[arg-type]
        given = raw.get(spec.name)
        if given is None or given == "" or given == []:
            if spec.default is MISSING and spec.default_factory is MISSING:
                raise BadParameter(spec.name, f"{spec.name} is missing.")
            continue
        try:
            values[spec.name] = _parse_value(spec.name, hints[spec.name], given, spec.metadata)
        except BadInput as error:
            raise BadParameter(spec.name, str(error)) from None
    return parameters(**values)


def _parse_value(name: str, hint: Any, given: object, bounds: Mapping[str, Any]) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = next(a for a in typing.get_args(hint) if a is not type(None))
        return _parse_value(name, inner, given, bounds)
    if hint is Symbol:
        return parse_symbol(given)
    if origin is tuple:
        member = typing.get_args(hint)[0]
        if typing.get_origin(member) is Literal:
            return _parse_choices(name, given, typing.get_args(member))
        numbers = member is float
        return _parse_numbers(name, given) if numbers else _parse_symbols(name, given)
    if origin is Literal:
        return parse_choice(name, given, typing.get_args(hint))
    if hint is AsOf:
        return parse_as_of(name, given)
    if hint is LevelId:
        return parse_level(name, given)
    if hint is dt.date:
        return parse_date(name, given, any_year=bounds.get("any_year", False))
    if hint is bool:
        return parse_flag(name, given)
    if hint is int:
        return _parse_int(name, given, bounds)
    if hint is float:
        return _parse_float(name, given, bounds)
    longest = bounds.get("longest", LONGEST_TEXT)
    if not isinstance(given, str) or len(given) > longest:
        raise BadInput(f"{name} must be a text of at most {longest} characters.")
    return given


def _parse_symbols(name: str, given: object) -> tuple[str, ...]:
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(words, list | tuple):
        raise BadInput(f"{name} must be a list of symbols.")
    symbols = tuple(dict.fromkeys(parse_symbol(word) for word in words))
    if len(symbols) > MAX_SYMBOLS:
        raise BadInput(f"{name} takes at most {MAX_SYMBOLS} symbols (got {len(symbols)}).")
    return symbols


def _parse_choices(name: str, given: object, choices: tuple[Any, ...]) -> tuple[Any, ...]:
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(words, list | tuple):
        raise BadInput(f"{name} must be a list of words.")
    return tuple(dict.fromkeys(parse_choice(name, word, choices) for word in words))


def _parse_numbers(name: str, given: object) -> tuple[float, ...]:
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(words, list | tuple):
        raise BadInput(f"{name} must be a list of numbers.")
    if len(words) > MAX_SYMBOLS:
        raise BadInput(f"{name} takes at most {MAX_SYMBOLS} numbers (got {len(words)}).")
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except (TypeError, ValueError):
            raise BadInput(f"{name} holds {str(word)[:40]!r}: numbers are accepted.") from None
    if not all(math.isfinite(number) for number in numbers):
        raise BadInput(f"{name} holds a number without an end.")
    return tuple(dict.fromkeys(numbers))


def parse_level(name: str, given: object) -> LevelId:
    """A level that the live feed follows, by its printed name ("50-DMA").

    Raises:
        BadInput: for anything else.
    """
    by_name = {level.name: level for level in live_levels()}
    shown = given.name if isinstance(given, LevelId) else given
    return by_name[parse_choice(name, shown, tuple(by_name))]


def parse_as_of(name: str, given: object) -> AsOf:
    """A date such as ``2025-01-24``, or a minute of New York's such as ``2025-01-27T10:00``.

    Raises:
        BadInput: for anything else.
    """
    if isinstance(given, dt.datetime) and given.tzinfo is not None:
        return AsOf(given)
    if isinstance(given, str) and _MINUTE.fullmatch(given):
        day = parse_date(name, given[:10])
        try:
            clock = dt.time.fromisoformat(given[11:])
        except ValueError:
            raise BadInput(f"{name} is {given!r}: the hour goes from 00 to 23.") from None
        return AsOf(dt.datetime.combine(day, clock, NEW_YORK))
    accepted = "a date such as 2025-01-24, or a minute such as 2025-01-27T10:00, is accepted"
    return AsOf(parse_date(name, given, accepted))


def as_of_text(as_of: dt.date) -> str:
    """What `parse_as_of` reads back."""
    if isinstance(as_of, dt.datetime):
        return as_of.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M")
    return as_of.isoformat()


def int_bounds(metadata: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the greatest value of an ``int`` field, by its metadata."""
    return metadata.get("min", 0), metadata.get("max", 1_000_000)


def _parse_int(name: str, given: object, bounds: Mapping[str, Any]) -> int:
    low, high = int_bounds(bounds)
    text = str(given).strip()
    if isinstance(given, bool) or not _WHOLE_NUMBER.fullmatch(text):
        raise refusal(name, text, f"a whole number from {low} to {high} is accepted")
    number = int(text)
    if not low <= number <= high:
        raise BadInput(f"{name} is {number}: a whole number from {low} to {high} is accepted.")
    return number


def _parse_float(name: str, given: object, metadata: Mapping[str, Any]) -> float:
    low, high = metadata["min"], metadata["max"]
    accepted = f"a number from {low:g} to {high:g} is accepted"
    try:
        number = float(str(given)) if len(str(given)) <= 24 else math.nan
    except ValueError:
        number = math.nan
    if isinstance(given, bool) or not low <= number <= high:  # NaN is neither
        raise refusal(name, given, accepted)
    return number
