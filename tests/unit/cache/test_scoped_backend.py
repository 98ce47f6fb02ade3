"""Two scopes of one backend never meet, and each does what the backend does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.cache.disk_backend import DiskBackend
from analytics.cache.scoped_backend import ScopedBackend


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[DiskBackend]:
    made = DiskBackend(tmp_path, allow_temporary=True)
    yield made
    made.close()


def test_a_key_of_one_scope_is_unknown_to_the_other(backend: DiskBackend) -> None:
    real, simulated = ScopedBackend(backend, "real"), ScopedBackend(backend, "simulated")
    assert real.status is None
    assert real.set("SPY", b"1", 60.0)
    assert (real.get("SPY"), simulated.get("SPY")) == (b"1", None)
    assert simulated.add("SPY", b"2", 60.0)
    assert not real.add("SPY", b"3", 60.0)
    assert not real.renew("SPY", b"2", 60.0)
    assert simulated.renew("SPY", b"2", 60.0)
    assert real.update("SPY", lambda before: (before or b"") + b"!", 60.0)
    simulated.delete("SPY", only_if=b"1")
    assert (real.get("SPY"), simulated.get("SPY")) == (b"1!", b"2")
    simulated.delete("SPY")
    assert (real.get("SPY"), simulated.get("SPY")) == (b"1!", None)
