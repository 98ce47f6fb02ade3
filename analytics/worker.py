"""``celery -A analytics.worker worker``: long jobs, with the code that pages run embedded.

A worker has a desk of its own, on the cache, the store and the limits of the deployment; what
it finds goes there and not through the queue. Settings as for the pages (README).
"""

from __future__ import annotations

import io
import logging
import secrets
from dataclasses import replace
from functools import cache

from celery import signals
from celery.schedules import crontab

from analytics.assembly import open_desk
from analytics.collect import CHAIN_DEADLINE_SECONDS, collect, summary
from analytics.desk import jobs
from analytics.desk.desk import Desk
from analytics.model.parameters import parse_as_of, parse_parameters
from analytics.model.parsing import parse_date
from analytics.model.vocabulary import HoldlineError, parse_symbol
from analytics.runtime import hold_scan as scan
from analytics.runtime import kernels
from analytics.settings_reader import load_settings
from analytics.studies.hold.universe import HoldUniverseParameters

COLLECT_SECONDS = 180.0
"""How long one worker may have a symbol's chain to itself."""

log = logging.getLogger(__name__)

_settings = load_settings()
app = jobs.celery_app(_settings.broker_url, _settings.redeliver_seconds)
if _settings.collect:
    # Again and again until the session has settled: what is kept is passed over.
    app.conf.beat_schedule = {
        "chains": {
            "task": jobs.COLLECT_ALL,
            "schedule": crontab(minute="25,55", hour="16-19", day_of_week="mon-fri"),
        }
    }


@signals.celeryd_init.connect
@signals.beat_init.connect
def require_broker(**_: object) -> None:
    """End with a sentence where Celery would knock at a broker of its own choice for ever."""
    if not _settings.broker_url:
        raise SystemExit("CELERY_BROKER_URL is not set: there is no queue to work on.")


@cache
def desk() -> Desk:
    """This process's desk, opened after Celery's fork."""
    patient = max(_settings.deadline_seconds, CHAIN_DEADLINE_SECONDS)
    kernels.keep(_settings.home)
    return open_desk(replace(_settings, deadline_seconds=patient))


@app.task(name=jobs.STUDY)
def study(
    scan_name: str, source: str, symbol: str, level: int | str, session: str, as_of: str | None
) -> str:
    """Study one symbol of a scan, unless it was done or nobody watches any more.

    Returns:
        What became of it, for Celery's log.
    """
    return scan.work(
        desk(),
        scan_name,
        source,
        parse_symbol(symbol),
        parse_parameters(HoldUniverseParameters, {"level": level}).level,
        parse_date("session", session),
        None if as_of is None else parse_as_of("as-of", as_of),
    )


@app.task(name=jobs.COLLECT)
def collect_chain(symbol: str) -> str:
    """Keep one symbol's chain of the present session, unless it is kept or under way."""
    return collect_one(desk(), parse_symbol(symbol))


@app.task(name=jobs.COLLECT_ALL)
def collect_all() -> None:
    """Have the chains of all configured symbols kept."""
    for symbol in _settings.collect.split(","):
        if symbol.strip():
            collect_chain.apply_async(args=[symbol.strip()], expires=jobs.COLLECT_EXPIRES)


def collect_one(at: Desk, symbol: str) -> str:
    """What `collect` did for one symbol; two workers never ask for the same chain at once."""
    key, token = f"holdline/collect/{symbol}", secrets.token_bytes(16)
    if not at.shared_state.add(key, token, COLLECT_SECONDS):
        return f"{symbol}: under way"
    try:
        return f"{symbol}: {summary(collect(at, [symbol], io.StringIO()))}"
    except HoldlineError as error:
        log.warning("%s: %s", symbol, error)
        return f"{symbol}: {error}"
    finally:
        at.shared_state.delete(key, only_if=token)
