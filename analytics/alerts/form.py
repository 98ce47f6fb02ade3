"""Form of an alert kind, as data: the page draws it without knowing the kind.

A form is a sentence of controls. Each named control sends one JSON field of the rule.
"""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="control"):
    """Words between controls."""

    text: str


class SymbolField(msgspec.Struct, frozen=True, tag="symbol", tag_field="control"):
    """A symbol; the page starts with the one in its address."""

    name: str = "symbol"
    label: str = "Symbol"


class Choice(msgspec.Struct, frozen=True, tag="choice", tag_field="control"):
    """One of several values.

    Attributes:
        options: (value sent, text shown).
        value: of the option chosen at first; the page's address may name another ("level=50").
    """

    name: str
    label: str
    options: tuple[tuple[str | int | None, str], ...]
    value: str | int | None


class NumberField(msgspec.Struct, frozen=True, tag="number", tag_field="control"):
    """A number.

    Attributes:
        value: at first; None starts empty.
        when: (name of a choice, value): shown and sent only while that is chosen.
    """

    name: str
    label: str
    min: float
    max: float | None = None
    value: float | None = None
    placeholder: str = ""
    when: tuple[str, str | int | None] | None = None


class DayField(msgspec.Struct, frozen=True, tag="day", tag_field="control"):
    """A calendar day, sent within a text; of two controls of one name the later one is sent.

    Attributes:
        text: what is sent, ``{day}`` in it.
        when: (name of a choice, value): shown and sent only while that is chosen.
    """

    name: str
    label: str
    text: str
    when: tuple[str, str | int | None] | None = None


class Tick(msgspec.Struct, frozen=True, tag="tick", tag_field="control"):
    """A yes or no."""

    name: str
    label: str


Control = Text | SymbolField | Choice | NumberField | DayField | Tick
