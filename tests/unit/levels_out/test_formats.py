"""Each format read back by a reader of its own: the ladder, and nothing that was not in it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.desk.level_sheets import SheetWish, sheet_of
from analytics.levels_out.formats import FORMATS
from analytics.levels_out.sheet import SIMULATED, Line, Sheet, SymbolLevels
from analytics.model.levels import LevelGroup
from analytics.model.parameters import parse_as_of
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.settings_reader import load_settings
from tests.support.level_files import (
    Levels,
    read_csv,
    read_json,
    read_ninja,
    read_pine,
    read_sierra,
    read_thinkscript,
)

READERS: dict[str, Callable[[Any], Levels]] = {
    "pine": read_pine,
    "thinkscript": read_thinkscript,
    "ninjatrader": read_ninja,
    "sierra": read_sierra,
    "csv": read_csv,
    "json": read_json,
}
FRIDAY = parse_as_of("as_of", "2025-01-24")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = str(tmp_path_factory.mktemp("home"))
    desk = open_desk(load_settings(["--demo"], {"HOLDLINE_HOME": home}))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def sheet(desk: Desk) -> Sheet:
    """Two symbols of the demo, and one that there is not."""
    symbols = tuple(Symbol(one) for one in ("SPY", "NVDA", "ZZZZ"))
    return sheet_of(desk, SheetWish(symbols), "a list", FRIDAY)


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
class TestOfTheDemo:
    def test_the_ladder_comes_back_to_its_printed_precision(
        self, name: str, sheet: Sheet, desk: Desk
    ) -> None:
        """As the desk's own answer has it, rounded here."""
        from analytics.studies.supports.supports import SUPPORTS, SupportsParameters

        found = READERS[name](FORMATS[name].write(sheet))
        for symbol in ("SPY", "NVDA"):
            ladder = desk.ask(SUPPORTS, SupportsParameters(Symbol(symbol)), FRIDAY).result
            assert ladder is not None
            assert len(ladder.levels) > 8
            got = [(label, float(price), status) for label, price, status in found[symbol]]
            assert got == [
                (level.name, round(level.price, 2), str(level.price_status or ""))
                for level in ladder.levels
            ]
        assert not found.get("ZZZZ")

    def test_it_is_said_to_be_simulated(self, name: str, sheet: Sheet) -> None:
        written = FORMATS[name].write(sheet)
        if name == "sierra":
            written = FORMATS[name].write(Sheet("one", sheet.symbols[:1], simulated=True))
        assert SIMULATED in str(written)
        assert "2025-01-24T16:00:00-05:00" in str(written)

    def test_what_there_is_not_is_said(self, name: str, sheet: Sheet) -> None:
        reason = "does not know the symbol"
        if name in ("pine", "thinkscript", "csv", "json"):
            assert reason in str(FORMATS[name].write(sheet))
        empty = Sheet("nothing", (), simulated=False)
        assert READERS[name](FORMATS[name].write(empty)) == {}


class TestWishes:
    def test_options_levels_alone(self, desk: Desk) -> None:
        wish = SheetWish((Symbol("SPY"),), groups=(LevelGroup.OPTIONS,))
        (spy,) = sheet_of(desk, wish, "", FRIDAY).symbols
        assert {line.group for line in spy.lines} == {LevelGroup.OPTIONS}
        assert "put wall" in {line.name for line in spy.lines}

    def test_own_levels_and_further_sets(self, desk: Desk) -> None:
        wish = SheetWish((Symbol("SPY"),), own=(601.5,), sets=("weekly",))
        (spy,) = sheet_of(desk, wish, "", FRIDAY).symbols
        own = [line for line in spy.lines if line.group is LevelGroup.OWN]
        assert [line.price for line in own] == ["601.50"]
        plain = sheet_of(desk, SheetWish((Symbol("SPY"),)), "", FRIDAY).symbols[0]
        assert len(spy.lines) > len(plain.lines) + 1


def shown_of(text: str) -> str:
    """A text on one line: of letters and single spaces alone, by Unicode's categories."""
    kinds = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
    return " ".join("".join(" " if category(c) in kinds else c for c in text).split())


HOSTILE = st.text(max_size=24) | st.sampled_from(
    [
        '=cmd|" /C calc"!A0',
        "+1",
        "-2+3",
        "@SUM(A1)",
        "'=1",
        '"); plot(close)\nx = "',
        "a\r\n=HYPERLINK(1)",
        "back\\",
        '\\"',
        "\u2028// x",
        "\u202e",
        'a";s1',
        "a | b",
        "a,b;c",
        "\x00",
    ]
)
PRICES = st.integers(1, 10**9).map(
    lambda cents: f"{cents // 100}.{cents % 100:02d}"
) | st.sampled_from(["38915", "0.0001", "1"])
LINES = st.builds(
    Line,
    name=HOSTILE.filter(lambda text: shown_of(text) and " | " not in shown_of(text)),
    group=st.just(LevelGroup.OWN),
    price=PRICES,
    side=st.sampled_from(["support", "resistance"]),
    status=st.sampled_from([None, Status.HELD, Status.CLOSE_ONLY]),
    distance_pct=st.just("-1.20"),
)
SYMBOLS = st.builds(
    SymbolLevels,
    symbol=st.sampled_from(["SPY", "NVDA", "A"]),
    last=PRICES,
    unit=HOSTILE,
    as_of=st.just("2025-01-24T16:00:00-05:00"),
    source=HOSTILE,
    freshness=st.just("CLOSED"),
    lines=st.lists(LINES, max_size=4).map(tuple),
    absence=HOSTILE,
)
SHEETS = st.builds(
    Sheet,
    title=HOSTILE,
    symbols=st.lists(SYMBOLS, max_size=3, unique_by=lambda one: one.symbol).map(tuple),
    simulated=st.booleans(),
)


def expected(sheet: Sheet, name: str) -> Levels:
    """What a format can say of a text: each is one line, and thinkScript has no quotes within."""

    def text(given: str) -> str:
        shown = shown_of(given)
        if name == "thinkscript":
            return shown.replace('"', "'").replace("\\", "/")
        return given if name == "json" else shown

    def price(given: str) -> str:
        if name == "json":
            return str(float(given))
        return given if "." in given or name != "pine" else f"{given}.0"

    return {
        one.symbol: [
            (text(line.name), price(line.price), str(line.status or "")) for line in one.lines
        ]
        for one in sheet.symbols
        if one.lines
    }


class TestHostile:
    @pytest.mark.parametrize("name", FORMATS)
    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(sheet=SHEETS)
    def test_no_text_becomes_more_than_text(self, name: str, sheet: Sheet) -> None:
        written = FORMATS[name].write(sheet)
        found = READERS[name](written)
        if name == "sierra" and len(sheet.symbols) == 1:
            found = {sheet.symbols[0].symbol: found[""]}
        assert {key: levels for key, levels in found.items() if levels} == expected(sheet, name)
        if name != "json" and isinstance(written, str):
            assert [c for c in written if not c.isprintable() and c not in "\r\n"] == []
        if name in ("pine", "thinkscript"):
            assert_only_known_lines(str(written), name)

    def test_a_formula_is_a_text_in_every_table(self) -> None:
        line = Line("=1+1", LevelGroup.OWN, "1.00", "support", None, "-0.10")
        one = SymbolLevels("SPY", "1.00", "=2", "now", "@x", "CLOSED", (line,))
        for name in ("csv", "ninjatrader", "sierra"):
            text = str(FORMATS[name].write(Sheet("=3", (one,), simulated=False)))
            for row in csv.reader(io.StringIO(text)):
                for cell in row:
                    number = re.fullmatch(r"-?\d+\.\d+", cell)
                    assert number or not cell.startswith(("=", "+", "-", "@"))


KNOWN = {
    "pine": re.compile(
        r"//.*|indicator\(.*|(bool|color|var|if|    |        ).*|",
    ),
    "thinkscript": re.compile(
        r"#.*|declare upper;|input showBubbles = yes;|def (newest|s\d+) = .*;|plot L\d+ = .*;"
        r"|L\d+\.Set[A-Za-z]+\(.*\);|AddChartBubble\(.*\);"
    ),
}


def assert_only_known_lines(text: str, name: str) -> None:
    """No line begins otherwise than the writer's own: nothing broke out of a string."""
    for line in text.split("\n"):
        assert not line or KNOWN[name].fullmatch(line), line


def test_json_says_why_a_symbol_has_none() -> None:
    one = SymbolLevels("SPY", "", "", "now", "Fake", "NO DATA", (), "no bars.")
    body = json.loads(str(FORMATS["json"].write(Sheet("x", (one,), simulated=False))))
    assert body["symbols"][0]["absence"] == "no bars."
    assert body["symbols"][0]["last"] is None
