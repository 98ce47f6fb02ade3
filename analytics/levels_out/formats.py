"""The formats that levels leave in: a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analytics.levels_out import pine, tables, thinkscript
from analytics.levels_out.sheet import Sheet

_TEXT = "text/plain"
_CSV = "text/csv"


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        title: what reads it, as a menu names it.
        extension: of the file's name; ``zip`` where what is written is bytes.
        mimetype: of the text.
        write: the file's content.
    """

    title: str
    extension: str
    mimetype: str
    write: Callable[[Sheet], str | bytes]


FORMATS: Mapping[str, Format] = {
    "pine": Format("TradingView (Pine v6)", "pine", _TEXT, pine.write),
    "thinkscript": Format("thinkorswim (thinkScript)", "ts", _TEXT, thinkscript.write),
    "ninjatrader": Format("NinjaTrader (CSV)", "csv", _CSV, tables.write_ninja),
    "sierra": Format("Sierra Chart (CSV)", "csv", _CSV, tables.write_sierra),
    "csv": Format("Spreadsheet (CSV)", "csv", _CSV, tables.write_csv),
    "json": Format("Programs (JSON)", "json", "application/json", tables.write_json),
}
