"""Budgets of clients, counted: in memory, or in Redis for all processes of a deployment.

A client is an address; of IPv6 the network of one house (/64), in which anybody has as many
addresses as they like. A browser on the server's own machine has no budget: a laptop's owner
competes with nobody.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from analytics.model.budgets import Budget, spending
from components.server.forwarded import TrustedProxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)


class Counts:
    """How often each client asked within the minute, by budget.

    Args:
        shared_url: of the Redis that all processes count in; empty: each counts for itself.
    """

    def __init__(self, shared_url: str = "") -> None:
        self._here = FixedWindowRateLimiter(MemoryStorage())
        shared: Storage | None = None
        if shared_url:
            shared = storage_from_string(shared_url, wrap_exceptions=True)  # type: ignore[assignment]
        self._shared = FixedWindowRateLimiter(shared) if shared is not None else self._here

    def spend(self, client: str, budget: Budget) -> float:
        """See `analytics.model.budgets.Spender`."""
        return self._ask(client, budget, count=True)

    def left(self, client: str, budget: Budget) -> float:
        """See `analytics.model.budgets.Spender`."""
        return self._ask(client, budget, count=False)

    def standing(self, client: str, budget: Budget) -> tuple[int, int]:
        """How many are left of the minute, and the seconds until it is over."""
        limiter = self._shared if budget.shared else self._here
        try:
            stats = limiter.get_window_stats(*_counted(client, budget))
        except StorageError:
            stats = self._here.get_window_stats(*_counted(client, budget))
        return stats.remaining, max(0, math.ceil(stats.reset_time - time.time()))

    def _ask(self, client: str, budget: Budget, *, count: bool) -> float:
        if budget.shared and self._shared is not self._here:
            try:
                return _ask(self._shared, client, budget, count)
            except StorageError as error:
                log.info("Budgets are counted in this process: %s", error)
        return _ask(self._here, client, budget, count)


@dataclass(frozen=True)
class Client:
    """One client of `Counts`."""

    counts: Counts
    address: str

    def spend(self, budget: Budget) -> float:
        """See `analytics.model.budgets.Spender`."""
        return self.counts.spend(self.address, budget)

    def left(self, budget: Budget) -> float:
        """See `analytics.model.budgets.Spender`."""
        return self.counts.left(self.address, budget)


class Budgets:
    """Answers each request on its client's budgets.

    Args:
        application: the WSGI application behind it.
        counts: what clients have spent.
        proxies: tell who asks.
    """

    def __init__(
        self, application: WSGIApplication, counts: Counts, proxies: TrustedProxies
    ) -> None:
        self._application = application
        self._counts = counts
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer for the client who asks."""
        viewer = self._proxies.viewer(environ)
        if viewer.here:
            return self._application(environ, start_response)
        with spending(Client(self._counts, household(viewer.address))):
            return self._application(environ, start_response)


def _ask(limiter: FixedWindowRateLimiter, client: str, budget: Budget, count: bool) -> float:
    counted = _counted(client, budget)
    allowed = limiter.hit(*counted) if count else limiter.test(*counted)
    if allowed:
        return 0.0
    return max(1.0, limiter.get_window_stats(*counted).reset_time - time.time())


def _counted(client: str, budget: Budget) -> tuple[RateLimitItem, str, str, str]:
    return RateLimitItemPerMinute(budget.most), "holdline", budget.name, client


def household(address: str) -> str:
    """The name that a client is counted by."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
