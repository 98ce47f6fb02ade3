"""Which put/call ratio goes into the sentiment index: the benchmark's, or the whole market's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.model.question import Inputs
from analytics.model.vocabulary import BENCHMARK, DailyFigures
from analytics.options.daily_record import OPTIONS_NAME
from analytics.options.history import origins
from analytics.options.market_put_call import (
    MARKET_PUT_CALL,
    RATIO,
    UNIVERSE_WORDS,
    Universe,
)
from analytics.studies.sentiment.parts import PutCallHistory

HISTORIES = (
    (OPTIONS_NAME, BENCHMARK),
    *((MARKET_PUT_CALL, universe.value) for universe in (Universe.TOTAL, Universe.EQUITY)),
)
"""What the index needs; of equally good ones the first counts."""
RECENT_DAYS = 7
"""A ratio whose newest session is older says nothing of today."""


def put_call_history(inputs: Inputs) -> PutCallHistory:
    """The put/call ratio with the most sessions, of those that reach the present.

    Ratios of different options lie at different heights and are never strung together. Where none
    reaches the present, the longest.
    """
    found = [
        _benchmark(inputs.history.get(HISTORIES[0], ())),
        *(_market(key, inputs.history.get(key, ())) for key in HISTORIES[1:]),
    ]
    today = np.datetime64(inputs.moment.session, "D")
    recent = [one for one in found if _reaches(one, today)]
    return max(recent or found, key=lambda one: len(one.sessions))


def _reaches(history: PutCallHistory, today: np.datetime64) -> bool:
    newest = history.sessions[-1:]
    return bool(len(newest)) and int((today - newest[0]).astype(int)) <= RECENT_DAYS


def _benchmark(records: Sequence[DailyFigures]) -> PutCallHistory:
    of = ", ".join(f"{n} sessions from {origin}" for origin, n in origins(records).items())
    whose = f"{BENCHMARK}'s options"
    return _history(records, "put_call_volume", f"{whose} ({of})" if of else whose)


def _market(key: tuple[str, str], records: Sequence[DailyFigures]) -> PutCallHistory:
    origin = next(iter(origins(records)), "")
    return _history(records, RATIO, f"{UNIVERSE_WORDS[Universe(key[1])]}, {origin}")


def _history(records: Sequence[DailyFigures], figure: str, of: str) -> PutCallHistory:
    known = [(row.session, row.figures.get(figure)) for row in records]
    pairs = [(day, ratio) for day, ratio in known if ratio is not None]
    return PutCallHistory(
        np.asarray([day for day, _ in pairs], dtype="datetime64[D]"),
        np.asarray([ratio for _, ratio in pairs], dtype=np.float64),
        of,
    )
