"""Charts as pictures for mail, which runs no script: PNG, by the browser that makes the PDF."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from analytics.preview.edition import Chart
from components.document import document as documents
from components.document.pdf import PdfUnavailable, browser_words, find_browser, run_browser
from components.figures.theme import PALETTES

WIDTH = 640
"""CSS pixels: what mail programs show without scaling."""
SCALE = 2
PATIENCE_SECONDS = 30.0
_PNG = b"\x89PNG\r\n\x1a\n"


def to_pictures(charts: Iterable[Chart]) -> dict[str, bytes]:
    """PNG by the chart's key; without a browser, or where it fails, a chart has none."""
    if find_browser() is None:
        return {}
    made = {}
    for chart in charts:
        picture = _picture(chart)
        if picture is not None:
            made[chart.key] = picture
    return made


def _picture(chart: Chart) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="holdline-png-") as folder:
        page, made = Path(folder, "chart.html"), Path(folder, "chart.png")
        page.write_text(_page(chart), encoding="utf-8")
        words = [*browser_words(folder), f"--screenshot={made}", "--hide-scrollbars"]
        words += [f"--window-size={WIDTH},{chart.height}", f"--force-device-scale-factor={SCALE}"]
        try:
            run_browser([*words, f"{page.as_uri()}#print"], PATIENCE_SECONDS)
        except PdfUnavailable:
            return None
        content = made.read_bytes() if made.is_file() else b""
    return content if content.startswith(_PNG) else None


def _page(chart: Chart) -> str:
    """The chart alone, drawn by the document's own script."""
    data = {
        "charts": [{"key": chart.key, "figure": dict(chart.figure)}],
        "palettes": PALETTES,
        "base": "",
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><style>body{margin:0;background:#fff}'
        f".chart{{width:{WIDTH}px;height:{chart.height}px;overflow:hidden}}</style></head><body>"
        f'<div class="chart" data-height="{chart.height}">'
        f'<div id="chart-{chart.key}" class="plot"></div></div>'
        f'<script type="application/json" id="preview-data">{text}</script>'
        f"<script>{documents.library()}</script><script>{documents.script()}</script></body></html>"
    )
