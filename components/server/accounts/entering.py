"""A browser signed in, and out."""

from __future__ import annotations

from flask import Response, redirect, request

from analytics.accounts.people import Person
from analytics.accounts.sessions import Method, lifetime
from analytics.alerts.model import is_local_link
from analytics.desk.desk import Desk
from analytics.model import access
from components.server.accounts import cookies
from components.server.accounts.visitors import Visitors
from components.server.forwarded import TrustedProxies


class Entering:
    """Begins and ends sessions, for the request under way.

    Args:
        desk: whose records hold the accounts.
        visitors: forget what they knew of a session that ends.
        proxies: tell where a request comes from.
    """

    def __init__(self, desk: Desk, visitors: Visitors, proxies: TrustedProxies) -> None:
        self.desk = desk
        self.visitors = visitors
        self._proxies = proxies

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self._proxies.viewer(request.environ).address

    def sign_in(self, person: Person, method: Method, response: Response) -> Response:
        """Give the browser a session of its own; one that it had before is over.

        The cookie is a new one at each sign-in, so that nobody can have known it before
        (OWASP ASVS 5.0, 7.2.4).
        """
        self._end_current()
        own_machine = method is Method.MACHINE
        agent = request.headers.get("User-Agent", "")
        token = self.desk.records.sessions.begin(
            person, method, self.address, agent, own_machine=own_machine
        )
        _, longest = lifetime(person.role, own_machine=own_machine)
        cookies.write(request, response, cookies.SESSION, token, longest.total_seconds())
        cookies.drop(request, response, cookies.SIGNING_IN)
        self.note("sign in", person.id, actor=person.id, by=method.value)
        return response

    def sign_out(self, response: Response) -> Response:
        """End the browser's session."""
        self._end_current()
        return self.forget_browser(response)

    def forget_browser(self, response: Response) -> Response:
        """Take a session's cookie back that is over."""
        self.visitors.forget()
        cookies.drop(request, response, cookies.SESSION)
        # not its storage: lists and levels in it are this browser's own
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def _end_current(self) -> None:
        signed_in = self.visitors.signed_in(request)
        if signed_in is not None:
            self.desk.records.sessions.end(signed_in.session.id)
            self.note("sign out", signed_in.person.id, actor=signed_in.person.id)
        self.visitors.forget()

    def refused(self, action: str, why: str) -> None:
        """Note an attempt that failed."""
        self.desk.records.audit.add(None, self.address, action, why, outcome="refused")

    def note(self, action: str, target: str = "", actor: str | None = None, **details: str) -> None:
        """Write a line of the audit log, by whoever the request is from or by ``actor``.

        Args:
            target: of somebody their id.
        """
        viewer = access.viewer()
        self.desk.records.audit.add(
            actor or viewer.person,
            self.address,
            action,
            target,
            details=details,
            token=viewer.token or None,
        )


def onward(asked: str | None) -> Response:
    """To the page of this site that was asked for, else to the first."""
    target = asked if asked and is_local_link(asked) else "/"
    return redirect(target, 303)  # type: ignore[return-value]
