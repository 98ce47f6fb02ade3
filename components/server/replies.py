"""Shared parts of the JSON routes: replies, stated errors, and what may be sent from where."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ParamSpec

from flask import Response, request

from analytics.model.access import NotInPlan
from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import BadInput, HoldlineError, Unavailable

A = ParamSpec("A")


PROGRAMS = "/api/"
"""Addresses for programs."""


class Refused(HoldlineError):
    """The request may not do this; the message says who may."""


def reply(body: object, status: int = 200) -> Response:
    """JSON that is never kept by a browser or a proxy."""
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(body), status, mimetype="application/json", headers=headers)


def problem(status: int, detail: str, **more: object) -> Response:
    """An error for programs, as RFC 9457 has it; kept by no browser and no proxy."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(
        json.dumps(body | more),
        status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def refusal(detail: str, status: int) -> Response:
    """An error that no route answers itself: a problem below `PROGRAMS`, else JSON of our pages."""
    if request.path.startswith(PROGRAMS):
        return problem(status, detail)
    return Response(json.dumps({"error": detail}), status, mimetype="application/json")


def conditional(response: Response) -> Response:
    """The response with its ETag, or 304 to who has it; its viewer alone may keep it."""
    response.set_etag(hashlib.blake2b(response.get_data(), digest_size=16).hexdigest())
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Cookie"
    response.make_conditional(request)
    return response


def answered(route: Callable[A, Response]) -> Callable[A, Response]:
    """``route`` whose `HoldlineError` is ``{"error": sentence}``: 429, 403, 503, or else 400."""

    @functools.wraps(route)
    def answering(*args: A.args, **kwargs: A.kwargs) -> Response:
        try:
            return route(*args, **kwargs)
        except TooManyWaiting as error:
            refused = reply({"error": sentence(error)}, 429)
            refused.headers["Retry-After"] = str(error.retry_after)
            return refused
        except NotInPlan as error:
            return reply({"error": str(error), "plan": error.offer.plan}, 403)
        except HoldlineError as error:
            return reply({"error": str(error)}, _status_of(error))

    return answering


def _status_of(error: HoldlineError) -> int:
    if isinstance(error, Refused):
        return 403
    return 503 if isinstance(error, Unavailable) else 400


def sentence(error: HoldlineError) -> str:
    """The error's words, as a sentence of their own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def json_body() -> dict[str, Any]:
    """The JSON object that this app's own page, or a program, sent.

    Raises:
        Refused: another site's page sent it.
        BadInput: it is not a JSON object.
    """
    check_origin()
    if request.mimetype != "application/json":
        raise BadInput("The request's content type is not application/json.")
    try:
        body = request.get_json(silent=True)
        written = json.dumps(body, ensure_ascii=False)
        written.encode()  # half a surrogate pair has no UTF-8
    except RecursionError:
        raise BadInput("The request is nested too deeply.") from None
    except UnicodeEncodeError:
        raise BadInput("The request holds characters that are no text.") from None
    if "\\u0000" in written:  # PostgreSQL keeps no NUL
        raise BadInput("The request holds characters that are no text.")
    if not isinstance(body, dict):
        raise BadInput("The request is not a JSON object.")
    return body


def check_origin() -> None:
    """Refuse what another site's page sends with this browser's rights.

    A program sends neither header; a browser always sends one of them with a POST.

    Raises:
        Refused: naming the other site.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin.partition("://")[2] != request.host
    if foreign or site not in ("same-origin", "none"):
        raise Refused(f"A page of another site ({(origin or site)[:60]}) may not do this.")
