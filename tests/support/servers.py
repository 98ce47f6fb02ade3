"""Real servers that tests start themselves, from Debian's packages, on ports of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer
from typing import Self

import pytest

from benchmarks.server import free_port
from tests.support.waiting import PATIENCE_SECONDS, until


class RedisServer:
    """A redis-server that can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return once it listens."""
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        words += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        until(self._listens, "redis-server's start")

    def kill(self) -> None:
        """End it at once; what it held is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A running Redis; skips the test where none is installed."""
    pytest.importorskip("redis", reason="redis is not installed")
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine (apt-get install redis-server)")
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class PostgresServer:
    """A PostgreSQL that can be killed and started again with what it had committed."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-D", str(folder), "-A", "trust", "-E", "UTF8")

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._control("-w", "-l", f"{self._folder}/log", "-o", options, "start")

    def kill(self) -> None:
        """End it as a loss of power would: without a checkpoint."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self._folder), *words)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", str(self._programs / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL; skips the test where none can be started."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found or os.geteuid() != 0 or shutil.which("runuser") is None:
        pytest.skip("no PostgreSQL server that this user could start (apt-get install postgresql)")
    folder = Path("/var/lib/postgresql") / f"holdline-test-{os.getpid()}-{free_port()}"
    try:
        server = PostgresServer(found[-1], folder)
        server.start()
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


NGINX_CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"


@contextlib.contextmanager
def nginx(folder: Path, port: int, **changed: str) -> Iterator[None]:
    """A real nginx with the project's configuration; skips the test where none is installed.

    Args:
        folder: for its files.
        port: where it listens.
        changed: text of the two configuration files -> what stands there instead.
    """
    if shutil.which("nginx") is None:
        pytest.skip("no nginx on this machine (apt-get install nginx)")
    changed |= {
        "listen 8080": f"listen 127.0.0.1:{port}",
        "/var/cache/nginx": str(folder),
        "/etc/nginx/": f"{folder}/",
    }
    for name in ("nginx.conf", "trusted-proxies.conf"):
        text = NGINX_CONFIGURATION.with_name(name).read_text()
        for old, new in changed.items():
            text = text.replace(old, new)
        (folder / name.replace("nginx", "holdline")).write_text(text)
    (folder / "nginx.conf").write_text(
        # Its workers would else be another user's, who may not read a test's folder.
        f"{'user root;' if os.geteuid() == 0 else ''}\n"
        f"pid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; include {folder}/holdline.conf; }}\n"
    )
    words = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"]
    subprocess.run([*words[:-2], "-t"], check=True, capture_output=True, timeout=30)
    running = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


class Answering:
    """A web server that says 200 to everything, and keeps the headers it was sent."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.seen: list[Message] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(self.headers)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, port), Handler)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *how: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class NameServer:
    """A name server that knows one address, of every name; it may be changed."""

    def __init__(self, address: str) -> None:
        self.address = address
        outer = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                asked, reply = self.request
                reply.sendto(outer._answer(asked), self.client_address)

        self._server = ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *how: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: bytes) -> bytes:
        """RFC 1035: the header, the question as it came, one A record that lives a second."""
        ends = asked.index(b"\0", 12) + 5
        header = asked[:2] + bytes.fromhex("81800001000100000000")
        record = bytes.fromhex("c00c00010001000000010004") + socket.inet_aton(self.address)
        return header + asked[12:ends] + record
