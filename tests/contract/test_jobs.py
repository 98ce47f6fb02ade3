"""Long jobs on Celery workers: the same results, each once, whoever is killed meanwhile."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from analytics import collect
from analytics.assembly import open_desk
from analytics.cache.backend import NoBackend
from analytics.cache.single_flight import Cache
from analytics.desk.desk import Desk
from analytics.desk.jobs import COLLECT, STUDY, CeleryQueue, Job, QueueLost, collect_job, study_job
from analytics.model.parameters import parse_parameters
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, SymbolNotFound
from analytics.runtime import hold_scan as scan
from analytics.runtime.hold_scan import HoldScans, ScanProgress
from analytics.settings_reader import load_settings
from analytics.sources.base import RawBars
from analytics.sources.demo import DemoSource
from analytics.store.database import Database
from analytics.store.store import Store
from analytics.studies.hold.universe import HOLD_UNIVERSE, HoldUniverseParameters, study_symbol
from tests.support.servers import RedisServer, redis_server
from tests.support.small_feeds import MemorySharedState
from tests.support.waiting import until
from tests.unit.desk.test_archive import EVENING, desk_at

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0

pytest.importorskip("celery", reason="celery is not installed (requirements-served.txt)")


class Backend(MemorySharedState):
    """A shared state in memory that never expires, as a desk's."""

    status: str | None = None

    def close(self) -> None:
        """Nothing is open."""


class Recorder:
    """A queue that keeps what it is sent, or refuses it."""

    def __init__(self, lost: bool = False) -> None:
        self.sent: list[Job] = []
        self.lost = lost

    def send(self, jobs: Iterable[Job]) -> None:
        if self.lost:
            raise QueueLost("The queue of long jobs does not answer (test).")
        self.sent += jobs


class Lacking(DemoSource):
    """The demo without a company that the scanned universe has among its first."""

    LACKED = "ABBV"

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        if symbol == self.LACKED:
            raise SymbolNotFound(f"The worker's source does not know the symbol {symbol!r}.")
        return super().bars(symbol, start, upto)


def desk_with(
    queue: Recorder, shared_state: Backend, source: type[DemoSource] = DemoSource
) -> Desk:
    """A demo desk as the page's process has it, or a worker's."""
    from analytics.assembly import _codec
    from analytics.sources.demo import DemoClock

    cache = Cache(NoBackend(), _codec())
    return Desk(
        source(clock=DemoClock(speed=0)),
        cache,
        shared_state=shared_state,
        studies=Cache(shared_state, _codec()),
        jobs=queue,
    )


def run(desk: Desk, job: Job) -> str:
    """Work on a job as `analytics.worker` does."""
    name, source, symbol, level, session, as_of = job.words
    assert as_of is None
    day = dt.date.fromisoformat(str(session))
    asked = parse_parameters(HoldUniverseParameters, {"level": level}).level
    return scan.work(desk, str(name), str(source), str(symbol), asked, day, None)


def ended(scans: HoldScans) -> ScanProgress:
    """The scan of the sectors, watched until it ends."""
    shown = scans.watch("sectors", 50)

    def over() -> bool:
        nonlocal shown
        shown = scans.watch("sectors", 50)
        return not shown.running

    until(over, "the end of the scan", PATIENCE_SECONDS)
    return shown


class TestSentAndTakenIn:
    def test_each_symbol_is_sent_once_though_two_processes_watch(self) -> None:
        queue, shared_state = Recorder(), Backend()
        watchers = [HoldScans(desk_with(queue, shared_state)) for _ in range(2)]
        for scans in watchers:
            assert scans.watch("sectors", 50).running
        until(lambda: len(queue.sent) >= 11, "the jobs")
        worker = desk_with(Recorder(), shared_state)
        done = [run(worker, job) for job in queue.sent]
        assert all(word.endswith("studied") for word in done)
        results = [ended(scans) for scans in watchers]
        assert len(queue.sent) == 11
        assert results[0].result == results[1].result
        assert (results[0].done, results[0].total) == (11, 11)

    def test_what_workers_find_is_what_the_question_answers(self) -> None:
        queue, shared_state = Recorder(), Backend()
        desk = desk_with(queue, shared_state)
        scans = HoldScans(desk)
        scans.watch("sectors", 50)
        until(lambda: len(queue.sent) == 11, "the jobs")
        worker = desk_with(Recorder(), shared_state)
        for job in reversed(queue.sent):  # in whatever order
            run(worker, job)
        found = ended(scans).result
        assert found is not None
        symbols = tuple(Symbol(row.symbol) for row in found.rows)
        asked = desk.ask(HOLD_UNIVERSE, HoldUniverseParameters(symbols, 50, 500)).result
        assert asked == found

    @pytest.mark.parametrize("level", [50, "week-low"])
    def test_a_job_delivered_twice_is_done_once(
        self, monkeypatch: pytest.MonkeyPatch, level: int | str
    ) -> None:
        shared_state = Backend()
        made = Counter[str]()
        study = study_symbol

        def counted(bars: object, *args: object) -> object:
            made[bars.symbol] += 1  # type: ignore[attr-defined]
            return study(bars, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(scan, "study_symbol", counted)
        session = desk_with(Recorder(), shared_state).moment().session.isoformat()
        job = study_job("scan", "Simulator", "XLK", level, session, None)
        shared_state.set("holdline/scan/watched/scan", b"watched", 60.0)
        for _ in range(2):
            assert run(desk_with(Recorder(), shared_state), job) == "XLK: studied"
        assert made == {"XLK": 1}

    def test_a_symbol_that_cannot_be_studied_is_missing_with_the_workers_reason(self) -> None:
        queue, shared_state = Recorder(), Backend()
        scans = HoldScans(desk_with(queue, shared_state))
        shown = scans.watch("sp500", 50)
        until(lambda: len(queue.sent) == scan.MAX_QUEUED < shown.total, "the jobs")
        worker = desk_with(Recorder(), shared_state, Lacking)
        # only the first are looked for before anything has been found
        first = {str(job.words[2]): job for job in queue.sent[:20]}
        assert "does not know" in run(worker, first.pop(Lacking.LACKED))
        until(lambda: scans.watch("sp500", 50).done == 1, "the reason")
        until(lambda: len(queue.sent) == scan.MAX_QUEUED + 1, "one job more in its place")
        assert run(worker, first.popitem()[1]).endswith("studied")
        until(lambda: scans.watch("sp500", 50).done == 2, "a study beside it")
        found = scans.watch("sp500", 50).result
        assert found is not None
        reason = f"The worker's source does not know the symbol {Lacking.LACKED!r}."
        assert found.missing == {Lacking.LACKED: reason}


class TestNotDone:
    def test_jobs_of_a_scan_nobody_watches(self) -> None:
        shared_state = Backend()
        desk = desk_with(Recorder(), shared_state)
        session = desk.moment().session.isoformat()
        job = study_job("scan", "Simulator", "XLK", 50, session, None)
        assert run(desk, job) == "not done: nobody watches"

    def test_jobs_of_another_source_or_session(self) -> None:
        shared_state = Backend()
        shared_state.set("holdline/scan/watched/scan", b"watched", 60.0)
        desk = desk_with(Recorder(), shared_state)
        other = study_job("scan", "Yahoo", "XLK", 50, desk.moment().session.isoformat(), None)
        assert "this worker's source is Simulator" in run(desk, other)
        past = study_job("scan", "Simulator", "XLK", 50, "2025-01-02", None)
        assert run(desk, past) == "not done: 2025-01-02 is over"


class TestWithoutWorkers:
    def test_a_queue_that_is_lost_is_done_without(self) -> None:
        shown = ended(HoldScans(desk_with(Recorder(lost=True), Backend())))
        assert (shown.done, shown.total) == (11, 11)

    def test_a_queue_nobody_works_on_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scan, "STALLED_SECONDS", 0.2)
        shown = ended(HoldScans(desk_with(Recorder(), Backend())))
        assert (shown.done, shown.total) == (11, 11)

    def test_a_board_that_is_lost_is_not_waited_for(self) -> None:
        shared_state, queue = Backend(), Recorder()
        shared_state.status = "Answers are kept in each process's memory only: lost."
        assert ended(HoldScans(desk_with(queue, shared_state))).done == 11
        assert queue.sent == []

    def test_a_broker_that_is_down_is_said_at_once(self) -> None:
        queue = CeleryQueue("redis://127.0.0.1:1/0", 120.0)
        with pytest.raises(QueueLost, match="does not answer"):
            queue.send([collect_job("SPY")])

    def test_without_celery_the_setting_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "celery", None)
        with pytest.raises(BadInput, match=r"pip install -r requirements-served\.txt"):
            CeleryQueue("redis://127.0.0.1:1/0", 120.0)


class TestCollecting:
    def test_delivered_twice_a_chain_is_asked_for_and_kept_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
        from analytics import worker

        desk = desk_at(EVENING, Store(Database(None)))
        asked = []
        chain = desk.source.chain

        def counted(symbol: str, session: dt.date | None) -> object:
            asked.append(symbol)
            return chain(symbol, session)

        monkeypatch.setattr(desk.source, "chain", counted)
        assert "1 kept, 0 kept before" in worker.collect_one(desk, "NVDA")
        assert "0 kept, 1 kept before" in worker.collect_one(desk, "NVDA")
        assert asked == ["NVDA"]

    def test_a_chain_under_way_at_another_worker_is_left_to_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from analytics import worker

        desk = desk_at(EVENING, Store(Database(None)))
        desk.shared_state = Backend()
        desk.shared_state.add("holdline/collect/NVDA", b"another", 60.0)
        assert worker.collect_one(desk, "NVDA") == "NVDA: under way"
        assert desk.shared_state.get("holdline/collect/NVDA") == b"another"


class TestCollectingByCommand:
    def test_without_a_queue_or_with_a_lost_one_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
        assert collect.main(["--queue", "SPY"]) == collect.BAD_INPUT
        assert "needs CELERY_BROKER_URL" in capsys.readouterr().err
        monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
        assert collect.main(["--queue", "SPY"]) == collect.FAILED
        assert "does not answer" in capsys.readouterr().err

    def test_it_sends_a_job_a_symbol(
        self,
        broker: RedisServer,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        import redis

        monkeypatch.setenv("CELERY_BROKER_URL", broker.url)
        assert collect.main(["--queue", "SPY", "NVDA", "SPY"]) == collect.DONE
        assert capsys.readouterr().out == "2 sent to the workers\n"
        assert redis.Redis.from_url(broker.url).llen("holdline") == 2


class Worker:
    """A Celery worker process of one child, its log in a file."""

    def __init__(self, folder: Path, number: int, environ: dict[str, str]) -> None:
        self.log = folder / f"worker-{number}.log"
        words = [sys.executable, "-m", "celery", "-A", "analytics.worker", "worker"]
        words += ["-c", "1", "-n", f"w{number}@%h", "-l", "info", "--without-mingle"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                words,
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def lines(self, words: str) -> list[str]:
        """Lines of its log that end with ``words``."""
        return [line for line in self.log.read_text().splitlines() if line.endswith(words)]

    def kill(self) -> None:
        """Parent and child at once, as when the machine is lost."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


class TestKilledWorker:
    def test_its_job_is_taken_up_by_another_and_each_is_done_once(
        self, broker: RedisServer, tmp_path: Path
    ) -> None:
        environ = {
            "HOLDLINE_SOURCE": "demo",
            "HOLDLINE_HOME": str(tmp_path / "home"),
            "HOLDLINE_REDELIVER_SECONDS": "2",
            "CACHE_URL": broker.url,
            "CELERY_BROKER_URL": broker.url.removesuffix("0") + "1",
        }
        desk = open_desk(load_settings([], environ))
        scans = HoldScans(desk)
        workers = [Worker(tmp_path, 0, environ)]
        try:

            def begun() -> list[str]:
                scans.watch("sectors", 50)
                return workers[0].lines("begins")

            until(begun, "the first study", PATIENCE_SECONDS)
            workers[0].kill()
            workers.append(Worker(tmp_path, 1, environ))
            shown = ended(scans)
        finally:
            for worker in workers:
                worker.kill()
            desk.close()
        assert (shown.done, shown.total) == (11, 11)
        assert shown.result is not None
        assert shown.result.missing == {}
        made = Counter(line.split(" of ")[1] for w in workers for line in w.lines("is made"))
        assert sorted(made.values()) == [1] * 11


def test_the_names_that_travel_are_fixed() -> None:
    """Workers of one release take jobs of another while a deployment is renewed."""
    assert (STUDY, COLLECT) == ("holdline.study", "holdline.collect")
