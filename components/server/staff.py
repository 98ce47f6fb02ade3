"""Permission to edit: for whom the process was started, and for whoever shows the staff token.

There are no accounts. Two cases, distinguished for every request anew:

- No ``HOLDLINE_STAFF_TOKEN``: a process that listens on this machine only (the default,
  ``127.0.0.1``) is its owner's, and a browser on the same machine may edit. A request that a
  proxy passed on, or that names another host, may not: behind a proxy every stranger would
  look local. A process that listens on other addresses lets nobody edit.
- With the token: only a request that carries it may edit, wherever it comes from. A program
  sends it in the header ``X-Holdline-Staff``; a browser signs in once (``POST /staff``) and
  keeps a signed cookie for 12 hours that scripts cannot read and other sites cannot send.

How a page with editing uses it::

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
form is shown by the browser after ``GET /staff`` said ``{"staff": true}``
(``standing()`` in ``assets/core/staff.mjs`` gives a promise of it). What only staff
may see is never in a panel's payload: it comes by a route that calls `Staff.require`.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from analytics.model.budgets import SIGN_INS, spend
from analytics.settings import Settings
from components.server.replies import Refused, answered, json_body, reply

HEADER = "X-Holdline-Staff"
COOKIE = "holdline-staff"
SIGNED_IN_SECONDS = 12 * 3600

_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


class Staff:
    """The check, for the request under way.

    Args:
        host: the address the process listens on.
        token: the staff token, or empty for none.
    """

    def __init__(self, host: str, token: str = "") -> None:
        self._local = _is_loopback(host)
        self._token = token

    @classmethod
    def of(cls, settings: Settings) -> Staff:
        """The check that ``settings`` ask for."""
        return cls(settings.host, settings.staff_token)

    @property
    def takes_token(self) -> bool:
        """Whether signing in is possible at all."""
        return bool(self._token)

    def is_staff(self) -> bool:
        """Whether the request under way may edit."""
        if self._token:
            return self._is_token(request.headers.get(HEADER, "")) or self._signed_in()
        return self._local and from_this_machine()

    def require(self) -> None:
        """Let only staff pass.

        Raises:
            Refused: saying who may.
        """
        if self.is_staff():
            return
        if self._token:
            raise Refused("Only staff may do this: sign in with the staff token first.")
        raise Refused(
            "Only staff may do this, in a browser on the machine Holdline runs on, "
            "or with a token: start Holdline with HOLDLINE_STAFF_TOKEN."
        )

    def body(self) -> dict[str, Any]:
        """The JSON object of a request that changes something.

        Raises:
            Refused: not from staff, or sent by another site's page.
            BadInput: it is not a JSON object.
        """
        self.require()
        return json_body()

    def sign_in(self, token: object) -> Response:
        """The reply that gives a browser its cookie.

        Raises:
            Refused: the token is wrong, or there is none to sign in with.
        """
        if not self._token:
            raise Refused("No staff token is set: HOLDLINE_STAFF_TOKEN sets one.")
        if not isinstance(token, str) or not self._is_token(token):
            raise Refused("This is not the staff token.")
        response = reply({"staff": True, "token": True})
        response.set_cookie(
            COOKIE,
            _signer().dumps(self._digest()),
            max_age=SIGNED_IN_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
        return response

    def _signed_in(self) -> bool:
        try:
            digest = _signer().loads(request.cookies.get(COOKIE, ""), max_age=SIGNED_IN_SECONDS)
        except BadSignature:
            return False
        return isinstance(digest, str) and hmac.compare_digest(digest, self._digest())

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _digest(self) -> str:
        """A new token ends every sign-in with the old one."""
        return hmac.new(b"holdline-staff", self._token.encode(), "sha256").hexdigest()


def register(server: Flask, settings: Settings) -> Staff:
    """Declare ``GET /staff`` (may I edit?), ``POST /staff`` (sign in) and its opposite."""
    staff = Staff.of(settings)

    @server.get("/staff")
    def who() -> Response:
        return reply({"staff": staff.is_staff(), "token": staff.takes_token})

    @server.post("/staff")
    @answered
    def sign_in() -> Response:
        spend(SIGN_INS)
        return staff.sign_in(json_body().get("token"))

    @server.post("/staff/leave")
    @answered
    def leave() -> Response:
        json_body()
        response = reply({"staff": False, "token": staff.takes_token})
        response.delete_cookie(COOKIE, httponly=True, samesite="Strict")
        return response

    return staff


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="holdline-staff")


def from_this_machine() -> bool:
    """Neither from afar, nor through a proxy, nor under a name that a stranger made up."""
    if any(name in request.headers for name in _PASSED_ON):
        return False
    named = urlsplit(f"//{request.host}").hostname or ""
    return _is_loopback(request.remote_addr or "") and _is_loopback(named)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
