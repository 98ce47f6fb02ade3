"""Every kind of write to the store, done over and over by processes that are killed in the midst.

``python -m tests.support.store_writes URL 100`` forks a writer, kills it with SIGKILL at a random
moment, reads the store with a fresh connection, and so a hundred times. It prints, as JSON, how
many writes were acknowledged, by kind, and those of them that are not there.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from analytics.alerts.model import Message
from analytics.alerts.rules import parse_rule
from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import dma
from analytics.model.scene_lists import SceneList
from analytics.model.status import Status
from analytics.model.vocabulary import DailyFigures
from analytics.preview import Preview, StaffText, build_preview
from analytics.store.database import Database
from analytics.store.portfolios import Portfolios
from analytics.store.records import Records
from analytics.store.store import Store
from tests.support.preview_goldens import DAYS, desk_on
from tests.support.small_chains import SESSION, Row, chain_of
from tests.support.small_portfolios import bars_of, day, deposit

NOW = dt.datetime(2025, 1, 27, 18, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=2)
SOURCE = "Yahoo"
CHAIN = chain_of(Row(7, True, 100.0), price=100.0)
SCENE = {"link": "/supports?symbol=SPY", "panel": "supports/price"}
BARS = bars_of("SPY", [100.0, 101.0])


@dataclass
class Stores:
    """The store as a process opens it."""

    database: Database
    preview: Preview

    def __post_init__(self) -> None:
        self.records = Records(self.database)
        self.store = Store(self.database)

    def portfolio(self, n: int) -> Portfolios:
        return Portfolios(self.database, f"portfolio {n}")


Write = Callable[[Stores, int], object]
Check = Callable[[Stores, int], bool]


def _rule(n: int) -> dict[str, object]:
    return {"kind": "near", "symbol": "SPY", "level": n + 1, "distance": 1, "unit": "pct"}


def _add_rule(to: Stores, n: int) -> None:
    to.records.subscriptions.add_rule(f"who {n}", parse_rule(_rule(n)))


def _remove_rule(to: Stores, n: int) -> None:
    stored = to.records.subscriptions.add_rule(f"who {n}", parse_rule(_rule(n)))
    to.records.subscriptions.remove_rule(f"who {n}", stored.id)


def _add_channel(to: Stores, n: int) -> None:
    to.records.subscriptions.add_channel(f"who {n}", "email", f"{n}@example.org")


def _notify(to: Stores, n: int) -> None:
    """A notice and its delivery, of which neither stands without the other."""
    _add_channel(to, n)
    message = Message("rule", f"event {n}", "A level was lost", "", "/", NOW)
    with to.database.writing() as connection:
        to.records.notices.record(f"who {n}", message, connection)


def _is_notified(of: Stores, n: int) -> bool:
    (notice,) = of.records.notices.latest(f"who {n}") or (None,)
    return notice is not None and len(notice.deliveries) == 1


def _deliver(to: Stores, n: int) -> None:
    _notify(to, n)
    while (due := to.records.outbox.claim("email", NOW, LEASE)) is not None:
        to.records.outbox.sent(due, NOW)


def _is_delivered(of: Stores, n: int) -> bool:
    (notice,) = of.records.notices.latest(f"who {n}") or (None,)
    return notice is not None and notice.deliveries[0].sent_at is not None


def _call(n: int) -> LevelCall:
    return LevelCall(f"S{n}", dma(50), SESSION, 100.0 + n, 101.0, NOW)


def _make_call(to: Stores, n: int) -> None:
    to.store.levels.make_calls(SOURCE, [_call(n)])


def _score(to: Stores, n: int) -> None:
    _make_call(to, n)
    done = LevelCall(
        **{name: getattr(_call(n), name) for name in ("symbol", "level", "session", "price")},
        previous_close=101.0,
        called_at=NOW,
        status=Status.HELD,
        close=102.0,
        scored_at=NOW,
    )
    to.store.levels.score(SOURCE, [done])


def _log(to: Stores, n: int) -> None:
    event = LevelEvent(f"S{n}", dma(50), SESSION, NOW, Happening.BROKE, 99.0, 100.0)
    to.store.levels.log(SOURCE, [event])


def _figures(n: int) -> DailyFigures:
    return DailyFigures(f"F{n}", SESSION, True, NOW, 1, {"n": float(n)})


def _save_chain(to: Stores, n: int) -> None:
    to.store.save_chain(f"{SOURCE} {n}", CHAIN, b"%d" % n, final=True, fetched_at=NOW)


def _save_preview(to: Stores, n: int) -> None:
    words = StaffText({}, f"words {n}")
    to.records.previews.save(f"source {n}", to.preview, words, (), edited=0, now=NOW)


def _has_preview(of: Stores, n: int) -> bool:
    edition = of.records.previews.edition(f"source {n}", of.preview.session)
    return edition is not None and edition.staff.strategy == f"words {n}"


def _publish(to: Stores, n: int) -> None:
    draft = deposit(float(n + 1), day(0), 0)
    to.portfolio(n).save_drafts([draft], NOW)
    to.portfolio(n).publish(draft.id, 0, NOW, NOW)


def _is_published(of: Stores, n: int) -> bool:
    published = of.portfolio(n).published()
    return len(published) == 1 and not of.portfolio(n).drafts()


def _save_scenes(to: Stores, n: int) -> None:
    wanted = {"format": "holdline-scenes", "name": f"list {n}", "scenes": [SCENE]}
    to.records.scenes.save(SceneList.parse(wanted), 0, NOW)


WRITES: dict[str, tuple[Write, Check]] = {
    "rule": (_add_rule, lambda of, n: len(of.records.subscriptions.rules(f"who {n}")) == 1),
    "rule removed": (
        _remove_rule,
        lambda of, n: not of.records.subscriptions.rules(f"who {n}"),
    ),
    "channel": (
        _add_channel,
        lambda of, n: len(of.records.subscriptions.channels(f"who {n}")) == 1,
    ),
    "notice": (_notify, _is_notified),
    "delivery": (_deliver, _is_delivered),
    "call": (_make_call, lambda of, n: of.store.levels.calls(SOURCE, SESSION, f"S{n}") != ()),
    "score": (
        _score,
        lambda of, n: of.store.levels.calls(SOURCE, SESSION, f"S{n}")[0].status is Status.HELD,
    ),
    "log": (_log, lambda of, n: of.store.levels.events(SOURCE, SESSION, f"S{n}") != ()),
    "figures": (
        lambda to, n: to.store.save_figures(SOURCE, "question", _figures(n)),
        lambda of, n: of.store.figures(SOURCE, "question", f"F{n}", SESSION) == (_figures(n),),
    ),
    "chain": (
        _save_chain,
        lambda of, n: of.store.chain(f"{SOURCE} {n}", CHAIN.symbol, SESSION) == b"%d" % n,
    ),
    "bars of a holding": (
        lambda to, n: to.store.holdings.save(f"{SOURCE} {n}", BARS, NOW),
        lambda of, n: of.store.holdings.bars(f"{SOURCE} {n}", "SPY") is not None,
    ),
    "preview": (_save_preview, _has_preview),
    "portfolio": (_publish, _is_published),
    "scenes": (
        _save_scenes,
        lambda of, n: any(s.scenes.name == f"list {n}" for s in of.records.scenes.newest()),
    ),
}
"""What is written, and whether it is there; each number is written once."""

Acknowledged = list[tuple[str, int]]


def _write_until_killed(url: str, preview: Preview, first: int, pipe: int) -> None:
    """Writes one kind after another, and says so once each write has returned."""
    stores, kinds = Stores(Database(url), preview), list(WRITES)
    draw = random.Random(first)
    for n in range(first, first + 10_000):
        kind = draw.choice(kinds)
        WRITES[kind][0](stores, n)
        os.write(pipe, f"{n} {kind}\n".encode())


def _round(url: str, preview: Preview, first: int, draw: random.Random) -> Acknowledged:
    """One writer's life: what it had acknowledged when it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            _write_until_killed(url, preview, first, writer)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as lines:
        said = [next(lines) for _ in range(draw.randint(1, 12))]
        time.sleep(draw.uniform(0.0, 0.01))
        os.kill(child, signal.SIGKILL)
        said += lines.readlines()
    os.waitpid(child, 0)
    return [(line.split(" ", 1)[1].strip(), int(line.split(" ", 1)[0])) for line in said]


def _lost(url: str, preview: Preview, acknowledged: Acknowledged) -> list[str]:
    """Those that are not there."""
    stores = Stores(Database(url), preview)
    lost = [f"{kind} {n}" for kind, n in acknowledged if not WRITES[kind][1](stores, n)]
    with stores.database.reading() as connection:
        whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    stores.database.close()
    return lost if whole == "ok" else [*lost, str(whole)]


def main(url: str, rounds: int) -> None:
    """Kill so many writers and print what was lost."""
    draw, all_said, lost = random.Random(rounds), [], []
    desk = desk_on("demo")
    preview = build_preview(desk, DAYS[1])
    desk.close()
    Database(url).close()
    for number in range(rounds):
        said = _round(url, preview, number * 10_000, draw)
        lost += _lost(url, preview, said)
        all_said += said
    lost += _lost(url, preview, all_said)
    counted = dict(Counter(kind for kind, _ in all_said))
    sys.stdout.write(json.dumps({"acknowledged": counted, "lost": lost}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
