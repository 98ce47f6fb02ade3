"""Other programs measured beside Holdline; none of them is needed to run it."""

from __future__ import annotations

from benchmarks.measure import Row


def run() -> list[Row]:
    """The comparison; see `benchmarks.peers.comparison`."""
    from benchmarks.peers import comparison

    return comparison.run()
