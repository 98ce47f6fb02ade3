"""The rule lab's panels over many symbols: what is there so far, and what is still to come."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from analytics.model.vocabulary import StillLoading
from analytics.studies.rules.answer import RuleLab
from components.frame.panels import plain
from components.pages.rules import views
from components.pages.rules.state import RulesState
from tests.support.builders import make_bars, walk
from tests.support.small_bars import inputs_of
from tests.unit.studies.rules.test_lab import ask

STATE = RulesState(group="sectors")


@pytest.fixture(scope="module")
def two_sectors() -> RuleLab:
    bars = [make_bars(walk(300, i), symbol=symbol) for i, symbol in enumerate(("XLK", "XLE"))]
    return ask(inputs_of(*bars), group="sectors", n="20", paths="0")


def test_the_page_asks_with_what_can_be_read_of_the_browsers_list() -> None:
    assert RulesState(tried="n=0|n=20|garbage").parameters().tried == "n=20"


def test_before_chance_is_counted_the_rest_stands_and_the_page_asks_again(
    two_sectors: RuleLab,
) -> None:
    view = views.show_result(STATE, two_sectors)
    assert view.title.startswith("Chance is being computed")
    assert view.again == views.AGAIN_SECONDS
    assert "p is corrected" not in view.note
    counted = views.show_result(STATE, replace(two_sectors, paths=100, verdict="Chance: x"))
    assert (counted.title, counted.again) == ("Chance: x", None)
    assert "p is corrected" in counted.note


def test_a_rule_that_never_bought_waits_for_nothing(two_sectors: RuleLab) -> None:
    idle = replace(two_sectors, trades=(), verdict="No trade: the rule never bought")
    assert views.show_result(STATE, idle).again is None


def test_the_average_says_of_how_many_trades_it_is(two_sectors: RuleLab) -> None:
    done = replace(two_sectors, trades=two_sectors.trades[:5], closed=5, mean_trade_pct=0.42)
    assert views.show_trades(STATE, done).title == "5 trades, +0.4% on average"
    one_runs = views.show_trades(STATE, replace(done, closed=4)).title
    assert one_runs == "5 trades, 1 still open; the 4 that ended made +0.4% on average"
    three_run = views.show_trades(STATE, replace(done, closed=1)).title
    assert three_run == "5 trades, 4 still open; the one that ended made +0.4%"
    first = replace(done, trades=done.trades[:1], closed=0, mean_trade_pct=None)
    assert views.show_trades(STATE, first).title == "1 trade, still open"


def test_what_is_left_of_a_hundred_is_not_nothing(two_sectors: RuleLab) -> None:
    lost = replace(two_sectors.result, total_pct=-99.96, drawdown_pct=-99.97)
    view = views.show_curve(STATE, replace(two_sectors, result=lost))
    assert view.title.startswith("100 became 0.04; ")
    fall = views.show_drawdown(STATE, replace(two_sectors, result=lost))
    assert fall.title.startswith("Deepest fall \u221299.97%")


def test_names_that_are_being_fetched_are_a_bar_of_progress() -> None:
    there = inputs_of(make_bars(walk(300, 1), symbol="XLK"))
    late = StillLoading("still being loaded.")
    names = ("XLE", "XLF")
    found = ask(replace(there, absent={("bars", one): late for one in names}), group="sectors")
    view = views.show_result(STATE, found)
    # eight of the eleven sectors have no bars, which is known
    assert view.loading == (9, 11)
    assert view.title.startswith("So far 1 of 11 names")
    assert view.again is None  # the frame asks again while inputs are being fetched


def test_a_few_without_a_part_are_named_and_many_counted(
    two_sectors: RuleLab,
) -> None:
    assert len(two_sectors.missing) == 9
    many = views.show_result(STATE, two_sectors)
    assert not any(
        reason in json.dumps(plain(many.body)) for reason in two_sectors.missing.values()
    )
    assert "(2 of 11 names have bars)" in many.basis
    few = dict(list(two_sectors.missing.items())[:3])
    shown = json.dumps(plain(views.show_result(STATE, replace(two_sectors, missing=few)).body))
    assert all(reason in shown for reason in few.values())


def test_the_basis_counts_the_names(two_sectors: RuleLab) -> None:
    assert "(2 names)" in views.show_curve(STATE, replace(two_sectors, missing={})).basis
