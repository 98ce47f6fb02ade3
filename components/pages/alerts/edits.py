"""What the edits of rules and of channels have in common: the body they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from analytics.model.vocabulary import BadInput
from components.server.staff import Staff

MAX_BODY = 4 * 1024


def own_body(staff: Staff) -> tuple[str, dict[str, Any]]:
    """Whose edit it is, and the object that was sent.

    Raises:
        BadInput: it is too large, or none.
        Refused: the viewer may not edit.
    """
    if (request.content_length or 0) > MAX_BODY:
        raise BadInput(f"The request is larger than {MAX_BODY // 1024} KiB.")
    return staff.own_body()


def text_of(given: Mapping[str, Any], name: str, most: int) -> str:
    """A text that an edit names.

    Raises:
        BadInput: it is missing, empty or none.
    """
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise BadInput(f"{name} is missing: a text is accepted.")
    return found[:most]
