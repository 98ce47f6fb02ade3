"""Settings of ``gunicorn app:server``; gunicorn reads this file by itself.

Settings come from where Holdline's own come from (README), and gunicorn's own options and
GUNICORN_CMD_ARGS win over both. docs/serving.md says more.

Workers are threads in a few processes: a callback computes for milliseconds, and what waits for
a provider waits in threads of its own. The application is not preloaded: connections to the
cache, the store and the provider are opened by each worker after the fork, never shared by it.
The packages are: they hold no connection, and importing them once spares each worker the time
and most of the memory.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any

from analytics.cache.redis_backend import check_cache_url
from analytics.model.vocabulary import HoldlineError
from analytics.settings_reader import load_settings

try:
    _settings = load_settings()
    if _settings.cache_url:
        check_cache_url(_settings.cache_url)
except HoldlineError as error:
    sys.exit(f"gunicorn: {error}")

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
workers = _settings.workers
worker_class = "components.server.gunicorn_worker.LoopWorker"
threads = _settings.threads
# A browser asks at least every two seconds: its connection stays open between two polls.
keepalive = 5
# A worker whose main loop is silent for so long is killed and replaced.
timeout = 60
# Longer than any deadline towards the provider: what was begun is finished.
graceful_timeout = 20
preload_app = False
# A heartbeat file on a disk that is busy would have its worker killed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True

_PACKAGES = ("dash", "flask_compress", "plotly", "pandas", "numba", "components.pages")


def on_starting(server: Any) -> None:
    """Tell the workers how many they are, whichever way gunicorn was told."""
    os.environ["HOLDLINE_WORKERS"] = str(server.cfg.workers)
    for name in _PACKAGES:
        importlib.import_module(name)
    # What is there now stays for good: no collection need touch, and so copy, its pages.
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """From SIGTERM on a worker is not ready, while it finishes what was begun."""
    draining = worker.wsgi.extensions["draining"]
    finish = signal.getsignal(signal.SIGTERM)

    def drain(number: int, frame: FrameType | None) -> None:
        draining.set()
        if callable(finish):
            finish(number, frame)

    signal.signal(signal.SIGTERM, drain)
