"""Routes of presenter mode: one panel's payload, and the lists of scenes.

The browser holds each scene's payload itself and draws from it, so that a presentation goes on
when the network or this process is gone; nothing here is asked while scenes are stepped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from analytics.desk.desk import Desk
from analytics.model.scene_lists import ChangedMeanwhile, SavedList, Scene, SceneList
from analytics.model.vocabulary import BadInput, HoldlineError
from components.frame import panels
from components.frame.page import Page
from components.server.replies import answered, reply
from components.server.staff import Staff

SHIPPED = SceneList(
    "The AI sell-off in six scenes",
    (
        Scene(
            "/supports?symbol=SPY",
            "supports/price",
            "Does the market hold?",
            "SPY on Monday 27 January 2025. Point at the 50-day average and at the low of the "
            "morning: the question of the day is whether the close stands above the line.",
        ),
        Scene(
            "/supports?symbol=SPY&sets=none",  # the averages alone: a ladder that a hall can read
            "supports/ladder",
            "What lies below",
            "Read the ladder from the price down. Name the next level, its distance, and the "
            "close that is needed to keep it.",
        ),
        Scene(
            "/?group=ten",
            "market/group",
            "How far the leaders are from their supports",
            "The ten largest companies, each measured to its own 50-day average. Who is below "
            "already is set apart; the mean is of those above.",
        ),
        Scene(
            "/sectors",
            "sectors/ranking",
            "Which sectors fell most",
            "Sectors in order. Say which fell most, and how many stand above the line.",
        ),
        Scene(
            "/sectors",
            "sectors/afloat",
            "What stayed afloat",
            "Who rose on the day, and who fell less than its beta times the market.",
        ),
        Scene(
            "/options?symbol=NVDA",
            "options/strikes",
            "Where the options stand: calls up, puts down",
            "NVDA: the walls and the flip. Options describe positions; they forecast nothing.",
        ),
    ),
)
"""Offered in every installation; ``docs/presenting.md`` walks through it."""


def register(server: Flask, desk: Desk, pages: Sequence[Page], staff: Staff) -> None:
    """Declare the routes; call it once every page's panels are declared."""
    builders = server.extensions.get(panels.BUILDERS, {})
    places = {page.path: page for page in pages}

    @server.get("/panel.json")
    def panel() -> Response:
        asked = request.args.to_dict()
        build = builders.get(asked.pop("panel", ""))
        if build is None:
            return reply({"error": "There is no such panel."}, 404)
        return Response(
            build(asked),
            mimetype="application/json",
            headers={"Cache-Control": "no-store"},
        )

    @server.get("/scenes.json")
    def offered() -> Response:
        note, saved = "", []
        if staff.is_staff():  # a list holds what only its speakers are to read
            try:
                saved = [_plain_entry(entry) for entry in desk.records.scenes.newest()]
            except HoldlineError as error:
                note = str(error)
        return reply({"shipped": [SHIPPED.to_plain()], "saved": saved, "note": note})

    @server.post("/scenes.json")
    @answered
    def save() -> Response:
        body = staff.body()
        wanted = SceneList.parse(body.get("list"))
        for scene in wanted.scenes:
            check_place(scene, places, builders)
        edited, now = _version(body.get("edited")), dt.datetime.now(dt.UTC)
        try:
            saved_list = desk.records.scenes.save(wanted, edited, now)
        except ChangedMeanwhile as error:
            return reply({"error": str(error)}, 409)
        return reply({"name": saved_list.scenes.name, "version": saved_list.version})


def _plain_entry(entry: SavedList) -> dict[str, Any]:
    return entry.scenes.to_plain() | {
        "version": entry.version,
        "saved_at": entry.saved_at.isoformat(),
    }


def check_place(scene: Scene, pages: Mapping[str, Page], known: Mapping[str, Any]) -> None:
    """A scene's panel must stand on the page that its link leads to.

    Raises:
        BadInput: it does not.
    """
    page = pages.get(urlsplit(scene.link).path)
    if page is None or scene.panel not in known or scene.panel.split("/")[0] != page.key:
        raise BadInput("A scene leads to a panel that is not on its page.")


def _version(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 10**6:
        raise BadInput("edited is the version that was edited, or 0.")
    return given
