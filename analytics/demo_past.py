"""``python -m analytics.demo_past``: the figures of the demo's past sessions, shipped with it.

Run it when the simulator's chains or the definition of a figure has changed; it takes minutes.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping

import numpy as np

from analytics.cache.backend import NoBackend
from analytics.cache.codec import Codec
from analytics.cache.single_flight import Cache
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.imports.figures import odds_of_day, options_of_day
from analytics.model.question import Symbol
from analytics.model.vocabulary import DailyFigures
from analytics.options.daily_record import DEFINITION, FIGURES, OPTIONS_NAME
from analytics.options.question import OptionsParameters, options_needs
from analytics.sources.demo.crowds import OPTIONABLE
from analytics.sources.demo.past import FIGURES_FILE, ShippedFigures, write_figures
from analytics.sources.demo.source import DemoSource
from analytics.studies.supports.calibration import HORIZONS
from analytics.studies.supports.odds_record import DEFINITION as ODDS_DEFINITION
from analytics.studies.supports.odds_record import DISTANCES_PCT, ODDS_NAME, figure_name

ODDS_FIGURES = tuple(figure_name(name, d) for name in HORIZONS for d in DISTANCES_PCT)


def figures_of_session(
    desk: Desk, symbol: Symbol, session: dt.date
) -> tuple[DailyFigures, DailyFigures]:
    """Options figures and odds of a past session, as the desk has its chain and bars."""
    moment = desk.moment(session)
    inputs = desk.inputs(options_needs(OptionsParameters(symbol), moment), session)
    return options_of_day(symbol, inputs)[0], odds_of_day(symbol, inputs)


def compute() -> dict[str, ShippedFigures]:
    """The figures of every past session of every underlying."""
    source = DemoSource()
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))
    symbols = tuple(sorted(OPTIONABLE))
    sessions = tuple(source.past_sessions.tolist())
    options = np.full((len(symbols), len(sessions), len(FIGURES)), np.nan)
    odds = np.full((len(symbols), len(sessions), len(ODDS_FIGURES)), np.nan)
    for s, symbol in enumerate(symbols):
        for d, session in enumerate(sessions):
            row, priced = figures_of_session(desk, Symbol(symbol), session)
            options[s, d] = _values(row.figures, tuple(FIGURES))
            odds[s, d] = _values(priced.figures, ODDS_FIGURES)
        sys.stderr.write(f"{symbol}: {len(sessions)} sessions\n")
    desk.close()
    return {
        OPTIONS_NAME: ShippedFigures(DEFINITION, symbols, sessions, tuple(FIGURES), options),
        ODDS_NAME: ShippedFigures(ODDS_DEFINITION, symbols, sessions, ODDS_FIGURES, odds),
    }


def _values(figures: Mapping[str, float | None], names: tuple[str, ...]) -> list[float]:
    found = [figures.get(name) for name in names]
    return [np.nan if value is None else value for value in found]


if __name__ == "__main__":
    write_figures(FIGURES_FILE, compute())
