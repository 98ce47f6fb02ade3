"""Contract of the backends that processes share, on disk and on a real Redis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.cache import Backend, DiskBackend, NoBackend, RedisBackend
from analytics.cache.scoped_backend import ScopedBackend
from tests.support.servers import redis_server
from tests.support.waiting import until

DAY = 86_400.0
LARGE = bytes(range(256)) * 8192  # 2 MiB


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(params=["disk", "redis", "scoped"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Backend]]:
    """Opens the same backend again and again, each time as another process would."""
    made: list[Backend] = []

    def disk() -> Backend:
        return DiskBackend(tmp_path / "cache", allow_temporary=True)

    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        import redis

        redis.Redis.from_url(url).flushdb()

    def build() -> Backend:
        opened: Backend
        if request.param == "redis":
            opened = RedisBackend(url)
        else:
            opened = disk() if request.param == "disk" else ScopedBackend(disk(), "demo")
        made.append(opened)
        return opened

    yield build
    for backend in made:
        backend.close()


@pytest.fixture
def backend(make: Callable[[], Backend]) -> Backend:
    return make()


class TestStores:
    @pytest.mark.parametrize("data", [b"", b"\x00\xffsmall", LARGE], ids=["empty", "small", "big"])
    def test_bytes_come_back_also_elsewhere(self, make: Callable[[], Backend], data: bytes) -> None:
        assert make().set("k", data, DAY)
        assert make().get("k") == data
        assert make().status is None

    def test_absent_deleted_and_expired_are_misses(self, backend: Backend) -> None:
        backend.set("k", b"v", DAY)
        backend.delete("k")
        backend.delete("never stored")
        assert backend.get("k") is None
        backend.set("k", b"v", -1.0)
        assert backend.get("k") is None

    def test_a_life_ends_by_itself(self, backend: Backend) -> None:
        backend.set("k", b"v", 0.05)
        until(lambda: backend.get("k") is None, "the expiry")

    def test_it_goes_on_after_a_close(self, backend: Backend) -> None:
        backend.set("k", b"v", DAY)
        backend.close()
        assert backend.get("k") == b"v"


class TestLocks:
    def test_only_one_adds(self, make: Callable[[], Backend]) -> None:
        assert make().add("lock", b"mine", DAY)
        assert not make().add("lock", b"other", DAY)
        assert make().get("lock") == b"mine"

    def test_only_the_owner_releases_and_renews(self, backend: Backend) -> None:
        backend.add("lock", b"mine", DAY)
        backend.delete("lock", only_if=b"other")
        assert not backend.renew("lock", b"other", DAY)
        assert backend.renew("lock", b"mine", DAY)
        backend.delete("lock", only_if=b"mine")
        assert backend.add("lock", b"other", DAY)

    def test_an_expired_lock_is_free_and_not_renewed(self, backend: Backend) -> None:
        backend.add("lock", b"mine", 0.05)
        until(lambda: backend.get("lock") is None, "the expiry")
        assert not backend.renew("lock", b"mine", DAY)
        assert backend.add("lock", b"other", DAY)

    def test_a_renewed_lock_outlives_its_first_life(self, backend: Backend) -> None:
        backend.add("lock", b"mine", 0.4)
        backend.set("witness", b"", 0.5)
        assert backend.renew("lock", b"mine", DAY)
        until(lambda: backend.get("witness") is None, "the witness's expiry")
        assert backend.get("lock") == b"mine"


class TestUpdates:
    def test_it_gets_what_is_held_and_stores_what_it_gives(self, backend: Backend) -> None:
        seen = []

        def append(current: bytes | None) -> bytes:
            seen.append(current)
            return (current or b"") + b"x"

        assert backend.update("k", append, DAY)
        assert backend.update("k", append, DAY)
        assert (seen, backend.get("k")) == ([None, b"x"], b"xx")

    def test_none_and_an_error_change_nothing(self, backend: Backend) -> None:
        backend.set("k", b"v", DAY)
        assert backend.update("k", lambda current: None, DAY)

        def refuse(current: bytes | None) -> bytes:
            raise LookupError("refused")

        with pytest.raises(LookupError):
            backend.update("k", refuse, DAY)
        assert backend.get("k") == b"v"
        assert backend.set("k", b"w", DAY)

    def test_of_many_at_once_none_is_lost(self, make: Callable[[], Backend]) -> None:
        opened = [make() for _ in range(4)]
        start = threading.Barrier(4)

        def count(backend: Backend) -> None:
            start.wait()
            for _ in range(25):
                backend.update("n", lambda current: str(int(current or 0) + 1).encode(), DAY)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, opened))
        assert opened[0].get("n") == b"100"


class TestScopes:
    def test_two_scopes_of_one_backend_are_apart(self, tmp_path: Path) -> None:
        disk = DiskBackend(tmp_path, allow_temporary=True)
        real, simulated = ScopedBackend(disk, "Yahoo"), ScopedBackend(disk, "Simulator")
        real.set("k", b"real", DAY)
        assert simulated.get("k") is None
        assert simulated.add("k", b"simulated", DAY)
        assert real.get("k") == b"real"

    def test_without_a_backend_nothing_is_shared(self) -> None:
        assert not NoBackend().update("k", lambda current: b"v", DAY)
