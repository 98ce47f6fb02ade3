"""thinkScript (thinkorswim): a study that draws the levels of the symbol on the chart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from analytics.levels_out.sheet import NOT_ADVICE, SIMULATED, Line, Sheet
from analytics.levels_out.symbols import on_thinkorswim
from analytics.levels_out.texts import one_line, think_string


def write(sheet: Sheet) -> str:
    """The script; its plots are shared by the symbols, each has its own levels on them."""
    shown = [one for one in sheet.symbols if one.lines]
    lines = [f"# {one_line(line)}" for line in _comments(sheet)]
    lines += ["declare upper;", "input showBubbles = yes;"]
    lines.append("def newest = !IsNaN(close) and IsNaN(close[-1]);")
    for number, one in enumerate(shown, start=1):
        name = think_string(on_thinkorswim(one.symbol))
        lines.append(f"def s{number} = GetSymbol() == {name};")
    for number, slot in enumerate(zip_longest(*(one.lines for one in shown)), start=1):
        lines += _plot(number, slot)
    return "\n".join(lines) + "\n"


def _comments(sheet: Sheet) -> list[str]:
    lines = [SIMULATED] if sheet.simulated else []
    lines.append(
        f"Holdline: {sheet.title}. As of {sheet.as_of}, source: {sheet.source}. {NOT_ADVICE}"
    )
    lines.append("The levels are those of that moment: take the script anew for newer ones.")
    for one in sheet.symbols:
        said = f"no levels: {one.absence}" if one.absence else f"as of {one.as_of}"
        lines.append(f"{one.symbol}: {said}")
    return lines


def _plot(number: int, slot: Sequence[Line | None]) -> list[str]:
    """The plot of each symbol's level of that rank."""
    own = [(at, line) for at, line in enumerate(slot, start=1) if line is not None]
    price = "".join(f"if s{at} then {line.price} else " for at, line in own)
    said = "".join(f"if s{at} then {think_string(_said(line))} else " for at, line in own)
    name = f"L{number}"
    return [
        f"plot {name} = {price}Double.NaN;",
        f"{name}.SetPaintingStrategy(PaintingStrategy.HORIZONTAL);",
        f"{name}.SetDefaultColor(Color.GRAY);",
        f'AddChartBubble(showBubbles and newest and !IsNaN({name}), {name}, {said}"", Color.GRAY);',
    ]


def _said(line: Line) -> str:
    return f"{line.name} | {line.status}" if line.status else line.name
