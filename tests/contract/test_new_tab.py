"""A tab and its question, added as CONTRIBUTING says, work on the page, in the shell and as of."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import app as holdline
from analytics import cli
from analytics.desk.questions import QUESTIONS
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Moment
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from components import pages
from components.frame import panels, widgets
from components.frame.page import Page
from components.frame.state import PageState
from tests.support.builders import FRIDAY, FakeSource, make_desk, make_frame, scaled_after, walk


@dataclass(frozen=True)
class RangeParameters:
    """Which symbol."""

    symbol: Symbol


@dataclass(frozen=True)
class ClosingRange:
    """Where a session's close lies between its low (0) and its high (100), percent."""

    symbol: str
    session: dt.date
    place_pct: float


def compute(parameters: RangeParameters, inputs: Inputs) -> ClosingRange:
    bars = inputs.require_bars(parameters.symbol)
    low, high = float(bars.low[-1]), float(bars.high[-1])
    place = 100 * (float(bars.close[-1]) - low) / (high - low)
    return ClosingRange(parameters.symbol, bars.last_session, place)


def needs(parameters: RangeParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,))


CLOSING_RANGE = Question(
    name="closing-range",
    about="where the close lies in the session's range",
    parameters=RangeParameters,
    result=ClosingRange,
    needs=needs,
    compute=compute,
)


def show(state: PageState, result: ClosingRange) -> panels.View:
    return panels.View(
        title=f"{result.symbol} closed at {result.place_pct:.0f}% of its range",
        basis="Traded prices",
    )


def layout(settings: Settings) -> Any:
    return widgets.page_header(PAGE.title)


def register(app: Any, desk: Any) -> None:
    feed = panels.PagePanels(app, PAGE.key, PageState)
    feed.card(
        "place",
        lambda state: desk.ask(CLOSING_RANGE, RangeParameters(Symbol("SPY")), state.as_of),
        show,
    )


PAGE = Page(
    key="closing",
    path="/closing",
    name="Closing range",
    title="Where did it close?",
    layout=layout,
    register=register,
)


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Page:
    """The two lines of the recipe: in the list of tabs and in the list of questions."""
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, PAGE))
    monkeypatch.setitem(QUESTIONS, CLOSING_RANGE.name, CLOSING_RANGE)
    return PAGE


def friday_frame() -> pd.DataFrame:
    """Its last session ranges from 90 to 110 and closes at 105: three quarters up."""
    frame = make_frame(walk(300))
    frame.loc[frame.index[-1], ["open", "high", "low", "close"]] = (
        100.0,
        110.0,
        90.0,
        105.0,
    )
    return frame


class TestOnThePage:
    def test_it_has_an_address_and_a_link_on_every_page(self, tab: Page, tmp_path: Path) -> None:
        desk = make_desk(FakeSource({"SPY": friday_frame()}))
        settings = load_settings([], {"HOLDLINE_HOME": str(tmp_path), "HOLDLINE_SOURCE": "demo"})
        app = holdline.create_app(settings, desk)
        client = app.server.test_client()
        reply = client.get("/closing")
        assert reply.status_code == 200
        assert "Closing range" in reply.text
        assert "Where did it close?" in reply.text
        desk.close()

    def test_its_panel_is_painted_from_the_answer(self, tab: Page, tmp_path: Path) -> None:
        desk = make_desk(FakeSource({"SPY": friday_frame()}))
        settings = load_settings([], {"HOLDLINE_HOME": str(tmp_path), "HOLDLINE_SOURCE": "demo"})
        app = holdline.create_app(settings, desk)
        panel = json.loads(app.server.extensions[panels.BUILDERS]["closing/place"]({}))
        desk.close()
        assert panel["title"] == "SPY closed at 75% of its range"


class TestInTheShell:
    def test_it_is_listed_and_its_words_are_read(self, tab: Page) -> None:
        assert "closing-range" in cli.build_parser().format_help()
        request = cli.parse_request(["closing-range", "SPY", "--demo", "--json"])
        assert request.question is CLOSING_RANGE
        assert request.parameters == RangeParameters(Symbol("SPY"))

    def test_its_answer_is_json_with_its_provenance(self, tab: Page) -> None:
        desk = make_desk(FakeSource({"SPY": friday_frame()}))
        got = json.loads(desk.ask(CLOSING_RANGE, RangeParameters(Symbol("SPY"))).to_json())
        assert got["place_pct"] == pytest.approx(75.0)
        assert got["provenance"]["source"]
        desk.close()


class TestNoLookAhead:
    def test_what_comes_later_changes_nothing(self, tab: Page) -> None:
        day = FRIDAY - dt.timedelta(days=7)
        found = []
        for later in (1.0, 3.0):
            frame = scaled_after(friday_frame(), day, later)
            desk = make_desk(FakeSource({"SPY": frame}))
            found.append(desk.ask(CLOSING_RANGE, RangeParameters(Symbol("SPY")), day).result)
            desk.close()
        assert found[0] == found[1]
        assert found[0] is not None
        assert found[0].session == day
