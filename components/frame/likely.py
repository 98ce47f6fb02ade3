"""The sentence that says how likely the support holds, as every page shows it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.desk.patience import Patience
from analytics.model.levels import dma
from analytics.model.phrases import plain
from analytics.model.question import BEING_COMPUTED, Answer, Symbol
from analytics.studies.hold.levels import word_of
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.supports.how_likely import (
    HowLikely,
    level_in_question,
    study_sessions,
)
from analytics.studies.supports.odds import ODDS, OddsParameters
from analytics.studies.supports.supports import SupportLadder
from components.frame import formats
from components.frame.panels import MayBeAbsent
from components.frame.state import PageState

AGAIN_SECONDS = 1.5


def ask_likely(
    patience: Patience,
    ladder: Answer[SupportLadder],
    symbol: str,
    state: PageState,
    *,
    fetch_chain: bool = True,
) -> tuple[MayBeAbsent, MayBeAbsent]:
    """The study and the odds of the level that the ladder's finding is about.

    Neither keeps the page waiting: a study takes a second, and on the first start of an
    installation its compiler twenty; a chain is thirty requests to a remote source.

    Args:
        fetch_chain: ask a remote source for a chain that nobody has asked for yet.
    """
    level = dma(50) if ladder.result is None else level_in_question(ladder.result)
    asked = Symbol(symbol)
    study = patience.begin(
        HOLD_STUDY, HoldStudyParameters(asked, study_sessions(level)), state.as_of
    )
    if state.as_of is None and not fetch_chain and not patience.has_chain(symbol):
        odds = patience.not_asked(ODDS.name, ladder.moment)
    else:
        odds = patience.begin(ODDS, OddsParameters(asked), state.as_of)(ladder.moment)
    return MayBeAbsent(study(ladder.moment)), MayBeAbsent(odds)


def ask_again(*answers: Answer[Any]) -> float | None:
    """When the browser is to ask again for what is still being computed."""
    waits = any(answer.reason == BEING_COMPUTED for answer in answers)
    return AGAIN_SECONDS if waits else None


def likely_line(likely: HowLikely, symbol: str, **link: Any) -> Component:
    """The sentence, each half a link to the panel of the Supports page that it rests on."""
    at = "&".join(f"{key}={value}" for key, value in {"symbol": symbol, **link}.items())
    other = word_of(likely.level)
    level = f"other={other}" if other else f"level={likely.level.parameter}"
    return html.P(
        [
            html.A(
                formats.level_name(plain(likely.past)),
                href=f"/supports?{at}&{level}#supports-hold",
                className="study",
            ),
            "; ",
            html.A(plain(likely.priced), href=f"/supports?{at}#supports-odds", className="study"),
            ".",
        ],
        className="lead likely",
    )
