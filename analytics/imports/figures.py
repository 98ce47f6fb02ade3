"""Figures of imported days: what the options page would have shown of each day's chain.

Computed from the day's chain alone, so that they are the same whenever they are computed; what the
program itself showed on a day is not touched.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import DailyFigures, HoldlineError, Moment, OptionChain, Phase
from analytics.options.analysis import analyse, forget_analyses
from analytics.options.daily_record import DEFINITION, FIGURES, OPTIONS_NAME
from analytics.options.question import OptionsParameters, compute_options, record_options
from analytics.store.chain_format import DamagedChain, decode_chain
from analytics.store.imported import ImportedPast
from analytics.studies.supports.horizons import horizons_from
from analytics.studies.supports.odds import chain_surface
from analytics.studies.supports.odds_record import ODDS_NAME, closes_below, daily_odds

FIGURES_OF = (OPTIONS_NAME, ODDS_NAME)
"""The questions that imported days have figures of."""
BATCH = 20


@dataclass(frozen=True)
class FiguresMade:
    """What became of the imported days.

    Attributes:
        days: with figures now.
        without: days whose chain gives none, by reason; they are recorded as empty.
        left_out: rows of the chains that are in no figure, by reason of hygiene.
    """

    days: int
    without: dict[str, int]
    left_out: dict[str, int]


def make_figures(
    past: ImportedPast,
    source: str,
    clock: Callable[[], dt.datetime],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> FiguresMade:
    """Compute the figures of all imported days that have none of the present definition.

    Raises:
        StoreUnavailable: they were not written.
    """
    waiting = past.pending(source, OPTIONS_NAME, DEFINITION)
    days, without, left_out = 0, Counter[str](), Counter[str]()
    for start in range(0, len(waiting), BATCH):
        rows, odds = [], []
        for symbol, session in waiting[start : start + BATCH]:
            row, priced, reason, hygiene = _of_day(past, source, symbol, session, clock())
            forget_analyses()
            left_out.update(hygiene)
            rows.append(row)
            odds += [priced] if priced is not None else []
            if reason is None:
                days += 1
            else:
                without[reason] += 1
        with past.writing(source) as transaction:
            transaction.save_figures(OPTIONS_NAME, rows)
            transaction.save_figures(ODDS_NAME, odds)
        pa.default_memory_pool().release_unused()
        progress(min(start + BATCH, len(waiting)), len(waiting))
    return FiguresMade(days, dict(without), dict(left_out))


def _of_day(
    past: ImportedPast, source: str, symbol: str, session: dt.date, now: dt.datetime
) -> tuple[DailyFigures, DailyFigures | None, str | None, dict[str, int]]:
    """A day's figures and odds; where there are none the reason; rows in no figure by reason."""
    nothing: dict[str, float | None] = dict.fromkeys(FIGURES)
    empty = DailyFigures(symbol, session, True, now, DEFINITION, nothing)
    stored = past.chain(source, symbol, session)
    if stored is None:
        return empty, None, "its chain is gone", {}
    empty = replace(empty, origin=stored.origin)
    try:
        chain = decode_chain(stored.data)
        row, hygiene = figures_of_chain(chain)
        odds = odds_of_chain(chain)
    except DamagedChain:
        return empty, None, "its chain is damaged", {}
    except HoldlineError as error:
        return empty, None, str(error).split(": ", 1)[-1], {}
    row, odds = (replace(one, shown_at=now, origin=stored.origin) for one in (row, odds))
    return row, odds, None, hygiene


def figures_of_chain(chain: OptionChain) -> tuple[DailyFigures, dict[str, int]]:
    """What the options page records of a chain alone, and its rows in no figure, by reason.

    Raises:
        HoldlineError: the chain gives no figure.
    """
    return options_of_day(Symbol(chain.symbol), _inputs(chain))


def odds_of_chain(chain: OptionChain) -> DailyFigures:
    """The odds of closes below the price that are recorded of a chain, as of its session's close.

    Quotes of some minutes before the close are taken for the close's: what a calibration asks is
    the session after it.

    Raises:
        HoldlineError: the chain gives no figure.
    """
    at_close = replace(chain, time=session_close(chain.session))
    return odds_of_day(Symbol(chain.symbol), _inputs(at_close))


def options_of_day(symbol: Symbol, inputs: Inputs) -> tuple[DailyFigures, dict[str, int]]:
    """What the options page records of the inputs; raises as `figures_of_chain`."""
    parameters = OptionsParameters(symbol)
    view = compute_options(parameters, inputs)
    row = record_options(parameters, view, inputs.moment, final=True)
    assert row is not None  # of the unfiltered chain
    return row, dict(view.left_out)


def odds_of_day(symbol: Symbol, inputs: Inputs) -> DailyFigures:
    """The odds that are recorded of the inputs; raises as `odds_of_chain`."""
    chain = inputs.require_chain(symbol)
    analysis = analyse(chain, inputs.bars.get(symbol), inputs.rates)
    surface = chain_surface(analysis)
    horizons = horizons_from(analysis.clean.quote_time, surface.expiries if surface else ())
    priced = closes_below(surface, analysis.clean.spot.price, horizons)
    return daily_odds(symbol, priced, inputs.moment, final=True)


def _inputs(chain: OptionChain) -> Inputs:
    moment = Moment(session_close(chain.session), chain.session, Phase.CLOSED, live=False)
    return Inputs(moment, chains={chain.symbol: chain})
