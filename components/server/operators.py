"""Operators: who may read the metrics and the details of readiness."""

from __future__ import annotations

import hmac

from flask import request

from analytics.model import access
from analytics.settings import Settings
from components.server.replies import Refused
from components.server.staff import Staff, from_this_machine

SCHEME = "Bearer "


class Operators:
    """The check, for the request under way: staff, this machine, or who shows the scrape token.

    Args:
        staff: who may edit may look as well.
        token: the scrape token, or empty for none.
    """

    def __init__(self, staff: Staff, token: str = "") -> None:
        self._staff = staff
        self._token = token

    @classmethod
    def of(cls, settings: Settings) -> Operators:
        """The check that ``settings`` ask for."""
        return cls(Staff.of(settings), settings.scrape_token)

    def shows_token(self) -> bool:
        """Whether the request carries the scrape token."""
        given = request.headers.get("Authorization", "")
        if not self._token or not given.startswith(SCHEME):
            return False
        # in constant time: how much of a guess was right is not to be measured
        return hmac.compare_digest(given.removeprefix(SCHEME).encode(), self._token.encode())

    def is_operator(self) -> bool:
        """Whether the request may see them."""
        may = self._staff.is_staff() or access.viewer().reads_metrics
        return may or from_this_machine() or self.shows_token()

    def require(self) -> None:
        """Let only operators pass.

        Raises:
            Refused: saying who may.
        """
        if not self.is_operator():
            raise Refused(
                "Metrics are for staff, for this machine, and for who shows the scrape token "
                "(HOLDLINE_SCRAPE_TOKEN) as Authorization: Bearer."
            )
