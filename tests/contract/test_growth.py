"""The growth benchmark sees work that grows with the square; the clock here is made up.

The times themselves are taken by ``python -m benchmarks growth`` alone: on a machine that others
use as well, a ratio of two times is no test.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from benchmarks import growth


def found(monkeypatch: pytest.MonkeyPatch, ms: Callable[[int], float]) -> list[str]:
    monkeypatch.setattr(growth, "WORK", {"pairs": (100, lambda n: lambda: n)})
    monkeypatch.setattr(growth, "times_ms", lambda work, _runs: [2 * ms(work()), ms(work())])
    return growth.too_fast(growth.run())


@pytest.mark.parametrize("ms", [lambda n: n, lambda n: n * math.log(n), lambda n: 1.4 * n + 50])
def test_what_grows_as_n_log_n_is_allowed(
    monkeypatch: pytest.MonkeyPatch, ms: Callable[[int], float]
) -> None:
    assert found(monkeypatch, ms) == []


@pytest.mark.parametrize("ms", [lambda n: n**2, lambda n: 20.0 * n + n**2, lambda n: n**1.7])
def test_growth_with_the_square_is_named(
    monkeypatch: pytest.MonkeyPatch, ms: Callable[[int], float]
) -> None:
    assert found(monkeypatch, ms) == ["pairs: growth to 4n / that of n log n"]


@pytest.mark.parametrize("name", growth.WORK)
def test_each_piece_of_work_can_be_done_at_its_sizes(name: str) -> None:
    smallest, of = growth.WORK[name]
    assert of(smallest // 10)() is not None
