"""Fetched inputs of a question: sorted, cut at the moment, and when it is renewed."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.cache.entries import Cached
from analytics.desk.as_of import cut_to, put_running_session
from analytics.desk.bar_notes import notes_on
from analytics.desk.fetching import BarsRecord, InputRequest, MinutesRecord
from analytics.desk.recorded import Recorded
from analytics.desk.replay import contradiction, minutes_as_of
from analytics.model.question import Inputs, Needs
from analytics.model.vocabulary import (
    HoldlineError,
    Moment,
    NotAvailable,
    SourceFailure,
    StillLoading,
)

log = logging.getLogger(__name__)

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)

CALENDAR_DATASETS = ("events", "agenda")
"""What the calendar says itself when it is absent: no figure rests on it."""

STATED_BY_ANSWERS = (*CALENDAR_DATASETS, "minutes", "market_values")
"""Absences that the answers state themselves, in their own words."""

_DATASETS = ("bars", "minutes", "chain", "quarters", "market_values", "rates", *CALENDAR_DATASETS)


@dataclass(frozen=True, eq=False)
class Gathered:
    """Inputs with what the answer's provenance and freshness need to know of them.

    Attributes:
        versions: changes whenever an input is another than before.
        fresh_until: UTC; the earliest soft expiry.
        fetched_at: UTC; the oldest fetch; None when nothing was fetched.
        stale: the first failed refresh, in one sentence, or None.
        notes: as `Provenance.notes`.
    """

    inputs: Inputs
    versions: tuple[str, ...]
    fresh_until: dt.datetime
    fetched_at: dt.datetime | None
    stale: str | None
    rejected: dict[str, int]
    notes: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether all required inputs came, none of them old, and no other may come yet."""
        optional = self.inputs.optional_absent.values()
        awaited = any(isinstance(error, SourceFailure | StillLoading) for error in optional)
        unfinished = any(chain.expiries_left for chain in self.inputs.chains.values())
        return not (self.inputs.absent or self.stale or awaited or unfinished)


@dataclass(frozen=True, eq=False)
class Taken:
    """The answers of the fetches, those that failed apart.

    Attributes:
        optional_absent: symbol -> why its optional chain is not there. Absent rates are nowhere:
            the answer says which rate it took.
    """

    cached: dict[InputRequest, Cached[Any]]
    absent: dict[tuple[str, str], HoldlineError]
    optional_absent: dict[str, HoldlineError]

    @property
    def required(self) -> list[Cached[Any]]:
        """Those without which the answer is another."""
        return [cached for request, cached in self.cached.items() if not request.optional]

    @property
    def rejected(self) -> Counter[str]:
        """Rows quarantined, by reason."""
        counts: Counter[str] = Counter()
        for cached in self.cached.values():
            if isinstance(cached.value, BarsRecord | MinutesRecord):
                counts.update(cached.value.rejected)
        return counts


def sort_out(taken: Mapping[InputRequest, Cached[Any] | HoldlineError]) -> Taken:
    """What came and what did not."""
    sorted_out = Taken({}, {}, {})
    for request, got in taken.items():
        if not isinstance(got, HoldlineError):
            sorted_out.cached[request] = got
        elif request.dataset == "rates":
            log.info("No rates of %s from the source: %s", request.symbol, got)
        elif request.optional:
            sorted_out.optional_absent[request.symbol] = got
        else:
            sorted_out.absent[request.dataset, request.symbol] = got
    return sorted_out


def assemble(taken: Taken, recorded: Recorded, needs: Needs, moment: Moment) -> Gathered:
    """The inputs as seen at the moment, from what came and what was recorded."""
    absent = recorded.unread | taken.absent
    found = _cut(taken, absent, moment)
    late = any(isinstance(error, SourceFailure) for error in taken.optional_absent.values())
    late = late or any(isinstance(error, StillLoading) for error in taken.absent.values())
    late = late or any(chain.expiries_left for chain in found["chain"].values())
    # what is late is looked for again at the next question, and so is what may have been published
    renewed = late or needs.portfolio
    soft = min((cached.soft_until for cached in taken.cached.values()), default=LONG_AGO)
    return Gathered(
        inputs=Inputs(
            moment,
            found["bars"],
            found["chain"],
            found["quarters"],
            absent,
            taken.optional_absent,
            recorded.history,
            found["events"] | found["agenda"],
            found["minutes"],
            recorded.calls,
            recorded.log,
            recorded.changes,
            market_values={
                one.symbol: one for values in found["market_values"].values() for one in values
            },
            rates=next(iter(found["rates"].values()), None),
        ),
        versions=(
            *recorded.versions,
            *(cached.version for cached in taken.cached.values()),
            *(str(error) for error in taken.optional_absent.values()),
        ),
        fresh_until=LONG_AGO if renewed else soft,
        fetched_at=min((cached.stored_at for cached in taken.required), default=None),
        stale=next((cached.error for cached in taken.required if cached.error), None),
        rejected=dict(taken.rejected),
        notes=notes_on(found["bars"].values()),
    )


def _cut(
    taken: Taken, absent: dict[tuple[str, str], HoldlineError], moment: Moment
) -> dict[str, dict[str, Any]]:
    """Dataset -> symbol -> value, nothing later than the moment; what is left of none is absent."""
    found: dict[str, dict[str, Any]] = {name: {} for name in _DATASETS}
    for request, cached in taken.cached.items():
        try:
            found[request.dataset][request.symbol] = cut_to(request, cached.value, moment)
        except HoldlineError as error:
            absent[request.dataset, request.symbol] = error
    for symbol, minutes in list(found["minutes"].items()):
        bars = taken.cached.get(InputRequest("bars", symbol)) or taken.cached.get(
            InputRequest("bars", symbol, may_end=True)
        )
        if bars is not None:
            found["minutes"][symbol] = minutes_as_of(minutes, bars.value.bars)
            reason = contradiction(found["minutes"][symbol], bars.value.bars)
            if reason is not None:
                del found["minutes"][symbol]
                absent["minutes", symbol] = NotAvailable(reason)
    if moment.replayed:
        put_running_session(found, absent, moment)
    return found
