"""Permission to edit what is everybody's: staff's, or on a laptop its owner's.

Who a request is from, `components/server/accounts/visitors.py` has found out before; here it is
asked. How a page with editing uses it::

    staff = Staff.of(settings)       # once; ``register(server, settings)`` gives it to app.py

    @server.post("/portfolio/draft")
    @answered
    def draft() -> Response:
        body = staff.body()          # raises Refused unless staff, same origin, JSON, an object
        ...
        return reply({"number": 3})

    @server.get("/portfolio/drafts")
    @answered
    def drafts() -> Response:
        staff.require()              # raises Refused unless staff
        return reply(...)

`Refused` and `BadInput` become JSON, ``{"error": sentence}``, by wrapping the route in
`answered`; other `HoldlineError` too. A page is laid out once for all viewers, so the editing
form is shown by the browser after ``GET /me`` said ``{"staff": true}``
(``standing()`` in ``assets/core/staff.mjs`` gives a promise of it). What only staff
may see is never in a panel's payload: it comes by a route that calls `Staff.require`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import request

from analytics.model import access
from analytics.model.vocabulary import Unavailable
from analytics.settings import Settings, is_loopback
from components.server.replies import Refused, json_body

_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


_ONLY_READS = "This token does not edit: its scope is another than edit."
_TOKEN_TOO_LITTLE = (
    "Only staff may do this, with a token of scope edit that they made signed in with a passkey."
)


class Staff:
    """The check, for the request under way.

    Args:
        accounts: whether people sign in; else there is one owner.
    """

    def __init__(self, *, accounts: bool) -> None:
        self._accounts = accounts

    @classmethod
    def of(cls, settings: Settings) -> Staff:
        """The check that ``settings`` ask for."""
        return cls(accounts=settings.has_accounts)

    def is_staff(self) -> bool:
        """Whether the request under way may edit."""
        return access.viewer().is_staff

    def require(self) -> None:
        """Let only staff pass.

        Raises:
            Refused: saying who may.
            Unavailable: the store cannot tell who this is.
        """
        if self.is_staff():
            return
        who = access.viewer()
        if who.failure:
            raise Unavailable(who.failure)
        if who.token:
            raise Refused(_TOKEN_TOO_LITTLE if who.edits else _ONLY_READS)
        if self._accounts:
            raise Refused("Only staff may do this, signed in with a passkey.")
        raise Refused(
            "Only the owner may do this: open Holdline at the address that it printed when it "
            "started, or at one by: python -m analytics accounts link."
        )

    def require_on_a_site(self) -> None:
        """Let only staff pass where others look too; a laptop's viewers are among themselves.

        Raises:
            Refused: see `require`.
        """
        if self._accounts:
            self.require()

    def body(self) -> dict[str, Any]:
        """The JSON object of a request that changes something.

        Raises:
            Refused: not from staff, or sent by another site's page.
            BadInput: it is not a JSON object.
        """
        self.require()
        return json_body()

    def own(self) -> str:
        """Whose rules, channels and lists the request may see and change: its sender's.

        Raises:
            Refused: nobody has signed in; without accounts, it is not the owner's.
            Unavailable: the store cannot tell who this is.
        """
        who = access.viewer()
        if not self._accounts or who.failure or (who.person and not who.edits):
            self.require()
        if who.subscriber is None:
            raise Refused("Sign in first: alerts and lists are each person's own.")
        return who.subscriber

    def own_body(self) -> tuple[str, dict[str, Any]]:
        """`own`, and the JSON object of a request that changes something of theirs.

        Raises:
            Refused: as `own`, or another site's page sent it.
            BadInput: it is not a JSON object.
        """
        return self.own(), json_body()


def from_this_machine() -> bool:
    """Neither from afar, nor through a proxy, nor under a name that a stranger made up."""
    if any(name in request.headers for name in _PASSED_ON):
        return False
    named = urlsplit(f"//{request.host}").hostname or ""
    return is_loopback(request.remote_addr or "") and is_loopback(named)
