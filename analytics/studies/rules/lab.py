"""Rule lab: what a rule at a level would have earned, beside holding and beside chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.listings import Group, group
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS
from analytics.model.vocabulary import BadInput, Bars, Moment, NotAvailable
from analytics.studies.rules.answer import RuleLab
from analytics.studies.rules.market import Market, make_market
from analytics.studies.rules.report import TriedOn, report
from analytics.studies.rules.rule import LONGEST_TRIED, Rule, parse_tried

Where: TypeAlias = Literal["one", "sectors+ten", "sectors", "ten", "sp500", "nasdaq100", "dow"]

TEN_YEARS = 10 * YEAR_SESSIONS
DAYS_A_SESSION = 1.46
"""At most, over years: sessions fall on five days of seven, less the holidays."""
FEWEST_SESSIONS = 60
STANDS_SECONDS = 900.0
"""How long an answer over a group stands: it rests on completed sessions."""
FEWEST_PATHS = 100
MOST_PATHS_TOGETHER = 60_000
"""Paths times members: a null of the S&P 500's members has fewer paths than that of one symbol."""
_AS_MEMBER = (
    "A signal counts on a day on which its name is a member; a trade that runs when it leaves goes "
    "on to its own exit. Holding has the same members on each day."
)


@dataclass(frozen=True)
class RuleLabParameters(Rule):
    """The rule, and what it is tried on.

    Attributes:
        symbol: of "one"; ``group``: whose members, else, each with an equal part of the money.
        start, end: sessions whose closes may be signals; none: ten years to the moment.
        paths: of the bootstrap; 0: the result is not compared with chance.
        tried: rules tried before on the same market, see `parse_tried`; ``elsewhere``: how many
            on others.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    group: Where = "one"
    start: dt.date | None = None
    end: dt.date | None = None
    paths: int = field(default=999, metadata={"min": 0, "max": 5000})
    tried: str = field(default="", metadata={"longest": LONGEST_TRIED})
    elsewhere: int = field(default=0, metadata={"min": 0, "max": 100_000})

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise BadInput(f"start {self.start} is not before end {self.end}.")
        if 0 < self.paths < FEWEST_PATHS:
            raise BadInput(f"paths must be 0, or at least {FEWEST_PATHS}.")
        parse_tried(self.tried)


def _group(parameters: RuleLabParameters, moment: Moment) -> Group | None:
    """Whose members the rule is tried on, as at the end of the sessions; None for one symbol."""
    if parameters.group == "one":
        return None
    return group(parameters.group, min(parameters.end or moment.session, moment.session))


def _members(chosen: Group, first: dt.date, last: dt.date) -> tuple[str, ...]:
    """Who takes part: all who were members of a universe between the two days."""
    if chosen.universe is None:
        return chosen.symbols
    return tuple(dict.fromkeys(spell.symbol for spell in chosen.universe.between(first, last)))


def _days(parameters: RuleLabParameters, moment: Moment) -> tuple[dt.date, dt.date]:
    """A day no later than the first signal's, and the last session."""
    last = min(parameters.end or moment.session, moment.session)
    ten_years = dt.timedelta(days=DAYS_A_SESSION * TEN_YEARS)
    return parameters.start or last - ten_years, last


def _needs(parameters: RuleLabParameters, moment: Moment) -> Needs:
    found = _group(parameters, moment)
    if found is None or parameters.group == "one":
        return Needs(bars=(parameters.symbol,), full_history=True)
    return Needs(
        bars=_members(found, *_days(parameters, moment)),
        partial=found.universe is not None,
        full_history=True,
        lists=group(parameters.group, moment.session).lists,
        stands_seconds=STANDS_SECONDS,
    )


def _compute(parameters: RuleLabParameters, inputs: Inputs) -> RuleLab:
    chosen = _group(parameters, inputs.moment)
    if chosen is None:
        bars = inputs.require_bars(parameters.symbol)
        market, _ = _market(parameters, {parameters.symbol: bars}, None)
        on = TriedOn(parameters.symbol, {}, quotation=bars.quotation)
        return report(parameters, market, _with_tries(on, parameters), parameters.paths)
    everybody = _members(chosen, *_days(parameters, inputs.moment))
    inputs.require_any_bars(everybody)
    there = {symbol: inputs.bars[symbol] for symbol in everybody if symbol in inputs.bars}
    market, missing = _market(parameters, there, chosen)
    missing = inputs.missing_bars(everybody) | missing
    first, last = market.sessions[market.begin].item(), market.sessions[-1].item()
    asked = _members(chosen, first, last)
    loading = inputs.loading_bars(asked)
    missing = {symbol: missing[symbol] for symbol in asked if symbol in missing}
    for symbol in loading:
        del missing[symbol]
    paths = max(FEWEST_PATHS, MOST_PATHS_TOGETHER // len(market.members))
    paths = 0 if loading else min(parameters.paths, paths)
    on = _tried_on(chosen, asked, missing, len(loading))
    return report(parameters, market, _with_tries(on, parameters), paths)


def _with_tries(on: TriedOn, parameters: RuleLabParameters) -> TriedOn:
    return replace(on, others=parse_tried(parameters.tried), elsewhere=parameters.elsewhere)


def _tried_on(
    chosen: Group, asked: tuple[str, ...], missing: Mapping[str, str], loading: int
) -> TriedOn:
    if chosen.universe is None:
        return TriedOn(chosen.title, missing, chosen.note, DOLLARS, loading)
    title = f"{chosen.universe.title}, the members of each day"
    note = f"{chosen.past_note(asked, missing)} {_AS_MEMBER}"
    return TriedOn(title, missing, note, DOLLARS, loading)


def _market(
    parameters: RuleLabParameters, histories: Mapping[str, Bars], chosen: Group | None
) -> tuple[Market, dict[str, str]]:
    """The market, and why some have no part in it.

    Raises:
        NotAvailable: nobody has, or it is too short.
    """
    missing, usable = dict[str, str](), []
    for symbol, bars in histories.items():
        done, why = _usable(bars, parameters.end)
        if done is None:
            missing[symbol] = why
        else:
            usable.append(done)
    if not usable:
        raise NotAvailable(next(iter(missing.values())))
    start = None if parameters.start is None else np.datetime64(parameters.start, "D")
    listed = None if chosen is None or chosen.universe is None else chosen.listed
    market = make_market(usable, start, TEN_YEARS, listed)
    if len(market.sessions) - market.begin < FEWEST_SESSIONS:
        had = max(len(market.sessions) - market.begin, 0)
        raise NotAvailable(f"A rule needs {FEWEST_SESSIONS} sessions from its start (has {had}).")
    inside = {one.symbol for one in market.members}
    title = "this time" if listed is None or chosen is None else f"its time in {chosen.title}"
    for bars in usable:
        if bars.symbol not in inside:
            missing[bars.symbol] = f"{bars.symbol}: no bars of {title}."
    if not market.members:
        raise NotAvailable(next(iter(missing.values())))
    return market, missing


def _usable(bars: Bars, end: dt.date | None) -> tuple[Bars | None, str]:
    """The completed bars up to ``end``, or why a rule cannot be tried on them."""
    last = bars.last_session
    if not bars.last_complete:
        if len(bars) < 2:
            return None, f"{bars.symbol}: no completed session."
        last = bars.sessions[-2].item()
    until = last if end is None else min(end, last)
    if bars.sessions[0] > np.datetime64(until, "D"):
        return None, f"{bars.symbol}: no bars up to {until}."
    done = bars.upto(until)
    ranged = np.isfinite(done.open) & np.isfinite(done.high) & np.isfinite(done.low)
    if not ranged.any():
        return None, f"{bars.symbol}: close only; a rule needs opens, highs and lows."
    return done, ""


RULE_LAB = Question(
    name="rule-lab",
    about="a trading rule at a level: its trades and return, beside holding and beside chance",
    parameters=RuleLabParameters,
    result=RuleLab,
    needs=_needs,
    compute=_compute,
)
