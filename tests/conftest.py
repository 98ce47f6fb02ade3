"""Fixtures and settings of every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is not a failing test: speed is measured in benchmarks/ alone.
settings.register_profile("holdline", deadline=None)
settings.load_profile("holdline")

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its folder: ``pytest -m "not browser"`` leaves the browser's out."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])
