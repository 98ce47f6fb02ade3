"""Routes of the link that confirms an e-mail address as a channel of alerts, on any device."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request

from analytics.model.budgets import SIGN_INS, spend
from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import HoldlineError
from analytics.settings import Settings
from components.server.accounts.documents import document
from components.server.accounts.entering import Entering
from components.server.replies import sentence

PATH = "/alerts/confirm"


class ChannelLinks:
    """What the routes do. Whoever reads the mail may; signed in they need not be.

    Args:
        settings: of the site.
        entering: holds the records, and writes the audit log.
    """

    def __init__(self, settings: Settings, entering: Entering) -> None:
        self._theme = settings.theme
        self._entering = entering
        self._records = entering.desk.records

    def page(self) -> Response:
        """The document that asks for a click: a mail scanner that opens links confirms nothing."""
        token = request.args.get("token", "")
        bearer = self._records.confirmations.look_at_link(token)
        person = None if bearer is None else self._records.people.by_id(bearer.person or "")
        if bearer is None or person is None:
            return self._over()
        return self._document(token=token, address=bearer.email or "", called=person.called)

    def confirm(self) -> Response:
        """Let alerts go to the address, of whoever added it and of nobody else."""
        bearer = self._records.confirmations.finish_by_link(request.form.get("token", ""))
        if bearer is None:
            self._entering.refused("confirm channel", "a link that is over")
            return self._over()
        return self._document(address=bearer.email or "")

    def failed(self, error: HoldlineError) -> Response:
        """The document that says why neither can be done now."""
        with contextlib.suppress(HoldlineError):
            self._entering.refused("confirm channel", str(error))
        busy = isinstance(error, TooManyWaiting)
        said, status = sentence(error), 429 if busy else 503
        response = document("refused", status, said=said, wrong=True, theme=self._theme)
        if isinstance(error, TooManyWaiting):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def _over(self) -> Response:
        return self._document(410)

    def _document(
        self, status: int = 200, token: str = "", address: str = "", called: str = ""
    ) -> Response:
        values: dict[str, Any] = {"token": token, "address": address, "called": called}
        return document("channel_link", status, theme=self._theme, **values)


def register(server: Flask, links: ChannelLinks) -> None:
    """Declare ``GET`` and ``POST /alerts/confirm``."""
    routes = Blueprint("channel-links", __name__)

    def stated(act: Callable[[], Response]) -> Response:
        try:
            spend(SIGN_INS)
            return act()
        except HoldlineError as error:
            return links.failed(error)

    @routes.get(PATH)
    def page() -> Response:
        return stated(links.page)

    @routes.post(PATH)
    def confirm() -> Response:
        return stated(links.confirm)

    server.register_blueprint(routes)


def confirmation_link(token: str) -> str:
    """The address on this site at which a token confirms a channel."""
    return f"{PATH}?{urlencode({'token': token})}"
