"""Recorded market facts: their folder, and the mark of tests that need them."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"
CASES = SHARED.parent / "cases"
"""Bad inputs with the answers they must get, a folder each."""

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder of recorded market facts, ../shared/data, is absent"
)
needs_shared_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="the folder of bad inputs, ../shared/cases, is absent"
)
