"""The live snapshot has one shape: the page's JSDoc types are those of the structs published."""

from __future__ import annotations

import datetime as dt
import re
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analytics.model.live import FeedState, LiveLevel, LiveQuote, LiveSnapshot

ASSETS = Path(__file__).parents[2] / "assets"
STRUCTS: tuple[type[msgspec.Struct], ...] = (LiveSnapshot, FeedState, LiveQuote, LiveLevel)
PLAIN = {str: "string", bool: "boolean", int: "number", float: "number", dt.datetime: "string"}

_TYPEDEF = re.compile(r"@typedef \{Object\} (\w+)\n((?:\s*\*? *@property [^\n]*\n)+)")
_PROPERTY = re.compile(r"@property \{(.+?)\} (\w+)")


def js_type(hint: Any) -> str:
    """The JSDoc type of the JSON that msgspec writes for a field of this type."""
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "|".join(f'"{member}"' for member in hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Mapping:
        return f"Record<{js_type(inner[0])}, {js_type(inner[1])}>"
    if origin in (types.UnionType, typing.Union) and type(None) in inner:
        (known,) = [one for one in inner if one is not type(None)]
        return f"{js_type(known)}|null"
    raise TypeError(f"no JSDoc type for {hint}")


def published(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {name: js_type(hint) for name, hint in typing.get_type_hints(struct).items()}


def declared() -> dict[str, dict[str, str]]:
    """Type name -> field -> type, of every typedef in the page's scripts."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted([*ASSETS.rglob("*.js"), *ASSETS.rglob("*.mjs")]):
        if path.name.endswith(".min.js"):
            continue
        for name, properties in _TYPEDEF.findall(path.read_text(encoding="utf-8")):
            found[name] = {field: kind for kind, field in _PROPERTY.findall(properties)}
    return found


def as_jsdoc(struct: type[msgspec.Struct]) -> str:
    lines = [f" * @property {{{kind}}} {name}" for name, kind in published(struct).items()]
    return "\n".join(["/**", f" * @typedef {{Object}} {struct.__name__}", *lines, " */"])


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_the_page_declares_the_fields_that_are_published(struct: type[msgspec.Struct]) -> None:
    assert declared().get(struct.__name__) == published(struct), f"write:\n{as_jsdoc(struct)}"


def test_a_field_is_read_with_its_type() -> None:
    text = "/**\n * @typedef {Object} Bar\n * @property {number|null} low\n */\n"
    ((name, properties),) = _TYPEDEF.findall(text)
    assert (name, _PROPERTY.findall(properties)) == ("Bar", [("number|null", "low")])


def test_a_type_that_json_has_not_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSDoc type"):
        js_type(bytes)
