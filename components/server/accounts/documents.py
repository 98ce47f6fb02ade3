"""The documents of accounts: sign-in, one's account. Without scripts they lack passkeys alone."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from components.frame import client, formats
from components.frame.layout import THEME_SCRIPT

_HERE = Path(__file__).parent
_SCRIPT = "/assets/account/passkeys.mjs"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_HERE, _HERE.parent / "api"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = formats.moment
    environment.globals |= {
        "theme_script": THEME_SCRIPT,
        "style": client.style(),
        "script": client.addresses()[_SCRIPT],
    }
    return environment


def document(
    template: str,
    status: int = 200,
    *,
    said: str = "",
    wrong: bool = False,
    theme: str = "system",
    **values: Any,
) -> Response:
    """One of the templates in this folder or the API's, filled; kept by no browser and no proxy.

    Args:
        said: a sentence above everything else: what was done, or what was wrong.
    """
    html = _environment().get_template(f"{template}.html.jinja")
    headers = {"Cache-Control": "no-store"}
    text = html.render(said=said, wrong=wrong, theme=theme, **values)
    return Response(text, status, mimetype="text/html", headers=headers)
