"""Help pages: the few documents of the project that a page sends its reader to.

``GET /help/importing`` and ``/help/collecting``, from the same files that the repository shows.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response

from analytics.settings import Settings
from components.server.accounts.documents import document

PAGES = ("importing", "collecting")
_FOLDER = Path(__file__).parents[2] / "docs"
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)]*)\)")


@dataclass(frozen=True)
class HelpPage:
    """A document as it is served."""

    title: str
    html: str


def register(server: Flask, settings: Settings) -> None:
    """Declare the routes, one a page."""
    for name in PAGES:

        def page(name: str = name) -> Response:
            shown = help_page(name)
            return document("help", theme=settings.theme, title=shown.title, text=shown.html)

        server.add_url_rule(f"/help/{name}", f"help-{name}", page)


@functools.cache
def help_page(name: str) -> HelpPage:
    """The title and the html of a document; links to others that are not served lose theirs."""
    from markdown_it import MarkdownIt  # here: a start waits for no help

    text = (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return HelpPage(head.removeprefix("# "), reader.render(_LINK.sub(_served, rest)))


def _served(link: re.Match[str]) -> str:
    words, target = link[1], link[2].removesuffix(".md")
    return f"[{words}](/help/{target})" if target in PAGES else words
