"""Headers of every answer: what a page may load and run, and what a browser may keep."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence

from dash import Dash
from flask import Response, request

_DOCUMENTS = ("text/html", "image/svg+xml", "application/xml", "text/xml")
_YEAR = "public, max-age=31536000, immutable"
_SAME_FOR_ALL = ("/_dash-layout", "/_dash-dependencies")
"""Of what Dash itself answers in JSON."""
_HTTPS_ONLY = "max-age=31536000"
"""Without includeSubDomains: the neighbours under the same name are not ours to bind."""


def content_policy(app: Dash, inline_scripts: Sequence[str], forms_to: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of the pages; inline scripts are let through by their hashes.

    Args:
        forms_to: other sites that a form may lead to.
    """
    own = [f"'sha256-{_digest(script)}'" for script in inline_scripts]
    scripts = " ".join(["'self'", *own, *app.csp_hashes()])
    forms = " ".join(["'self'", *forms_to])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def finish(response: Response, policy: str, pages: Collection[str]) -> Response:
    """Set the headers; a page whose address does not exist gets status 404."""
    headers = response.headers
    if response.mimetype in _DOCUMENTS:  # 2 kB, of which a script or a picture has no use
        headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.is_secure:
        headers["Strict-Transport-Security"] = _HTTPS_ONLY
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.path.startswith("/assets/") and "m" in request.args and response.status_code == 200:
        headers["Cache-Control"] = _YEAR
    elif response.mimetype == "application/json" and request.path not in _SAME_FOR_ALL:
        headers.setdefault("Cache-Control", "no-store")  # it depends on who asks
    elif response.mimetype in ("text/html", "application/json"):
        headers.setdefault("Cache-Control", "no-cache")
    page = request.endpoint in ("/", "/<path:path>")
    path = request.path.rstrip("/") or "/"
    if page and response.status_code == 200 and path not in pages:
        response.status_code = 404
    return response
