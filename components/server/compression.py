"""Answers sent compressed; files that cannot change are compressed once."""

from __future__ import annotations

from flask import Flask, Request
from flask_compress import Compress

_NOT_CACHED = "not kept"
_MAX_CACHED = 64


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
    extension.cache = _CompressedCache()
    extension.cache_key = _cache_key


def _cache_key(asked: Request) -> str:
    suites = asked.path.startswith("/_dash-component-suites/")
    return asked.path if suites else _NOT_CACHED
