"""From settings to a desk: the only place where a source and a cache are wired together."""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections.abc import Callable, Iterable, Mapping

from analytics.alerts.chat_targets import CHATS
from analytics.alerts.model import ChannelKind
from analytics.alerts.question import reading_of, scan_reading
from analytics.alerts.rule import ScanReading, SentimentReading
from analytics.cache.backend import Backend, NoBackend
from analytics.cache.codec import Codec
from analytics.cache.disk_backend import DiskBackend
from analytics.cache.redis_backend import RedisBackend
from analytics.cache.scoped_backend import ScopedBackend
from analytics.cache.single_flight import Cache
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.jobs import CeleryQueue, JobQueue
from analytics.feed.feeder import Feed
from analytics.feed.market import LiveMarket
from analytics.feed.publication import Observer
from analytics.feed.upstream import Poll
from analytics.model.dated_lists import use_folder
from analytics.model.listings import DEFAULT_WATCHLIST, VIX
from analytics.model.question import Needs, Symbol
from analytics.model.vocabulary import BadInput, MinuteBars, SourceFailure
from analytics.runtime.alerts.chat import Chat, can_chat
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.history import DeskHistory
from analytics.runtime.alerts.mail import Mail, parse_mail_server
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.push import Push, can_push
from analytics.runtime.alerts.push_key import push_key
from analytics.runtime.alerts.service import Alerts
from analytics.runtime.alerts.transport import Transport
from analytics.runtime.alerts.webhook import Webhook, derived_secret, secret_bytes
from analytics.runtime.hold_scan import StudyRecord
from analytics.runtime.watcher import Watcher
from analytics.secret_key import secret_key
from analytics.settings import Settings
from analytics.sources import registry
from analytics.sources.base import Opening, Source
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.records import Records
from analytics.store.store import Store
from analytics.studies.scan.scan import SCAN, ScanParameters
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaseline,
    SessionBaselinesParameters,
)

log = logging.getLogger(__name__)

REMOTE_BYTES = 1 << 26
"""Of answers kept in memory: five years of bars of 503 symbols are some 30 MiB."""
LOCAL_BYTES = 12 << 20
"""Of answers of what lies on this machine, which is soon read again."""
STUDY_BYTES = 9 << 20
"""Of studies kept in memory: those of an index's 503 names at a level are 8 MiB."""


def open_desk(settings: Settings) -> Desk:
    """The desk that ``settings`` ask for.

    Only a remote source's answers are cached: a folder or the simulator is read faster than a
    cache of it.

    Raises:
        BadInput: for a data folder that is missing or holds no prices, or a bad CACHE_URL,
            or a broker without Celery.
    """
    use_folder(settings.lists_folder)
    shared = open_shared(settings)
    source = open_source(settings, shared)
    if not source.capabilities.remote and not _is_shared(settings):
        shared = NoBackend()
    shared_state = ScopedBackend(shared, source.scope)
    written = open_database(settings)
    return Desk(
        source,
        _answers(shared, source),
        settings.deadline_seconds,
        archive=open_archive(settings, source, written),
        records=Records(written, source.capabilities.simulated),
        shared_state=shared_state,
        studies=Cache(shared_state, _codec(), max_bytes=STUDY_BYTES),
        jobs=open_queue(settings),
    )


def _answers(shared: Backend, source: Source) -> Cache:
    if source.capabilities.remote:
        return Cache(shared, _codec(), max_bytes=REMOTE_BYTES)
    return Cache(NoBackend(), _codec(), max_bytes=LOCAL_BYTES)


def open_queue(settings: Settings) -> JobQueue | None:
    """What takes long jobs to workers; None without a broker.

    Raises:
        BadInput: a broker is named and Celery is not installed.
    """
    if not settings.broker_url:
        return None
    return CeleryQueue(settings.broker_url, settings.redeliver_seconds)


def open_shared(settings: Settings) -> Backend:
    """What the processes of the deployment share: a Redis, or the disk of one machine.

    Raises:
        BadInput: for a bad CACHE_URL; a Redis or a disk that does not work is said in `status`.
    """
    if settings.cache_url:
        return RedisBackend(settings.cache_url)
    if registry.may_be_remote(settings.source) or _is_shared(settings):
        return DiskBackend(settings.home / "cache", size_limit=settings.cache_megabytes << 20)
    return NoBackend()


def _is_shared(settings: Settings) -> bool:
    """Whether other processes serve the same viewers."""
    return bool(settings.cache_url) or settings.workers > 1


def _codec() -> Codec:
    return Codec(CACHED_TYPES | {"hold-scan": StudyRecord})


def open_database(settings: Settings) -> Database:
    """The durable store; one that cannot be used is said, and the desk goes on without."""
    try:
        database = Database(settings.database_url or store_url(settings.home), patient=True)
        if database.refusal:
            log.error("%s", database.refusal)
        return database
    except StoreUnavailable as error:
        log.error("%s", error)
        return Database.refused(str(error))


def open_archive(settings: Settings, source: Source, written: Database) -> Archive:
    """What the desk remembers of the market, in the durable store.

    The simulator's past lives in memory, or with several processes in the store they share, by
    run: every run plays the same Monday. Two data folders have two pasts.
    """
    if not source.capabilities.simulated:
        return Archive(Store(written), source, _utc_now, written.refusal, source.scope)
    if written.refusal or not _is_shared(settings):
        return Archive(Store(Database(None)), source, _utc_now, scope=source.scope)
    return Archive(Store(written), source, _utc_now, scope=source.scope, run=_run_of(source))


def _run_of(source: Source) -> Callable[[], str] | None:
    """Names the simulated day that is played; None for a market that is played once."""
    clock = source.play_clock
    return None if clock is None else lambda: clock.run


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def open_feed(desk: Desk, observers: Iterable[Observer] = ()) -> Feed:
    """The live feed beside ``desk``, with the watch on it; it starts with its first viewer.

    A source without live prices (a folder) has a feed that stays empty.
    """
    symbols = (*DEFAULT_WATCHLIST, VIX)
    observers = (Watcher(desk).observe, *observers)
    return Feed(desk.shared_state, live_market(desk), symbols, observers=observers)


def live_market(desk: Desk) -> LiveMarket:
    """The desk's source as the feed sees it."""
    source = desk.source

    def baselines(
        symbols: tuple[str, ...],
    ) -> tuple[Mapping[str, SessionBaseline], Mapping[str, str]]:
        wanted = SessionBaselinesParameters(tuple(Symbol(symbol) for symbol in symbols))
        answer = desk.ask(SESSION_BASELINES, wanted)
        if answer.result is None:
            raise SourceFailure(answer.reason or "no bars for the live feed.")
        found = (*answer.result.baselines, *answer.result.price_only)
        known = {baseline.symbol: baseline for baseline in found}
        missing = answer.result.missing.items()
        return known, {symbol: why for symbol, why in missing if symbol not in known}

    def minutes(symbols: tuple[str, ...]) -> Mapping[str, MinuteBars]:
        return desk.inputs(Needs(minutes=symbols)).minutes

    able = source.capabilities
    return LiveMarket(
        now=source.now,
        baselines=baselines,
        connect=source.stream if able.stream else None,
        poll=_poll_of(desk),
        minutes=minutes if able.minutes else None,
        forget=desk.forget_bars,
        clock=source.play_clock,
    )


def _poll_of(desk: Desk) -> Poll | None:
    """How the feed polls: by the desk's bulk calls, which then serve the bars as well."""
    if desk.quotes is not None:
        return desk.quotes.poll
    return desk.source.quotes if desk.source.capabilities.quotes else None


def open_alerts(settings: Settings, desk: Desk) -> Alerts:
    """The alerts beside ``desk``; ``observe`` goes to `open_feed`, ``start`` begins them.

    Raises:
        BadInput: for a mail server, an address or a secret that cannot be read.
    """
    server = parse_mail_server(settings.smtp_url) if settings.smtp_url else None
    mail = Mail(server, settings.mail_from, settings.base_url)
    key = (
        secret_bytes(settings.webhook_secret)
        if settings.webhook_secret
        else derived_secret(secret_key(settings.home).value)
    )
    network = Network(private=settings.webhook_private)
    webhook = Webhook(key, settings.base_url, network)

    transports: dict[ChannelKind, Transport] = {"email": mail, "webhook": webhook}
    push = _open_push(settings, desk, network)
    if push is not None:
        transports["push"] = push
    if can_chat():
        chat = Chat(settings.base_url, settings.chat_hosts, network)
        transports |= dict.fromkeys(CHATS, chat)

    def sentiment() -> SentimentReading | None:
        answer = desk.ask(SENTIMENT, SentimentParameters())
        return None if answer.result is None else reading_of(answer.result, answer.as_of)

    def scan(parameters: ScanParameters) -> ScanReading | None:
        answer = desk.ask(SCAN, parameters)
        if answer.error is BadInput:  # such as a universe whose file was removed
            raise BadInput(answer.reason or "There is no such scan.")
        return None if answer.result is None else scan_reading(answer.result, answer.as_of)

    def engine() -> Engine:
        history, clock = DeskHistory(desk), desk.source.play_clock
        return Engine(
            desk.records,
            sentiment,
            _run_of(desk.source),
            history=history,
            scan=scan,
            time_in_run=None if clock is None else clock.time_in_run,
        )

    return Alerts(
        engine,
        lambda: Sender(desk.records, transports),
        mail,
        transports,
        settings.chat_hosts,
        push,
    )


def _open_push(settings: Settings, desk: Desk, network: Network) -> Push | None:
    """Web Push; None without its library.

    Raises:
        BadInput: for a key that is none.
    """
    if not can_push():
        return None
    key = functools.cache(lambda: push_key(settings.home, settings.push_key))
    if settings.push_key:
        key()
    contact = f"mailto:{settings.mail_from}" if settings.mail_from else settings.base_url
    subscriptions = desk.records.subscriptions
    return Push(
        key,
        contact if contact.startswith(("mailto:", "https:")) else "mailto:nobody@example.org",
        desk.records.push.find,
        lambda who, target, why: subscriptions.remove_channel(who, "push", target, why),
        settings.push_services,
        network,
    )


def open_source(settings: Settings, shared: Backend) -> Source:
    """The source that ``settings`` name; its guards, or its clock, are those of all processes."""

    hosts = registry.parse_hosts(settings.hosts)

    def opening(name: str, kind: type[Source]) -> Opening:
        return Opening(
            contact=settings.contact,
            host=hosts.get(name, ""),
            folder=settings.data,
            simulation_starts=dt.time.fromisoformat(settings.demo_time),
            requests_per_minute=settings.requests_per_minute,
            shared_state=ScopedBackend(shared, kind.name),
            several_processes=_is_shared(settings),
        )

    return registry.open_source(settings.source, opening, settings.providers_asked())
