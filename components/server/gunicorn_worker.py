"""A worker of gunicorn that serves with uvicorn, as one process by itself does.

gunicorn's own threads read a request while they hold a place in the pool: 150 clients that sent
half a header each kept every panel waiting. Here gunicorn starts, watches, replaces and ends the
processes, and `serving` answers.
"""

from __future__ import annotations

import os
from typing import Any

from gunicorn.workers.base import Worker

from components.server.serving import ASGI, serve


class LoopWorker(Worker):
    """Serves the one address that gunicorn listens at."""

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what this worker does not do, rather than leave it out in silence."""
        if len(cfg.address) > 1:
            raise RuntimeError("Holdline's workers serve one address; put a proxy before it.")
        if cfg.is_ssl:
            raise RuntimeError("Holdline's workers speak no TLS; put a proxy before them.")

    def run(self) -> None:
        """Serve until told to end, then finish what was begun."""
        for listener in self.sockets:
            listener.setblocking(False)
        listener = self.sockets[0].sock
        serve(self.wsgi.extensions[ASGI], listener, self._is_to_end, self.cfg.graceful_timeout / 2)

    def _is_to_end(self) -> bool:
        """Told at each turn of the loop, so that gunicorn sees that it runs."""
        self.notify()
        return not self.alive or self.ppid != os.getppid()
