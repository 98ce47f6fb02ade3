"""Log lines for people (text) or for machines (one JSON object a line)."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

REQUESTS = "holdline.requests"
"""One record a request at INFO, with ``fields``; seen in the JSON format only."""

SECURITY = "holdline.security"
"""Who did what, from where, and how it ended: one record at INFO, with ``fields``; in both formats.
"""


class JsonLines(logging.Formatter):
    """``{"time", "level", "logger", "message", ...fields, "error"}``, in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; a ``fields`` mapping given as ``extra`` is laid in flat."""
        entry: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            entry = {**fields, **entry}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def _security_as_text() -> None:
    """With the time, which the other lines leave to who runs the process."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    logger = logging.getLogger(SECURITY)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)


def configure(log_format: str) -> None:
    """Set up the root logger; called once, by the process that serves."""
    if log_format == "json":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
        logging.getLogger(REQUESTS).setLevel(logging.INFO)
        logging.getLogger(SECURITY).setLevel(logging.INFO)
    else:
        logging.basicConfig(
            level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True
        )
        _security_as_text()
    # uvicorn warns at each request that is no HTTP
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
