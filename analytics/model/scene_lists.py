"""Lists of scenes for presenter mode, and what is accepted as one.

A scene is a view (the address of a page) and one panel on it, with a heading and what the
speaker wants to say. A list comes from a browser, a file or a link, so it is untrusted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analytics.model.vocabulary import BadInput

FORMAT = "holdline-scenes"
MAX_SCENES = 60
LONGEST_NAME = 80
LONGEST_TITLE = 200
LONGEST_NOTES = 4_000
LONGEST_LINK = 2_000

_LINK = re.compile(r"/[a-z-]*(\?[\w.,=&%^+~:-]*)?", re.ASCII)
_PANEL = re.compile(r"[a-z-]{1,40}/[a-z0-9-]{1,40}")


class ChangedMeanwhile(BadInput):
    """Someone saved a newer version than the one that was edited."""


@dataclass(frozen=True)
class Scene:
    """One thing on the screen.

    Attributes:
        link: address of the view on this host: ``/supports?symbol=SPY``.
        panel: ``page/name`` of the panel shown.
        title: a heading of the speaker's above the panel's own finding; may be empty.
        notes: what only the speaker sees.
    """

    link: str
    panel: str
    title: str = ""
    notes: str = ""


@dataclass(frozen=True)
class SceneList:
    """A named, ordered list of scenes."""

    name: str
    scenes: tuple[Scene, ...]

    @classmethod
    def parse(cls, raw: object) -> SceneList:
        """Build a list from untrusted JSON.

        Raises:
            BadInput: one sentence: what was wrong.
        """
        if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
            raise BadInput("This is not a list of scenes.")
        name = _text(raw, "name", LONGEST_NAME)
        if not name:
            raise BadInput("A list of scenes needs a name.")
        scenes = raw.get("scenes")
        if not isinstance(scenes, list) or len(scenes) > MAX_SCENES:
            raise BadInput(f"A list holds at most {MAX_SCENES} scenes.")
        return cls(name, tuple(_scene(scene) for scene in scenes))

    def to_plain(self) -> dict[str, Any]:
        """As JSON, in the form that `parse` reads."""
        return {
            "format": FORMAT,
            "name": self.name,
            "scenes": [asdict(scene) for scene in self.scenes],
        }


@dataclass(frozen=True)
class SavedList:
    """A list as it was saved: its ``version`` counts from 1; ``saved_at`` is UTC."""

    scenes: SceneList
    version: int
    saved_at: dt.datetime


def _scene(raw: object) -> Scene:
    if not isinstance(raw, Mapping):
        raise BadInput("A scene is not a set of named values.")
    link, panel = _text(raw, "link", LONGEST_LINK), _text(raw, "panel", 81)
    if not _LINK.fullmatch(link):
        raise BadInput("A scene's link is not the address of a page here.")
    if not _PANEL.fullmatch(panel):
        raise BadInput("A scene does not name a panel.")
    title, notes = _text(raw, "title", LONGEST_TITLE), _text(raw, "notes", LONGEST_NOTES)
    return Scene(link, panel, title, notes)


def _text(raw: Mapping[Any, Any], name: str, longest: int) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadInput(f"A scene list's {name} is a text of at most {longest} characters.")
    return value.strip()
