"""Routes of levels out: files for charting programs, and addresses for spreadsheets.

``GET /levels?format=pine&symbols=SPY,NVDA`` is a file, for whoever may see the page it is of.
``/levels/links`` lists, makes and revokes a person's addresses; ``/levels/current.csv?link=...``
answers at one of them, without signing in: within its person's plan at that moment.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import Flask, Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from analytics.desk.desk import Desk
from analytics.desk.level_sheets import parse_wish, sheet_of
from analytics.desk.sheet_links import SheetLink, SheetLinks
from analytics.levels_out.formats import FORMATS
from analytics.levels_out.sheet import Sheet
from analytics.model.access import viewing
from analytics.model.budgets import SHEETS, UPLOADS, spend
from analytics.model.own_lists import ChangedElsewhere
from analytics.model.parameters import parse_as_of
from analytics.model.parsing import parse_choice
from analytics.settings import Settings
from components.server.api.allowance import Allowance
from components.server.budgets import Counts
from components.server.forwarded import TrustedProxies
from components.server.replies import answered, conditional, reply
from components.server.staff import Staff

PATH = "/levels"
CURRENT = "/levels/current.csv"
_SALT = "sheet-link"
_UNKNOWN = "There is nothing at this address: it was revoked, or is not whole."


def register(
    server: Flask,
    desk: Desk,
    settings: Settings,
    staff: Staff,
    counts: Counts,
    proxies: TrustedProxies,
) -> None:
    """Declare the routes."""
    links = SheetLinks(desk.records, accounts=settings.has_accounts)
    allowance = Allowance(counts, proxies, SHEETS)

    @server.get(PATH)
    @answered
    def file() -> Response:
        given: dict[str, Any] = request.args.to_dict()
        name = parse_choice("format", given.pop("format", ""), tuple(FORMATS))
        as_of = given.pop("as_of", "")
        moment = parse_as_of("as_of", as_of) if as_of else settings.as_of
        wish = parse_wish(given)
        response = _written(sheet_of(desk, wish, ", ".join(wish.symbols), moment), name)
        response.headers["Cache-Control"] = "no-store"
        return response

    @server.get(f"{PATH}/links")
    @answered
    def listed() -> Response:
        return _listed(links, staff.own())

    @server.post(f"{PATH}/links")
    @answered
    def make() -> Response:
        own, body = staff.own_body()
        spend(UPLOADS)
        return _changed(links, own, lambda: links.make(own, body))

    @server.post(f"{PATH}/links/revoke")
    @answered
    def revoke() -> Response:
        own, body = staff.own_body()
        return _changed(links, own, lambda: links.revoke(own, body.get("id")))

    @server.get(CURRENT)
    @answered
    def current() -> Response:
        own, known = _signed(request.args.get("link", ""))
        found = links.find(own, known) if own else None
        if found is None:
            return reply({"error": _UNKNOWN}, 404)
        link, viewer = found
        name = parse_choice("format", request.args.get("format", "csv"), tuple(FORMATS))
        by = f"sheet {link.id}"
        allowance.spend(by)
        with viewing(viewer):
            sheet = sheet_of(desk, links.wish_of(own, link), link.title, settings.as_of)
        response = _written(sheet, name)
        del response.headers["Content-Disposition"]  # it is read, not saved
        return allowance.stated(conditional(response), by)


def _changed(links: SheetLinks, own: str, change: Any) -> Response:
    """The addresses after a change; 409 where another came between."""
    try:
        change()
    except ChangedElsewhere as error:
        return reply({"error": str(error)}, 409)
    return _listed(links, own)


def _listed(links: SheetLinks, own: str) -> Response:
    return reply({"links": [_shown(own, link) for link in links.of(own)]})


def _shown(own: str, link: SheetLink) -> dict[str, Any]:
    shown = dataclasses.asdict(link)
    return shown | {"path": f"{CURRENT}?link={_signer().dumps([own, link.id])}"}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)


def _signed(text: str) -> tuple[str, str]:
    """Whose an address is, and its id; "" for what this server has not signed."""
    try:
        own, known = _signer().loads(text)
    except (BadSignature, TypeError, ValueError):
        return "", ""
    return str(own), str(known)


def _written(sheet: Sheet, name: str) -> Response:
    """The sheet as a file to save."""
    form = FORMATS[name]
    content = form.write(sheet)
    packed = isinstance(content, bytes)
    extension = "zip" if packed else form.extension
    kind = "application/zip" if packed else f"{form.mimetype}; charset=utf-8"
    symbols = [one.symbol for one in sheet.symbols]
    called = symbols[0] if len(symbols) == 1 else f"{len(symbols)}-symbols"
    safe = "".join(c if c.isalnum() or c == "-" else "_" for c in called)
    mark = "-SIMULATED" if sheet.simulated else ""
    file_name = f"holdline-levels-{safe}-{sheet.as_of[:10]}{mark}.{extension}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(content, content_type=kind, headers=headers)
