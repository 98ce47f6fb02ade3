"""Routes of the Weekly preview tab: files for all, writing for staff."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import threading
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, request

from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.budgets import PDFS, spend
from analytics.model.parameters import parse_as_of
from analytics.model.turns import waiting
from analytics.model.vocabulary import BadInput, NotAvailable
from analytics.preview import Heading
from analytics.preview.edition import Outdated, StaffText, parse_edition
from analytics.settings import Settings
from components.document import Document, PdfUnavailable, document, export, to_pdf
from components.frame import formats
from components.pages.preview.charts import draw_all
from components.server.replies import answered, reply
from components.server.staff import Staff

PATIENCE_SECONDS = 20.0
EDITION_SECONDS = 90.0
"""How long a viewer waits for the PDF of an edition, and for those under way before it."""
CACHED_PDFS = 4


def register(server: Flask, desk: Desk, settings: Settings, staff: Staff) -> None:
    """Declare the routes under ``/preview/``."""
    printer = Printer(desk)
    readers = access.STRANGER if settings.has_accounts else access.HOUSE  # editions are for all
    routes = Blueprint("preview", __name__, url_prefix="/preview")

    @routes.get("/file")
    @answered
    def file() -> Response:
        form = request.args.get("form", "html")
        if form not in export.FORMS:
            raise BadInput(f"form is {form[:20]!r}: html, md or pdf is accepted.")
        edition = request.args.get("edition")
        if form == "pdf":
            spend(PDFS)
        try:
            if form == "pdf" and edition is None:
                with printer.turn():  # composing is as heavy as printing
                    made = _document(desk, settings, staff)
                    content = printer.print(made)
            else:
                made = _document(desk, settings, staff)
                content = printer.edition(made) if form == "pdf" else export.render(made, form)
        except PdfUnavailable as error:
            return reply({"error": str(error)}, 503)
        return _sent(content, form, made)

    @routes.get("/draft")
    @answered
    def draft() -> Response:
        staff.require()
        as_of = _as_of(request.args.get("as_of"))
        return reply(_draft(desk, desk.moment(as_of).session))

    @routes.post("/draft")
    @answered
    def save() -> Response:
        body = staff.body()
        words = StaffText.parse({k: body[k] for k in ("sections", "strategy") if k in body})
        edited = body.get("edited")
        if isinstance(edited, bool) or not isinstance(edited, int) or not 0 <= edited < 10**6:
            raise BadInput("edited is not the number of the version that was edited.")
        with access.viewing(readers):
            preview, charts = export.compute(desk, _as_of(body.get("as_of")), draw_all)
        if body.get("session") not in (None, preview.session.isoformat()):
            raise BadInput(
                f"Not saved: a new session began meanwhile, {formats.date(preview.session)}. "
                "Choose the date you wrote for, and save again."
            )
        scope, now = desk.archive.scope, dt.datetime.now(dt.UTC)
        try:
            desk.records.previews.save(scope, preview, words, charts, edited=edited, now=now)
        except Outdated as error:
            return reply({"error": str(error)}, 409)
        return reply(_draft(desk, preview.session))

    @routes.post("/publish")
    @answered
    def publish() -> Response:
        name = staff.body().get("edition")
        session, version = parse_edition(name if isinstance(name, str) else "")
        publish_edition(desk, session, version)
        return reply(_draft(desk, session))

    server.register_blueprint(routes)


def publish_edition(desk: Desk, session: dt.date, version: int) -> bool:
    """Mark a version as published and tell every subscriber, in one transaction.

    Published again it changes nothing and tells nobody twice; whether it was new is returned.

    Raises:
        NotAvailable: there is no such version.
        HoldlineError: the store could not be written.
    """
    now = dt.datetime.now(dt.UTC)
    _, fresh = desk.records.previews.publish(
        desk.archive.scope, session, version, now, tell=desk.records.notices.publish
    )
    return fresh


class Printer:
    """Makes one PDF at a time, and keeps the last few: a browser is a heavy thing to start.

    Args:
        desk: stores those of editions, once for all processes.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = threading.Lock()
        self._print = functools.lru_cache(CACHED_PDFS)(to_pdf)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Compose and print while nobody else does.

        Raises:
            PdfUnavailable: others are waiting for theirs.
        """
        with waiting():
            mine = self._turn.acquire(timeout=PATIENCE_SECONDS)
        if not mine:
            raise PdfUnavailable("Other PDFs are being made: try again in a minute.")
        try:
            yield
        finally:
            self._turn.release()

    def print(self, made: Document) -> bytes:
        """The document's PDF, in the caller's `turn`.

        Raises:
            PdfUnavailable: it cannot be made here.
        """
        return self._print(document.to_html(made))

    def edition(self, made: Document) -> bytes:
        """The PDF of an edition, whose text stays: made once, by whichever process is asked.

        Raises:
            PdfUnavailable: it cannot be made here, or others are waiting for theirs.
        """
        html = document.to_html(made)

        def make() -> bytes:
            with self.turn():
                return self._print(html)

        name = f"pdf|{hashlib.sha256(html.encode()).hexdigest()}"
        return self._desk.made_once(name, make, EDITION_SECONDS)


def _document(desk: Desk, settings: Settings, staff: Staff) -> Document:
    """The edition or the computed text that the address asks for; drafts are for staff."""
    name = request.args.get("edition")
    if name is None:
        as_of = _as_of(request.args.get("as_of"))
        preview, charts = export.compute(desk, as_of, draw_all)
        return Document(preview, charts, settings.base_url)
    session, version = parse_edition(name)
    edition = desk.records.previews.edition(desk.archive.scope, session, version)
    if edition is None or (edition.heading.published_at is None and not staff.is_staff()):
        raise NotAvailable(f"Edition {name} is not among the published previews.")
    return export.of_edition(edition, settings.base_url)


def _sent(content: bytes, form: str, made: Document) -> Response:
    name = f"holdline-preview-{made.preview.session}.{form}"
    response = Response(content, mimetype=export.FORMS[form].media_type)
    response.headers["Cache-Control"] = "no-store"
    # the html is shown in place: its own policy lets run its two scripts and nothing else
    shown = form == "html"
    kind = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
    if shown:
        response.headers["Content-Security-Policy"] = document.policy()
    return response


def _as_of(given: Any) -> dt.date | None:
    return None if given in (None, "") else parse_as_of("as_of", given)


def _draft(desk: Desk, session: dt.date) -> dict[str, Any]:
    """What an editor opens with: the newest version's words, and which versions there are."""
    previews, scope = desk.records.previews, desk.archive.scope
    newest = previews.edition(scope, session)
    staff = newest.staff if newest else StaffText()
    return {
        "session": session.isoformat(),
        "day": formats.date(session),
        "version": newest.heading.version if newest else 0,
        "sections": dict(staff.sections),
        "strategy": staff.strategy,
        "versions": [_plain_heading(heading) for heading in previews.versions(scope, session)],
    }


def _plain_heading(heading: Heading) -> dict[str, Any]:
    published = heading.published_at
    return {
        "name": heading.name,
        "version": heading.version,
        "saved": formats.moment(heading.saved_at),
        "published": formats.moment(published) if published else "",
        "published_at": published.isoformat() if published else None,
    }
