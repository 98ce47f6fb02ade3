"""Warm and cold panel callbacks of every page, over HTTP, against a demo server of its own."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import Row, percentile
from benchmarks.server import demo_server
from components.pages import PAGES

WARM_CALLS = 60
CALLBACK = "/_dash-update-component"
PAGE_KEYS = frozenset(page.key for page in PAGES)


class Client:
    """One keep-alive connection that asks as a browser does."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)

    def get(self, path: str) -> Any:
        """A JSON resource."""
        return self._ask("GET", path, None)[1]

    def call(self, body: bytes) -> tuple[float, int]:
        """One callback: (milliseconds, bytes on the wire)."""
        started = time.perf_counter()
        size, _ = self._ask("POST", CALLBACK, body)
        return (time.perf_counter() - started) * 1000, size

    def content(self, body: bytes) -> bytes:
        """The answer to one callback, not compressed."""
        self._connection.request("POST", CALLBACK, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {content[:200]!r}")
        return content

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        coding = {"Accept-Encoding": "gzip, br"} if body else {}
        headers = {"Content-Type": "application/json", **coding}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return len(content), None if body else json.loads(content)


def page_calls(address: str) -> dict[str, bytes]:
    """The request body of each page's callback, as a viewer without history sends it."""
    calls = {}
    for callback in Client(address).get("/_dash-dependencies"):
        page = callback["output"].removeprefix("answer-").removesuffix(".data")
        if callback["clientside_function"] or page not in PAGE_KEYS:
            continue
        question = {"id": f"question-{page}", "property": "data", "value": {"state": {}}}
        body = {
            "output": callback["output"],
            "outputs": {"id": f"answer-{page}", "property": "data"},
            "inputs": [question],
            "state": [],
            "changedPropIds": [f"question-{page}.data"],
        }
        calls[page] = json.dumps(body).encode()
    return calls


def asking(call: bytes, **question: Any) -> bytes:
    """A page's call with another question: ``state``, ``seen``, ``only``."""
    body = json.loads(call)
    body["inputs"][0]["value"] = question
    return json.dumps(body).encode()


def answer_of(content: bytes) -> dict[str, Any]:
    """The page's answer: ``payloads`` by panel, and the panels that are ``pending``."""
    (output,) = json.loads(content)["response"].values()
    return dict(output["data"])


def complete(client: Client, call: bytes, state: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ask until every panel of a page is there: their versions."""
    seen: dict[str, str] = {}
    wanted: dict[str, Any] = {}
    while True:
        answer = answer_of(client.content(asking(call, state=state or {}, seen=seen, **wanted)))
        seen |= {name: payload["version"] for name, payload in answer["payloads"].items()}
        if not answer["pending"]:
            return seen
        wanted = {"only": answer["pending"]}


def run() -> list[Row]:
    """Per page: all its panels on a cold server, then warm, and once more for who has seen them."""
    rows = []
    with demo_server() as address:
        calls = page_calls(address)
    for page, call in calls.items():
        with demo_server() as address:
            client = Client(address)
            started = time.perf_counter()
            seen = complete(client, call)
            cold = (time.perf_counter() - started) * 1000
            warm = [client.call(call) for _ in range(WARM_CALLS)]
            pulse = [client.call(asking(call, state={}, seen=seen))[0] for _ in range(WARM_CALLS)]
        taken = [ms for ms, _ in warm]
        note = f"{len(seen)} panels"
        rows += [
            Row(f"{page}: cold, all panels answered", cold, "ms", note=note),
            Row(f"{page}: warm callback p50", percentile(taken, 0.5), "ms"),
            Row(f"{page}: warm callback p99", percentile(taken, 0.99), "ms"),
            Row(f"{page}: nothing new, p50", percentile(pulse, 0.5), "ms"),
            Row(f"{page}: all payloads, compressed", max(size for _, size in warm) / 1024, "KiB"),
        ]
    return rows
