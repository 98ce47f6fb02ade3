"""Warm and cold panel callbacks of every page, over HTTP, against a demo server of its own."""

from __future__ import annotations

import http.client
import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import Row, percentile
from benchmarks.server import demo_server

WARM_CALLS = 60


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
        size, _ = self._ask("POST", "/_dash-update-component", body)
        return (time.perf_counter() - started) * 1000, size

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        coding = {"Accept-Encoding": "gzip, br"} if body else {}
        headers = {"Content-Type": "application/json", **coding}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return len(content), None if body else json.loads(content)


def panel_calls(address: str) -> dict[str, list[bytes]]:
    """Request bodies of all panel callbacks, by page, as a viewer without history sends them."""
    calls = defaultdict(list)
    for callback in Client(address).get("/_dash-dependencies"):
        if callback["clientside_function"] or '"name"' not in callback["output"]:
            continue
        targets = [part.rsplit(".", 1) for part in callback["output"].strip(".").split("...")]
        outputs = [{"id": json.loads(i), "property": p} for i, p in targets]
        given = [_filled(dependency, {}) for dependency in callback["inputs"]]
        body = {
            "output": callback["output"],
            "outputs": outputs,
            "inputs": given,
            "state": [_filled(dependency, None) for dependency in callback["state"]],
            "changedPropIds": [
                f"{callback['inputs'][0]['id']}.{callback['inputs'][0]['property']}"
            ],
        }
        calls[outputs[0]["id"]["page"]].append(json.dumps(body).encode())
    return dict(calls)


def _filled(dependency: dict[str, str], value: Any) -> dict[str, Any]:
    identity = dependency["id"]
    parsed = json.loads(identity) if identity.startswith("{") else identity
    return {"id": parsed, "property": dependency["property"], "value": value}


def run() -> list[Row]:
    """Per page: all panels side by side on a cold server, then each panel warm, one at a time."""
    rows = []
    with demo_server() as address:
        calls = panel_calls(address)
    for page, bodies in calls.items():
        with demo_server() as address:
            clients = [Client(address) for _ in bodies]
            started = time.perf_counter()
            with ThreadPoolExecutor(6) as browser:
                list(
                    browser.map(
                        lambda pair: pair[0].call(pair[1]), zip(clients, bodies, strict=True)
                    )
                )
            cold = (time.perf_counter() - started) * 1000
            warm = [clients[0].call(body) for _ in range(WARM_CALLS) for body in bodies]
            size = sum(clients[0].call(body)[1] for body in bodies)
        taken = [ms for ms, _ in warm]
        note = f"{len(bodies)} panels"
        rows += [
            Row(f"{page}: cold, all panels answered", cold, "ms", note=note),
            Row(f"{page}: warm callback p50", percentile(taken, 0.5), "ms"),
            Row(f"{page}: warm callback p99", percentile(taken, 0.99), "ms"),
            Row(f"{page}: panel payloads, compressed", size / 1024, "KiB"),
        ]
    return rows
