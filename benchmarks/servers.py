"""Cost of one request behind each server: CPU time, which a busy machine does not blur.

The same application, one process with 8 threads, as `app.py` serves it, behind gunicorn, and, where
it is installed, granian; asked by 8 clients at once over open connections. The simulated clock
stands, so that each figure is of a warm answer. CPU is of the server's process and its
children, from /proc (Linux). The last rows are nginx's own, with deploy/nginx.conf, where it is
installed: what a viewer costs whose poll it answers from its micro-cache.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.callbacks import CALLBACK, Client, asking, complete, page_calls
from benchmarks.measure import Row
from benchmarks.server import ROOT, free_port, server_process, wait_for_200

CLIENTS = 8
POLLS = 6000
FULL = 2000
CALLS = 400
PAGE = "market"
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
SERVERS = {
    "app.py": ["app.py"],
    "gunicorn": ["-m", "gunicorn", "app:server", "--log-level", "error"],
    "granian": ["-m", "granian", "--interface", "wsgi", "--blocking-threads", "8"],
}


def running(name: str) -> contextlib.AbstractContextManager[tuple[str, int]]:
    """The demo behind a server: its address and process."""
    port = free_port()
    words = list(SERVERS[name])
    if name == "granian":
        words += ["--no-log", "--port", str(port), "app:server"]
    return server_process(words, port, HOLDLINE_SOURCE="demo", HOLDLINE_PORT=str(port))


def cpu_ms(pid: int) -> float:
    """CPU time so far of a process and its children that live, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    total = (int(fields[11]) + int(fields[12])) * 1000 / TICKS
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(cpu_ms(int(child)) for child in children)


def asked(
    address: str, pid: int, path: str, count: int, bodies: list[bytes] | None = None
) -> tuple[float, float]:
    """CPU milliseconds and bytes of the body a request, after a warm-up of a tenth."""
    sizes: list[int] = []

    def ask(number: int, times: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        for turn in range(times):
            body = bodies[(number + turn) % len(bodies)] if bodies else None
            method = "POST" if body else "GET"
            headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            sizes.append(len(answer.read()))
            if answer.status not in (200, 204):
                raise RuntimeError(f"{path}: {answer.status}")
        connection.close()

    def all_ask(times: int) -> None:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(ask, range(CLIENTS), [times] * CLIENTS))

    all_ask(max(1, count // CLIENTS // 10))
    sizes.clear()
    before = cpu_ms(pid)
    all_ask(count // CLIENTS)
    return (cpu_ms(pid) - before) / len(sizes), sum(sizes) / len(sizes)


def stand_still(address: str) -> int:
    """Stop the simulated clock; the sequence of the snapshot that then stays."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)

    def ask(method: str, path: str, body: str | None = None) -> bytes:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().read()

    ask("GET", "/live.json")
    ask("POST", "/live/clock", '{"speed": 0}')
    while (shown := json.loads(ask("GET", "/live.json")))["speed"] != 0 or not shown["quotes"]:
        pass  # each look costs a round trip: the loop is no busier than a client
    return int(shown["sequence"])


def seen_call(address: str, call: bytes) -> bytes:
    """A page's callback as a viewer sends it who has what it answers already."""
    return asking(call, state={}, seen=complete(Client(address), call))


def one(name: str) -> list[Row]:
    """The rows of one server."""
    with running(name) as (address, pid):
        since = stand_still(address)
        call = page_calls(address)[PAGE]
        empty, _ = asked(address, pid, f"/live.json?since={since}", POLLS)
        full, size = asked(address, pid, "/live.json", FULL)
        seen = seen_call(address, call)  # all is drawn: what a first viewer waits for is done
        pulse, _ = asked(address, pid, CALLBACK, CALLS, [seen])
        whole, weight = asked(address, pid, CALLBACK, CALLS, [call])
    return [
        Row(f"{name}: a poll, mostly nothing new", empty, "ms", note="CPU"),
        Row(f"{name}: a poll with the snapshot", full, "ms", note=f"CPU; {size / 1024:.1f} KiB"),
        Row(f"{name}: a page that has not changed", pulse, "ms", note="CPU"),
        Row(f"{name}: a warm page", whole, "ms", note=f"CPU; {weight / 1024:.1f} KiB"),
    ]


@contextlib.contextmanager
def nginx(address: str) -> Iterator[tuple[str, int]]:
    """The project's nginx before ``address``."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        text = text.replace("app:8050", urlsplit(address).netloc)
        text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
        Path(home, "holdline.conf").write_text(text.replace("/var/cache/nginx", home))
        user = "user root;" if os.geteuid() == 0 else ""
        Path(home, "nginx.conf").write_text(
            f"{user}\npid {home}/pid;\nerror_log {home}/error.log;\nevents {{}}\n"
            f"http {{ access_log off; include {home}/holdline.conf; }}\n"
        )
        words = ["nginx", "-c", f"{home}/nginx.conf", "-p", home, "-g", "daemon off;"]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            wait_for_200(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def behind_nginx() -> list[Row]:
    """The rows of polls that nginx answers, and what is left to the application."""
    with running("gunicorn") as (address, pid), nginx(address) as (front, proxy):
        since = stand_still(address)
        before = cpu_ms(pid)
        empty, _ = asked(front, proxy, f"/live.json?since={since}", POLLS)
        full, _ = asked(front, proxy, "/live.json", FULL)
        left = (cpu_ms(pid) - before) / (1.1 * (POLLS + FULL))
    return [
        Row("nginx: a poll, mostly nothing new", empty, "ms", note="CPU of nginx"),
        Row("nginx: a poll with the snapshot", full, "ms", note="CPU of nginx"),
        Row("nginx: left to the application, a poll", left, "ms", note="CPU; one a second"),
    ]


def run() -> list[Row]:
    """Each server in turn, then nginx before gunicorn."""
    rows: list[Row] = []
    for name in SERVERS:
        if name == "app.py" or importlib.util.find_spec(name.split()[0]):
            rows += one(name)
    return rows + (behind_nginx() if shutil.which("nginx") else [])
