"""Numeric kernels: plain Python that numba compiles, kept on disk, interpreted until it is ready.

A kernel is written as a loop over floats and numpy arrays. A server has all kernels compiled by
another process at its start, beside the first requests, which meanwhile are answered by the very
same functions interpreted: some fifty times slower, for seconds, on the first start of an
installation only; from then on the machine code is read from disk. A shell command reads it where
it is there and interprets where it is not. Anything else (a test, a benchmark) compiles at the
first call.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

log = logging.getLogger(__name__)

_COMPLETE = "complete"
"""A file in the cache's folder: every kernel of these sources was compiled into it."""


class Policy(Enum):
    """What a call of a kernel does that is not compiled yet."""

    COMPILE = "compile"
    INTERPRET = "interpret"


@dataclass(frozen=True)
class Readiness:
    """How the kernels stand.

    Attributes:
        ready: all of them are compiled.
        note: what keeps the machine code from being kept on disk, or None.
    """

    ready: bool
    note: str | None


_kernels: list[Kernel[Any, Any]] = []
_parts: list[Callable[..., Any]] = []
_lock = threading.RLock()
_progress = threading.Condition()
_elsewhere = False
"""Whether another process is compiling the kernels into the folder."""
_policy = Policy.COMPILE
_folder: Path | None = Path(__file__).parent / "__pycache__" / "kernels"
_note: str | None = None


class Kernel(Generic[P, R]):
    """A function of one machine type each, compiled or interpreted; see `kernel`."""

    def __init__(
        self,
        function: Callable[P, R],
        signature: str,
        *,
        parallel: bool = False,
        interpretable: bool = True,
    ) -> None:
        self.interpreted = function
        self.signature = signature
        self.parallel = parallel
        self.interpretable = interpretable
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        """Run the machine code; while there is none, what the policy says."""
        run = self._compiled
        if run is None:
            waits = _policy is Policy.COMPILE or not self.interpretable
            run = self._await() if waits else self.interpreted
        return run(*arguments, **named)

    def _await(self) -> Callable[P, R]:
        """The compiled function: another process's, while one is at work on it, else our own."""
        with _progress:
            _progress.wait_for(lambda: self.is_compiled or not _elsewhere)
        return self.compile()

    @property
    def is_compiled(self) -> bool:
        """Whether a call runs machine code."""
        return self._compiled is not None

    def compile(self) -> Callable[P, R]:
        """Compile, or read the machine code from disk; the compiled function."""
        with _lock:
            if self._compiled is None:
                self._compiled = _compile(self.interpreted, self.signature, self.parallel)
                with _progress:
                    _progress.notify_all()
            return self._compiled


def kernel(
    signature: str, *, parallel: bool = False, interpretable: bool = True
) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Declare a kernel by numba's signature, such as ``"void(float64[::1], float64)"``.

    Arrays must then be contiguous and of that type. What it calls is ``math`` or a `part` of its
    own file or of this package.

    Args:
        signature: of the machine code.
        parallel: loops over ``prange`` are shared out over the cores.
        interpretable: False for what would take minutes: a call waits for the machine code.
    """

    def declare(function: Callable[P, R]) -> Kernel[P, R]:
        made = Kernel(function, signature, parallel=parallel, interpretable=interpretable)
        _kernels.append(made)
        return made

    return declare


def part(function: F) -> F:
    """Declare a function that kernels may call; it stays plain Python."""
    _parts.append(function)
    return function


def keep_in(folder: Path | None) -> None:
    """Keep machine code under ``folder``; None, or where it cannot be written: in memory only."""
    global _folder, _note
    with _lock:
        _folder, _note = folder, None


def interpret_until_compiled() -> None:
    """Answer from the interpreter what is not compiled yet (a server compiles beside it)."""
    global _policy
    _policy = Policy.INTERPRET


def read_or_interpret() -> None:
    """Read machine code where all of it is on disk, interpret where not (a shell command)."""
    global _policy
    folder = _sources_folder()
    whole = folder is not None and (folder / _COMPLETE).is_file()
    _policy = Policy.COMPILE if whole else Policy.INTERPRET


def compile_all() -> Readiness:
    """Compile every declared kernel, or read it from disk."""
    for _ in compile_each():
        pass
    return readiness()


def compile_each() -> Iterator[str]:
    """Compile the declared kernels, first those that calls wait for; the name of each when done."""
    for declared in sorted(_kernels, key=lambda one: one.interpretable):
        declared.compile()
        yield declared.__name__
    folder = _sources_folder()
    if folder is not None and _note is None:
        try:
            (folder / _COMPLETE).touch()
        except OSError as error:
            _say(f"{folder} cannot be written ({error.strerror})")


def must_be_made() -> bool:
    """Whether the folder lacks machine code of these sources and can take it."""
    folder = _writable_folder()
    return folder is not None and not (folder / _COMPLETE).is_file()


def read_each(names: Iterable[str]) -> None:
    """Read from disk what another process compiles, as it says that each is done.

    A call that cannot be interpreted waits meanwhile, and compiles for itself once ``names`` end
    without its kernel.
    """
    global _elsewhere
    by_name = {declared.__name__: declared for declared in _kernels}
    _elsewhere = True
    try:
        for name in names:
            if name in by_name:
                by_name[name].compile()
    finally:
        with _progress:
            _elsewhere = False
            _progress.notify_all()


def readiness() -> Readiness:
    """How the kernels stand now."""
    return Readiness(all(declared.is_compiled for declared in _kernels), _note)


def _sources_folder() -> Path | None:
    """The folder of the machine code of exactly these sources, or None to keep none.

    numba sees a change of a kernel's own file; parts stand there or in this package, whose every
    file is looked at here.
    """
    if _folder is None:
        return None
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return _folder / digest.hexdigest()


def _compile(function: Callable[P, R], signature: str, parallel: bool) -> Callable[P, R]:
    import numba
    from numba.core import config  # numba says where code is kept only here
    from numba.extending import register_jitable

    options: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    for one in _parts:
        if one not in _registered:
            register_jitable(**options)(one)
            _registered.add(one)
    options["parallel"] = parallel
    folder = _writable_folder()
    if folder is not None:
        vars(config)["CACHE_DIR"] = str(folder)
        for attempt in (1, 2):
            try:
                compiled: Callable[P, R] = numba.njit(signature, cache=True, **options)(function)
            except Exception as error:  # any kind: a cut-off file fails wherever it is read
                if attempt == 1:
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir(parents=True, exist_ok=True)
                    continue
                _say(f"{folder} cannot be used ({error})")
            else:
                return compiled
    compiled = numba.njit(signature, **options)(function)
    return compiled


_registered: set[Callable[..., Any]] = set()


def _writable_folder() -> Path | None:
    """`_sources_folder`, made; None where that fails, which is said once."""
    folder = _sources_folder()
    if folder is None or _note is not None:
        return None
    try:
        for made in (folder.parent, folder):  # parents of what is made have the usual mode
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):  # other processes try at the same time
            pass
    except OSError as error:
        _say(f"{folder} cannot be written ({error.strerror})")
        return None
    return folder


def _say(reason: str) -> None:
    global _note
    if _note is None:
        _note = f"compiled kernels are not kept: {reason}; every start compiles them again"
        log.warning("%s.", _note)
