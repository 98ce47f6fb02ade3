"""What reads market data grows no faster than n log n."""

from __future__ import annotations

import pytest

from benchmarks import growth


def measured(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    monkeypatch.setattr(growth, "WORK", {name: growth.WORK[name] for name in names})
    return growth.too_fast(growth.run())


@pytest.mark.parametrize(
    "name", ["daily bars validated", "minute bars validated", "missing sessions found"]
)
def test_it_does_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    tries = (measured(monkeypatch, name) for _ in range(4))  # others use the machine as well
    assert any(not one for one in tries)


def test_growth_with_the_square_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def pairs(n: int) -> object:
        return lambda: [a for a in range(n) if sum(1 for _ in range(n)) < a]

    monkeypatch.setattr(growth, "WORK", {"pairs": (100, pairs)})
    assert growth.too_fast(growth.run())
