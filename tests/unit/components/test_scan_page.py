"""Scan page: the headline is of the level that the rows are at, and filters say when they apply."""

from __future__ import annotations

import pytest

from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from analytics.studies.scan.scan import SCAN, Scan, ScanParameters
from components.frame import panels
from components.pages.scan import views
from components.pages.scan.page import layout
from components.pages.scan.state import ScanState
from tests.support.builders import FRIDAY, make_bars, walk
from tests.support.small_bars import inputs_of


def scan_at(family: str) -> Scan:
    bars = [make_bars(walk(420, seed), symbol=f"S{seed}") for seed in range(40)]
    symbols = tuple(Symbol(one.symbol) for one in bars)
    return SCAN.compute(ScanParameters(symbols, family=family), inputs_of(*bars, session=FRIDAY))


def shown(scan: Scan) -> panels.View:
    return views.show_rows(ScanState(), scan, inputs_of(session=FRIDAY).moment, None)


class TestHeadline:
    def test_at_another_family_it_counts_what_the_rows_say(self) -> None:
        scan = scan_at("prior-low")
        view = shown(scan)
        broken = [row.status for row in scan.rows].count(Status.BROKEN)
        assert broken > 1
        assert view.title.startswith(
            f"{broken} of 40 stand under their level, which they came from above; "
        )
        assert "usually" not in view.title
        assert view.basis.endswith("counted at each name's level below")

    def test_at_the_averages_it_has_the_usual(self) -> None:
        view = shown(scan_at(""))
        assert "under a support it came from above, usually " in view.title
        assert "level below" not in view.basis


def test_the_map_says_that_it_is_of_all_names() -> None:
    assert "all names, whatever the filters" in views.show_map(ScanState(), scan_at("")).basis


class TestStatuses:
    def test_those_of_the_menu_are_accepted_with_their_hours(self) -> None:
        said = str(layout(Settings()).to_plotly_json())
        for words in ("under (in session)", "held (after the close)", "'above'"):
            assert words in said

    @pytest.mark.parametrize("status", ["close only", "overcome", "testing from below"])
    def test_others_are_refused_by_naming_the_menu_s(self, status: str) -> None:
        known = "under, testing, reclaiming, broken, held, reclaimed, above, below"
        with pytest.raises(BadInput, match=f"one of {known} is accepted"):
            ScanState(status=status).check()
