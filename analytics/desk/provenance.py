"""Provenance of an answer, and the version by which a reader knows it again."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

from analytics.desk.freshness import age_text, ahead, bar_time, behind, overdue, silence
from analytics.desk.gathered import STATED_BY_ANSWERS, Gathered
from analytics.model.question import Inputs
from analytics.model.vocabulary import Moment, Phase, Provenance, StillLoading
from analytics.sources.base import Source

_STANDS_IN_SESSION = dt.timedelta(minutes=1)
_STANDS_OUTSIDE = dt.timedelta(minutes=10)
"""How long a live answer may stand while nothing it rests on changes: some tell what time is left
until the close, or which of the day's events is over."""


def provenance_of(source: Source, gathered: Gathered, now: dt.datetime) -> Provenance:
    """Where the inputs come from, of when they are, and what is missing or stale of them.

    Args:
        now: wall time, UTC.
    """
    inputs = gathered.inputs
    times = [bar_time(bars) for bars in inputs.bars.values()]
    times += [chain.time for chain in inputs.chains.values()] if not times else []
    stale = gathered.stale
    if stale and gathered.fetched_at:
        age = now - gathered.fetched_at
        stale = f"{stale} Shown: data fetched {age_text(age)} ago."
    of_times = tuple(filter(None, (ahead(source, inputs), behind(source, inputs))))
    return Provenance(
        source=source.name,
        simulated=source.capabilities.simulated,
        bar_time=max(times, default=None),
        fetched_at=gathered.fetched_at,
        delay_minutes=source.capabilities.delay_minutes,
        rejected=gathered.rejected,
        missing={
            symbol: str(error)
            for (dataset, symbol), error in inputs.absent.items()
            if dataset not in STATED_BY_ANSWERS and not isinstance(error, StillLoading)
        },
        loading=still_loading(inputs),
        stale=stale or silence(source, inputs) or overdue(source, inputs),
        notes=(*of_times, *passed_over(inputs), *gathered.notes),
        providers=providers_of(source, inputs),
    )


def providers_of(source: Source, inputs: Inputs) -> dict[str, str]:
    """Part of the inputs -> the names of those who gave it, as the values themselves state."""
    quarters = (one.source for rows in inputs.quarters.values() for one in rows)
    events = (event.source for found in inputs.events.values() for event in found)
    given = {
        "prices": (source.name for _ in inputs.bars),
        "options": (chain.vendor for chain in inputs.chains.values()),
        "quarters": quarters,
        "rates": () if inputs.rates is None else (inputs.rates.source,),
        "calendar": events,
    }
    named = {
        part: ", ".join(dict.fromkeys(name or source.name for name in names))
        for part, names in given.items()
    }
    return {part: names for part, names in named.items() if names}


def passed_over(inputs: Inputs) -> tuple[str, ...]:
    """Why the inputs are not from the provider that is asked first, each reason once."""
    quarters = (rows[0].passed_over for rows in inputs.quarters.values() if rows)
    chains = (chain.passed_over for chain in inputs.chains.values())
    rates = () if inputs.rates is None else (inputs.rates.passed_over,)
    return tuple(dict.fromkeys(reason for reason in (*quarters, *chains, *rates) if reason))


def still_loading(inputs: Inputs) -> int:
    """Inputs that are being fetched in the background: symbols, and expiries of chains."""
    symbols = sum(isinstance(error, StillLoading) for error in inputs.absent.values())
    return symbols + sum(chain.expiries_left for chain in inputs.chains.values())


def no_provenance(source: Source) -> Provenance:
    """That of an answer for which nothing was fetched."""
    return Provenance(source.name, source.capabilities.simulated)


def answer_version(versions: tuple[str, ...], provenance: Provenance, moment: Moment) -> str:
    """Changes when an answer computed from the inputs of these versions may say something else."""
    return version_of((versions, (replace(provenance, fetched_at=None), _standing(moment))))


def version_of(content: object) -> str:
    """16 hexadecimal digits that differ when the content's ``repr`` does."""
    return hashlib.blake2b(repr(content).encode(), digest_size=8).hexdigest()


def _standing(moment: Moment) -> tuple[object, ...]:
    """Changes when an answer that rests on the same inputs may say something else."""
    stands = _STANDS_IN_SESSION if moment.phase is Phase.OPEN else _STANDS_OUTSIDE
    part = moment.time.timestamp() // stands.total_seconds()
    return moment.session, moment.phase, moment.day, part
