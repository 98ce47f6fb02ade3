"""Routes of what else is a person's own: watchlists, levels, preferences.

``GET /own/KIND`` says what stands and its version; ``PUT`` replaces the version that a browser saw.
Of two tabs the second is refused with 409 and looks again: nothing is overwritten unseen.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from analytics.alerts.quiet import parse_preferences
from analytics.desk.desk import Desk
from analytics.model.own_lists import (
    LEVELS,
    PREFERENCES,
    SCANS,
    WATCHLISTS,
    ChangedElsewhere,
    Document,
    parse_levels,
    parse_scans,
    parse_watchlists,
)
from analytics.model.vocabulary import BadInput
from components.server.replies import answered, reply
from components.server.staff import Staff

MAX_BODY = 128 * 1024


@dataclass(frozen=True)
class Kind:
    """One kind of document.

    Attributes:
        parse: (what the browser sent, what stands) -> what is saved.
        shown: what is saved -> what the browser gets.
    """

    parse: Callable[[object, Mapping[str, Any]], dict[str, Any]]
    shown: Callable[[Mapping[str, Any]], object]


def _watchlists(body: Mapping[str, Any]) -> object:
    lists = body.get("lists", [])
    return [{"name": one["name"], "symbols": ",".join(one["symbols"])} for one in lists]


def _parse_preferences(raw: object, before: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise BadInput("Preferences are a JSON object.")
    return parse_preferences(raw)


KINDS = {
    WATCHLISTS: Kind(
        lambda raw, before: parse_watchlists(raw, before, dt.datetime.now(dt.UTC)), _watchlists
    ),
    LEVELS: Kind(lambda raw, before: parse_levels(raw), lambda body: body.get("levels", {})),
    SCANS: Kind(lambda raw, before: parse_scans(raw), lambda body: body.get("scans", [])),
    PREFERENCES: Kind(_parse_preferences, dict),
}


def register(server: Flask, desk: Desk, staff: Staff) -> None:
    """Declare the routes."""
    documents = desk.records.documents

    def kind_of(name: str) -> Kind:
        if name not in KINDS:
            raise BadInput(f"There is no {name[:20]!r}: {', '.join(KINDS)} are known.")
        return KINDS[name]

    def answer(name: str, own: str, document: Document, status: int = 200) -> Response:
        value = KINDS[name].shown(document.body)
        of = hashlib.blake2b(own.encode(), digest_size=6).hexdigest()
        return reply({"version": document.version, "value": value, "of": of}, status)

    @server.get("/own/<name>")
    @answered
    def own_document(name: str) -> Response:
        kind_of(name)
        own = staff.own()
        return answer(name, own, documents.read(own, name))

    @server.put("/own/<name>")
    @answered
    def save_own_document(name: str) -> Response:
        kind = kind_of(name)
        if (request.content_length or 0) > MAX_BODY:
            raise BadInput(f"The request is larger than {MAX_BODY // 1024} KiB.")
        own, given = staff.own_body()
        version = given.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 0:
            raise BadInput("version is the number that was seen last, 0 before the first.")
        before = documents.read(own, name)
        body = kind.parse(given.get("value"), before.body)
        try:
            return answer(name, own, documents.write(own, name, body, version))
        except ChangedElsewhere as error:
            return reply({"error": str(error)}, 409)
