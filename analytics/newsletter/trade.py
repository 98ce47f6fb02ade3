"""A change of the model portfolio as a letter, for readers whose plan shows it."""

from __future__ import annotations

from html import escape

from analytics.alerts.model import OFFERS
from analytics.newsletter.model import Content

FOOTER = "Not investment advice."


def trade_letters(title: str, text: str, link: str, *, simulated: bool) -> tuple[Content, Content]:
    """What the archive shows whose plan has no trades, and the letter itself.

    Args:
        title: one line.
        text: paragraphs, an empty line between them.
        link: address of the change.
    """
    mark = "SIMULATED: " if simulated else ""
    return (
        _content(f"{mark}A change of the model portfolio", OFFERS["trade"].words, link),
        _content(f"{mark}{title}", text, link),
    )


def _content(subject: str, text: str, link: str) -> Content:
    paragraphs = [*text.split("\n\n"), link, FOOTER]
    shown = [f"<p>{escape(one)}</p>" for one in text.split("\n\n")]
    shown += [f'<p><a href="{escape(link)}">{escape(link)}</a></p>', f"<p>{FOOTER}</p>"]
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(subject)}'
        f'</title></head><body style="font-family:sans-serif"><h1 style="font-size:20px">'
        f"{escape(subject)}</h1>{''.join(shown)}</body></html>"
    )
    return Content(subject, "\n\n".join([subject, *paragraphs]) + "\n", html)
