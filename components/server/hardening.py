"""The app fitted for strangers: sizes, malformed calls, headers, and errors as sentences."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from analytics.model.vocabulary import BadInput
from components.server.callback_check import CALLBACK_PATH, callback_body, check_callback
from components.server.compression import compress
from components.server.headers import content_policy, finish
from components.server.replies import refusal

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024
_NOTHING_HERE = "There is nothing at this address."


def harden(
    app: Dash,
    *,
    secret: str,
    pages: Collection[str],
    inline_scripts: Sequence[str],
    forms_to: Sequence[str] = (),
) -> None:
    """Fit the app for strangers; call it once, after all callbacks are declared.

    Args:
        app: the Dash app.
        secret: signs what the server hands out and takes back.
        pages: the addresses that exist; others are answered with status 404.
        inline_scripts: the scripts in the page's head, let through by their hashes.
        forms_to: other sites that a form may lead to.
    """
    server: Flask = app.server
    server.secret_key = secret
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    compress(server)
    policy = content_policy(app, inline_scripts, forms_to)

    @server.before_request
    def refuse_malformed() -> Response | None:
        if request.path != CALLBACK_PATH or request.method != "POST":
            return None
        try:
            check_callback(app, callback_body(request))
        except BadInput as error:
            return refusal(str(error), 400)
        return None

    @server.after_request
    def finished(response: Response) -> Response:
        return finish(response, policy, pages)

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        response = refusal(_reason(error), error.code or 400)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @server.errorhandler(DependencyException)
    def no_such_file(error: DependencyException) -> Response:
        """Dash raises it for a file of a package that it does not serve."""
        return refusal(_NOTHING_HERE, 404)

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.exception("%s %s failed", request.method, request.path)
        return refusal("The server could not answer this; its log says why.", 500)


def _reason(error: HTTPException) -> str:
    if error.code == 413:
        return f"The request is larger than {MAX_BODY // 1024} KiB."
    if error.code == 404:
        return _NOTHING_HERE
    return str(error.description or error.name)
