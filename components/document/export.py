"""A preview as a file: which text it holds, in which form, and written whole or not at all."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.desk.desk import Desk
from analytics.model.vocabulary import BadInput, NotAvailable
from analytics.preview import Answers, Chart, Edition, Preview, ask_all, compose, require_prices
from analytics.preview.edition import Heading
from analytics.preview.markdown import to_markdown
from components.document.document import Document, to_html
from components.document.pdf import find_browser, to_pdf
from components.frame import formats

DrawAll = Callable[[Answers, Desk], tuple[Chart, ...]]


@dataclass(frozen=True)
class Form:
    """A kind of file: its media type, and whether only a browser can make it."""

    media_type: str
    needs_browser: bool = False


FORMS = {
    "html": Form("text/html"),
    "md": Form("text/markdown"),
    "pdf": Form("application/pdf", needs_browser=True),
}


def form_of(out: Path) -> str:
    """The form that a file's name asks for.

    Raises:
        BadInput: it names none, or its folder is not there.
    """
    form = out.suffix.lower().lstrip(".")
    if form not in FORMS:
        raise BadInput(f"--out is {str(out)[:200]!r}: a name that ends in .html, .md or .pdf.")
    if not out.parent.is_dir():
        raise BadInput(f"There is no folder {out.parent}.")
    if out.is_dir():
        raise BadInput(f"{out} is a folder.")
    return form


def require_browser(form: str) -> None:
    """Say before anything is computed that a form cannot be made here.

    Raises:
        PdfUnavailable: no browser is installed.
    """
    if FORMS[form].needs_browser and find_browser() is None:
        to_pdf("")


def compute(desk: Desk, as_of: dt.date | None, draw: DrawAll) -> tuple[Preview, tuple[Chart, ...]]:
    """The text and the charts as the desk's answers give them now.

    Raises:
        HoldlineError: as `analytics.preview.build_preview`.
    """
    answers = ask_all(desk, as_of)
    require_prices(answers)
    return compose(answers), draw(answers, desk)


def document_of(
    desk: Desk, as_of: dt.date | None, version: int | None, draw: DrawAll, base_url: str
) -> Document:
    """What subscribers were sent for the session, else the computed text alone.

    Args:
        version: that saved version, published or not; None for the newest published one.

    Raises:
        NotAvailable: there is no such version.
        HoldlineError: as `compute`.
    """
    session = desk.moment(as_of).session
    previews = desk.records.previews
    edition: Edition | None = None
    if version is not None or desk.records.database.refusal is None:
        only_published = version is None
        edition = previews.edition(desk.archive.scope, session, version, published=only_published)
    if edition is not None:
        return of_edition(edition, base_url)
    if version is not None:
        raise NotAvailable(f"There is no version {version} of the preview of {session}.")
    preview, charts = compute(desk, as_of, draw)
    return Document(preview, charts, base_url)


def of_edition(edition: Edition, base_url: str) -> Document:
    """A saved version, as it stood."""
    status = status_of(edition.heading)
    return Document(edition.preview, edition.charts, base_url, edition.staff, status)


def status_of(heading: Heading) -> str:
    """``Version 3, published Mon 27 Jan 2025, 16:20 EST.``"""
    if heading.published_at is None:
        return f"Draft: version {heading.version}, saved {formats.moment(heading.saved_at)}."
    return f"Version {heading.version}, published {formats.moment(heading.published_at)}."


def render(document: Document, form: str) -> bytes:
    """The file's content.

    Raises:
        PdfUnavailable: a PDF cannot be made here.
    """
    if form == "md":
        text = to_markdown(document.preview, document.base_url, document.staff)
        return text.encode()
    page = to_html(document)
    return to_pdf(page) if form == "pdf" else page.encode()


def write_whole(out: Path, content: bytes) -> None:
    """Put ``content`` in place at once: who reads ``out`` meanwhile sees the old file whole.

    Raises:
        BadInput: it cannot be written there.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, out)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
