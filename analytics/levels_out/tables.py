"""Tables: plain CSV and JSON, and the CSV of NinjaTrader's and Sierra Chart's readers of levels."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence

from analytics.levels_out.sheet import NOT_ADVICE, SIMULATED, Line, Sheet, SymbolLevels
from analytics.levels_out.symbols import on_ninjatrader
from analytics.levels_out.texts import cell, one_line

COLUMNS = (
    "symbol",
    "level",
    "price",
    "unit",
    "side",
    "status",
    "distance_pct",
    "last",
    "as_of",
    "freshness",
    "source",
    "note",
)
NINJA_COLUMNS = ("Instrument", "Price", "Label", "Color", "AsOf", "Source")
SIERRA_COLUMNS = (
    "Price",
    "Price 2",
    "Note",
    "Color",
    "Line Type",
    "Line Width",
    "Text Alignment",
)
_COLOURS = {"support": "DodgerBlue", "resistance": "OrangeRed"}
_SIERRA_COLOURS = {"support": "blue", "resistance": "orange"}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file within: the same sheet is the same archive."""


def write_csv(sheet: Sheet) -> str:
    """A line a level; a symbol without any has one, which says why in its note."""
    rows: list[tuple[str, ...]] = []
    for one in sheet.symbols:
        stated = (one.last, one.as_of, cell(one.freshness), cell(one.source))
        rows += [
            (
                cell(one.symbol),
                cell(line.name),
                line.price,
                cell(one.unit),
                line.side,
                line.status or "",
                line.distance_pct,
                *stated,
                NOT_ADVICE,
            )
            for line in one.lines
        ]
        if not one.lines:
            rows.append((cell(one.symbol), *[""] * 6, *stated, cell(one.absence)))
    return _table(COLUMNS, rows)


def write_ninja(sheet: Sheet) -> str:
    """A line a level, for an indicator that reads levels by instrument."""
    return _table(
        NINJA_COLUMNS,
        [
            (
                cell(on_ninjatrader(one.symbol)),
                line.price,
                cell(_label(line)),
                _COLOURS[line.side],
                one.as_of,
                cell(one.source),
            )
            for one in sheet.symbols
            for line in one.lines
        ],
    )


def write_sierra(sheet: Sheet) -> str | bytes:
    """The table of Sierra Chart's levels importer, which has one for each chart.

    Of several symbols it is a zip with one each.
    """
    if len(sheet.symbols) == 1:
        return _sierra(sheet.symbols[0], sheet.simulated)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sheet.symbols:
            name = "".join(c if c.isalnum() or c in "-." else "_" for c in one.symbol)
            entry = zipfile.ZipInfo(f"{name}.csv", _ZIP_DATE)
            archive.writestr(entry, _sierra(one, sheet.simulated))
    return out.getvalue()


def _sierra(one: SymbolLevels, simulated: bool) -> str:
    mark = f"{SIMULATED}, " if simulated else ""
    rows = [
        (
            line.price,
            "",
            cell(f"{_label(line)} ({mark}as of {one.as_of})"),
            _SIERRA_COLOURS[line.side],
            "0",
            "1",
            "1",
        )
        for line in one.lines
    ]
    return _table(SIERRA_COLUMNS, rows)


def _label(line: Line) -> str:
    return f"{line.name} | {line.status}" if line.status else line.name


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue()


def write_json(sheet: Sheet) -> str:
    """The sheet as JSON, its prices as numbers with the decimals that they are printed with."""
    body = {
        "title": one_line(sheet.title),
        "as_of": sheet.as_of,
        "source": sheet.source,
        "simulated": sheet.simulated,
        "note": NOT_ADVICE,
        "symbols": [_symbol(one) for one in sheet.symbols],
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _symbol(one: SymbolLevels) -> dict[str, object]:
    return {
        "symbol": one.symbol,
        "last": float(one.last) if one.last else None,
        "unit": one.unit,
        "as_of": one.as_of,
        "freshness": one.freshness,
        "source": one.source,
        "absence": one.absence or None,
        "levels": [
            {
                "level": line.name,
                "group": line.group.value,
                "price": float(line.price),
                "side": line.side,
                "status": line.status.value if line.status else None,
                "distance_pct": float(line.distance_pct),
            }
            for line in one.lines
        ],
    }
