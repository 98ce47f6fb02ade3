"""An answer completed by the question that it raises."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TypeVar

from analytics.desk.desk import Desk
from analytics.model.access import NotInPlan
from analytics.model.question import Answer, Question

P = TypeVar("P")
R = TypeVar("R")


def ask_fully(
    desk: Desk,
    question: Question[P, R],
    parameters: P,
    as_of: dt.date | None = None,
    *,
    complete: bool = True,
) -> Answer[R]:
    """The answer to a question, and what follows on it.

    Where the further question has no answer, or the viewer's plan has not got it, what it would
    have added stays absent.

    Args:
        complete: nothing is left to be loaded; see `Desk.ask`.
    """
    answer = desk.ask(question, parameters, as_of, complete=complete)
    further = question.follow_up
    if answer.result is None or further is None:
        return answer
    is_local = not desk.source.capabilities.remote
    asked = further.parameters(parameters, answer.result, is_local)
    if asked is None:
        return answer
    try:
        more = desk.ask(further.question, asked, as_of, complete=complete)
    except NotInPlan:
        return answer
    if more.result is None:
        return answer
    return replace(answer, result=further.join(answer.result, more.result))
