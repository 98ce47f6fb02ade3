"""Who looks, and what their plan shows: known to this thread while it works for a viewer.

Each question, file and route declares the plan it needs, and asks here for the plan of whoever it
works for. Work for nobody (a scan, an alert, the shell) is the house's own and sees everything.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from analytics.model.vocabulary import HoldlineError

A = ParamSpec("A")
R = TypeVar("R")

_mine = threading.local()

LOCAL = "local"
"""The one person, and subscriber, of a Holdline without accounts."""


class Plan(enum.StrEnum):
    """What somebody may see and do; each includes the ones before it, a trial all that PRO has."""

    FREE = "free"
    TRIAL = "trial"
    PRO = "pro"
    STAFF = "staff"
    OWNER = "owner"

    @property
    def words(self) -> str:
        """As a sentence names it."""
        return {Plan.FREE: "free", Plan.PRO: "PRO"}.get(self, self.value)

    def includes(self, needed: Plan) -> bool:
        """Whether who has this plan may have what needs that one."""
        return _RANK[self] >= _RANK[needed]


_RANK = {Plan.FREE: 0, Plan.TRIAL: 1, Plan.PRO: 1, Plan.STAFF: 2, Plan.OWNER: 3}


@dataclass(frozen=True)
class Viewer:
    """Whoever is answered.

    Attributes:
        plan: at this moment.
        person: their id; None for who has not signed in.
        session: the id of the session or API token they are known by; "" for neither.
        token: the id of the API token they are known by, "" for a browser.
        edits: they may change what their plan lets them; a token that only reads may not.
        reads_metrics: a token for that.
        subscriber: whose rules, notices and lists they are shown: their own; without accounts
            `LOCAL`'s, whoever looks; None for a stranger where people have accounts.
        failure: why it could not be looked up who they are, "" where it could.
    """

    plan: Plan = Plan.FREE
    person: str | None = None
    session: str = ""
    token: str = ""
    edits: bool = True
    reads_metrics: bool = False
    subscriber: str | None = None
    failure: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether they may change what is everybody's."""
        return self.edits and self.plan.includes(Plan.STAFF)


STRANGER = Viewer()
HOUSE = Viewer(Plan.OWNER, subscriber=LOCAL)


@dataclass(frozen=True)
class Offer:
    """The plan that something needs, and what somebody without it is told of it.

    Attributes:
        asks: the question that it answers, as a title.
        gives: what the plan has, after "the PRO plan shows".
        does: in place of "shows".
    """

    plan: Plan = Plan.FREE
    asks: str = ""
    gives: str = ""
    does: str = "shows"

    @property
    def words(self) -> str:
        """What is said in place of it."""
        return f"The {self.plan.words} plan {self.does} {self.gives}."


FOR_EVERYBODY = Offer()


class NotInPlan(HoldlineError):
    """The viewer's plan does not include this.

    Attributes:
        offer: what it is, and the plan that does.
    """

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        super().__init__(offer.words)


def viewer() -> Viewer:
    """Whoever this thread works for."""
    found: Viewer = getattr(_mine, "viewer", HOUSE)
    return found


@contextlib.contextmanager
def viewing(who: Viewer) -> Iterator[None]:
    """Do this thread's work for somebody."""
    before = viewer()
    _mine.viewer = who
    try:
        yield
    finally:
        _mine.viewer = before


def same_viewer() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Viewing like this thread's, for another thread that works on its behalf."""
    return functools.partial(viewing, viewer())


def carried(work: Callable[A, R]) -> Callable[A, R]:
    """``work`` for another thread to do on behalf of whoever this thread works for."""
    who = viewer()

    @functools.wraps(work)
    def working(*args: A.args, **kwargs: A.kwargs) -> R:
        with viewing(who):
            return work(*args, **kwargs)

    return working


def require(offer: Offer) -> None:
    """Let only viewers pass whose plan includes what is offered.

    Raises:
        NotInPlan: saying what the plan shows that does.
    """
    if not viewer().plan.includes(offer.plan):
        raise NotInPlan(offer)
