"""One analysis a chain, shared by every question that reads it.

The support ladder is asked for on every pulse and four questions read one chain, so a chain is
cleaned, solved and searched for levels once. What an analysis depends on is its key: the
chain's content, and what the bars say of the spot at the time of the quotes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import weakref
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from analytics.model.rates import TreasuryYields, rate_curve
from analytics.model.vocabulary import Bars, OptionChain
from analytics.options.chain import CleanChain, clean_chain
from analytics.options.exposure import (
    ChainIndex,
    Exposures,
    exposures_of,
    index_chain,
)
from analytics.options.levels import LevelsWithProfile, find_levels
from analytics.options.model_error import ModelError, bound_model_error
from analytics.options.rules import Selection, scope_of
from analytics.options.spot import spot_inputs
from analytics.options.surface import ExpiryCurve, read_curves

CACHED_CONTRACTS = 30_000
"""Of all analyses together, some 12 MB: an analysis of 20,000 contracts holds about 8."""

_cached: LRUCache[tuple[object, ...], ChainAnalysis] = LRUCache(
    CACHED_CONTRACTS, getsizeof=lambda analysis: analysis.size
)
_lock = threading.Lock()
_fingerprints: weakref.WeakKeyDictionary[OptionChain, str] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class ChainAnalysis:
    """A clean chain and what follows from it, each part computed when first asked for."""

    clean: CleanChain
    _levels: dict[tuple[tuple[dt.date, ...], str], LevelsWithProfile] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Contracts, as far as they count: one chain is kept however long it is."""
        return min(max(len(self.clean.chain), 1), CACHED_CONTRACTS)

    @cached_property
    def index(self) -> ChainIndex:
        """Contracts by expiry and strike."""
        return index_chain(self.clean)

    @cached_property
    def exposures(self) -> Exposures:
        """Dollar exposures by contract."""
        return exposures_of(self.clean)

    @cached_property
    def curves(self) -> tuple[ExpiryCurve, ...]:
        """Smiles of the unexpired expiries, nearest first."""
        return read_curves(self.clean)

    @cached_property
    def model_error(self) -> ModelError:
        """What early exercise leaves in the IVs."""
        return bound_model_error(self.clean, self.curves)

    def scope(self, selection: Selection) -> NDArray[np.bool_]:
        """Shape (n,): contracts of the expiries selected."""
        return scope_of(self.clean, selection)

    def levels(self, selection: Selection, dealers: str) -> LevelsWithProfile:
        """Levels and GEX profile of the expiries selected, found once."""
        key = (selection.expiries, dealers)
        found = self._levels.get(key)
        if found is None:
            found = find_levels(
                self.clean, self.index, self.exposures, self.curves, self.scope(selection), dealers
            )
            self._levels[key] = found
        return found


def analyse(
    chain: OptionChain, bars: Bars | None, rates: TreasuryYields | None = None
) -> ChainAnalysis:
    """The analysis of a chain, from memory when the same was asked for a while ago.

    Args:
        chain: as printed.
        bars: daily bars of the underlying, or None.
        rates: Treasury yields by the session; the built-in table's without any.

    Raises:
        NotAvailable: the chain is empty, or nothing tells the price of the underlying.
    """
    curve = rate_curve(chain.session, rates)
    key = (fingerprint(chain), curve, *spot_inputs(chain, bars))
    with _lock:
        cached = _cached.get(key)
    if cached is not None:
        return cached
    made = ChainAnalysis(clean_chain(chain, bars, curve))
    with _lock:
        return _cached.setdefault(key, made)


def forget_analyses() -> None:
    """Give back the memory of those known, for who goes through many chains once each."""
    with _lock:
        _cached.clear()


def fingerprint(chain: OptionChain) -> str:
    """Names the content of a chain; kept while the object lives."""
    known = _fingerprints.get(chain)
    if known is not None:
        return known
    digest = hashlib.blake2b(digest_size=16)
    for spec in fields(chain):
        value = getattr(chain, spec.name)
        digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        digest.update(b"|")
    name = digest.hexdigest()
    _fingerprints[chain] = name
    return name
