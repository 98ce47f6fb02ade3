"""Pine script v6 (TradingView): an indicator that draws the levels of the symbol on the chart."""

from __future__ import annotations

from analytics.levels_out.sheet import NOT_ADVICE, SIMULATED, Sheet, SymbolLevels
from analytics.levels_out.symbols import on_tradingview
from analytics.levels_out.texts import one_line, pine_string

_HEAD = """\
indicator("{title}", "Holdline", overlay = true, max_lines_count = 100, max_labels_count = 100)

bool  showLabels = input.bool(true, "Labels")
color below = input.color(#0072B2, "At or below the price")
color above = input.color(#D55E00, "Above the price")

var array<float>  prices   = array.new<float>()
var array<string> names    = array.new<string>()
var array<string> statuses = array.new<string>()
var array<line>   drawn    = array.new<line>()
var array<label>  labelled = array.new<label>()
"""

_TAIL = """
if barstate.islast
    while drawn.size() > 0
        line.delete(drawn.pop())
    while labelled.size() > 0
        label.delete(labelled.pop())
    if prices.size() > 0
        for i = 0 to prices.size() - 1
            float price = prices.get(i)
            color shade = price <= close ? below : above
            string said = statuses.get(i) == "" ? "" : ", " + statuses.get(i)
            line rung = line.new(bar_index - 1, price, bar_index, price, extend = extend.both)
            rung.set_color(shade)
            drawn.push(rung)
            if showLabels
                label tag = label.new(bar_index + 4, price, names.get(i) + said)
                tag.set_style(label.style_label_left)
                tag.set_color(color.new(shade, 85))
                tag.set_textcolor(shade)
                labelled.push(tag)
"""


def write(sheet: Sheet) -> str:
    """The script."""
    shown = [one for one in sheet.symbols if one.lines]
    parts = ["//@version=6", *_comments(sheet), _HEAD.format(title=_title(sheet))]
    if shown:
        parts += ["if barstate.isfirst", "    switch syminfo.ticker"]
        parts += [_branch(one) for one in shown]
    return "\n".join(parts) + "\n" + _TAIL


def _title(sheet: Sheet) -> str:
    return "Holdline levels (SIMULATED)" if sheet.simulated else "Holdline levels"


def _comments(sheet: Sheet) -> list[str]:
    lines = [
        f"Holdline: {sheet.title}. As of {sheet.as_of}, source: {sheet.source}. {NOT_ADVICE}",
        "The levels are those of that moment: take the script anew for newer ones.",
    ]
    if sheet.simulated:
        lines.insert(0, SIMULATED)
    for one in sheet.symbols:
        said = f"no levels: {one.absence}" if one.absence else f"as of {one.as_of}"
        lines.append(f"{one.symbol}: {said}")
    return [f"// {one_line(line)}" for line in lines]


def _branch(one: SymbolLevels) -> str:
    prices = ", ".join(_float(line.price) for line in one.lines)
    names = ", ".join(pine_string(line.name) for line in one.lines)
    statuses = ", ".join(pine_string(line.status or "") for line in one.lines)
    return (
        f"        {pine_string(on_tradingview(one.symbol))} =>\n"
        f"            prices   := array.from({prices})\n"
        f"            names    := array.from({names})\n"
        f"            statuses := array.from({statuses})"
    )


def _float(price: str) -> str:
    """Of whole numbers alone Pine would make an array of another type."""
    return price if "." in price else f"{price}.0"
