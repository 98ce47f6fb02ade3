"""Requests of programs, counted for each account and told in their answers' headers."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from analytics.model import access
from analytics.model.budgets import Budget, OverBudget
from components.server.budgets import Counts, household
from components.server.forwarded import TrustedProxies


class Allowance:
    """What whoever asks may ask for within the minute.

    Args:
        counts: what was asked for.
        proxies: tell who asks.
        budget: how often that may be.
    """

    def __init__(self, counts: Counts, proxies: TrustedProxies, budget: Budget) -> None:
        self._counts = counts
        self._proxies = proxies
        self._budget = budget

    def spend(self, by: str = "") -> None:
        """Count the request under way; whoever sits at the machine itself has no limit.

        Args:
            by: whom it is counted for; "": the account, or where nobody has signed in the address.

        Raises:
            OverBudget: they have had their share; nothing is to be done.
        """
        client = self._client(by)
        if client and (seconds := self._counts.spend(client, self._budget)):
            raise OverBudget(self._budget, seconds)

    def headers(self, by: str = "") -> Mapping[str, str]:
        """``RateLimit`` and its policy, as the IETF's draft has them."""
        client = self._client(by)
        if not client:
            return {}
        left, seconds = self._counts.standing(client, self._budget)
        name = self._budget.name
        return {
            "RateLimit-Policy": f'"{name}";q={self._budget.most};w=60',
            "RateLimit": f'"{name}";r={left};t={seconds}',
        }

    def stated(self, response: Response, by: str = "") -> Response:
        """The answer with what is left."""
        response.headers.update(self.headers(by))
        return response

    def _client(self, by: str) -> str:
        asking = self._proxies.viewer(request.environ)
        if asking.here:
            return ""
        person = access.viewer().person
        return by or (f"person {person}" if person else household(asking.address))
