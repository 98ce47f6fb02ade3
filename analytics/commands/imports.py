"""``import-chains FILE ...`` and ``import-put-call FILE ...``: a past from elsewhere."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from analytics.imports.chains import ChainImporter, FileImport, Given, Preview
from analytics.imports.figures import FiguresMade, make_figures
from analytics.imports.mapping import BUILT_IN, mapping_of
from analytics.imports.put_call import import_counts
from analytics.model.vocabulary import BadInput, NotAvailable, OptionChain, parse_symbol
from analytics.options.market_put_call import UNIVERSE_WORDS, Universe
from analytics.runtime import kernels
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.sources import registry
from analytics.sources.base import Opening
from analytics.store.database import Database, store_url
from analytics.store.imported import ImportedPast

SHOWN_CONTRACTS = 6
LINE_SECONDS = 0.5


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; --help lists what is accepted.")


def run(words: Sequence[str]) -> str:
    """What was imported; raises as `import_chains`, and SourceFailure for an address."""
    return _put_call(words[1:]) if words[0] == "import-put-call" else import_chains(words[1:])


def import_chains(words: Sequence[str]) -> str:
    """What was imported of files of chains.

    Raises:
        BadInput: for other words, a mapping or a file that cannot be used.
        NotAvailable: a file could not be read to its end.
        StoreUnavailable: the store cannot be written.
    """
    options = _chains_parser().parse_args(list(words))
    mapping = mapping_of(options.mapping)
    if options.name:
        mapping = replace(mapping, name=options.name)
    given = Given(
        parse_symbol(options.symbol) if options.symbol else "",
        _day(options.date) if options.date else None,
    )
    settings, past, source = open_past(options.source, options.data)
    show = _Line()
    importer = ChainImporter(past, source, mapping, _now, given, show.rows)
    paths = [Path(word) for word in options.files]
    if options.dry_run:
        return "\n\n".join(_previewed(importer.preview(path)) for path in paths)
    started = time.monotonic()
    done = [importer.run(path) for path in paths]
    show.end()
    kernels.read_lightly(settings.home)
    made = make_figures(past, source, _now, show.days)
    show.end()
    text = _summary(done, made, time.monotonic() - started)
    broken = [file.reason for file in done if not file.complete]
    if broken:
        raise NotAvailable("\n".join((text, *broken)))
    return text


def open_past(source: str, data: str | None) -> tuple[Settings, ImportedPast, str]:
    """The settings, the imported past in the store, and whose of its pasts the words ask for.

    Raises:
        BadInput: the source cannot be opened, or is a simulation, which has a past of its own.
    """
    words = ["--source", source] + (["--data", data] if data else [])
    settings = load_settings(words)
    opened = registry.open_source(settings.source, lambda name, kind: Opening(folder=settings.data))
    if opened.capabilities.simulated:
        raise BadInput("The demo has a simulated past of its own: nothing is imported into it.")
    database = Database(settings.database_url or store_url(settings.home))
    return settings, ImportedPast(database), opened.scope


def _chains_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m analytics import-chains",
        description="Import option chains that were kept or bought; docs/importing.md.",
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", help="CSV (also .gz) or Parquet")
    parser.add_argument(
        "--mapping",
        required=True,
        metavar="NAME|FILE.toml",
        help=f"how the columns are read: {', '.join(BUILT_IN)}, or a file",
    )
    parser.add_argument("--name", help="whose data it is, as shown; default: the mapping's")
    parser.add_argument("--symbol", help="the underlying, where no column states it")
    parser.add_argument("--date", help="the session, where no column states it")
    parser.add_argument("--dry-run", action="store_true", help="show how it is read, write nothing")
    parser.add_argument("--source", default="yahoo", help="whose past it becomes (default yahoo)")
    parser.add_argument("--data", metavar="DIR", help="folder of the files source")
    return parser


def _put_call(words: Sequence[str]) -> str:
    parser = _Parser(
        prog="python -m analytics import-put-call",
        description="Import Cboe's daily put/call counts; docs/importing.md.",
        allow_abbrev=False,
    )
    parser.add_argument("files", metavar="FILE|ADDRESS", nargs="+", help="totalpc.csv and the like")
    universes = [one.lower() for one in Universe]
    parser.add_argument("--universe", choices=universes, help="where the file does not say it")
    parser.add_argument("--source", default="yahoo", help="whose past it becomes (default yahoo)")
    parser.add_argument("--data", metavar="DIR", help="folder of the files source")
    options = parser.parse_args(list(words))
    universe = Universe(options.universe.upper()) if options.universe else None
    _, past, source = open_past(options.source, options.data)
    lines = []
    for where in options.files:
        done = import_counts(past, source, where, universe, _now())
        span = f", {done.first} to {done.last}" if done.first else ""
        lines.append(f"{done.name}: {done.days:,} days of {UNIVERSE_WORDS[done.universe]}{span}")
        lines += [f"  left out {n:,}: {reason}" for reason, n in _most(done.rejected)]
    return "\n".join(lines)


class _Line:
    """One line of progress on standard error, drawn over itself on a terminal."""

    def __init__(self) -> None:
        self._drawn = 0.0
        self._open = False
        self._started = time.monotonic()

    def rows(self, name: str, done: int, rows: int | None) -> None:
        """So many rows of a file are imported."""
        rate = done / max(time.monotonic() - self._started, 1e-3)
        of = f" of {rows:,}" if rows else ""
        self._draw(f"{name}: {done:,}{of} rows, {rate:,.0f} a second")

    def days(self, done: int, total: int) -> None:
        """So many days have their figures."""
        self._draw(f"figures: {done:,} of {total:,} days")

    def end(self) -> None:
        """Leave the line as it is."""
        if self._open:
            sys.stderr.write("\n")
        self._open, self._drawn, self._started = False, 0.0, time.monotonic()

    def _draw(self, text: str) -> None:
        now = time.monotonic()
        if now - self._drawn < LINE_SECONDS:
            return
        self._drawn = now
        terminal = sys.stderr.isatty()
        sys.stderr.write(f"\r{text:<78}" if terminal else f"{text}\n")
        sys.stderr.flush()
        self._open = terminal


def _summary(done: Sequence[FileImport], made: FiguresMade, seconds: float) -> str:
    lines = []
    for file in done:
        again = " (imported before)" if file.complete and file.resumed_at == file.rows else ""
        resumed = f", resumed at {file.resumed_at:,}" if 0 < file.resumed_at < file.rows else ""
        lines.append(
            f"{file.name}: {file.rows:,} rows read{resumed}, {file.contracts:,} contracts stored"
            f"{again}"
        )
        lines += [f"  left out {n:,}: {reason}" for reason, n in _most(file.rejected)]
    days = f"{made.days:,} day{'' if made.days == 1 else 's'}"
    lines.append(f"Figures of {days} computed from the chains, {seconds:.0f} s in all.")
    lines += [f"  in no figure {n:,}: {reason}" for reason, n in _most(made.left_out)]
    lines += [f"  without figures {n:,} days: {reason}" for reason, n in _most(made.without)]
    return "\n".join(lines)


def _most(counts: dict[str, int]) -> list[tuple[str, int]]:
    return Counter(counts).most_common()


def _previewed(found: Preview) -> str:
    lines = [f"{found.name}: nothing is written; the first {found.rows:,} contracts read as"]
    lines += [f"  {what:<24} {name}" for what, name in found.columns.items()]
    if found.ignored:
        lines.append(f"  not read                 {', '.join(found.ignored)}")
    lines += [f"  left out {n:,}: {reason}" for reason, n in _most(found.rejected)]
    lines.append(f"  without a quote: {found.unquoted:,}")
    for chain in found.chains[:3]:
        lines += _first_contracts(chain)
    if len(found.chains) > 3:
        lines.append(f"  and {len(found.chains) - 3} more days or underlyings")
    return "\n".join(lines)


def _first_contracts(chain: OptionChain) -> list[str]:
    price = chain.underlying_price
    at = f"underlying {price:.2f}" if np.isfinite(price) else "underlying's price not stated"
    lines = [f"  {chain.symbol} of {chain.session}: {len(chain)} contracts, {at}"]
    for i in range(min(len(chain), SHOWN_CONTRACTS)):
        side = "call" if chain.is_call[i] else "put"
        figures = ", ".join(
            f"{name} {_shown(getattr(chain, column)[i])}"
            for name, column in (
                ("bid", "bid"),
                ("ask", "ask"),
                ("volume", "volume"),
                ("OI", "open_interest"),
                ("IV", "iv"),
            )
        )
        root = f"{chain.root[i]} " if chain.root[i] else ""
        lines.append(f"    {root}{chain.expiry[i]} {chain.strike[i]:g} {side}: {figures}")
    return lines


def _shown(value: float) -> str:
    return f"{value:g}" if np.isfinite(value) else "none"


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--date {text!r} is not a date such as 2025-01-24.") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
