"""Pages of a loaded library that are needed no more, given back while it stays loaded.

The compiler's library (LLVM) is read by the megabyte when machine code is loaded, and not again
after it. Its code stays in the machine's page cache, from where a later call has it at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

_MADV_DONTNEED = 4
_MAPS = Path("/proc/self/smaps")


def give_back(library: str) -> int:
    """Unmap the pages of ``library`` that are as they are on disk; how many KiB they were.

    Pages that this process has changed stay: the kernel could not read those again. Does nothing
    where the system is not Linux, or the library not loaded.

    Args:
        library: part of the file's name, such as ``"libllvmlite"``.
    """
    if sys.platform != "linux":
        return 0
    given = 0
    with contextlib.suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for start, stop, resident in list(_unchanged(library)):
            if advise(start, stop - start, _MADV_DONTNEED) == 0:
                given += resident
    return given


def _unchanged(library: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and resident KiB of each read-only mapping with no page of the process's own."""
    for block in _blocks(_MAPS.read_text(encoding="utf-8", errors="replace")):
        addresses, rights, *_ = head = block[0].split()
        sizes = {name: int(rest.split()[0]) for name, _, rest in map(_parted, block[1:]) if rest}
        is_its = len(head) > 5 and library in Path(head[5]).name
        if is_its and "w" not in rights and sizes.get("Anonymous") == 0:
            start, stop = (int(part, 16) for part in addresses.split("-"))
            yield start, stop, sizes.get("Rss", 0)


def _parted(line: str) -> tuple[str, str, str]:
    name, colon, rest = line.partition(":")
    return name, colon, rest if rest.strip()[:1].isdigit() else ""


def _blocks(text: str) -> Iterator[list[str]]:
    """Each mapping's lines: where it is, then its sizes."""
    block: list[str] = []
    for line in text.splitlines():
        if not line.split(" ", 1)[0].endswith(":") and block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block
