"""Long jobs for other processes: what is asked of them, and the queue that takes it there.

Celery carries them when CELERY_BROKER_URL names its broker (``celery -A analytics.worker
worker`` runs them); without one the process that wants a job does it itself. Every job is
idempotent by its key, so one that is delivered twice, as a queue may, is done once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from analytics.model.vocabulary import BadInput, HoldlineError

STUDY = "holdline.study"
COLLECT = "holdline.collect"
COLLECT_ALL = "holdline.collect-all"

STUDY_EXPIRES = 600.0
"""Seconds; a scan that is still watched then asks again."""
COLLECT_EXPIRES = 4 * 3600.0

log = logging.getLogger(__name__)


class QueueLost(HoldlineError):
    """The queue does not take jobs at present."""


@dataclass(frozen=True)
class Job:
    """One job: plain words, as they travel in JSON."""

    name: str
    words: Sequence[str | int | None]
    expires: float


class JobQueue(Protocol):
    """What takes jobs to other processes."""

    def send(self, jobs: Iterable[Job]) -> None:
        """Hand the jobs over, in this order.

        Raises:
            QueueLost: some of them, or none, were taken.
        """
        ...


def study_job(
    scan: str, source: str, symbol: str, level: int | str, session: str, as_of: str | None
) -> Job:
    """Study one symbol of a scan while the scan is watched; dates in ISO.

    Args:
        level: as the hold study's parameters name it.
    """
    return Job(STUDY, (scan, source, symbol, level, session, as_of), STUDY_EXPIRES)


def collect_job(symbol: str) -> Job:
    """Keep the option chain of the present session."""
    return Job(COLLECT, (symbol,), COLLECT_EXPIRES)


def celery_app(broker_url: str, redeliver_seconds: float) -> Any:
    """The Celery application; the sending and the working side have the same.

    A job is acknowledged when it is done: that of a worker which was killed is delivered again,
    at once when only its child process died, else after ``redeliver_seconds``.

    Raises:
        BadInput: without Celery.
    """
    try:
        from celery import Celery
    except ImportError:
        raise BadInput(
            "CELERY_BROKER_URL needs Celery: pip install -r requirements-served.txt."
        ) from None
    app = Celery("holdline", broker=broker_url or None)
    app.conf.update(
        task_default_queue="holdline",
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        timezone="America/New_York",
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2.0,
        broker_transport_options={
            "visibility_timeout": redeliver_seconds,
            "unacked_restore_interval": max(0.5, redeliver_seconds / 4),
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": max(1, int(redeliver_seconds)),
            "socket_connect_timeout": 2.0,
        },
    )
    return app


class CeleryQueue:
    """Sends jobs to Celery's broker, never waiting long for one that is down.

    Raises:
        BadInput: as `celery_app`.
    """

    def __init__(self, broker_url: str, redeliver_seconds: float) -> None:
        self._app = celery_app(broker_url, redeliver_seconds)
        # Whoever sends waits at a page: one attempt, where a worker would try for ever.
        self._app.conf.broker_transport_options |= {
            "max_retries": 0,
            "interval_start": 0,
            "socket_timeout": 2.0,
        }

    def send(self, jobs: Iterable[Job]) -> None:
        """See `JobQueue.send`."""
        from kombu.exceptions import KombuError

        try:
            with self._app.producer_or_acquire() as producer:
                for job in jobs:
                    self._app.send_task(
                        job.name,
                        args=list(job.words),
                        expires=job.expires,
                        producer=producer,
                        retry=False,
                    )
        except (KombuError, OSError) as error:
            reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise QueueLost(f"The queue of long jobs does not answer ({reason[0]}).") from error
