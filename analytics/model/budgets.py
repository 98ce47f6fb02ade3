"""Budgets of a client: how often a minute one may ask for what costs others something.

Whoever is about to do something costly says so with `spend`, and is refused where this thread's
client has had its share. Who the client is, and what it has spent, the server knows; work without
a client, and that of whoever sits at the machine itself, has no budget.
"""

from __future__ import annotations

import contextlib
import functools
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import SymbolNotFound

_mine = threading.local()


@dataclass(frozen=True)
class Budget:
    """What a client may ask for so often a minute.

    Attributes:
        name: under which it is counted.
        most: a minute.
        what: in words, for the refusal.
        shared: counted over all processes of a deployment, where they share anything.
        whose: in words, of whom it is counted.
    """

    name: str
    most: int
    what: str
    shared: bool = True
    whose: str = "from your address"


COLD = Budget("cold", 240, "requests that waited for the provider")
"""A dozen pages that nobody had opened; the provider's own limit is of that size for all."""
UNKNOWN = Budget("unknown", 30, "symbols that do not exist")
PDFS = Budget("pdf", 12, "PDFs")
UPLOADS = Budget("upload", 30, "files sent")
SCANS = Budget("scan", 6, "scans begun")
SIGN_INS = Budget("sign-in", 10, "sign-ins")
API = Budget("api", 120, "API requests", whose="of yours")
"""Two a second, of each account; where nobody has signed in, of each address."""
SHEETS = Budget("sheet", 20, "readings", whose="of this address")
"""Of one spreadsheet's address: a sheet asks some times an hour, of its own accord."""
POLLS = Budget("poll", 6000, "polls of the live prices", shared=False)
"""A page sends four a second at most: an office of two dozen behind one address has enough."""


class OverBudget(TooManyWaiting):
    """This client has had its share for a while."""

    def __init__(self, budget: Budget, seconds: float) -> None:
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(
            f"more than {budget.most} {budget.what} a minute {budget.whose}; "
            f"try again in {self.retry_after} s"
        )


class Spender(Protocol):
    """What one client has spent."""

    def spend(self, budget: Budget) -> float:
        """Count one more; seconds until there is one again, 0 where it was there."""
        ...

    def left(self, budget: Budget) -> float:
        """As `spend`, without counting."""
        ...


@contextlib.contextmanager
def spending(spender: Spender) -> Iterator[None]:
    """Do this thread's work for a client."""
    _mine.spender = spender
    try:
        yield
    finally:
        _mine.spender = None


def same_spending() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Spending like this thread's, for another thread that works on its behalf."""
    spender: Spender | None = getattr(_mine, "spender", None)
    return contextlib.nullcontext if spender is None else functools.partial(spending, spender)


def spend(budget: Budget) -> None:
    """Count one more of what ``budget`` is for.

    Raises:
        OverBudget: the client has had its share; nothing is to be done.
    """
    spender: Spender | None = getattr(_mine, "spender", None)
    if spender is not None and (seconds := spender.spend(budget)):
        raise OverBudget(budget, seconds)


@contextlib.contextmanager
def cold_fetch() -> Iterator[None]:
    """Wait for the provider: counted, and refused to who asks for symbols that do not exist.

    Raises:
        OverBudget: before anything is fetched.
    """
    spender: Spender | None = getattr(_mine, "spender", None)
    if spender is not None and (seconds := spender.left(UNKNOWN)):
        raise OverBudget(UNKNOWN, seconds)
    spend(COLD)
    try:
        yield
    except SymbolNotFound:
        count_unknown()
        raise


def count_unknown() -> None:
    """Note that this thread's client asked for a symbol that does not exist."""
    spender: Spender | None = getattr(_mine, "spender", None)
    if spender is not None:
        spender.spend(UNKNOWN)
