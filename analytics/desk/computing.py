"""A question's function run on the inputs gathered for it: an answer, or why there is none."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from analytics.desk.freshness import freshness_of
from analytics.desk.gathered import Gathered
from analytics.desk.provenance import (
    answer_version,
    no_provenance,
    provenance_of,
    version_of,
)
from analytics.model import access
from analytics.model.dated_lists import DatedList, aged_lists
from analytics.model.question import Answer, Inputs, Question
from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import (
    Freshness,
    HoldlineError,
    Moment,
    Provenance,
    SourceFailure,
    StillLoading,
)
from analytics.sources.base import Source

P = TypeVar("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)


class Computing:
    """Computes answers over one source.

    Args:
        source: where the inputs came from.
        clock: wall time, UTC.
    """

    def __init__(self, source: Source, clock: Callable[[], dt.datetime]) -> None:
        self._source = source
        self._clock = clock

    def answer(
        self,
        question: Question[P, R],
        parameters: P,
        gathered: Gathered,
        before: Answer[R] | None,
        lists: Sequence[DatedList],
    ) -> Answer[R]:
        """The answer from these inputs; the result of ``before`` where it was from the same."""
        inputs = gathered.inputs
        aged = aged_lists(lists, inputs.moment.session)
        provenance = replace(provenance_of(self._source, gathered, self._clock()), lists=aged)
        version = answer_version(gathered.versions, provenance, inputs.moment)
        if before is not None and before.result is not None and before.version == version:
            result = before.result
        else:
            try:
                if not question.stands_alone:
                    _require_any(inputs)
                seen = inputs if question.across_breaks else inputs.unbroken()
                result = question.compute(parameters, seen)
            except HoldlineError as error:
                return self.refusal(question.name, inputs.moment, error, provenance)
            except Exception:
                _log.exception("%s%s could not be computed", question.name, parameters)
                failure = SourceFailure(f"{question.name} could not be computed; it was logged.")
                return self.refusal(question.name, inputs.moment, failure, provenance)
        return Answer(
            question=question.name,
            moment=inputs.moment,
            freshness=freshness_of(inputs, provenance, self._source),
            provenance=provenance,
            result=result,
            version=version,
        )

    def refusal(
        self,
        name: str,
        moment: Moment,
        error: HoldlineError,
        provenance: Provenance | None = None,
    ) -> Answer[Any]:
        """The answer that says why there is no result."""
        failed = isinstance(error, SourceFailure)
        return Answer(
            question=name,
            moment=moment,
            freshness=Freshness.ERROR if failed else Freshness.NO_DATA,
            provenance=provenance or no_provenance(self._source),
            reason=str(error),
            version=version_of(((), str(error))),
            offer=error.offer if isinstance(error, access.NotInPlan) else None,
            error=type(error),
            retry_after=error.retry_after if isinstance(error, TooManyWaiting) else None,
        )


def _require_any(inputs: Inputs) -> None:
    """Refuse an answer made of nothing: a table without a row says too little.

    Raises:
        HoldlineError: why the inputs are absent, a failure of the source before other reasons.
    """
    if inputs.bars or inputs.chains or inputs.quarters or not inputs.absent:
        return
    errors = inputs.absent.values()
    loading = sum(isinstance(error, StillLoading) for error in errors)
    if loading == len(errors):
        raise StillLoading(f"None of {loading} symbols is loaded yet; they come one by one.")
    raise next((e for e in errors if isinstance(e, SourceFailure)), next(iter(errors)))
