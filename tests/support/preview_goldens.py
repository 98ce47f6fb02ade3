"""The golden previews: which there are, and how to write them anew.

``python -m tests.support.preview_goldens`` writes the files; look at the difference before
committing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.preview import StaffText, build_preview, to_markdown
from analytics.sources.base import Source
from analytics.sources.demo import DemoSource
from analytics.sources.files.source import FilesSource
from tests.support.shared_data import SHARED

FOLDER = Path(__file__).parent / "golden"
DAYS = (dt.date(2025, 1, 24), dt.date(2025, 1, 27))

STAFF = StaffText(
    {"supports": "We watch the **close**, not the open.\n\n- one\n- [two](https://www.sec.gov)"},
    "Stay *hedged* while SPY trades under its gamma flip.\n\n1. First <b>this</b>\n2. then that",
)


def staff_path(source: str) -> Path:
    """The file that a preview with `STAFF` in it is compared with."""
    return FOLDER / f"preview_{source}_staff_{DAYS[1]}.md"


def path_of(source: str, day: dt.date) -> Path:
    """The file that a preview is compared with."""
    return FOLDER / f"preview_{source}_{day}.md"


def desk_on(source: str) -> Desk:
    """A desk over the recorded facts, or over the demo, that keeps nothing."""
    chosen: Source = DemoSource() if source == "demo" else FilesSource(SHARED)
    return Desk(chosen, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)


if __name__ == "__main__":
    for name in ("demo", "files"):
        desk = desk_on(name)
        for day in DAYS:
            text = to_markdown(build_preview(desk, day))
            path_of(name, day).write_text(text, encoding="utf-8")
        with_staff = to_markdown(build_preview(desk, DAYS[1]), "https://desk.example", STAFF)
        staff_path(name).write_text(with_staff, encoding="utf-8")
        desk.close()
