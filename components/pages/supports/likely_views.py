"""The strip at the head of Supports: what must happen, how such days ended, what options pay."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.model.question import Answer
from analytics.model.sessions import minutes_to_close
from analytics.model.vocabulary import Moment, Phase
from analytics.studies.hold.study import HoldStudy
from analytics.studies.supports.finding import decided_price
from analytics.studies.supports.how_likely import how_likely, level_in_question
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder
from components.frame import formats, panels
from components.frame.findings import close_finding
from components.frame.likely import ask_again, likely_line
from components.frame.likely_scale import LikelyNumbers, numbers_of, past_words, priced_words
from components.pages.supports.state import SupportsState


def show_likely(
    state: SupportsState,
    ladder: SupportLadder,
    study: Answer[HoldStudy],
    odds: Answer[OddsView],
    moment: Moment,
) -> panels.View:
    """How likely the support of the headline holds; after the close, what became of it."""
    asked = level_in_question(ladder)
    likely = how_likely(ladder, asked, study, odds)
    numbers = numbers_of(likely)
    level = next((one for one in ladder.levels if one.id == asked), None)
    done = None if moment.phase is Phase.PRE else close_finding(ladder, level)
    if done is not None and level is not None:
        cells = _cells_decided(ladder, level, numbers)
    else:
        cells = _cells(ladder, level, numbers, moment)
    title = done or f"Does the {formats.level_name(likely.level.name)} hold by the close?"
    return panels.View(
        title=title,
        summary=f"{title}{'.' if done else ''} {likely.text}",
        basis="All sessions the source has; the option chain's own smiles",
        body=[html.Div(cells, className="cells"), likely_line(likely, ladder.symbol)],
        again=ask_again(study, odds),
    )


def _cells(
    ladder: SupportLadder, level: Level | None, numbers: LikelyNumbers, moment: Moment
) -> list[Component]:
    """What must happen, what is in hand, the past, the options, and the time left."""
    cells = []
    if level is not None:
        needed = level.close_needed if level.close_needed is not None else level.price
        cells.append(_cell("must close at or above", ladder.quotation.text(needed)))
        cells.append(_in_hand(ladder, level))
    apart = "" if numbers.apart is None else f"{numbers.apart} points from the past"
    minutes = minutes_to_close(moment.time)
    left = "closed" if minutes is None else formats.duration(minutes)
    return [
        *cells,
        _held_before(numbers),
        _cell("options price a hold at", priced_words(numbers), apart),
        _cell("to the close", left),
    ]


def _cells_decided(ladder: SupportLadder, level: Level, numbers: LikelyNumbers) -> list[Component]:
    """What had to happen, what did, the past, and the next session."""
    gap = formats.signed(ladder.price - decided_price(level), ladder.quotation.decimals)
    cells = [
        _cell("had to close at or above", ladder.quotation.text(decided_price(level))),
        _cell("closed at", ladder.quotation.text(ladder.price), gap),
        _held_before(numbers),
        _cell("options, next session", priced_words(numbers), "price a hold"),
    ]
    if ladder.next_session is not None:
        cells.append(_cell("next session", formats.date(ladder.next_session)))
    return cells


def _held_before(numbers: LikelyNumbers) -> Component:
    chance = "" if numbers.chance_pct is None else f"chance {formats.share(numbers.chance_pct, 0)}"
    return _cell("held before", past_words(numbers), chance)


def _cell(label: str, value: str, detail: str = "") -> Component:
    return html.Div(
        [
            html.Span(label, className="cell-label"),
            html.Span([html.B(value), html.Small(detail) if detail else None]),
        ],
        className="cell",
    )


def _in_hand(ladder: SupportLadder, level: Level) -> Component:
    """The distance from the level up to the price: positive while it holds."""
    gap = ladder.price - level.price
    atr = "" if level.distance_atr is None else f"{formats.signed(-level.distance_atr)} ATR"
    label = "in hand" if gap >= 0 else "missing"
    decimals = ladder.quotation.decimals
    return _cell(label, formats.signed(gap, decimals), atr)
