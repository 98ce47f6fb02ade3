"""A question that a program asks by its name: untrusted words in, an answer out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from analytics.api.schemas import AS_OF
from analytics.desk.desk import Desk
from analytics.desk.follow_up import ask_fully
from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import BadParameter, parameter_types, parse_as_of, parse_parameters
from analytics.model.question import Answer, Question
from analytics.model.vocabulary import BadInput


class UnknownQuestion(BadInput):
    """Nothing is asked under that name."""


def question_named(name: str) -> Question[Any, Any]:
    """A declared question.

    Raises:
        UnknownQuestion: there is none of that name.
    """
    if name not in QUESTIONS:
        raise UnknownQuestion(f"There is no question {name[:40]!r}.")
    return QUESTIONS[name]


def ask(
    desk: Desk,
    question: Question[Any, Any],
    raw: Mapping[str, object],
    opened: dt.date | None = None,
    *,
    complete: bool = False,
) -> Answer[Any]:
    """The desk's answer, with what follows on it.

    Args:
        raw: parameter -> its value, as text or as JSON has it; ``as_of`` among them.
        opened: the moment without an ``as_of``; None for now.
        complete: see `Desk.ask`.

    Raises:
        BadParameter: one is not known, missing, or not what is accepted.
        BadInput: they do not go together.
        SourceFailure: the source cannot tell its time.
    """
    given = dict(raw)
    as_of = given.pop(AS_OF, None)
    accepted = parameter_types(question.parameters)
    unknown = sorted(set(given) - set(accepted))
    if unknown:
        names = ", ".join((*accepted, AS_OF))
        said = f"unknown parameter {unknown[0][:40]!r}: accepted are {names}."
        raise BadParameter(unknown[0], said)
    parameters = parse_parameters(question.parameters, given)
    moment = opened if as_of in (None, "") else _moment(desk, as_of)
    return ask_fully(desk, question, parameters, moment, complete=complete)


def _moment(desk: Desk, as_of: object) -> dt.date:
    try:
        moment = parse_as_of(AS_OF, as_of)
        desk.moment(moment)  # it may lie ahead, or before the source's first session
    except BadInput as error:
        raise BadParameter(AS_OF, str(error)) from None
    return moment
