"""A connection is closed when its request does not come whole in time, whatever came before."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.server import serving

PATIENCE = 0.8
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(serving, "REQUEST_SECONDS", PATIENCE)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serving.serve, args=(hello, listener, ended.is_set, 1.0))
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            ended.set()
            thread.join()


@contextlib.contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=30.0) as client:
        yield client


def ask(client: socket.socket) -> bytes:
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    reply = http.client.HTTPResponse(client)
    reply.begin()
    return reply.read()


def test_half_a_request_is_given_up(address: tuple[str, int]) -> None:
    with connected(address) as client:
        client.sendall(HALF)
        assert client.recv(1) == b""


def test_nothing_at_all_is_given_up(address: tuple[str, int]) -> None:
    with connected(address) as client:
        assert client.recv(1) == b""


def test_one_that_goes_on_asking_is_not(address: tuple[str, int]) -> None:
    with connected(address) as client:
        ends = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < ends:
            assert ask(client) == b"hi"
            time.sleep(PATIENCE / 20)


def test_nor_one_that_waits_before_it_asks_again(address: tuple[str, int]) -> None:
    with connected(address) as client:
        assert ask(client) == b"hi"
        time.sleep(2 * PATIENCE)
        assert ask(client) == b"hi"


def test_half_a_request_after_whole_ones_is_given_up(address: tuple[str, int]) -> None:
    with connected(address) as client:
        assert ask(client) == b"hi"
        client.sendall(HALF)
        assert client.recv(1) == b""


def test_so_is_one_after_a_pause(address: tuple[str, int]) -> None:
    with connected(address) as client:
        assert ask(client) == b"hi"
        time.sleep(2 * PATIENCE)
        client.sendall(HALF)
        assert client.recv(1) == b""
