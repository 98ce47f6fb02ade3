"""Prometheus' text format, written by hand: its client library costs 0.2 s at every start."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analytics.desk.desk import Desk
from analytics.feed import Feed
from analytics.runtime.alerts.service import Alerts

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Samples = Iterable[tuple[Mapping[str, str], float]]


@dataclass
class Meter:
    """Counts the callbacks that this process answered, and what it redrew ahead of them."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _statuses: Counter[int] = field(default_factory=Counter)
    _buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_SECONDS) + 1))
    _seconds: float = 0.0
    _redrawn: Counter[int] = field(default_factory=Counter)

    def redrawn(self, status: int) -> None:
        """One more reply that was asked again before a viewer asked."""
        with self._lock:
            self._redrawn[status] += 1

    def answered(self, status: int, seconds: float) -> None:
        """One more callback."""
        at = sum(seconds > bound for bound in BUCKETS_SECONDS)
        with self._lock:
            self._statuses[status] += 1
            self._buckets[at] += 1
            self._seconds += seconds

    def lines(self) -> list[str]:
        """Its metrics in the text format."""
        with self._lock:
            statuses, buckets, seconds = dict(self._statuses), list(self._buckets), self._seconds
            redrawn = dict(self._redrawn)
        lines = _metric(
            "holdline_callbacks_total",
            "counter",
            "Callbacks answered, by HTTP status.",
            [({"status": str(status)}, n) for status, n in sorted(statuses.items())],
        )
        lines += _metric(
            "holdline_redrawn_total",
            "counter",
            "Replies drawn anew before a viewer asked, by HTTP status.",
            [({"status": str(status)}, n) for status, n in sorted(redrawn.items())],
        )
        name = "holdline_callback_seconds"
        lines += [f"# HELP {name} Time to answer a callback.", f"# TYPE {name} histogram"]
        total = 0
        for bound, n in zip([*map(str, BUCKETS_SECONDS), "+Inf"], buckets, strict=True):
            total += n
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {seconds!r}", f"{name}_count {total}"]


def exposition(meter: Meter, desk: Desk, feed: Feed, alerts: Alerts | None = None) -> str:
    """All metrics of this process; who scrapes several workers distinguishes them."""
    lines = [*meter.lines(), *_data_lines(desk), *_feed_lines(feed)]
    lines += _alert_lines(desk, alerts) if alerts else []
    return "\n".join(lines) + "\n"


def _data_lines(desk: Desk) -> list[str]:
    lines = _metric(
        "holdline_cache_lookups_total",
        "counter",
        "Questions to the cache: hit, stale (served while refreshed) or miss.",
        [({"result": how}, n) for how, n in desk.cache.lookups.items()],
    )
    lines += _metric(
        "holdline_cache_working",
        "gauge",
        "1 while the shared cache stores what it is given.",
        [({}, desk.cache.status is None)],
    )
    fault = desk.store_status().fault
    lines += _metric(
        "holdline_store_working",
        "gauge",
        "1 while the durable store is read and written.",
        [({}, fault is None)],
    )
    if fault is not None:
        lines += _metric(
            "holdline_store_fault", "gauge", "What is the matter.", [({"fault": fault}, 1)]
        )
    lines += _metric(
        "holdline_rejected_rows_total",
        "counter",
        "Rows of fetched bars that were quarantined, by reason.",
        [({"reason": reason}, n) for reason, n in sorted(desk.rejected_rows.items())],
    )
    breaker = desk.source.breaker
    if breaker is not None:
        lines += _metric(
            "holdline_upstream_calls_total",
            "counter",
            "Requests to the source by outcome; refused ones were not sent.",
            [({"outcome": outcome}, n) for outcome, n in breaker.outcomes.items()],
        )
        lines += _metric(
            "holdline_breaker_state",
            "gauge",
            "1 for the state the circuit breaker is in.",
            [({"state": s}, breaker.state == s) for s in ("closed", "half-open", "open")],
        )
    return lines


def _feed_lines(feed: Feed) -> list[str]:
    state = feed.peek().content.feed
    lines: list[str] = []
    one: tuple[tuple[str, Literal["counter", "gauge"], str, float], ...] = (
        ("holdline_feed_leads", "gauge", "1 in the process that holds the stream.", feed.is_leader),
        ("holdline_feed_connected", "gauge", "1 while the stream is open.", state.connected),
        ("holdline_feed_age_seconds", "gauge", "Since the last snapshot.", feed.age_seconds),
        ("holdline_feed_reconnects_total", "counter", "Streams opened again.", state.reconnects),
        ("holdline_feed_garbage_total", "counter", "Frames not readable.", state.garbage),
        ("holdline_feed_polls_total", "counter", "Polls in the stream's place.", state.polls),
        ("holdline_feed_symbols", "gauge", "Symbols followed.", state.followed),
        ("holdline_feed_sequence", "counter", "Snapshots published.", feed.peek().sequence),
    )
    for name, kind, about, value in one:
        lines += _metric(name, kind, about, [({}, value)])
    return lines + _metric(
        "holdline_feed_dropped_total",
        "counter",
        "Quotes left out, by reason.",
        [({"reason": reason}, n) for reason, n in sorted(state.dropped.items())],
    )


def _alert_lines(desk: Desk, alerts: Alerts) -> list[str]:
    counts = alerts.counts
    lines = _metric(
        "holdline_alerts_fired_total", "counter", "Notices that rules wrote.", [({}, counts.fired)]
    )
    lines += _metric(
        "holdline_alert_snapshots_dropped_total",
        "counter",
        "Snapshots that came faster than rules could be looked at.",
        [({}, counts.dropped)],
    )
    now = desk.source.now()
    symbols = alerts.followed()
    ages = {one.symbol: one.age_seconds(now) for one in symbols}
    lines += _metric(
        "holdline_alert_symbols",
        "gauge",
        "Symbols of alert rules, by whether a price of them is known.",
        [
            ({"price": "yes"}, sum(age is not None for age in ages.values())),
            ({"price": "no"}, sum(age is None for age in ages.values())),
        ],
    )
    lines += _metric(
        "holdline_alert_price_age_seconds",
        "gauge",
        "Age of the last price of each symbol that alert rules read.",
        [({"symbol": symbol}, age) for symbol, age in ages.items() if age is not None],
    )
    return lines + _metric(
        "holdline_deliveries_total",
        "counter",
        "Attempts to deliver a notice, by channel and how they ended.",
        [
            ({"channel": channel, "result": how}, n)
            for (channel, how), n in sorted(counts.deliveries.items())
        ],
    )


def _metric(
    name: str, kind: Literal["counter", "gauge"], about: str, samples: Samples
) -> list[str]:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inner = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inner}}} {float(value):g}" if inner else f"{name} {float(value):g}")
    return lines


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
