"""Filters of a scan: which of its rows are wanted. ``assets/pages/scan_rows.mjs`` does the same."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.studies.scan.row import ScanRow

BANDS = ("0.25", "0.5", "1", "2")
"""Distances in ATR within which a row is wanted."""


@dataclass(frozen=True)
class ScanFilter:
    """What is wanted of a row; "" and False want anything.

    Attributes:
        status: at its level; ``kind``: of today's event there.
        band: within so many ATR of it, one of `BANDS`.
        sector: the Select Sector fund of its GICS sector.
        first: its level was met today for the first time in 60 sessions.
        cluster: two families of levels lie together there.
    """

    status: str = ""
    band: str = ""
    sector: str = ""
    kind: str = ""
    first: bool = False
    cluster: bool = False

    def passes(self, row: ScanRow) -> bool:
        """Whether the row is wanted."""
        return (
            (not self.status or self.status == row.status)
            and (not self.sector or self.sector == row.sector)
            and (not self.kind or self.kind == row.event)
            and (not self.first or bool(row.first_touch))
            and (not self.cluster or row.families > 1)
            and (not self.band or self._is_near(row))
        )

    def _is_near(self, row: ScanRow) -> bool:
        return row.distance_atr is not None and abs(row.distance_atr) <= float(self.band)

    def words(self) -> str:
        """``under, within 0.5 ATR``; "in it" where anything is wanted."""
        said = [
            self.status,
            self.kind and f"{self.kind} today",
            self.band and f"within {self.band} ATR of its level",
            self.sector and f"of {self.sector}",
            self.first and "for the first time in 60 sessions",
            self.cluster and "where two families of levels meet",
        ]
        return ", ".join(part for part in said if part)
