"""The walk of a symbol in docs/architecture.md is the one it takes."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import app as holdline
from analytics.assembly import open_desk
from analytics.settings_reader import load_settings
from components.frame.panels import BUILDERS
from tests.support.builders import make_frame, walk

ROOT = Path(__file__).parents[2]
SYMBOL = "WALKED"
MOST_FILES = 37
MOST_UNNAMED = 2
"""Files that may come onto the walk before the list must be written anew."""


def documented() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    part = text.split("<!-- walk -->")[1].split("<!-- end of walk -->")[0]
    return re.findall(r"\d+\. `([^`]+)`", part)


def names(value: Any, depth: int = 0) -> bool:
    """Whether a value is the symbol, or holds it as one of its own fields or items."""
    if isinstance(value, str):
        return value == SYMBOL
    if depth > 1:
        return False
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list | tuple):
        inner = list(value)
    elif hasattr(value, "__dataclass_fields__"):
        inner = list(vars(value).values()) if hasattr(value, "__dict__") else []
    else:
        return False
    return any(names(one, depth + 1) for one in inner[:20])


@contextmanager
def noting(files: dict[str, None]) -> Iterator[None]:
    """Notes the files of this project with a function that is called with the symbol."""

    def note(frame: FrameType, event: str, _: object) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith((f"{ROOT}/analytics/", f"{ROOT}/components/")):
            given = {name: value for name, value in frame.f_locals.items() if name != "self"}
            if any(map(names, given.values())):
                files[path.removeprefix(f"{ROOT}/")] = None

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_it_is_written_down_file_by_file(tmp_path: Path) -> None:
    prices = tmp_path / "data" / "prices"
    prices.mkdir(parents=True)
    for seed, symbol in enumerate(("SPY", SYMBOL)):
        frame = make_frame(walk(300, seed + 1)).drop(columns="splits")
        frame.rename_axis("date").to_csv(prices / f"{symbol}.csv")
    settings = load_settings(["--data", str(tmp_path / "data")], {"HOLDLINE_HOME": str(tmp_path)})
    files: dict[str, None] = {}
    desk = open_desk(settings)
    app = holdline.create_app(settings, desk)
    with noting(files):
        built = app.server.extensions[BUILDERS]["supports/ladder"]({"symbol": SYMBOL})
    payload = json.loads(built)
    desk.close()
    assert "DMA" in payload["title"]
    assert [file for file in documented() if file not in files] == []
    assert len([file for file in files if file not in documented()]) <= MOST_UNNAMED, sorted(files)
    assert len(files) <= MOST_FILES
