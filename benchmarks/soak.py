"""Ten minutes of 50 viewers on the demo at 60x: memory, lost state, tick to client.

The simulated Monday lasts 6.5 minutes at 60x. The run begins in its afternoon (14:00 for ten
minutes): the close and the closed market after it fall into the warm-up, so that whatever is kept
of either is there. Then the day is played again, from before the open on, and that is judged: what
grows now grows with time, and not because something was looked at for the first time. Before it
all, with the clock stopped, every panel is asked for once for every symbol.

"Lost" is a state that stood longer than a client's own pause between two polls and that this
client never saw: what a viewer polls is the newest snapshot, and what comes and goes within a
second at 60x (a minute of the market) is kept by the day's log, not by the snapshot.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analytics.sources.demo.scenario import AGAIN
from benchmarks.callbacks import page_calls
from benchmarks.measure import Row, percentile
from benchmarks.server import demo_process
from benchmarks.viewers import Content, Ledger, Viewer, warm

SPEED = 60.0
CLOSE_SHARE = 0.2
AGAIN_SHARE = 0.3
"""Of the run: when the first day closes, and when it is played again."""
SAMPLE_SECONDS = 5.0
SETTLES_MINUTES = 0.5
"""After the day began anew, and after its close, all answers are new once."""
STEP_MIB = 4.0
"""What many answers at one moment leave behind: memory does not fall back from its highest."""
GROWTH_MIB_A_MINUTE = 2.0
"""A steady growth above it is found in any stretch that is judged; a smaller one needs a longer
run, in which the memory at its end tells it."""
JUDGED_MINUTES = 1.5 * STEP_MIB / GROWTH_MIB_A_MINUTE
"""One step in the middle of a stretch tilts the line laid through it by 1.5 steps a stretch: in a
shorter one a single step would read as growth, so none is judged."""


def resident_mib(pid: int) -> float:
    """Memory that a process holds, MiB."""
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        return int(found[1]) / 1024 if found else float("nan")
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
    return int(listed.stdout) / 1024


def begins_at(minutes: float) -> str:
    """The New York time at which the Monday must begin for its first close to fall in the run."""
    before = min(390.0, CLOSE_SHARE * minutes * SPEED)
    hour, minute = divmod(round(16 * 60 - before), 60)
    return f"{hour:02d}:{minute:02d}"


def set_clock(address: str, body: Mapping[str, object]) -> None:
    """Have the simulated market run so fast, or begin anew."""
    asked = urllib.request.Request(
        f"{address}/live/clock",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        answer.read()


def pace_of(address: str) -> float:
    """Seconds between the pulses of a page, as the server tells its pages."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        found = re.search(r'"refresh_seconds":([\d.]+)', answer.read().decode())
    return max(1.0, float(found[1])) if found else 1.0


def run(minutes: float = 10.0, clients: int = 50) -> list[Row]:
    """Serve, watch for ``minutes``, and judge."""
    with demo_process("--demo-time", begins_at(minutes)) as (address, pid):
        calls, pace = page_calls(address), pace_of(address)
        set_clock(address, {"speed": 0})
        warm(address, calls)
        ledger = Ledger()
        viewers = [Viewer(n, address, calls, pace, ledger) for n in range(clients)]
        set_clock(address, {"speed": SPEED})
        began = time.monotonic()
        for viewer in viewers:
            viewer.start()
            time.sleep(1.0 / clients)
        memory = _watched(pid, began, AGAIN_SHARE * minutes)
        set_clock(address, {"again": True})
        anew = max(ledger.contents) + 1
        memory += _watched(pid, began, minutes)
        for viewer in viewers:
            viewer.leave()
        set_clock(address, {"speed": 0})
        same = _end_alike(viewers, ledger)
        memory.append(((time.monotonic() - began) / 60, resident_mib(pid)))
    return [
        *memory_rows(memory, minutes),
        *_state_rows(viewers, ledger, same),
        *_latency_rows(viewers, ledger, anew),
    ]


def _watched(pid: int, began: float, minutes: float) -> list[tuple[float, float]]:
    """(minute, MiB) each few seconds; a line a minute on the screen."""
    samples: list[tuple[float, float]] = []
    reported = -1
    while (elapsed := (time.monotonic() - began) / 60) < minutes:
        samples.append((elapsed, resident_mib(pid)))
        if int(elapsed) > reported:
            reported = int(elapsed)
            sys.stdout.write(f"  minute {reported:>2}: {samples[-1][1]:.1f} MiB\n")
            sys.stdout.flush()
        time.sleep(SAMPLE_SECONDS)
    return samples


def _end_alike(viewers: list[Viewer], ledger: Ledger) -> bool:
    """Whether all end with one sequence, a little after the clock was stopped."""
    for _ in range(10):
        time.sleep(0.5)
        ends = {viewer.last() for viewer in viewers}
        if len(ends) == 1 and ends == {max(ledger.contents)}:
            return True
    return False


def memory_rows(memory: list[tuple[float, float]], minutes: float) -> list[Row]:
    """Slopes of the day's second playing; its close is a step, so each side has its own."""
    again = AGAIN_SHARE * minutes
    closes = again + (16 * 60 - (AGAIN.hour * 60 + AGAIN.minute)) / SPEED
    warm = [(at, mib) for at, mib in memory if at >= again + SETTLES_MINUTES]
    running = [(at, mib) for at, mib in warm if at < closes]
    closed = [(at, mib) for at, mib in warm if at > closes + SETTLES_MINUTES]
    rows = [
        Row("memory at the start", memory[0][1], "MiB"),
        *(Row("memory after warm-up", mib, "MiB") for _, mib in running[:1]),
        *(Row("memory at the second close", mib, "MiB") for _, mib in running[-1:]),
        Row("memory at the end", memory[-1][1], "MiB"),
    ]
    for when, samples in (("in session", running), ("after the close", closed)):
        span = samples[-1][0] - samples[0][0] if samples else 0.0
        if span < JUDGED_MINUTES - SAMPLE_SECONDS / 30:  # the first and the last sample's place
            rows.append(Row(f"its slope {when}", float("nan"), "MiB/min", note="too short a run"))
            continue
        slope = float(np.polyfit([at for at, _ in samples], [size for _, size in samples], 1)[0])
        verdict = "no growth" if slope < GROWTH_MIB_A_MINUTE else "GROWS"
        rows.append(
            Row(f"its slope {when}", slope, "MiB/min", aim=GROWTH_MIB_A_MINUTE, note=verdict)
        )
    return rows


def _state_rows(viewers: list[Viewer], ledger: Ledger, same: bool) -> list[Row]:
    changes, lost = _lost_changes(viewers, ledger)
    for sentence in sorted(set(ledger.faults))[:10]:
        sys.stdout.write(f"  fault: {sentence}\n")
    last = ledger.contents[max(ledger.contents)]
    return [
        Row("snapshots seen by anyone", len(ledger.contents), "", note=f"ends {last.phase}"),
        Row("faults: errors, sequences back, two bodies", len(ledger.faults), "", aim=0),
        Row("clients that end unlike the feed", 0 if same else len(viewers), "", aim=0),
        Row("status changes", changes, ""),
        Row("of them lost to a client", lost, "", aim=0),
    ]


def _lost_changes(viewers: list[Viewer], ledger: Ledger) -> tuple[int, int]:
    """(changes of a level's status, those that a client should have seen and did not)."""
    order = sorted(ledger.contents)
    changes = lost = 0
    seen_by = [{seen.sequence for seen in viewer.seen} for viewer in viewers]
    for key in sorted({key for content in ledger.contents.values() for key in content.statuses}):
        for first, last in _stretches(order, ledger.contents, key):
            changes += 1
            stood = [s for s in order if first <= s <= last]
            for viewer, seen in zip(viewers, seen_by, strict=True):
                if not seen.isdisjoint(stood):
                    continue
                lost += _passed_over(viewer, ledger.contents, first, last)
    return changes, lost


def _stretches(
    order: list[int], contents: dict[int, Content], key: tuple[str, str]
) -> list[tuple[int, int]]:
    """(first, last) sequence of each status after the first one, as it stood without a break."""
    found: list[tuple[int, int]] = []
    before: str | None = None
    known = False
    for sequence in order:
        if key not in contents[sequence].statuses:
            known = False
            continue
        status = contents[sequence].statuses[key]
        if known and status != before:
            found.append((sequence, sequence))
        elif known and found:
            found[-1] = found[-1][0], sequence
        before, known = status, True
    return found


def _passed_over(viewer: Viewer, contents: dict[int, Content], first: int, last: int) -> bool:
    """Whether the stretch stood for longer than this client paused around it."""
    sequences = [seen.sequence for seen in viewer.seen]
    after = bisect_left(sequences, last)
    if after == 0 or after == len(sequences):
        return False  # before it came, or after it left
    pause = viewer.seen[after].at - viewer.seen[after - 1].at
    stood = (contents[last].source_time - contents[first].source_time) / SPEED
    return stood > pause


def _latency_rows(viewers: list[Viewer], ledger: Ledger, anew: int) -> list[Row]:
    ages = _ages_ms(viewers, ledger, anew)
    calls = [ms for viewer in viewers for ms in viewer.callbacks_ms]
    rows = [
        Row(f"tick to client p{share * 100:.0f}", percentile(ages, share), "ms")
        for share in (0.5, 0.95, 0.99)
        if ages
    ]
    rows += [
        Row(f"panel callback p{share * 100:.0f}", percentile(calls, share), "ms")
        for share in (0.5, 0.99)
        if calls
    ]
    polls = statistics.mean(len(viewer.seen) for viewer in viewers)
    return [
        *rows,
        Row("panel callbacks answered", len(calls), ""),
        Row("new snapshots a client, mean", polls, ""),
    ]


def _ages_ms(viewers: list[Viewer], ledger: Ledger, anew: int) -> list[float]:
    """For each tick and client, from when the tick was due to when the client had it or a newer.

    Of the day's second playing, from the sequence ``anew`` on: its clock is not the first one's.
    The source's clock is laid over this machine's by the quickest snapshot of the run, so all ages
    are too small by that one's travel (a few milliseconds).
    """
    contents = ledger.contents
    playing = sorted(
        s for s, c in contents.items() if s > anew and c.phase == "open" and c.tick_time
    )
    if not playing:
        return []
    offset = min(
        seen.at - contents[seen.sequence].source_time / SPEED
        for viewer in viewers
        for seen in viewer.seen
        if seen.sequence >= playing[0] and contents[seen.sequence].phase == "open"
    )
    ticks: list[tuple[int, float]] = []
    newest = contents[playing[0]].tick_time or 0.0
    for sequence in playing[1:]:
        due = contents[sequence].tick_time or 0.0
        if due > newest:
            newest = due
            ticks.append((sequence, due / SPEED + offset))
    ages: list[float] = []
    for viewer in viewers:
        sequences = [seen.sequence for seen in viewer.seen]
        for sequence, due in ticks:
            at = bisect_left(sequences, sequence)
            if 0 < at < len(sequences):
                ages.append((viewer.seen[at].at - due) * 1000)
    return ages
