"""Alert kind: a name of a universe enters a scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from analytics.alerts.form import Choice, Text, Tick
from analytics.alerts.rule import (
    THE_CLOSE_DECIDES,
    AlertEvent,
    Observation,
    Rule,
    RuleStatus,
    ScanReading,
    Situation,
    clock,
)
from analytics.model.access import Offer, Plan
from analytics.model.listings import sector_names
from analytics.model.parsing import parse_choice
from analytics.model.status import Status
from analytics.model.universes import SP500, TITLES
from analytics.model.vocabulary import BadInput
from analytics.studies.scan.filters import BANDS, ScanFilter
from analytics.studies.scan.row import Kind, ScanRow
from analytics.studies.scan.scan import ScanParameters
from analytics.studies.supports.levels import families_of_bars

STATUSES = ("", *(str(status) for status in Status))
ANY = ("", "any")


def _families() -> tuple[tuple[str, str], ...]:
    return tuple((one.key, f"its nearest {one.words}") for one in families_of_bars())


@dataclass(frozen=True)
class InScan(Rule):
    """A name of a universe passes the filters of a scan; each name once a session."""

    kind = "scan"
    offer = Offer(Plan.PRO, "Which names get there?", "alerts when a name enters a scan", "has")
    controls = (
        Text("a name of"),
        Choice(
            "universe",
            "Universe",
            (*TITLES.items(), *((fund, name) for fund, name in sector_names().items())),
            SP500,
        ),
        Text("in"),
        Choice("sector", "Sector", (("", "any sector"), *sector_names().items()), ""),
        Text("is"),
        Choice("stands", "Status", (ANY, *((s, s) for s in STATUSES if s)), str(Status.UNDER)),
        Text("within"),
        Choice("band", "Distance", (ANY, *((band, f"{band} ATR") for band in BANDS)), ""),
        Text("of"),
        Choice("family", "Level", (("", "its average in question"), *_families()), ""),
        Text("event"),
        Choice("event", "Event", (ANY, *((str(one), str(one)) for one in Kind)), ""),
        Tick("first", "first in 60 sessions"),
        Tick("cluster", "two families together"),
    )

    universe: str = SP500
    family: str = ""
    sector: str = ""
    stands: str = ""
    band: str = ""
    event: str = ""
    first: bool = False
    cluster: bool = False

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From what of the fields is wanted; at least one of the filters."""

        def text(name: str, known: tuple[str, ...]) -> str:
            given = fields.get(name)
            return "" if given in (None, "") else str(parse_choice(name, given, known))

        universe, family = _name("universe", fields) or SP500, _name("family", fields)
        made = cls(
            ScanParameters(universe=universe, family=family).universe,
            family,
            text("sector", tuple(sector_names())),
            text("stands", STATUSES),
            text("band", BANDS),
            text("event", tuple(str(one) for one in Kind)),
            _flag("first", fields),
            _flag("cluster", fields),
        )
        if made.filter == ScanFilter():
            raise BadInput("A scan to be alerted on has at least one filter.")
        return made

    @property
    def scan(self) -> ScanParameters:
        """Whose names it reads."""
        return ScanParameters(universe=self.universe, family=self.family)

    @property
    def filter(self) -> ScanFilter:
        """Which of them it waits for."""
        return ScanFilter(self.stands, self.band, self.sector, self.event, self.first, self.cluster)

    def words(self) -> str:
        """``a name of the S&P 500 is under, within 0.5 ATR of its level``."""
        of = TITLES.get(self.universe) or sector_names().get(self.universe) or self.universe
        return f"a name of {of} is {self.filter.words()}"

    @property
    def link(self) -> str:
        """The scan itself."""
        given = {
            "universe": "" if self.universe == SP500 else self.universe,
            "family": self.family,
            "status": self.stands,
            "band": self.band,
            "sector": self.sector,
            "kind": self.event,
            "first": "1" if self.first else "",
            "cluster": "1" if self.cluster else "",
        }
        return f"/scan?{urlencode({name: value for name, value in given.items() if value})}"

    def observed(self, situation: Situation) -> Observation | None:
        """At the scan's time."""
        reading = situation.scans.get(self.scan)
        return None if reading is None else Observation(reading.time, reading.session)

    def find(self, situation: Situation) -> Iterator[AlertEvent]:
        """Each name that is in it."""
        reading = situation.scans.get(self.scan)
        if reading is None:
            return
        for row in reading.rows:
            if self.filter.passes(row):
                yield self._event(row, reading)

    def _event(self, row: ScanRow, reading: ScanReading) -> AlertEvent:
        level = "its level" if row.level_name is None else f"its {row.level_name}"
        when = "at the close" if reading.final else f"at {clock(reading.time)} (provisional)"
        price = row.quotation.plain_text
        title = f"{row.symbol} {_does(row.status, level)} {when}: {price(row.price)}"
        text = "" if row.level is None else f"The level is {price(row.level)}."
        text += f" Passes the scan: {self.filter.words()}."
        later = "" if reading.final else THE_CLOSE_DECIDES
        return AlertEvent(f"in {row.symbol}", title, f"{text} {later}".strip())

    def _count(self, reading: ScanReading) -> str:
        inside = sum(1 for row in reading.rows if self.filter.passes(row))
        return f"{inside} of {len(reading.rows)} names {'is' if inside == 1 else 'are'} in it"

    def status(self, situation: Situation) -> RuleStatus:
        """``12 of 503 names are in it``."""
        reading = situation.scans.get(self.scan)
        if reading is None:
            why = situation.scans_absent.get(self.scan, "").rstrip(".")
            return RuleStatus(f"the scan is not available now{why and f': {why}'}")
        return RuleStatus(self._count(reading))


def _name(name: str, fields: Mapping[str, object]) -> str:
    given = fields.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise BadInput("universe and family are names.")
    return given


def _flag(name: str, fields: Mapping[str, object]) -> bool:
    given = fields.get(name, False)
    if not isinstance(given, bool):
        raise BadInput(f"{name} is true or false.")
    return given


_VERBS = {
    None: "is at",
    Status.HELD: "held",
    Status.BROKEN: "closed under",
    Status.RECLAIMED: "closed back above",
    Status.CLOSE_ONLY: "closed above",
    Status.RECLAIMING: "is back above",
}


def _does(status: Status | None, level: str) -> str:
    """``is under its 50-DMA``."""
    if status is Status.TESTING_FROM_BELOW:
        return f"is testing {level} from below"
    return f"{_VERBS.get(status, f'is {status}')} {level}"
