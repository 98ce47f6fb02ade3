"""The cookies of signing in: opaque, out of scripts' reach, of this host alone."""

from __future__ import annotations

from flask import Response
from werkzeug.wrappers import Request

SESSION = "holdline"
SIGNING_IN = "holdline-signing-in"
_HOST_ONLY = "__Host-"
"""With it browsers demand: encrypted, of this very host, for all of it (RFC 6265bis, 4.1.3.2)."""


def name(kind: str, *, secure: bool) -> str:
    """A cookie's name; browsers know the prefix over https only."""
    return _HOST_ONLY + kind if secure else kind


def read(request: Request, kind: str) -> str:
    """What the browser sent, "" for nothing."""
    return request.cookies.get(name(kind, secure=request.is_secure), "")


def write(request: Request, response: Response, kind: str, value: str, seconds: float) -> None:
    """Have the browser keep a value.

    Lax: a link in a mail opens a page as who one is; what changes anything is checked besides.
    """
    response.set_cookie(
        name(kind, secure=request.is_secure),
        value,
        max_age=int(seconds),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def drop(request: Request, response: Response, kind: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        name(kind, secure=request.is_secure),
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
