"""Compilation of the numeric kernels at a server's start, beside its first requests.

A viewer waits for no compiler: until a kernel is compiled it is interpreted
(`analytics.indicators.compiled`). On the first start of an installation that takes some twenty
seconds of one core, of another process than the server's, which would share its interpreter with
the first requests; from then on the machine code is read from disk in under one.
"""

from __future__ import annotations

import gc
import importlib
import logging
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from analytics.indicators import compiled
from analytics.runtime import library_pages

FIRST_PAGE_SECONDS = 2.0

COMPILER = "libllvmlite"
"""Read at the start only, 60 MiB of it."""

TABLES = ("libarrow", "libparquet")
"""Read whole when they are loaded, of which a server then uses little: 20 MiB."""

_FOLDER = "compiled"
_LONGEST_SECONDS = 600.0
_DECLARE_KERNELS = (
    "analytics.studies.hold.kernels",
    "analytics.studies.rules.kernels",
    "analytics.options.analysis",
    "analytics.options.variance_surface",
)
"""Importing these declares every kernel; the bootstrap of the hold study, which cannot be
interpreted, first."""

log = logging.getLogger(__name__)


def warm_up(home: Path, delay_seconds: float = FIRST_PAGE_SECONDS) -> threading.Thread:
    """Begin to compile every kernel, kept under ``home``.

    Args:
        home: of the installation.
        delay_seconds: how long the first page has the processor to itself.

    Returns:
        The thread, to be waited for in tests.
    """
    compiled.keep_in(home / _FOLDER)
    compiled.interpret_until_compiled()
    worker = threading.Timer(delay_seconds, _compile, [home])
    worker.name, worker.daemon = "kernels", True
    worker.start()
    return worker


def keep(home: Path) -> None:
    """For a worker without viewers: kernels are compiled when first needed, kept under ``home``."""
    compiled.keep_in(home / _FOLDER)


def read_lightly(home: Path) -> None:
    """For a command that minds its memory: machine code that another process made, if need be.

    What each kernel's reading took of the compiler is given back before the next.
    """
    keep(home)
    _declare()
    if compiled.must_be_made():
        with _another_process(home) as names:
            for _ in names:
                pass  # wait for the last
    for library in TABLES:
        library_pages.give_back(library)
    importlib.import_module("numba")
    library_pages.give_back(COMPILER)
    for _ in compiled.compile_each():
        library_pages.give_back(COMPILER)


def read_compiled(home: Path) -> None:
    """For a shell command: machine code that a server left under ``home`` is read.

    Without any, kernels are interpreted, and those that cannot be are compiled.
    """
    folder = home / _FOLDER
    if folder.is_dir():
        compiled.keep_in(folder)
    compiled.read_or_interpret()


def _compile(home: Path) -> None:
    began = time.monotonic()
    try:
        _declare()
        if compiled.must_be_made():
            with _another_process(home) as names:
                compiled.read_each(name.strip() for name in names)
        ready = compiled.compile_all()
        for library in (COMPILER, *TABLES):
            library_pages.give_back(library)
    except Exception:  # whatever the compiler dies of, the interpreter goes on answering
        log.exception("The numeric kernels could not be compiled: they are interpreted.")
        return
    # What is loaded now stays for good. Without this a full collection looks at all of it, and
    # every request waits: 150 ms, measured with 200 viewers.
    gc.collect()
    gc.freeze()
    log.info("Kernels ready after %.1f s%s.", time.monotonic() - began, _noted(ready.note))


def _declare() -> None:
    for module in _DECLARE_KERNELS:
        importlib.import_module(module)


@contextmanager
def _another_process(home: Path) -> Iterator[Iterable[str]]:
    """This module as a program: its output has the name of each kernel as it is compiled."""
    command = [sys.executable, "-m", "analytics.runtime.kernels", str(home.absolute())]
    project = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        yield child.stdout or ()


def _noted(note: str | None) -> str:
    return f" ({note})" if note else ""


def _compile_alone(home: Path) -> None:
    """Compile every kernel, one process of this home at a time; print the name of each.

    Of the workers that start together the first compiles, the others then read its work.
    """
    keep(home)
    _declare()
    with closing(sqlite3.connect(home / _FOLDER / "turn", timeout=_LONGEST_SECONDS)) as turn:
        turn.execute("BEGIN EXCLUSIVE")  # ends with the process, however that ends
        for name in compiled.compile_each():
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _compile_alone(Path(sys.argv[1]))
