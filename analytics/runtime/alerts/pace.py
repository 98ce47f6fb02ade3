"""How soon alerts look again for what was missing: by the market's clock, which may run faster."""

from __future__ import annotations

from analytics.model.live import LiveSnapshot

LEAST_SECONDS = 2.0


def real_seconds(seconds: float, content: LiveSnapshot) -> float:
    """So many seconds of the market's clock in real ones, `LEAST_SECONDS` at least."""
    return max(LEAST_SECONDS, seconds / max(1.0, content.speed or 1.0))
