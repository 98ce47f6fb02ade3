"""What is known of a symbol's chain without asking the source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.cache.entries import Cached
from analytics.model.vocabulary import HoldlineError, OptionChain
from analytics.options.analysis import analyse
from analytics.options.published_iv import IvAgreement, iv_agreement


@dataclass(frozen=True)
class CachedChain:
    """What is known of a chain without asking the source.

    Attributes:
        time: UTC, of the chain.
        session: the chain's; its open interest is of the session before.
        stale: why it could not be renewed, or None.
        agreement: of our volatilities with the vendor's; None where it prints too few.
    """

    time: dt.datetime
    session: dt.date
    contracts: int
    vendor: str
    stale: str | None
    agreement: IvAgreement | None = None


def described(cached: Cached[OptionChain], source_name: str) -> CachedChain:
    """A chain as the cache has it.

    Args:
        source_name: its vendor where it names none.
    """
    chain = cached.value
    try:
        agreement = iv_agreement(analyse(chain, None))
    except HoldlineError:
        agreement = None  # nothing tells the price of the underlying
    vendor = chain.vendor or source_name
    return CachedChain(chain.time, chain.session, len(chain), vendor, cached.error, agreement)
