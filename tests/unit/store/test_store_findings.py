"""Findings of a review of the store: each of these failed on 72465ee."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import threading
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from analytics.assembly import open_archive, open_database
from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.collect import collect
from analytics.desk import archive as archive_module
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.level_calls import LevelCall
from analytics.model.levels import dma
from analytics.model.question import Symbol
from analytics.model.sessions import sessions_between
from analytics.model.vocabulary import OptionChain
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.settings import Settings
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.files.source import FilesSource
from analytics.store.chain_format import DamagedChain, chain_digest, decode_chain, encode_chain
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.store import Store
from tests.support.builders import Clock
from tests.support.loopback import bodies
from tests.support.loopback.server import Fault, YahooServer, yahoo_server

NVDA = OptionsParameters(Symbol("NVDA"))
MONDAY = dt.date(2025, 1, 27)
BEFORE = dt.datetime(2025, 1, 27, 20, 50, tzinfo=dt.UTC)  # 15:50 in New York
CLOSED = dt.datetime(2025, 1, 27, 21, 5, tzinfo=dt.UTC)  # 16:05, not settled yet
AFTER = dt.datetime(2025, 1, 27, 21, 30, tzinfo=dt.UTC)  # 16:30


class RemoteDemo(DemoSource):
    """The simulator, cached and served while refreshed as a remote source is."""

    capabilities = replace(DemoSource.capabilities, remote=True)

    def __init__(self, wall: Clock) -> None:
        super().__init__()
        self._wall = wall
        self.asked = 0

    def now(self) -> dt.datetime:
        return self._wall()

    def chain(self, symbol: str, session: dt.date | None):  # type: ignore[no-untyped-def]
        self.asked += 1
        return super().chain(symbol, session)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Database(store_url(tmp_path)))


def desk_with(store: Store, wall: Clock, cache: Cache | None = None) -> Desk:
    source = RemoteDemo(wall)
    cache = cache or Cache(NoBackend(), Codec(CACHED_TYPES), clock=wall)
    return Desk(source, cache, clock=wall, archive=Archive(store, source, wall))


class TestAChainFetchedBeforeTheClose:
    def test_figures_of_it_shown_after_the_close_are_not_final(self, store: Store) -> None:
        wall = Clock(BEFORE)
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=wall)
        desk_with(store, wall, cache).ask(OPTIONS, NVDA)
        wall.time = AFTER
        shown = desk_with(store, wall, cache).ask(OPTIONS, NVDA).result
        assert shown is not None
        assert shown.chain_time < dt.datetime(2025, 1, 27, 21, tzinfo=dt.UTC), "served from cache"
        (row,) = store.figures("Simulator", "options", "NVDA", MONDAY)
        assert not row.final

    def test_the_same_figures_become_final_once_the_session_has_settled(self, store: Store) -> None:
        wall = Clock(CLOSED)
        desk = desk_with(store, wall)
        first = desk.ask(OPTIONS, NVDA)
        (early,) = store.figures("Simulator", "options", "NVDA", MONDAY)
        wall.time = AFTER  # the chain of the close is fetched again, and is the same
        second = desk.ask(OPTIONS, NVDA)
        for thread in threading.enumerate():
            if thread.name == "refresh":
                thread.join(20)
        third = desk.ask(OPTIONS, NVDA)
        (late,) = store.figures("Simulator", "options", "NVDA", MONDAY)
        assert first.result == second.result == third.result
        assert (early.final, late.final) == (False, True)

    def test_the_collector_does_not_call_it_kept(self, store: Store) -> None:
        wall = Clock(BEFORE)
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=wall)
        desk_with(store, wall, cache).ask(OPTIONS, NVDA)
        wall.time = AFTER
        desk = desk_with(store, wall, cache)
        result = collect(desk, ["NVDA"], io.StringIO())
        assert result.stored == ("NVDA",)
        assert desk.archive.has_final_chain("NVDA", MONDAY)
        (row,) = store.figures("Simulator", "options", "NVDA", MONDAY)
        assert row.final


class TestWhatIsKeptStaysReadable:
    def test_a_field_added_to_the_chain_later_loses_no_kept_chain(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wall = Clock(AFTER)
        desk_with(store, wall).ask(OPTIONS, NVDA)
        older = OptionChain
        newer = dataclasses.make_dataclass(
            "OptionChain",
            [("theta_source", str, dataclasses.field(default=""))],
            bases=(older,),
            frozen=True,
            eq=False,
        )
        monkeypatch.setattr(archive_module, "_CODEC", Codec({"chain": newer}), raising=False)
        stored = Archive(store, RemoteDemo(wall), wall).chain("NVDA", MONDAY)
        assert stored is not None

    def test_a_chain_kept_by_the_codec_is_still_read(self, store: Store) -> None:
        chain = DemoSource().chain("NVDA", MONDAY)
        data = zlib.compress(Codec({"chain": type(chain)}).encode(chain))
        store.save_chain("Simulator", chain, data, final=True, fetched_at=AFTER)
        stored = Archive(store, DemoSource(), lambda: AFTER).chain("NVDA", MONDAY)
        assert stored is not None
        assert chain_digest(stored) == chain_digest(chain)

    def test_parquet_gives_back_what_only_some_sources_print(self) -> None:
        chain = DemoSource().chain("NVDA", MONDAY)
        n = len(chain)
        original = replace(
            chain,
            root=np.where(np.arange(n) % 2, "NVDA1", "NVDA"),
            multiplier=np.full(n, 100.0),
            quoted_at=np.full(n, np.datetime64("2025-01-27T20:59:30")),
        )
        decoded = decode_chain(encode_chain(original))
        for name in ("root", "multiplier", "quoted_at"):
            np.testing.assert_array_equal(getattr(decoded, name), getattr(original, name))
            assert getattr(decode_chain(encode_chain(chain)), name).shape == (0,)
        assert chain_digest(decoded) == chain_digest(original) != chain_digest(chain)

    def test_parquet_gives_every_figure_back_and_says_it_was_kept(self, store: Store) -> None:
        wall = Clock(AFTER)
        source = RemoteDemo(wall)
        chain = source.chain("NVDA", MONDAY)
        archive = Archive(store, source, wall)
        archive.remember_chain(chain)
        read = archive.chain("NVDA", MONDAY)
        assert read is not None
        for field in dataclasses.fields(chain):
            if field.name != "vendor":
                np.testing.assert_array_equal(getattr(read, field.name), getattr(chain, field.name))
        assert read.vendor == "Simulator (kept)"
        assert archive.is_final_chain(read)
        assert not archive.is_final_chain(replace(chain, bid=chain.bid + 0.01))

    @pytest.mark.parametrize("at", [0.05, 0.3, 0.6])
    def test_a_changed_byte_is_damage_and_not_another_figure(self, at: float) -> None:
        data = bytearray(encode_chain(DemoSource().chain("NVDA", MONDAY)))
        data[int(at * len(data))] ^= 0x40
        with pytest.raises(DamagedChain):
            decode_chain(bytes(data))

    def test_half_a_file_is_damage(self) -> None:
        data = encode_chain(DemoSource().chain("NVDA", MONDAY))
        with pytest.raises(DamagedChain):
            decode_chain(data[: len(data) // 2])


class TestCollectingFromYahoo:
    """Through the real yfinance, to a server on the loopback."""

    def desk(self, server: YahooServer, store: Store, now: dt.datetime) -> Desk:
        wall = Clock(now)
        source = server.source(clock=wall)
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=wall)
        return Desk(source, cache, clock=wall, archive=Archive(store, source, wall))

    def put(self, server: YahooServer, symbol: str) -> None:
        days = [str(day) for day in sessions_between(dt.date(2024, 12, 2), MONDAY)]
        server.bodies[f"chart/{symbol}"] = bodies.chart([(day, 100.0) for day in days])
        late = bodies.at("2025-01-27", "15:59")
        calls = [bodies.contract(k, late, volume=7) for k in (95.0, 100.0, 105.0)]
        puts = [bodies.contract(k, late, volume=3) for k in (95.0, 100.0, 105.0)]
        server.bodies[f"options/{symbol}"] = bodies.options(
            ["2025-02-21"], "2025-02-21", calls, puts
        )

    def test_a_second_run_asks_for_no_chain(self, store: Store) -> None:
        with yahoo_server() as server:
            for symbol in ("SPY", "TEST"):
                self.put(server, symbol)
            first = collect(self.desk(server, store, AFTER), ["SPY", "TEST"], io.StringIO())
            assert first.stored == ("SPY", "TEST")
            asked = server.count("v7/finance/options")
            again = collect(self.desk(server, store, AFTER), ["SPY", "TEST"], io.StringIO())
            assert (again.already, again.left) == (("SPY", "TEST"), ())
            assert server.count("v7/finance/options") == asked > 0

    def test_before_the_session_settled_it_is_left_for_later(self, store: Store) -> None:
        with yahoo_server() as server:
            for symbol in ("SPY", "TEST"):
                self.put(server, symbol)
            early = collect(self.desk(server, store, BEFORE), ["TEST"], io.StringIO())
            assert (early.stored, early.left) == ((), ("TEST",))
            late = collect(self.desk(server, store, AFTER), ["TEST"], io.StringIO())
            assert (late.stored, late.left) == (("TEST",), ())

    def test_a_refusal_stops_it_without_another_request(self, store: Store) -> None:
        with yahoo_server() as server:
            for symbol in ("SPY", "TEST"):
                self.put(server, symbol)
            desk = self.desk(server, store, AFTER)
            assert desk.moment().session == MONDAY
            server.fault = Fault.LIMITED
            result = collect(desk, ["TEST", "SPY"], io.StringIO())
            assert result.left == ("TEST", "SPY")
            assert "is limiting requests" in str(result.refusal)
            refused = len(server.requests)
            collect(desk, ["TEST", "SPY"], io.StringIO())
            assert len(server.requests) == refused


class TestPastsApart:
    def test_two_data_folders_do_not_share_a_past(self, tmp_path: Path) -> None:
        chain = DemoSource().chain("NVDA", MONDAY)
        archives = []
        for name in ("one", "two"):
            folder = tmp_path / name / "prices"
            folder.mkdir(parents=True)
            (folder / "SPY.csv").write_text("date,close\n2025-01-27,600\n")
            settings = Settings(source="files", data=tmp_path / name, home=tmp_path / "home")
            source = FilesSource(tmp_path / name)
            archives.append(open_archive(settings, source, open_database(settings)))
        archives[0].remember_chain(chain)
        assert archives[0].chain("NVDA", MONDAY) is not None
        assert archives[1].chain("NVDA", MONDAY) is None


class TestOneSimulatedDayInSeveralProcesses:
    CALL = LevelCall("SPY", dma(50), MONDAY, 596.0, 601.0, BEFORE)

    def archives(self, home: Path) -> tuple[list[Archive], list[str]]:
        """Those of two workers, and the name of the day that both play."""
        run = ["a"]
        source = DemoSource(clock=DemoClock(speed=0))
        made = [
            Archive(Store(Database(store_url(home))), source, lambda: BEFORE, run=lambda: run[0])
            for _ in range(2)
        ]
        return made, run

    def test_what_one_writes_the_other_shows(self, tmp_path: Path) -> None:
        (leads, follows), _ = self.archives(tmp_path)
        leads.make_calls([self.CALL])
        leads.remember_chain(DemoSource(clock=DemoClock(speed=0)).chain("NVDA", None))
        assert follows.calls(MONDAY) == (self.CALL,)
        assert follows.chain("NVDA", MONDAY) is not None

    def test_a_day_played_again_has_nothing_of_the_one_before(self, tmp_path: Path) -> None:
        (leads, follows), run = self.archives(tmp_path)
        leads.make_calls([self.CALL])
        assert follows.calls(MONDAY)
        run[0] = "b"
        assert follows.calls(MONDAY) == ()
        with Store(Database(store_url(tmp_path)))._database._engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM level_calls")).scalar() == 0

    def test_real_pasts_are_left_alone(self, tmp_path: Path) -> None:
        yahoo = Archive(Store(Database(store_url(tmp_path))), DemoSource(), lambda: BEFORE)
        yahoo.make_calls([self.CALL])
        (leads, _), run = self.archives(tmp_path)
        leads.make_calls([self.CALL])
        run[0] = "b"
        assert leads.calls(MONDAY) == ()
        assert yahoo.calls(MONDAY) == (self.CALL,)

    def test_they_share_it_only_where_there_are_several(self, tmp_path: Path) -> None:
        for workers, shared in ((1, False), (2, True)):
            settings = Settings(source="demo", home=tmp_path / str(workers), workers=workers)
            written = open_database(settings)
            source = DemoSource(clock=DemoClock(speed=0))
            archive = open_archive(settings, source, written)
            archive.make_calls([self.CALL])
            assert archive.calls(MONDAY) == (self.CALL,)
            again = open_archive(settings, source, open_database(settings))
            assert bool(again.calls(MONDAY)) is shared


class TestSentences:
    def test_a_store_that_breaks_stops_no_collector_with_a_traceback(self, store: Store) -> None:
        archive = Archive(store, DemoSource(clock=DemoClock(speed=0)), lambda: AFTER)
        with store._database._engine.begin() as connection:
            connection.execute(text("DROP TABLE chain_snapshots"))
        assert archive.has_final_chain("NVDA", MONDAY) is False
        assert archive.status is not None

    @pytest.mark.parametrize(
        "url", ["postgresql://me@127.0.0.1:port/x", "postgres://me@127.0.0.1:1/x", "nonsense"]
    )
    def test_a_bad_url_is_a_sentence(self, url: str) -> None:
        with pytest.raises(StoreUnavailable, match=r"^The store cannot be used: ") as refused:
            Store(Database(url))
        assert "psycopg2" not in str(refused.value)
        assert "NoSuchModule" not in str(refused.value)
        assert "sqlalchemy.dialects" not in str(refused.value)

    def test_the_simulator_needs_no_home(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        settings = Settings(source="demo", home=tmp_path / "file" / "home")
        assert open_archive(settings, DemoSource(), open_database(settings)).status is None
