"""State of the Preview page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.preview.edition import parse_edition
from components.frame.state import PageState


@dataclass(frozen=True)
class PreviewState(PageState):
    """See `PageState`.

    Attributes:
        edition: the published preview that is read ("2025-01-27.3"); None: as computed.
    """

    edition: str | None = None

    def check(self) -> None:
        """Judge the edition's name."""
        if self.edition is not None:
            parse_edition(self.edition)
