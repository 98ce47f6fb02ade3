"""Limits of the server's process: the heaps of its C library, and its open files."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import time
from collections.abc import Callable

_M_ARENA_MAX, _HEAPS = -8, 2
_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 1 << 18
"""Larger arrays have memory of their own, which goes back when they do. By itself glibc raises the
threshold to the largest array it ever freed, 32 MiB at most, and keeps all below."""
GIVE_BACK_SECONDS = 3.0
MAX_CONNECTIONS = 4000
FILES_BESIDE = 200
"""Files and sockets that are no viewer's."""


def steady_memory() -> None:
    """Have glibc keep few heaps; call it before the first thread begins.

    By itself glibc gives up to eight heaps a core to threads that come and go, as the fetches do,
    and what one leaves free the next does not fill. Measured with 12 viewers on the demo at 60x, in
    session and after the warm-up: what was in use stood (116 to 118 MiB) while what the heaps
    held free went from 49 to 73 MiB in 2.5 minutes, and the process grew by 9.6 MiB a minute;
    with two heaps 19 to 20 MiB stay free, and it grows by 0.6.

    What is free within the heaps is given back every `GIVE_BACK_SECONDS`: ever new views, each with
    its answers and figures for a while, else leave holes between what stays.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, _HEAPS)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        threading.Thread(
            target=_give_back, args=[library.malloc_trim], name="give-back", daemon=True
        ).start()


def _give_back(trim: Callable[[int], object]) -> None:
    while True:
        time.sleep(GIVE_BACK_SECONDS)
        trim(0)


def connections() -> int:
    """How many connections may be open at once; raises the process's own limit on files for it.

    A browser keeps up to six.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + FILES_BESIDE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(50, min(MAX_CONNECTIONS, soft - FILES_BESIDE))
