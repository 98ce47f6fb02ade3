"""The data sources by name: adding a provider is one line here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from analytics.sources.base import Opening, Source
from analytics.sources.demo.source import DemoSource
from analytics.sources.files.source import FilesSource
from analytics.sources.yahoo.source import YahooSource

SOURCES: dict[str, type[Source]] = {
    "yahoo": YahooSource,
    "demo": DemoSource,
    "files": FilesSource,
}
"""By the name that ``--source`` takes."""

AUTO = "auto"
"""The first of `AUTO_ORDER` that can be reached; the last one is not asked whether it can."""

AUTO_ORDER = ("yahoo", "demo")

PROBE_SECONDS = 2.0

_log = logging.getLogger(__name__)


def source_names() -> tuple[str, ...]:
    """All that ``--source`` takes."""
    return (AUTO, *SOURCES)


def candidates(name: str) -> tuple[type[Source], ...]:
    """The sources that may stand behind a name, the preferred first."""
    return tuple(SOURCES[each] for each in (AUTO_ORDER if name == AUTO else (name,)))


def may_be_remote(name: str) -> bool:
    """Whether the source opened by that name may be one whose answers are to be kept on disk."""
    return any(kind.capabilities.remote for kind in candidates(name))


def reads_folder(name: str) -> bool:
    """Whether the source of that name needs a data folder."""
    return any(kind.capabilities.reads_folder for kind in candidates(name))


def folder_source() -> str:
    """The source meant when only a data folder is given."""
    return next(name for name in SOURCES if reads_folder(name))


def open_source(name: str, opening: Callable[[type[Source]], Opening]) -> Source:
    """The source of that name.

    Args:
        name: one of `source_names`.
        opening: what a source of the class is opened with.

    Raises:
        BadInput: for what the operator can mend, such as a data folder without prices.
    """
    *preferred, last = candidates(name)
    for kind in preferred:
        source = kind.open(opening(kind))
        if source.reachable(PROBE_SECONDS):
            return source
        _log.warning("%s cannot be reached: %s stands in.", source.name, last.name)
    return last.open(opening(last))
