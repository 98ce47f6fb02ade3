"""Untrusted values read as typed ones; what does not fit is refused in one form of sentence.

msgspec does the reading, by its strict rules: a date is an ISO date, a number no truth value, no
NaN and no text. What people type is text: there a number is one as JSON writes it.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec

from analytics.model.vocabulary import BadInput

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")

EARLIEST_YEAR, LATEST_YEAR = 1991, 2099


def refusal(name: str, given: object, accepted: str) -> BadInput:
    """``level is '51': accepted are 20, 50.``, or ``level is missing: ...``"""
    if given is None:
        return BadInput(f"{name} is missing: {accepted}.")
    return BadInput(f"{name} is {str(given)[:40]!r}: {accepted}.")


def parse_choice(name: str, given: object, choices: tuple[Any, ...]) -> Any:
    """The choice that is written so.

    Raises:
        BadInput: there is none.
    """
    for choice in choices:
        if str(given) == str(choice):
            return choice
    named = ", ".join(str(choice) for choice in choices if choice not in ("", None))
    raise refusal(name, given, f"accepted are {named}")


def parse_number(name: str, given: object, low: float, high: float, accepted: str) -> float:
    """A number between two bounds; a text is none.

    Args:
        accepted: what is, for the refusal.

    Raises:
        BadInput: for anything else.
    """
    try:
        number: float = msgspec.convert(given, Annotated[float, msgspec.Meta(ge=low, le=high)])
    except msgspec.ValidationError:
        raise refusal(name, given, accepted) from None
    return number


def parse_typed_number(
    name: str, typed: str, kind: type[int] | type[float], low: float, high: float, accepted: str
) -> Any:
    """A number as somebody typed it; see `parse_number`."""
    try:
        return msgspec.json.decode(typed, type=Annotated[kind, msgspec.Meta(ge=low, le=high)])
    except (msgspec.MsgspecError, UnicodeError):
        raise refusal(name, typed, accepted) from None


def parse_flag(name: str, given: object) -> bool:
    """Yes or no, as a page or a shell says it.

    Raises:
        BadInput: for anything else.
    """
    said = str(given).lower()
    if said not in _YES + _NO:
        raise refusal(name, given, "1 or 0 is accepted")
    return said in _YES


def parse_date(
    name: str,
    given: object,
    accepted: str = "a date such as 2025-01-24 is accepted",
    *,
    any_year: bool = False,
) -> dt.date:
    """An ISO date such as ``2025-01-24``.

    Args:
        accepted: what is, for the refusal.
        any_year: also one that no prices are of: who asks says so with what prices there are.

    Raises:
        BadInput: for anything else, or a year that no prices are of.
    """
    try:
        day: dt.date | None = msgspec.convert(given, dt.date)
    except msgspec.ValidationError:
        day = None
    if day is None:
        raise refusal(name, given, accepted)
    if not (any_year or isinstance(given, dt.date) or EARLIEST_YEAR <= day.year <= LATEST_YEAR):
        raise refusal(name, given, f"a date from {EARLIEST_YEAR} to {LATEST_YEAR} is accepted")
    return day
