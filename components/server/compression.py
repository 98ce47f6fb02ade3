"""Answers sent compressed; files that cannot change are compressed once."""

from __future__ import annotations

import brotli
from flask import Flask, Request, Response, request
from flask_compress import Compress

_NOT_CACHED = "not kept"
_MAX_CACHED = 128
_UNCHANGING = ("/assets/", "/_dash-component-suites/")
_SMALLEST = 9
"""Of brotli's qualities: a second for Plotly's bundle, once a process, and a fifth less of it."""


class _CompressedCache:
    """Compressed bodies of the packages' own files, which cannot change while we run."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._bodies.get(key)

    def set(self, key: str, value: bytes) -> None:
        if not key.endswith(_NOT_CACHED) and len(self._bodies) < _MAX_CACHED:
            self._bodies[key] = value


def compress(server: Flask) -> None:
    """Compress what ``server`` sends, by what the browser takes."""
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
    extension = Compress()
    extension.init_app(server)
    _compress_once(server)
    extension.cache = _CompressedCache()
    extension.cache_key = _cache_key


def _cache_key(asked: Request) -> str:
    suites = asked.path.startswith("/_dash-component-suites/")
    return asked.path if suites else _NOT_CACHED


def _compress_once(server: Flask) -> None:
    """Files that cannot change while we run, as small as brotli makes them."""
    bodies: dict[str, bytes] = {}

    @server.after_request
    def smallest(response: Response) -> Response:
        named = response.status_code == 200 and request.path.startswith(_UNCHANGING)
        suits = response.mimetype in server.config["COMPRESS_MIMETYPES"]
        if not (named and suits and request.accept_encodings.quality("br") > 0):
            return response
        response.direct_passthrough = False
        body = bodies.get(request.path)
        if body is None:
            if len(bodies) >= _MAX_CACHED:
                return response
            body = bodies[request.path] = brotli.compress(response.get_data(), quality=_SMALLEST)
        response.set_data(body)
        response.headers["Content-Encoding"] = "br"
        response.vary.add("Accept-Encoding")
        return response
