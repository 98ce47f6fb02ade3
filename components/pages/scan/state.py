"""State of the Scan page: whose names, at which levels, and which rows are shown."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.model.listings import sector_names
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput
from analytics.studies.scan.filters import BANDS
from analytics.studies.scan.row import Kind
from analytics.studies.scan.scan import ScanParameters
from components.frame.state import PageState

LONGEST_NAME = 24
IN_SESSION = (Status.UNDER, Status.TESTING, Status.RECLAIMING)
BY_THE_CLOSE = (Status.BROKEN, Status.HELD, Status.RECLAIMED)
ANY_HOUR = (Status.ABOVE, Status.BELOW)
STATUSES = (*IN_SESSION, *BY_THE_CLOSE, *ANY_HOUR)
"""What rows are chosen by, and when a name can have it."""


@dataclass(frozen=True)
class ScanState(PageState):
    """See `PageState`. The browser filters the rows by itself; a filter changes no payload.

    Attributes:
        list: the viewer's own list that ``symbols`` are from; the browser fills them in.
        family: of the levels; "" for the headline average in question.
        band: rows within so many ATR of their level.
        first: rows whose level was met today for the first time in 60 sessions.
        cluster: rows at whose level two families of levels lie together.
    """

    universe: str = "sp500"
    symbols: tuple[Symbol, ...] = ()
    list: str | None = None
    family: str = ""
    status: str = ""
    band: str = ""
    sector: str = ""
    kind: str = ""
    first: bool = False
    cluster: bool = False

    def check(self) -> None:
        """Judge the filters by the values there are."""
        self.parameters()
        for name, value, known in (
            (
                "status",
                self.status,
                [str(status) for status in (*IN_SESSION, *BY_THE_CLOSE, *ANY_HOUR)],
            ),
            ("band", self.band, list(BANDS)),
            ("kind", self.kind, [str(kind) for kind in Kind]),
            ("sector", self.sector, list(sector_names())),
        ):
            if value and value not in known:
                raise BadInput(f"{name} is {value[:40]!r}: one of {', '.join(known)} is accepted.")
        own = self.list
        if own is not None and not (len(own) <= LONGEST_NAME and own.isprintable()):
            raise BadInput(f"list is {own[:40]!r}: the name of a watchlist is accepted.")

    def parameters(self) -> ScanParameters:
        """What the desk is asked.

        Raises:
            BadInput: a name is none that is known, or a list that the browser does not have.
        """
        if self.list and not self.symbols:
            raise BadInput(
                f"This browser has no watchlist named \u201c{self.list}\u201d: save one on Market "
                "now."
            )
        return ScanParameters(self.symbols, self.universe, self.family)
