"""Analyses are kept by how many contracts they are of, not by how many there are."""

from __future__ import annotations

from typing import cast

import pytest

from analytics.options import analysis
from analytics.options.analysis import CACHED_CONTRACTS, ChainAnalysis
from analytics.options.chain import CleanChain


class Chain:
    """So many contracts."""

    def __init__(self, count: int) -> None:
        self.chain = range(count)


def of(count: int) -> ChainAnalysis:
    return ChainAnalysis(cast(CleanChain, Chain(count)))


@pytest.fixture(autouse=True)
def empty() -> None:
    analysis._cached.clear()


def test_the_oldest_goes_once_the_contracts_are_too_many() -> None:
    for name in ("a", "b", "c", "d"):
        analysis._cached[name,] = of(CACHED_CONTRACTS // 3)
    assert [key for (key,) in analysis._cached] == ["b", "c", "d"]


def test_a_longer_one_is_kept_alone() -> None:
    analysis._cached["small",] = of(10)
    analysis._cached["long",] = of(2 * CACHED_CONTRACTS)
    assert [key for (key,) in analysis._cached] == ["long"]
