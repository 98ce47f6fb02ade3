"""What plans give of alert rules: how many, and which of somebody's stand by which plan."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.model.access import Offer, Plan

MOST_FREE = 3
MOST = 60
"""Rules of one person, whatever their plan."""

MANY = Offer(
    Plan.PRO, "More alerts?", f"up to {MOST} alert rules; the free plan has {MOST_FREE}", "has"
)
"""What rules beyond the free plan's number need."""

LISTS = Offer(Plan.PRO, "A whole watchlist?", "alert rules on each symbol of a watchlist", "has")
"""What a rule on a whole watchlist needs."""

ENDED = "the plan that it needs has ended"
"""Why what was still to be sent is not."""


def offers_of(kinds: Iterable[Offer]) -> list[Offer]:
    """The offer that each of somebody's rules stands by, so that a plan's end pauses the rest.

    The first rules that need no plan by themselves are the free ones, however many others were
    set before.

    Args:
        kinds: what the kind of each needs, in the order in which they were set.
    """
    free, found = 0, []
    for offer in kinds:
        free += offer.plan is Plan.FREE
        found.append(MANY if offer.plan is Plan.FREE and free > MOST_FREE else offer)
    return found
