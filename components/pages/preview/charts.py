"""The charts of the weekly preview: which stand beside which section, drawn from its answers.

Each is the view of the page it belongs to, so that preview and page can never disagree; one
whose answer has no result, or nothing to draw, is left out as its sentence is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analytics.desk.desk import Desk
from analytics.model.question import DEFAULT_BENCHMARK, Answer, Symbol
from analytics.options.view import OptionsView
from analytics.preview import Answers, Chart
from analytics.preview.model import OPTION_SYMBOLS
from analytics.preview.writing import past
from analytics.studies.sentiment.index import Sentiment
from analytics.studies.supports.price_history import PRICE_HISTORY, PriceHistoryParameters
from components.figures import strikes
from components.figures.lines import Line, line_chart
from components.frame import panels, provenance
from components.frame.findings import joined
from components.frame.formats import price
from components.frame.state import PageState
from components.pages.market import group_views
from components.pages.market.state import MarketState
from components.pages.options.state import OptionsState
from components.pages.sentiment import views as sentiment_views
from components.pages.sentiment.state import SentimentState
from components.pages.supports import page as supports
from components.pages.supports.asking import DRAWN
from components.pages.supports.state import SupportsState

SENTIMENT_SESSIONS = 504

Drawn = tuple["Answer[Any]", ...]


@dataclass(frozen=True)
class Drawing:
    """One chart: which answers it is drawn from, and by which view.

    Attributes:
        key: unique in the preview; ``section``: the one it stands beside.
        answers: (the preview's answers, the desk) -> those it is drawn from, or None where the
            preview did not ask.
        path: the page that shows it, and ``state`` its view there.
    """

    key: str
    section: str
    height: int
    path: str
    state: PageState
    answers: Callable[[Answers, Desk], Drawn | None]
    show: Callable[..., panels.View]


def _only(answer: Answer[Any] | None) -> Drawn | None:
    return None if answer is None else (answer,)


def _prices(answers: Answers, desk: Desk) -> Drawn | None:
    """The bars that the ladder's chart is drawn on, and the ladder."""
    ladder = answers.supports.get(DEFAULT_BENCHMARK)
    if ladder is None or ladder.result is None:
        return _only(ladder)
    wanted = PriceHistoryParameters(DEFAULT_BENCHMARK, None, DRAWN)
    return desk.ask(PRICE_HISTORY, wanted, past(answers.moment)), ladder


def show_sentiment(state: SentimentState, index: Sentiment) -> panels.View:
    """The index over two years, its finding that of the Sentiment page."""
    if index.value is None:
        return panels.nothing("Sentiment", index.reason or "There is no index.")
    now = sentiment_views.show_index(state, index)
    days = index.history.sessions[-SENTIMENT_SESSIONS:]
    values = index.history.values[-SENTIMENT_SESSIONS:]
    return panels.View(
        title=now.title,
        summary=now.summary,
        basis=now.basis,
        figure=line_chart(
            lines=[Line("index", days, values, "@ink", width=1.2)],
            unit="sentiment, 0 to 100",
            bounds=(0, 100),
            level=50,
            revision="preview-sentiment",
        ),
        data=panels.Data(
            (("Date", "date"), ("Sentiment", "ratio")),
            [(day.isoformat(), value) for day, value in zip(days, values, strict=True)],
        ),
        note=index.method,
    )


def show_options(state: OptionsState, view: OptionsView) -> panels.View:
    """Volume by strike, with the levels that the preview's sentences name."""
    at, calls, puts = strikes.strike_values(view.by_strike, "volume")
    if not (any(calls) or any(puts)):
        return panels.nothing(f"{view.symbol}: no option volume", "No option was traded.")
    walls = [
        f"{name} {price(wall.strike)}"
        for name, wall in (
            ("put wall", view.levels.put_wall),
            ("call wall", view.levels.call_wall),
        )
        if wall.strike is not None
    ]
    flip = view.levels.gamma_flip.nearest
    levels = [*walls, f"gamma flip {price(flip)}"] if flip is not None else walls
    title = f"{view.symbol}: {joined(levels)}" if levels else f"{view.symbol}: volume by strike"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Volume by strike, contracts; {view.selection.text}",
        figure=strikes.strike_bars(
            strikes=at,
            calls=calls,
            puts=puts,
            spot=view.spot,
            unit="volume, contracts",
            levels=view.levels,
            iv30=view.iv30.iv,
            revision=f"preview|{view.symbol}",
        ),
        data=panels.Data(
            (("Strike $", "price"), ("Calls", "count"), ("Puts", "count")),
            list(zip(at, calls, puts, strict=True)),
        ),
        note="Calls up, puts down.",
    )


def _options(symbol: str) -> Drawing:
    return Drawing(
        key=f"options-{symbol}",
        section="options",
        height=250,
        path="/options",
        state=OptionsState(symbol=Symbol(symbol)),
        answers=lambda answers, desk: _only(answers.options.get(symbol)),
        show=show_options,
    )


DRAWINGS: tuple[Drawing, ...] = (
    Drawing(
        "supports-chart",
        "supports",
        420,
        "/supports",
        SupportsState(),
        _prices,
        supports.show_chart,
    ),
    Drawing(
        key="drawdown-chart",
        section="drawdown",
        height=300,
        path="/",
        state=MarketState(),
        answers=lambda answers, desk: _only(answers.drawdown),
        show=group_views.show_group,
    ),
    Drawing(
        key="sentiment-chart",
        section="sentiment",
        height=260,
        path="/sentiment",
        state=SentimentState(),
        answers=lambda answers, desk: _only(answers.sentiment),
        show=show_sentiment,
    ),
    *(_options(symbol) for symbol in OPTION_SYMBOLS),
    Drawing(
        key="afloat-chart",
        section="afloat",
        height=420,
        path="/",
        state=MarketState(),
        answers=lambda answers, desk: _only(answers.afloat),
        show=group_views.show_afloat,
    ),
)


def draw_all(answers: Answers, desk: Desk) -> tuple[Chart, ...]:
    """Every chart that these answers allow, in the preview's order."""
    charts = (_chart(drawing, answers, desk) for drawing in DRAWINGS)
    return tuple(chart for chart in charts if chart is not None)


def _chart(drawing: Drawing, answers: Answers, desk: Desk) -> Chart | None:
    asked = drawing.answers(answers, desk)
    if asked is None:
        return None
    found = [answer.result for answer in asked]
    if any(result is None for result in found):
        return None
    view = drawing.show(drawing.state, *found)
    if view.figure is None:
        return None
    at = past(asked[0].moment)
    lists = provenance.aged_lists(asked)
    basis = (view.basis, provenance.source_line(asked[0].provenance), lists)
    return Chart(
        key=drawing.key,
        section=drawing.section,
        title=view.title,
        summary=view.summary or view.title,
        basis=" · ".join(part for part in basis if part),
        link=drawing.state.link(drawing.path, as_of=at),
        height=drawing.height,
        figure=dict(view.figure),
    )
