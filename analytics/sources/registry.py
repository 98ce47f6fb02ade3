"""The data sources by name: adding a provider is one line here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from analytics.model.vocabulary import BadInput
from analytics.sources.base import Opening, Source
from analytics.sources.calendars.source import BeaSource, BlsSource, FedSource
from analytics.sources.cboe.source import CboeSource
from analytics.sources.composed import ComposedSource
from analytics.sources.demo.source import DemoSource
from analytics.sources.files.source import FilesSource
from analytics.sources.sec.source import SecSource
from analytics.sources.treasury.source import TreasurySource
from analytics.sources.yahoo.source import YahooSource

SOURCES: dict[str, type[Source]] = {
    "yahoo": YahooSource,
    "demo": DemoSource,
    "files": FilesSource,
}
"""By the name that ``--source`` takes."""

PROVIDERS: dict[str, type[Source]] = {
    "sec": SecSource,
    "treasury": TreasurySource,
    "cboe": CboeSource,
    "fed": FedSource,
    "bls": BlsSource,
    "bea": BeaSource,
}
"""Providers of single data sets, by the name that the settings take."""

COMPOSED = ("yahoo",)
"""The sources that are completed by `PROVIDERS`."""

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


def providers_of(capability: str) -> tuple[str, ...]:
    """Who may be named for a data set: providers, and the sources that they complete."""
    known = PROVIDERS | {name: SOURCES[name] for name in COMPOSED}
    return tuple(name for name, kind in known.items() if getattr(kind.capabilities, capability))


def parse_providers(capability: str, text: str) -> tuple[str, ...]:
    """Names of ``sec,yahoo``, in that order.

    Raises:
        BadInput: naming who has the data set.
    """
    names = tuple(dict.fromkeys(name for name in text.lower().replace(" ", "").split(",") if name))
    accepted = providers_of(capability)
    if not names or not set(names) <= set(accepted):
        raise BadInput(f"{text[:60]!r} names no providers; accepted are {', '.join(accepted)}.")
    return names


def parse_hosts(text: str) -> dict[str, str]:
    """Provider -> base address of ``cboe=https://cdn-api.cboe.com,sec=...``.

    Raises:
        BadInput: an entry cannot be read, or names no provider.
    """
    hosts = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, address = entry.partition("=")
        if name not in PROVIDERS or not address.startswith(("https://", "http://")):
            raise BadInput(
                f"{entry[:60]!r} is no provider's address, as in {next(iter(PROVIDERS))}="
                f"https://HOST; providers are {', '.join(PROVIDERS)}."
            )
        hosts[name] = address.rstrip("/")
    return hosts


def open_source(
    name: str,
    opening: Callable[[str, type[Source]], Opening],
    providers: Mapping[str, tuple[str, ...]] | None = None,
) -> Source:
    """The source of that name.

    Args:
        name: one of `source_names`.
        opening: what a source of a name and class is opened with.
        providers: capability -> who is asked for it, in order, where the source is completed by
            others; None: it stands alone.

    Raises:
        BadInput: for what the operator can mend, such as a data folder without prices.
    """
    *preferred, last = AUTO_ORDER if name == AUTO else (name,)
    for each in preferred:
        source = SOURCES[each].open(opening(each, SOURCES[each]))
        if source.reachable(PROBE_SECONDS):
            return _completed(each, source, opening, providers)
        _log.warning("%s cannot be reached: %s stands in.", source.name, SOURCES[last].name)
    source = SOURCES[last].open(opening(last, SOURCES[last]))
    return _completed(last, source, opening, providers)


def _completed(
    name: str,
    base: Source,
    opening: Callable[[str, type[Source]], Opening],
    providers: Mapping[str, tuple[str, ...]] | None,
) -> Source:
    """The base with the named providers beside it, where it is one of `COMPOSED`."""
    if name not in COMPOSED or not providers:
        return base
    opened = {name: base}
    for beside in dict.fromkeys(one for names in providers.values() for one in names):
        if beside in PROVIDERS:
            kind = PROVIDERS[beside]
            opened[beside] = kind.open(opening(beside, kind))
    return ComposedSource(
        base,
        {
            capability: tuple(opened[one] for one in names if one in opened)
            for capability, names in providers.items()
        },
    )
