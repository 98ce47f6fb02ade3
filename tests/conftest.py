"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is not a failing test: speed is measured in benchmarks/ alone.
settings.register_profile("holdline", deadline=None)
settings.load_profile("holdline")
