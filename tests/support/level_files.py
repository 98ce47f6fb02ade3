"""Small readers of the formats that levels leave in, written from the formats' own rules.

Each gives symbol -> the levels in their order, as (name, price, status); the symbol as the other
program calls it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

Levels = dict[str, list[tuple[str, str, str]]]

_STRING = r'"(?:[^"\\]|\\.)*"'


def _parts(arguments: str) -> list[str]:
    """The arguments of a call: strings with their quotes, numbers."""
    found = re.findall(rf"{_STRING}|[^,\s]+", arguments)
    assert re.sub(rf"{_STRING}|[^,\s]+|[,\s]", "", arguments) == ""
    return found


def _unquoted(literal: str) -> str:
    assert literal[0] == literal[-1] == '"'
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def read_pine(text: str) -> Levels:
    """The branches of the script's one switch; everything else must be code that it always has."""
    lines = text.splitlines()
    assert lines[0] == "//@version=6"
    found: Levels = {}
    at = 0
    while at < len(lines):
        head = re.fullmatch(rf"        ({_STRING}) =>", lines[at])
        at += 1
        if head is None:
            continue
        columns = []
        for name in ("prices  ", "names   ", "statuses"):
            row = re.fullmatch(rf"            {name} := array\.from\((.*)\)", lines[at])
            assert row, lines[at]
            columns.append(_parts(row[1]))
            at += 1
        prices, names, statuses = columns
        assert all("." in price for price in prices), "a whole number makes an array of integers"
        found[_unquoted(head[1])] = [
            (_unquoted(name), price, _unquoted(status))
            for name, price, status in zip(names, prices, statuses, strict=True)
        ]
    return found


def read_thinkscript(text: str) -> Levels:
    """The plots with their bubbles, each symbol's levels in the order of the plots."""
    names = dict(re.findall(r'^def (s\d+) = GetSymbol\(\) == "([^"]*)";$', text, re.M))
    found: Levels = {name: [] for name in names.values()}
    plots = re.findall(r"^plot (L\d+) = (.*)Double\.NaN;$", text, re.M)
    bubbles = dict(
        re.findall(
            r"^AddChartBubble\(showBubbles and newest and !IsNaN\((L\d+)\), L\d+, (.*)\"\", "
            r"Color\.GRAY\);$",
            text,
            re.M,
        )
    )
    for plot, prices in plots:
        said = dict(re.findall(r'if (s\d+) then "([^"]*)" else ', bubbles[plot]))
        for key, price in re.findall(r"if (s\d+) then (\S+) else ", prices):
            name, _, status = said[key].rpartition(" | ")
            found[names[key]].append((name or said[key], price, status if name else ""))
    return found


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def _text_of(cell: str) -> str:
    """What a spreadsheet shows of a cell: a leading ' says that it is a text."""
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    return cell.removeprefix("'")


def read_csv(text: str) -> Levels:
    """The plain table."""
    found: Levels = {}
    for row in _rows(text):
        levels = found.setdefault(_text_of(row["symbol"]), [])
        if row["level"]:
            levels.append((_text_of(row["level"]), row["price"], row["status"]))
    return found


def _labelled(label: str) -> tuple[str, str]:
    name, _, status = label.rpartition(" | ")
    return (name, status) if name else (label, "")


def read_ninja(text: str) -> Levels:
    """Instrument, price, label."""
    found: Levels = {}
    for row in _rows(text):
        name, status = _labelled(_text_of(row["Label"]))
        found.setdefault(_text_of(row["Instrument"]), []).append((name, row["Price"], status))
    return found


def read_sierra(content: str | bytes, symbol: str = "") -> Levels:
    """Price and note; of a zip each file's."""
    if isinstance(content, bytes):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {
                name.removesuffix(".csv"): read_sierra(archive.read(name).decode())[""]
                for name in archive.namelist()
            }
    levels = []
    for row in _rows(content):
        note = re.fullmatch(r"(.*) \((?:SIMULATED - not market prices, )?as of (.*)\)", row["Note"])
        assert note, row
        name, status = _labelled(_text_of(note[1]))
        levels.append((name, row["Price"], status))
    return {symbol: levels}


def read_json(text: str) -> Levels:
    """The numbers as they are written."""
    body = json.loads(text, parse_float=str, parse_int=str)
    return {
        one["symbol"]: [(row["level"], row["price"], row["status"] or "") for row in one["levels"]]
        for one in body["symbols"]
    }
