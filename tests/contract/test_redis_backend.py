"""Redis as the shared tier: one fetch over processes, and what is lost when it is lost."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.assembly import open_desk
from analytics.cache import Cache, Codec, Fetched, RedisBackend
from analytics.cache.redis_backend import check_cache_url
from analytics.feed.leader_election import Leadership
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, SourceFailure
from analytics.settings_reader import load_settings
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from tests.support.processes import read_line, start, write_line
from tests.support.servers import RedisServer, redis_server
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
DAY = 86_400.0
SOON = 0.05

FETCHER = """
    import json, sys, time
    from concurrent.futures import ThreadPoolExecutor
    from analytics.cache import Cache, Codec, Fetched, RedisBackend
    cache = Cache(RedisBackend(sys.argv[1]), Codec({}))
    def fetch():
        with open(sys.argv[2], "a") as file:
            file.write("fetched\\n")
        time.sleep(0.4)
        return Fetched("value", 60, 60)
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(25) as pool:
        asked = [pool.submit(cache.get_or_fetch, "k", fetch, 20.0) for _ in range(25)]
        print(json.dumps(sorted({a.result().value + a.result().version for a in asked})))
"""

LEADER = """
    import sys, time
    from analytics.cache import RedisBackend
    from analytics.feed.leader_election import Leadership
    leadership = Leadership(RedisBackend(sys.argv[1]), lasts=1.5, renew=0.3)
    while True:
        print("leads" if leadership.step() else "waits", flush=True)
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(running: RedisServer) -> RedisServer:
    """The module's Redis, empty and running, whatever the test before did to it."""
    running.kill()
    running.start()
    return running


class TestOneFetch:
    def test_two_processes_of_25_threads_make_one(
        self, server: RedisServer, tmp_path: Path
    ) -> None:
        processes = [start(FETCHER, server.url, tmp_path / "fetches") for _ in range(2)]
        for process in processes:
            assert read_line(process) == "ready"
        for process in processes:
            write_line(process, "go")
        outputs = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
        assert (tmp_path / "fetches").read_text() == "fetched\n"
        assert outputs[0] == outputs[1]
        assert len(outputs[0]) == 1


class TestLost:
    def test_answers_go_on_from_memory_and_it_is_taken_up_again(self, server: RedisServer) -> None:
        backend = RedisBackend(server.url, retry_seconds=SOON)
        cache = Cache(backend, Codec({}))
        assert cache.get_or_fetch("k", lambda: Fetched("v", DAY, DAY), 10.0).value == "v"
        server.kill()
        assert cache.get_or_fetch("k", lambda: Fetched("again", DAY, DAY), 10.0).value == "v"
        assert cache.get_or_fetch("new", lambda: Fetched("w", DAY, DAY), 10.0).value == "w"
        assert cache.status is not None
        assert f"127.0.0.1:{server.port} cannot be reached" in cache.status
        server.start()
        until(lambda: backend.set("k2", b"v", DAY), "the next store")
        assert cache.status is None
        assert RedisBackend(server.url).get("k2") == b"v"

    def test_while_it_is_lost_locks_are_free_and_nothing_is_stored(
        self, server: RedisServer
    ) -> None:
        backend = RedisBackend(server.url)
        server.kill()
        assert backend.add("lock", b"mine", DAY)
        assert backend.renew("lock", b"mine", DAY)
        assert not backend.set("k", b"v", DAY)
        assert not backend.update("k", lambda current: b"v", DAY)
        assert backend.get("k") is None
        backend.delete("k", only_if=b"v")
        backend.close()

    def test_one_that_accepts_and_is_silent_is_left_alone_after_one_time_out(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            backend = RedisBackend(
                f"redis://127.0.0.1:{silent.getsockname()[1]}", retry_seconds=DAY
            )
            assert backend.get("k") is None
            assert backend.status is not None
            silent.settimeout(1.0)
            silent.accept()[0].close()
            assert backend.get("k") is None  # it is not even tried
            silent.settimeout(0.0)
            with pytest.raises(BlockingIOError):
                silent.accept()

    def test_one_that_refuses_is_said(self, server: RedisServer) -> None:
        import redis

        client = redis.Redis.from_url(server.url)
        client.config_set("maxmemory", "1")
        backend = RedisBackend(server.url)
        assert not backend.set("k", b"v", DAY)
        assert backend.status is not None
        assert "refuses (command not allowed when used memory" in backend.status
        assert backend.get("k") is None
        assert backend.status is not None  # that it can be read does not end the trouble
        client.config_set("maxmemory", "0")
        assert backend.set("k", b"v", DAY)
        assert backend.status is None


class TestFeedLeadership:
    def test_a_killed_leader_is_replaced_by_the_other_process(self, server: RedisServer) -> None:
        holder = start(LEADER, server.url)
        try:
            assert holder.stdout is not None
            assert read_line(holder) == "leads"
            mine = Leadership(RedisBackend(server.url), lasts=1.5, renew=0.05)
            assert not mine.step()
            holder.send_signal(signal.SIGKILL)
            until(mine.step, "the succession")
        finally:
            holder.kill()
            holder.communicate()

    def test_after_an_outage_one_leads_again(self, server: RedisServer) -> None:
        first, second = (
            Leadership(RedisBackend(server.url, retry_seconds=SOON), lasts=1.0, renew=0.02)
            for _ in range(2)
        )
        assert first.step()
        assert not second.step()
        server.kill()
        until(lambda: first.step() and second.step(), "each leading by itself")
        server.start()
        until(lambda: first.step() != second.step(), "one leading")


class TestSharedLimits:
    def test_processes_draw_from_one_bucket(self, server: RedisServer) -> None:
        waits: list[float] = []
        limiters = [
            RateLimiter(1.0, 3, lambda: 1000.0, waits.append, RedisBackend(server.url))
            for _ in range(3)
        ]
        for _ in range(2):
            for limiter in limiters:
                limiter.acquire()
        assert waits == pytest.approx([1.0, 2.0, 3.0])

    def test_a_refusal_met_by_one_spares_the_provider_of_all(self, server: RedisServer) -> None:
        now = [1000.0]
        first, second = (
            CircuitBreaker("Yahoo", lambda: now[0], shared_state=RedisBackend(server.url))
            for _ in range(2)
        )
        first.limited()
        assert second.state == "open"
        with pytest.raises(SourceFailure, match="limiting requests; next try in 60 s"):
            second.check()
        now[0] += 60.0
        with second.attempt():
            with pytest.raises(SourceFailure, match="a next try is under way"), first.attempt():
                pass
            second.succeeded()
        assert first.state == "closed"

    def test_failures_in_a_row_are_counted_over_processes(self, server: RedisServer) -> None:
        breakers = [
            CircuitBreaker("Yahoo", lambda: 1000.0, shared_state=RedisBackend(server.url))
            for _ in range(3)
        ]
        for breaker in breakers:
            assert breaker.state == "closed"
            breaker.failed()
        assert {breaker.state for breaker in breakers} == {"open"}

    def test_without_the_board_each_goes_on_with_what_it_knew(self, server: RedisServer) -> None:
        breaker = CircuitBreaker("Yahoo", lambda: 1000.0, shared_state=RedisBackend(server.url))
        breaker.limited()
        server.kill()
        assert breaker.state == "open"
        server.start()
        assert breaker.state == "open"


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "localhost:6379",
            "http://localhost:6379",
            "redis://",
            "redis://localhost:port",
            "redis://localhost:0",
            "redis://localhost/name",
            "memcached://me:secret@localhost",
        ],
    )
    def test_a_bad_one_is_refused_in_a_sentence_without_its_password(self, url: str) -> None:
        with pytest.raises(BadInput, match="CACHE_URL is not the address of a Redis") as caught:
            RedisBackend(url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "url",
        [
            "redis://localhost",
            "redis://user:secret@cache.example:6380/3",
            "rediss://cache.example",
            "unix:///run/redis.sock",
        ],
    )
    def test_a_good_one_is_not(self, url: str) -> None:
        check_cache_url(url)

    def test_the_desk_is_opened_with_it_although_nobody_listens(self, tmp_path: Path) -> None:
        environ = {"CACHE_URL": "redis://127.0.0.1:1/0", "HOLDLINE_HOME": str(tmp_path)}
        desk = open_desk(load_settings(["--demo"], environ))
        assert desk.ask(SUPPORTS, SupportsParameters(Symbol("SPY"))).result is not None
        assert "cannot be reached" in (desk.shared_state.status or "")
        desk.close()
