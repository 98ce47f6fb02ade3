"""JSON Schemas of the questions: of their parameters, and of the results' frozen dataclasses.

Both are read from the declarations: the type hints, defaults and bounds that `parse_parameters`
goes by, and what msgspec encodes of a result.
"""

from __future__ import annotations

import datetime as dt
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal

import msgspec

from analytics.model.levels import LevelId, live_levels
from analytics.model.parameters import LONGEST_TEXT, MAX_SYMBOLS, int_bounds, parameter_types
from analytics.model.question import Question, Symbol
from analytics.model.vocabulary import TICKER, Freshness, Provenance

AS_OF = "as_of"
EXAMPLES: Mapping[str, Any] = {
    "symbol": "SPY",
    "symbols": ["NVDA", "AAPL", "MSFT"],
    "compare": "QQQ",
    "own": [590.5],
    "exclude": ["NVDA"],
    "start": "2025-01-02",
    "end": "2025-01-24",
    "expiry": "2025-02-21",
    AS_OF: "2025-01-24",
}
"""By the parameter's name; for one that has a default, the default is the example."""

_SYMBOL = {"type": "string", "pattern": f"^{TICKER.pattern}$"}
_ATTRIBUTE = re.compile(r"^ {8}([a-z_0-9, ]+): (.+)$")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a question.

    Attributes:
        schema: of its value, with default and bounds.
        required: it has no default.
        about: what it is, "" where the declaration says no more than its name.
        example: a value that is accepted.
    """

    name: str
    schema: Mapping[str, Any]
    required: bool
    about: str
    example: Any


def parameters_of(question: Question[Any, Any]) -> tuple[Parameter, ...]:
    """The question's own parameters, and the moment that every question takes."""
    hints = parameter_types(question.parameters)
    said = attributes_of(question.parameters)
    own = [
        _parameter(spec, hints[spec.name], said.get(spec.name, ""))
        for spec in fields(question.parameters)
    ]
    moment = Parameter(
        AS_OF,
        {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$"},
        required=False,
        about=(
            "The answer of that day's close (2025-01-24), or of that minute in New York "
            "(2025-01-27T10:00); without it, the newest."
        ),
        example=EXAMPLES[AS_OF],
    )
    return (*own, moment)


def _parameter(spec: Field[Any], hint: Any, about: str) -> Parameter:
    required = spec.default is MISSING and spec.default_factory is MISSING
    schema = _schema_of(hint, spec.metadata)
    default = None if required else _default(spec)
    if default is not None:
        schema = {**schema, "default": default}
    example = EXAMPLES.get(spec.name) if default in (None, []) else default
    if example is None and "enum" in schema:
        example = schema["enum"][0]
    if example is None and "enum" in schema.get("items", {}):
        example = schema["items"]["enum"][:2]
    return Parameter(spec.name, schema, required, about, example)


def _default(spec: Field[Any]) -> Any:
    value = spec.default if spec.default is not MISSING else None
    if value is None and spec.default_factory is not MISSING:
        value = spec.default_factory()
    if isinstance(value, LevelId):
        return value.name
    return msgspec.json.decode(msgspec.json.encode(value))


def _schema_of(hint: Any, bounds: Mapping[str, Any]) -> dict[str, Any]:
    """What `parse_parameters` takes for a field of this type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _schema_of(next(one for one in inner if one is not type(None)), bounds)
    if hint is Symbol:
        return dict(_SYMBOL)
    if origin is tuple:
        return {"type": "array", "items": _schema_of(inner[0], {}), "maxItems": MAX_SYMBOLS}
    if origin is Literal:
        kinds = ["integer" if isinstance(one, int) else "string" for one in inner]
        one_kind = {"type": kinds[0]} if len(set(kinds)) == 1 else {}
        return one_kind | {"enum": list(inner)}
    if hint is LevelId:
        return {"type": "string", "enum": [level.name for level in live_levels()]}
    if hint is dt.date:
        return {"type": "string", "format": "date"}
    if hint is bool:
        return {"type": "boolean"}
    if hint is float:
        return {"type": "number"}
    if hint is int:
        low, high = int_bounds(bounds)
        return {"type": "integer", "minimum": low, "maximum": high}
    return {"type": "string", "maxLength": LONGEST_TEXT}


def attributes_of(declared: type[Any]) -> dict[str, str]:
    """Field -> what the docstring's ``Attributes`` say of it."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (declared.__doc__ or "").partition("Attributes:")[2].splitlines():
        entry = _ATTRIBUTE.match(line)
        if entry:
            names = [name.strip() for name in entry[1].split(",")]
            found |= dict.fromkeys(names, entry[2].strip())
        elif line.startswith(" " * 12):
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
        elif line.strip():
            break
    return found


def input_schema(question: Question[Any, Any]) -> dict[str, Any]:
    """All parameters as one JSON object."""
    found = parameters_of(question)
    return {
        "type": "object",
        "properties": {
            one.name: {**one.schema, **({"description": one.about} if one.about else {})}
            for one in found
        },
        "required": [one.name for one in found if one.required],
        "additionalProperties": False,
    }


def result_schemas(
    questions: Sequence[Question[Any, Any]], reference: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The schema of each question's result, and those of every class that they refer to.

    Args:
        reference: where the second are found, with ``{name}`` in it.
    """
    kinds = [question.result for question in questions]
    own, shared = msgspec.json.schema_components(
        [*kinds, Provenance, Freshness], ref_template=reference
    )
    plain = msgspec.json.decode(msgspec.json.encode(shared))  # its defaults are tuples
    return list(own[: len(kinds)]), {name: _of_class(one) for name, one in plain.items()}


def _of_class(schema: dict[str, Any]) -> dict[str, Any]:
    """A docstring's indentation is no part of what it says; NaN is encoded as null."""
    found: dict[str, Any] = _null_for_nan(schema)
    if "description" in found:
        lines = [line.strip() for line in found["description"].splitlines()]
        found["description"] = "\n".join(lines).strip()
    return found


def _null_for_nan(schema: Any) -> Any:
    """JSON has no NaN: msgspec writes null, so every number may be one."""
    if isinstance(schema, list):
        return [_null_for_nan(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _null_for_nan(one) for name, one in schema.items()}
    if found.get("type") == "number":
        found["type"] = ["number", "null"]
    return found
