"""Universes: members as of each day, held against two other lists, and an operator's own."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analytics.desk.lists import KINDS, read_list
from analytics.model import dated_lists
from analytics.model.listings import group, known_universe, sector_fund, sectors, universe_group
from analytics.model.universes import TITLES, members, parse_universes, universe
from analytics.model.vocabulary import BadInput, parse_symbol
from tests.support.shared_data import SHARED, needs_shared_data

TODAY = dt.date(2026, 11, 30)
HEAD = ",".join(KINDS["universes"].columns)


def on(name: str, day: str) -> set[str]:
    return set(members(universe(name), dt.date.fromisoformat(day)))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    dated_lists.use_folder(tmp_path)
    yield tmp_path
    dated_lists.use_folder(None)


class TestShipped:
    @pytest.mark.parametrize(
        ("name", "day", "count"),
        [
            ("sp500", "1996-01-02", 487),  # the author's own note: incomplete before 2001
            ("sp500", "2010-01-04", 499),
            ("sp500", "2020-01-02", 505),
            ("sp500", "2025-01-27", 503),
            ("nasdaq100", "2025-01-27", 101),
            ("dow", "2010-01-04", 30),
            ("dow", "2025-01-27", 30),
        ],
    )
    def test_how_many_there_were(self, name: str, day: str, count: int) -> None:
        assert len(on(name, day)) == count

    def test_the_members_of_december_2024_are_those_that_the_index_published(self) -> None:
        with (dated_lists.SHIPPED / "sp500.csv").open(newline="", encoding="utf-8") as lines:
            published = {s for row in csv.DictReader(lines) for s in row["symbols"].split()}
        # FISV was FI between June 2023 and November 2025: one company, under its newest symbol
        assert on("sp500", "2024-12-23") == published - {"FI"} | {"FISV"}

    @needs_shared_data
    def test_open_spells_against_the_constituents_nine_months_later(self) -> None:
        path = SHARED / "providers" / "sp500" / "constituents.csv"
        with path.open(newline="", encoding="utf-8") as lines:
            later = {row["Symbol"].replace(".", "-") for row in csv.DictReader(lines)}
        known = on("sp500", "2025-11-11")
        renamed = {"BK": "BNY", "MMC": "MRSH"}
        assert len(known) == len(later) == 503
        assert known - later == {
            *renamed,
            *("CAG", "CPB", "CTRA", "DAY", "EA", "EPAM", "HOLX", "IPG", "K", "LKQ", "LW", "MHK"),
            *("MOH", "MTCH", "PAYC", "POOL", "SOLS"),
        }
        assert later - known == {
            *renamed.values(),
            *("ARES", "CASY", "CIEN", "COHR", "CRH", "CVNA", "ECHO", "FDXF", "FERG", "FIX", "FLEX"),
            *("HONA", "LITE", "MRVL", "SNDK", "VEEV", "VRT"),
        }

    @pytest.mark.parametrize(
        ("name", "day", "joined", "left"),
        [
            ("sp500", "2024-09-23", "PLTR", "AAL"),
            ("sp500", "2025-07-18", "TTD", "ANSS"),  # later than the spells' own end
            ("sp500", "2025-09-22", "APP", "MKTX"),  # several in one cell
            ("nasdaq100", "2025-05-19", "SHOP", "MDB"),
            ("dow", "2024-11-08", "NVDA", "INTC"),
        ],
    )
    def test_a_change_takes_effect_on_its_day(
        self, name: str, day: str, joined: str, left: str
    ) -> None:
        before = (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()
        assert joined in on(name, day)
        assert left not in on(name, day)
        assert joined not in on(name, before)
        assert left in on(name, before)

    def test_a_symbol_used_again_has_spells_of_its_own(self) -> None:
        spells = universe("sp500").spells_of("AAL")  # AMR Corp.'s predecessor, and the airline
        assert [(s.first_day.year, s.end_day.year) for s in spells] == [(1996, 1997), (2015, 2024)]
        assert "AAL" not in on("sp500", "2005-01-03")

    def test_a_change_of_symbol_is_no_change_of_member(self) -> None:
        (meta,) = universe("sp500").spells_of("META")
        assert meta.first_day == dt.date(2013, 12, 23)
        assert meta.formerly == "FB until 2022-06-09"
        assert not universe("sp500").spells_of("FB")

    @pytest.mark.parametrize("name", TITLES)
    def test_every_row_is_written_as_a_symbol_and_known_by_its_sector(self, name: str) -> None:
        of = universe(name)
        assert all(parse_symbol(spell.symbol) == spell.symbol for spell in of.spells)
        assert {spell.sector for spell in of.spells} <= {*sectors(), ""}
        day = dt.date(2025, 1, 27)
        unknown = [symbol for symbol in members(of, day) if sector_fund(symbol) is None]
        assert len(unknown) <= (0 if name != "nasdaq100" else 15)


class TestDays:
    SMALL = parse_universes(
        tuple(
            dict(zip(HEAD.split(","), cells, strict=True))
            for cells in (
                ("own", "A", "", "2020-01-02", "2021-01-04", "", "2024-01-02", "x"),
                ("own", "A", "", "2022-01-03", "", "", "2024-01-02", "x"),
                ("own", "B", "XLK", "2020-01-02", "", "", "2024-01-02", "x"),
            )
        )
    )[0]

    def test_the_day_it_ends_is_its_first_without(self) -> None:
        assert members(self.SMALL, dt.date(2021, 1, 3)) == ("A", "B")
        assert members(self.SMALL, dt.date(2021, 1, 4)) == ("B",)

    @pytest.mark.parametrize(
        ("day", "symbols", "dated"),
        [("1990-01-02", ("A", "B"), "2020-01-02"), ("2030-01-02", ("A", "B"), "2024-01-02")],
    )
    def test_a_day_that_is_not_known_has_the_nearest_and_says_so(
        self, day: str, symbols: tuple[str, ...], dated: str
    ) -> None:
        asked = dt.date.fromisoformat(day)
        assert members(self.SMALL, asked) == symbols
        assert self.SMALL.dated(asked).dated.isoformat() == dated
        assert self.SMALL.dated(asked).age_note(asked)

    def test_the_mask_says_the_same_as_the_members(self) -> None:
        days = np.arange("2019-12-30", "2024-06-01", 7, dtype="datetime64[D]")
        for symbol in ("A", "B", "C"):
            mask = self.SMALL.mask(symbol, days)
            asked = [symbol in members(self.SMALL, day) for day in days.tolist()]
            assert mask.tolist() == asked

    def test_who_was_a_member_between_two_days(self) -> None:
        def between(first: str, last: str) -> list[str]:
            days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
            return [spell.symbol for spell in self.SMALL.between(*days)]

        assert between("2021-02-01", "2021-12-01") == ["B"]
        assert between("2021-02-01", "2022-02-01") == ["A", "B"]
        assert between("2020-06-01", "2022-02-01") == ["A", "A", "B"]


class TestOperator:
    def test_a_universe_of_one_s_own(self, folder: Path) -> None:
        rows = f"{HEAD}\nftse,VOD.L,,2026-01-02,,,2026-11-01,me\n"
        (folder / "universes.csv").write_text(rows, encoding="utf-8")
        found = universe_group("ftse", TODAY)
        assert (found.symbols, found.title) == (("VOD.L",), "ftse members (1)")
        assert len(group("sp500", TODAY).symbols) == 503

    def test_newer_members_join_the_older_spells(self, folder: Path) -> None:
        rows = f"{HEAD}\nsp500,AAPL,XLK,2026-11-01,,,2026-11-01,me\n"
        (folder / "universes.csv").write_text(rows, encoding="utf-8")
        assert group("sp500", TODAY).symbols == ("AAPL",)
        assert group("sp500", TODAY).listed("AAPL", np.array(["2010-01-04"], "M8[D]")).all()
        assert len(group("sp500", dt.date(2026, 10, 1)).symbols) == 503

    def test_members_of_a_newer_list_follow_the_spells(self, folder: Path) -> None:
        rows = "valid_from,sector,symbols,source\n2026-11-01,XLK,AAPL NEWCO,x\n"
        (folder / "sp500.csv").write_text(rows, encoding="utf-8")
        assert group("sp500", TODAY).symbols == ("AAPL", "NEWCO")
        assert known_universe("sp500").dated(TODAY).dated == dt.date(2026, 11, 1)

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("sp500,AAPL,,2026-11-01,2026-10-01,,2026-11-01,x", "not after it begins"),
            ("sp500,AAPL,,2027-11-01,,,2027-11-01,x", "lies ahead"),
            ("../../x,AAPL,,2026-11-01,,,2026-11-01,x", "small letters"),
            ("<b>,AAPL,,2026-11-01,,,2026-11-01,x", "small letters"),
            ("own,aapl,,2026-11-01,,,2026-11-01,x", "not written as a symbol"),
            ("own,AAPL,TECH,2026-11-01,,,2026-11-01,x", "none of XLB"),
            ("own,AAPL,,2026-11-01,,,2026-11-01,", "without its source"),
            ("own,A,,2026-01-01,,,2026-11-01,x\nown,A,,2026-02-01,,,2026-11-01,x", "overlap"),
            ("own,A,,2026-01-01,,,2026-11-01,x\nown,B,,2026-02-01,,,2026-10-01,x", "more than one"),
        ],
    )
    def test_what_is_refused(self, row: str, said: str) -> None:
        with pytest.raises(BadInput, match=said):
            read_list(KINDS["universes"], f"{HEAD}\n{row}\n", TODAY)

    def test_a_name_that_there_is_none_of(self) -> None:
        with pytest.raises(BadInput, match="no universe 'nikkei': sp500, nasdaq100, dow"):
            universe("nikkei")
