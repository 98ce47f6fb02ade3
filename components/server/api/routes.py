"""Routes for programs: ``/api/v1/QUESTION?...`` answers what the shell prints with ``--json``.

On a site with accounts a program shows a token, or is a page of this site that somebody has signed
in on; a laptop's is open to the laptop. What is wrong is a problem as RFC 9457 has it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask, Response, request

from analytics.api.asking import UnknownQuestion, ask, question_named
from analytics.api.openapi import BASE, description_of_all, listed
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.access import Plan
from analytics.model.budgets import API, SCANS, OverBudget, spend
from analytics.model.parameters import BadParameter
from analytics.model.question import Answer, Question
from analytics.model.vocabulary import (
    BadInput,
    HoldlineError,
    SourceFailure,
    StillLoading,
    Unavailable,
)
from analytics.settings import Settings
from components.frame import client
from components.server.accounts.documents import document
from components.server.api.allowance import Allowance
from components.server.budgets import Counts
from components.server.forwarded import TrustedProxies
from components.server.replies import PROGRAMS, conditional, problem, reply, sentence
from components.server.staff import from_this_machine

LONGEST_QUERY = 7_000
"""600 symbols are some 4,000 characters; nginx takes 8 KiB."""
FAILED_RETRY = 30
"""Seconds after which a source that could not be asked is worth asking again."""
_LONG = frozenset({"hold-universe"})
"""Questions that compute for seconds: counted as scans are."""
_SCRIPT = "/assets/api/try.mjs"


def register(
    server: Flask, desk: Desk, settings: Settings, counts: Counts, proxies: TrustedProxies
) -> None:
    """Declare the routes."""
    allowance = Allowance(counts, proxies, API)

    @server.get(PROGRAMS.rstrip("/"))
    def page() -> Response:
        return document(
            "try",
            theme=settings.theme,
            accounts=settings.has_accounts,
            questions=[one | {"plan_words": Plan(one["plan"]).words} for one in listed()],
            module=client.addresses()[_SCRIPT],
        )

    @server.get(BASE)
    def questions() -> Response:
        return conditional(reply({"questions": listed()}))

    @server.get(f"{BASE}openapi.json")
    def description() -> Response:
        return conditional(reply(description_of_all()))

    @server.get(f"{BASE}<name>")
    def question(name: str) -> Response:
        try:
            allowance.spend()
            refused = _refused(settings.has_accounts)
            response = refused or _answer(desk, question_named(name), settings.as_of)
        except HoldlineError as error:
            response = _problem_of(error)
        return allowance.stated(response)

    @server.route(f"{PROGRAMS}<path:rest>")
    def nothing(rest: str) -> Response:
        return problem(404, f"There is nothing at this address: {BASE} lists the questions.")


def _refused(accounts: bool) -> Response | None:
    """Why whoever asks may ask nothing; None for who may."""
    who = access.viewer()
    if who.failure:
        return _problem_of(Unavailable(who.failure))
    shown = request.headers.get("Authorization", "")
    if who.reads_metrics:
        return problem(403, "This token reads metrics: make one that may read.")
    if who.session or (not shown and not accounts and from_this_machine()):
        return None
    if shown:
        detail = "This token is not known, has ended, or was revoked."
    elif accounts:
        detail = "Show an API token as Authorization: Bearer hl_...; the account's page makes one."
    else:
        detail = "Only programs on this machine may ask, or those that show an API token."
    refused = problem(401, detail)
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused


def _answer(desk: Desk, question: Question[Any, Any], opened: dt.date | None) -> Response:
    if len(request.query_string) > LONGEST_QUERY:
        return problem(414, f"The query is longer than {LONGEST_QUERY:,} characters.")
    if question.name in _LONG:
        access.require(question.offer)
        spend(SCANS)
    answer = ask(desk, question, _asked(), opened)
    if answer.error is not None and (refused := _problem_of_answer(answer)):
        return refused
    response = conditional(Response(answer.to_json(), mimetype="application/json"))
    if answer.error is not None and issubclass(answer.error, StillLoading):
        response.headers["Retry-After"] = str(FAILED_RETRY)
    return response


def _asked() -> dict[str, object]:
    """The query's parameters; those of a list may stand several times."""
    return {name: ",".join(values) for name, values in request.args.lists()}


def _problem_of(error: HoldlineError) -> Response:
    said, text = sentence(error), str(error)
    if isinstance(error, UnknownQuestion):
        return problem(404, f"{text} {BASE} lists all of them.")
    if isinstance(error, BadParameter):
        name = error.name[:40]
        named = text.startswith((name, "unknown parameter"))
        return problem(400, text if named else f"{name}: {text}", parameter=name)
    if isinstance(error, access.NotInPlan):
        return problem(403, said, plan=error.offer.plan.value)
    retry = error.retry_after if isinstance(error, OverBudget) else None
    return _stated_problem(type(error), said, retry)


def _problem_of_answer(answer: Answer[Any]) -> Response | None:
    """An answer's reason, where it is not that there are no data."""
    assert answer.error is not None
    said = sentence(HoldlineError(answer.reason or ""))
    if answer.offer is not None:
        return problem(403, said, plan=answer.offer.plan.value)
    if issubclass(answer.error, BadInput | SourceFailure | Unavailable):
        return _stated_problem(answer.error, said, answer.retry_after)
    return None


def _stated_problem(kind: type[HoldlineError], said: str, retry_after: int | None) -> Response:
    if issubclass(kind, OverBudget):
        status = 429
    else:
        status = 503 if issubclass(kind, SourceFailure | Unavailable) else 400
    response = problem(status, said)
    if status != 400:
        response.headers["Retry-After"] = str(retry_after or FAILED_RETRY)
    return response
