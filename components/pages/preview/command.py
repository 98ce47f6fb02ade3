"""``python app.py preview``: the weekly preview into a file, for a timer; no server starts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from analytics.desk.desk import Desk
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from components.document import export
from components.pages.preview.charts import draw_all


@dataclass(frozen=True)
class Order:
    """What is to be written, from where, to where.

    Attributes:
        version: a saved version; None for the newest published one, else the computed text.
    """

    settings: Settings
    out: Path
    form: str
    version: int | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[:1].upper()}{message[1:]}; preview --help lists the options.")


def parse(words: Sequence[str]) -> Order:
    """Read the command line after ``preview``; other options are the app's own.

    Raises:
        BadInput: one sentence about the first word that is wrong.
        SystemExit: after ``--help``.
    """
    parser = _Parser(
        prog="app.py preview",
        description="Write the weekly preview into a file and end.",
        epilog="Also accepted: --demo, --source, --data, --as-of and the environment of app.py.",
        allow_abbrev=False,
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="a .html, .md or .pdf file")
    parser.add_argument(
        "--version",
        metavar="N",
        help="that saved version; else what was published, else the computed text alone",
    )
    options, rest = parser.parse_known_args(list(words))
    version = None
    if options.version is not None:
        if not options.version.isascii() or not options.version.isdigit():
            raise BadInput(f"--version is {options.version[:40]!r}: a whole number is accepted.")
        version = int(options.version[:9])
    out = Path(options.out).expanduser()
    form = export.form_of(out)
    settings = load_settings(rest)
    export.require_browser(form)
    return Order(settings, out, form, version)


def run(words: Sequence[str], open_desk: Callable[[Settings], Desk]) -> str:
    """Write the file; returns the sentence that says so.

    Raises:
        SourceFailure: the source could not be asked for any price.
        HoldlineError: what the user can mend; nothing was written.
    """
    order = parse(words)
    desk = open_desk(order.settings)
    try:
        settings = order.settings
        document = export.document_of(
            desk, settings.as_of, order.version, draw_all, settings.base_url
        )
        export.write_whole(order.out, export.render(document, order.form))
    finally:
        desk.close()
    preview = document.preview
    simulated = " (SIMULATED - not market prices)" if preview.simulated else ""
    return f"{order.out}: {preview.title}{simulated}. {document.edition}".rstrip()
