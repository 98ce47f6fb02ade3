"""The alert engine's process killed or forked at its worst moments."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.alerts.model import LOCAL, ChannelKind
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.mail import Mail
from analytics.runtime.alerts.network import Network
from analytics.runtime.alerts.service import Alerts
from analytics.runtime.alerts.transport import Transport
from analytics.runtime.alerts.webhook import Webhook
from analytics.store.database import Database, store_url
from analytics.store.records import Records
from tests.support.small_alerts import (
    UNDER,
    Receiver,
    Shot,
    receiving,
    set_up,
)
from tests.support.waiting import until
from tests.unit.alerts.test_rules import snapshot
from tests.unit.runtime.test_alert_engine import Courier, FakeFeed, engine

ROOT = Path(__file__).parents[2]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(Database(store_url(tmp_path)))
    yield opened
    opened.close()


SHORT = dt.timedelta(seconds=0.3)


def child(folder: Path, body: str) -> subprocess.Popen[str]:
    """A process of its own over the store in ``folder``."""
    head = """
        import datetime as dt, sys, time
        from analytics.store.records import Records
        from analytics.store.database import Database
        from analytics.runtime.alerts.delivery import Sender
        from analytics.runtime.alerts.network import Network
        from analytics.runtime.alerts.webhook import Webhook
        from tests.support.small_alerts import UNDER
        from tests.unit.runtime.test_alert_engine import engine
        records = Records(Database(sys.argv[1]))
        lease = dt.timedelta(seconds=0.3)
        def hang(*words):
            print("here", flush=True)
            time.sleep(60)
    """
    script = textwrap.dedent(head) + textwrap.dedent(body)
    words = [sys.executable, "-c", script, store_url(folder)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_when_here(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    process.stdout.close()


def send_all(records: Records, seconds: float = 20.0) -> None:
    """A successor sends what is left."""
    webhook = Webhook(b"key", network=Network(private=True))
    transports: dict[ChannelKind, Transport] = {"webhook": webhook}
    sender = Sender(records, transports, lease=SHORT, look_seconds=0.05)
    sender.start()
    try:
        until(lambda: records.outbox.waiting() == 0, "the rest of the deliveries", seconds)
    finally:
        sender.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
class TestKilled:
    def test_between_commit_and_send_it_is_sent_once_by_the_successor(
        self, records: Records, tmp_path: Path
    ) -> None:
        with receiving(Receiver()) as receiver:
            set_up(records, "webhook", receiver.url)
            body = """
                assert engine(records).step(UNDER, "run") == 1
                webhook = Webhook(b"key", network=Network(private=True))
                webhook.send = hang
                Sender(records, {"webhook": webhook}, lease=lease).step("webhook")
            """
            kill_when_here(child(tmp_path, body))
            assert engine(records).step(UNDER, "run") == 0
            send_all(records)
            assert len(receiver.requests) == 1
        (notice,) = records.notices.latest(LOCAL)
        assert notice.deliveries[0].attempts == 2
        assert notice.deliveries[0].sent_at is not None

    def test_between_send_and_note_the_receiver_can_tell_the_second(
        self, records: Records, tmp_path: Path
    ) -> None:
        with receiving(Receiver()) as receiver:
            set_up(records, "webhook", receiver.url)
            body = """
                engine(records).step(UNDER, "run")
                records.outbox.sent = hang
                webhook = Webhook(b"key", network=Network(private=True))
                Sender(records, {"webhook": webhook}, lease=lease).step("webhook")
            """
            kill_when_here(child(tmp_path, body))
            assert len(receiver.requests) == 1
            send_all(records)
            assert len(receiver.requests) == 2
            assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
            assert receiver.requests[0][1] == receiver.requests[1][1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
class TestForked:
    def test_a_forked_worker_begins_its_own_threads(self, records: Records, tmp_path: Path) -> None:
        body = """
            import os
            from analytics.runtime.alerts.mail import Mail
            from analytics.runtime.alerts.service import Alerts
            from tests.unit.runtime.test_alert_engine import Courier, FakeFeed
            couriers = []
            def sender():
                couriers.append(Courier())
                return Sender(records, {"webhook": couriers[-1]}, look_seconds=0.02)
            alerts = Alerts(lambda: engine(records), sender, Mail(None, ""))
            alerts.start(FakeFeed())
            child = os.fork()
            if child == 0:
                alerts.ensure()
                threads = [alerts._engine._thread, *alerts._sender._threads]
                os._exit(0 if len(couriers) == 2 and all(t.is_alive() for t in threads) else 1)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            alerts.close()
            print(code, flush=True)
        """
        process = child(tmp_path, body)
        printed, _ = process.communicate(timeout=60)
        assert (printed, process.returncode) == ("0\n", 0)

    def test_closing_ends_the_threads_and_is_said_once(self, records: Records) -> None:
        alerts = Alerts(
            lambda: engine(records), lambda: Sender(records, {"webhook": Courier()}), Mail(None, "")
        )
        alerts.ensure()  # not begun: nothing to do
        alerts.start(FakeFeed())
        alerts.observe(Shot(snapshot()))
        alerts.close()
        alerts.close()
        names = {thread.name for thread in threading.enumerate()}
        assert not {"alerts", "send-webhook"} & names
