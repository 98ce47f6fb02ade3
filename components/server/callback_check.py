"""A call of a callback, refused unless the app's own page could have made it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from dash import Dash
from flask import Request, g, request

from analytics.model.vocabulary import BadInput

CALLBACK_PATH = "/_dash-update-component"
MAX_DEPTH = 24


def check_callback(app: Dash, body: Any) -> None:
    """Let through only a call that the app's own page could have made, whatever its values.

    Raises:
        BadInput: naming what does not fit the callback's declaration.
    """
    if request.mimetype != "application/json":
        raise BadInput("The request's content type is not application/json.")
    if not isinstance(body, dict):
        raise BadInput("The request is not a JSON object.")
    output = body.get("output")
    declared = app.callback_map.get(output) if isinstance(output, str) else None
    if not isinstance(output, str) or declared is None or "callback" not in declared:
        raise BadInput("The request names an output that this app does not have.")
    _check_entries("inputs", body.get("inputs"), declared["inputs"])
    _check_entries("state", body.get("state", []), declared["state"])
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise BadInput("changedPropIds is not a list of names.")
    _check_outputs(output, body.get("outputs"))


def callback_body(asked: Request) -> Any:
    """The request's JSON, also left in ``g.callback_body``.

    Raises:
        BadInput: it is none, or nested too deeply.
    """
    data = asked.get_data(cache=True)
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        raise BadInput("The request is nested too deeply.") from None
    except BadInput:
        raise
    except ValueError:
        raise BadInput("The request is not JSON.") from None
    if _deeper_than(body, MAX_DEPTH):
        raise BadInput("The request is nested too deeply.")
    g.callback_body = body
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput(f"The request holds {name}, which is not a JSON number.")


def _deeper_than(node: Any, left: int) -> bool:
    """Whether there are lists or objects below so many others; breadth first, as it is quicker."""
    level = [node]
    for _ in range(left):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _check_entries(name: str, given: Any, declared: list[dict[str, Any]]) -> None:
    if not isinstance(given, list) or len(given) != len(declared):
        raise BadInput(f"{name} must hold {len(declared)} entries.")
    for entry, wanted in zip(given, declared, strict=True):
        fits = (
            isinstance(entry, dict)
            and _id_text(entry.get("id")) == wanted["id"]
            and entry.get("property") == wanted["property"]
        )
        if not fits:
            raise BadInput(f"{name} does not name what this callback reads.")


def _check_outputs(output: str, given: Any) -> None:
    """The outputs must be those that ``output`` spells: ``id.property`` or ``..a.b...c.d..``."""
    several = output.startswith("..")
    entries = given if isinstance(given, list) == several else None
    named = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not isinstance(entry.get("property"), str):
            raise BadInput("outputs does not name what this callback writes.")
        named.append(f"{_id_text(entry.get('id'))}.{entry['property']}")
    wanted = output.strip(".").split("...") if several else [output]
    if named != wanted:
        raise BadInput("outputs does not name what this callback writes.")


def _id_text(given: Any) -> str | None:
    if isinstance(given, str):
        return given
    if isinstance(given, dict) and all(isinstance(key, str) for key in given):
        return json.dumps(given, sort_keys=True, separators=(",", ":"))
    return None
