"""Hardening of the WSGI side: headers, sizes, malformed callbacks, compression, caching."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import sys
import threading
import time
from collections.abc import Collection
from typing import Any, NoReturn

from dash import Dash
from flask import Flask, Request, Response, g, request
from flask_compress import Compress
from werkzeug.exceptions import HTTPException

from analytics.model.vocabulary import BadInput

log = logging.getLogger(__name__)

MAX_BODY = 256 * 1024
MAX_DEPTH = 24
_M_ARENA_MAX = -8
_HEAPS = 2
MAX_CONNECTIONS = 4000
FILES_BESIDE = 200
"""Files and sockets that are no viewer's."""
CALLBACK_PATH = "/_dash-update-component"
_YEAR = "public, max-age=31536000, immutable"


_NOT_KEPT = "not kept"
_MAX_KEPT = 64


class _Kept:
    """Compressed bodies of the packages' own files, which cannot change while we run."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._bodies.get(key)

    def set(self, key: str, value: bytes) -> None:
        if not key.endswith(_NOT_KEPT) and len(self._bodies) < _MAX_KEPT:
            self._bodies[key] = value


def harden(app: Dash, *, secret: str, pages: Collection[str], inline_script: str) -> None:
    """Fit the app for strangers; call it once, after all callbacks are declared.

    Args:
        app: the Dash app.
        secret: signs what the server hands out and takes back.
        pages: the addresses that exist; others are answered with status 404.
        inline_script: the script in the page's head, let through by its hash.
    """
    server: Flask = app.server
    server.secret_key = secret
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    _compress(server)
    policy = _policy(app, inline_script)

    @server.before_request
    def refuse_malformed() -> Response | None:
        if request.path != CALLBACK_PATH or request.method != "POST":
            return None
        try:
            check_callback(app, _body(request))
        except BadInput as error:
            return _sentence(str(error), 400)
        return None

    @server.after_request
    def finish(response: Response) -> Response:
        return _finish(response, policy, pages)

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        return _sentence(_reason(error), error.code or 400)

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.exception("%s %s failed", request.method, request.path)
        return _sentence("The server could not answer this; its log says why.", 500)


def steady_memory() -> None:
    """Have glibc keep few heaps; call it before the first thread begins.

    By itself glibc gives up to eight heaps a core to threads that come and go, as the fetches do,
    and what one leaves free the next does not fill. Measured with 12 viewers on the demo at 60x, in
    session and after the warm-up: what was in use stood (116 to 118 MiB) while what the heaps
    held free went from 49 to 73 MiB in 2.5 minutes, and the process grew by 9.6 MiB a minute;
    with two heaps 19 to 20 MiB stay free, and it grows by 0.6.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)


def connections() -> int:
    """How many connections may be open at once; raises the process's own limit on files for it.

    A browser keeps up to six, and waitress by itself takes no more than 100 in all: with the
    17th viewer the next would wait until somebody leaves.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(50, min(MAX_CONNECTIONS, soft - FILES_BESIDE))


def run_until(server: Any, stopping: threading.Event, patience_seconds: float = 10.0) -> None:
    """Serve a waitress ``server`` until the event is set, then finish what was begun.

    waitress' own ``run`` leaves answers that are ready but not yet sent; here its loop goes on,
    without new connections, until each is out or ``patience_seconds`` have passed.
    """

    def turn(seconds: float) -> None:
        server.asyncore.loop(
            timeout=seconds, use_poll=server.adj.asyncore_use_poll, map=server._map, count=1
        )

    while not stopping.is_set():
        turn(0.5)
    server.accepting = False
    gives_up = time.monotonic() + patience_seconds
    while time.monotonic() < gives_up and any(
        channel.requests or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    ):
        turn(0.05)
    server.task_dispatcher.shutdown(timeout=max(0.1, gives_up - time.monotonic()))


def _compress(server: Flask) -> None:
    server.config.update(
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_ZSTD_LEVEL=3,
        COMPRESS_LEVEL=5,
        COMPRESS_MIN_SIZE=600,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            "image/svg+xml",
        ],
    )
    compress = Compress()
    compress.init_app(server)
    compress.cache = _Kept()
    compress.cache_key = _kept_key


def _kept_key(asked: Request) -> str:
    suites = asked.path.startswith("/_dash-component-suites/")
    return asked.path if suites else _NOT_KEPT


def _policy(app: Dash, inline_script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(inline_script.encode()).digest()).decode()
    scripts = " ".join(["'self'", f"'sha256-{digest}'", *app.csp_hashes()])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _finish(response: Response, policy: str, pages: Collection[str]) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.path.startswith("/assets/") and "m" in request.args and response.status_code == 200:
        headers["Cache-Control"] = _YEAR
    elif response.mimetype in ("text/html", "application/json"):
        headers.setdefault("Cache-Control", "no-cache")
    page = request.endpoint in ("/", "/<path:path>")
    path = request.path.rstrip("/") or "/"
    if page and response.status_code == 200 and path not in pages:
        response.status_code = 404
    return response


def _reason(error: HTTPException) -> str:
    if error.code == 413:
        return f"The request is larger than {MAX_BODY // 1024} KiB."
    if error.code == 404:
        return "There is nothing at this address."
    return str(error.description or error.name)


def _sentence(text: str, status: int) -> Response:
    return Response(json.dumps({"error": text}), status, mimetype="application/json")


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput(f"The request holds {name}, which is not a JSON number.")


def _body(asked: Request) -> Any:
    data = asked.get_data(cache=True)
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        raise BadInput("The request is nested too deeply.") from None
    except BadInput:
        raise
    except ValueError:
        raise BadInput("The request is not JSON.") from None
    if _deeper_than(body, MAX_DEPTH):
        raise BadInput("The request is nested too deeply.")
    g.callback_body = body
    return body


def _deeper_than(node: Any, left: int) -> bool:
    if not isinstance(node, dict | list):
        return False
    if left == 0:
        return True
    children = node.values() if isinstance(node, dict) else node
    return any(_deeper_than(child, left - 1) for child in children)


def check_callback(app: Dash, body: Any) -> None:
    """Let through only a call that the app's own page could have made, whatever its values.

    Raises:
        BadInput: naming what does not fit the callback's declaration.
    """
    if request.mimetype != "application/json":
        raise BadInput("The request's content type is not application/json.")
    if not isinstance(body, dict):
        raise BadInput("The request is not a JSON object.")
    output = body.get("output")
    declared = app.callback_map.get(output) if isinstance(output, str) else None
    if not isinstance(output, str) or declared is None or "callback" not in declared:
        raise BadInput("The request names an output that this app does not have.")
    _check_entries("inputs", body.get("inputs"), declared["inputs"])
    _check_entries("state", body.get("state", []), declared["state"])
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise BadInput("changedPropIds is not a list of names.")
    _check_outputs(output, body.get("outputs"))


def _check_entries(name: str, given: Any, declared: list[dict[str, Any]]) -> None:
    if not isinstance(given, list) or len(given) != len(declared):
        raise BadInput(f"{name} must hold {len(declared)} entries.")
    for entry, wanted in zip(given, declared, strict=True):
        fits = (
            isinstance(entry, dict)
            and _id_text(entry.get("id")) == wanted["id"]
            and entry.get("property") == wanted["property"]
        )
        if not fits:
            raise BadInput(f"{name} does not name what this callback reads.")


def _check_outputs(output: str, given: Any) -> None:
    """The outputs must be those that ``output`` spells: ``id.property`` or ``..a.b...c.d..``."""
    several = output.startswith("..")
    entries = given if isinstance(given, list) == several else None
    named = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not isinstance(entry.get("property"), str):
            raise BadInput("outputs does not name what this callback writes.")
        named.append(f"{_id_text(entry.get('id'))}.{entry['property']}")
    wanted = output.strip(".").split("...") if several else [output]
    if named != wanted:
        raise BadInput("outputs does not name what this callback writes.")


def _id_text(given: Any) -> str | None:
    if isinstance(given, str):
        return given
    if isinstance(given, dict) and all(isinstance(key, str) for key in given):
        return json.dumps(given, sort_keys=True, separators=(",", ":"))
    return None
