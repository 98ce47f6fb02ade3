"""Who a request is from: by the cookie of a signed-in browser, or the token of a program."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cachetools import TTLCache
from werkzeug.wrappers import Request

from analytics.accounts.api_tokens import PREFIX, Scope, Shown
from analytics.accounts.people import Person
from analytics.accounts.sessions import SignedIn
from analytics.accounts.tokens import digest
from analytics.desk.desk import Desk
from analytics.model.access import LOCAL, Plan, Viewer, viewing
from analytics.model.vocabulary import Unavailable
from components.server.accounts import cookies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCHEME = "Bearer "
KNOWN_SECONDS = 1.0
"""So long the store is not asked again: what one process ends, others let in no longer."""

log = logging.getLogger(__name__)


def shows_token(request: Request) -> bool:
    """Whether a program sent it, with a token."""
    return request.headers.get("Authorization", "").startswith(SCHEME + PREFIX)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Visitors:
    """Answers each request for whoever it is from.

    Args:
        application: the WSGI application behind it.
        desk: whose records hold the accounts.
        strangers: what is shown to who shows nothing: on a laptop, all that can be looked at.
        clock: wall time, UTC.
    """

    def __init__(
        self,
        application: WSGIApplication,
        desk: Desk,
        strangers: Viewer,
        clock: Callable[[], dt.datetime] = _utc_now,
    ) -> None:
        self._application = application
        self._desk = desk
        self._strangers = strangers
        self._clock = clock
        self._known: TTLCache[str, Any] = TTLCache(4096, KNOWN_SECONDS)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer for whoever asks."""
        with viewing(self.viewer(Request(environ))):
            return self._application(environ, start_response)

    def viewer(self, request: Request) -> Viewer:
        """Who sent a request; a stranger too where the store cannot tell."""
        try:
            if shows_token(request):
                shown = request.headers["Authorization"]
                return self._by_token(shown.removeprefix(SCHEME))
            signed_in = self.signed_in(request)
        except Unavailable as error:
            log.warning("Nobody can be told from a stranger: %s", error)
            return replace(self._strangers, failure=str(error))
        if signed_in is None:
            return self._strangers
        plan = signed_in.plan(self._clock())
        if self._strangers.plan.includes(plan):
            plan = self._strangers.plan
        return self._of_person(plan, signed_in.person.id, signed_in.session.id)

    def at_hand(self, environ: WSGIEnvironment) -> Viewer | None:
        """Who sent a request, if that is known without asking the store."""
        if "HTTP_AUTHORIZATION" in environ:
            return None
        if "HTTP_COOKIE" not in environ:
            return self._strangers
        request = Request(environ)
        token = cookies.read(request, cookies.SESSION)
        with self._lock:
            known = not token or digest(token) in self._known
        return self.viewer(request) if known else None

    def signed_in(self, request: Request) -> SignedIn | None:
        """The session of the request's cookie; of what a token is shown with, none.

        What is a browser's alone, its account, is no program's: else the cookie of one and the
        token of another would together be what neither is.
        """
        if shows_token(request):
            return None
        token = cookies.read(request, cookies.SESSION)
        if not token:
            return None
        found: SignedIn | None = self._known_as(token, self._desk.records.sessions.find)
        return found if found is not None and self._has_account(found.person) else None

    def forget(self) -> None:
        """Ask the store at the next request: somebody's sessions or rights have changed."""
        with self._lock:
            self._known.clear()

    def _by_token(self, token: str) -> Viewer:
        shown: Shown | None = self._known_as(token, self._desk.records.tokens.find)
        if shown is None or not self._has_account(shown.person):
            return self._strangers
        id, scope = shown.token.id, shown.token.scope
        if scope is Scope.METRICS:
            nobody = Viewer(Plan.FREE, None, id, token=id, edits=False)
            return replace(nobody, reads_metrics=shown.reads_metrics)
        viewer = self._of_person(shown.plan(self._clock()), shown.person.id, id)
        return replace(viewer, edits=scope is Scope.EDIT, token=id)

    def _has_account(self, person: Person) -> bool:
        """Whether somebody is one here: where people sign in, a laptop's one owner is nobody."""
        return person.id != LOCAL or self._strangers.subscriber == LOCAL

    def _of_person(self, plan: Plan, person: str, session: str) -> Viewer:
        subscriber = self._strangers.subscriber or person
        return Viewer(plan, person, session, subscriber=subscriber)

    def _known_as(self, token: str, find: Callable[[str], Any]) -> Any:
        key = digest(token)
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = find(token)
        with self._lock:
            self._known[key] = found
        return found
