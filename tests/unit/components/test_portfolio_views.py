"""The portfolio's page: the finding as a title, absences as sentences, no html."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from analytics.desk.desk import Desk
from analytics.model.portfolio_changes import Change, Kind
from analytics.model.question import Answer
from analytics.model.sessions import session_close
from analytics.portfolio.question import PORTFOLIO_QUESTION, PortfolioParameters
from analytics.portfolio.view import PortfolioView
from components.frame import panels
from components.pages.portfolio import charts, views
from components.pages.portfolio.state import PortfolioState
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame
from tests.support.small_portfolios import buy, change, deposit

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}}"
STATE = PortfolioState(level=50)
SHOWN = (
    views.show_answer,
    views.show_holdings,
    views.show_changes,
    charts.show_fall,
    charts.show_sectors,
    charts.show_curve,
    charts.show_returns,
    charts.show_drawdown,
)


def desk_with(*changes: Change, **frames: Any) -> Desk:
    rising = make_frame([100.0 + i for i in range(150)], last=MONDAY)
    source = FakeSource({"SPY": rising, **frames}, Clock(session_close(MONDAY)))
    desk = make_desk(source)
    portfolios = desk.records.portfolio
    at = session_close(FRIDAY)
    for after, one in enumerate(changes):
        portfolios.save_drafts([replace(one, number=0, published_at=None)], at)
        portfolios.publish(one.id, after, at, at)
    return desk


@pytest.fixture
def answer() -> Iterator[Answer[Any]]:
    rising = make_frame([100.0 + i for i in range(150)], last=MONDAY)
    desk = desk_with(
        deposit(10_000, FRIDAY),
        buy("NVDA", 10, FRIDAY, 2),
        replace(change(Kind.HOLD, FRIDAY, 3), reason=HOSTILE),
        NVDA=rising,
    )
    yield desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
    desk.close()


def shown(answer: Answer[PortfolioView]) -> PortfolioView:
    assert answer.result is not None, answer.reason
    return answer.result


def test_the_title_is_the_finding(answer: Answer[Any]) -> None:
    # 10 of 249 dollars rose by one; the 50-DMA is 224.5, 24.5 below, 245 of 10,010 dollars
    title = views.show_answer(STATE, shown(answer)).title
    assert title == (
        "The model portfolio gained 0.1% on Mon 27 Jan 2025; "
        "a fall to every 50\u2011DMA would cost 2.4%"
    )
    hundred = views.show_answer(PortfolioState(level=100), shown(answer)).title
    assert hundred.endswith("a fall to every 100\u2011DMA would cost 4.9%")


def test_what_is_below_is_counted_apart() -> None:
    falling = make_frame([300.0 - i for i in range(150)], last=MONDAY)
    desk = desk_with(deposit(10_000, FRIDAY), buy("NVDA", 10, FRIDAY, 2), NVDA=falling)
    got = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
    assert views.show_answer(STATE, shown(got)).title.endswith(
        "every holding is below its 50\u2011DMA already"
    )
    fall = charts.show_fall(STATE, shown(got))
    assert fall.absence.startswith("No holding is above its 50")
    assert fall.note == "NVDA is below the 50\u2011DMA already and not counted."
    assert got.result is not None
    assert [f.loss_usd for f in got.result.falls] == [0, 0]
    desk.close()


@pytest.mark.parametrize("show", SHOWN)
def test_a_reason_stays_a_text(show: Any, answer: Answer[Any]) -> None:
    view = show(STATE, answer.result)
    figure = json.dumps(view.figure)
    assert HOSTILE not in figure
    assert "dangerously" not in json.dumps(panels.plain(view.body)).lower()


@pytest.mark.parametrize("show", SHOWN)
def test_an_empty_portfolio_is_a_sentence_on_every_panel(show: Any) -> None:
    desk = desk_with()
    view = show(STATE, desk.ask(PORTFOLIO_QUESTION, PortfolioParameters()).result)
    assert view.absence == "No change has been published yet."
    desk.close()


def test_without_a_holding_s_prices_the_changes_are_still_told() -> None:
    desk = desk_with(deposit(10_000, FRIDAY), buy("GONE", 1, FRIDAY, 2))
    got = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
    assert "GONE" in views.show_answer(STATE, shown(got)).absence
    assert views.show_changes(STATE, shown(got)).title.endswith("Buy 1 GONE")
    desk.close()


def test_a_listing_that_ended_counts_at_its_last_close_and_every_total_says_so() -> None:
    ended = make_frame([100.0 + i for i in range(150)], last=FRIDAY)
    desk = desk_with(deposit(10_000, FRIDAY), buy("OLD", 10, FRIDAY, 2), OLD=ended)
    got = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
    assert got.result is not None
    assert got.result.value_usd == 10_000
    contains = "contains OLD at its last close of 24 Jan 2025"
    assert got.result.contains == contains
    for show in SHOWN:
        if show is views.show_changes:
            continue
        shown = show(STATE, got.result)
        text = json.dumps([panels.plain(shown.body), shown.note, shown.summary])
        assert contains in text, show
    body = json.dumps(panels.plain(views.show_holdings(STATE, got.result).body))
    assert "valued at its last close of 24 Jan 2025: no bar since" in body
    desk.close()


def test_a_store_that_cannot_be_read_is_a_sentence() -> None:
    desk = desk_with()
    desk.records.database._refusal = "The store cannot be used: the disk is full."
    got = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
    assert got.reason == "The store cannot be used: the disk is full."
    desk.close()
