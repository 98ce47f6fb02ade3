"""Rule lab: what a rule at a level would have earned, beside holding and beside chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, best_of_tried, p_at_or_above
from analytics.model.listings import Group, group
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import BadInput, Bars, Floats, Moment, NotAvailable
from analytics.studies.rules import orders
from analytics.studies.rules.rule import LONGEST_TRIED, Rule, parse_tried
from analytics.studies.rules.simulation import (
    YEAR_SESSIONS,
    Market,
    MemberRun,
    make_market,
    run_rule,
)

Where: TypeAlias = Literal["one", "sectors+ten", "sectors", "ten", "sp500"]

TEN_YEARS = 10 * YEAR_SESSIONS
FEWEST_SESSIONS = 60
MOST_TRADES = 1000
MOST_PATHS_TOGETHER = 4000
"""Paths times members: a null of the S&P 500's members has fewer paths than that of one symbol."""

REASONS = {
    orders.ON_CLOSE_UNDER: "closed under the stop",
    orders.ON_TIME: "time",
    orders.ON_STOP: "stop",
    orders.ON_GAP: "gap through the stop",
    orders.ON_TARGET: "target",
    orders.STILL_OPEN: "still open",
}
WAITING = {orders.NOTHING: None, orders.BUY: "buy", orders.SELL: "sell"}


@dataclass(frozen=True)
class RuleLabParameters(Rule):
    """The rule, and what it is tried on.

    Attributes:
        symbol: of "one"; ``group``: whose members, else, each with an equal part of the money.
        start, end: sessions whose closes may be signals; none: ten years to the moment.
        paths: of the bootstrap.
        tried: rules tried before on the same market, see `parse_tried`; ``elsewhere``: how many
            on others.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    group: Where = "one"
    start: dt.date | None = None
    end: dt.date | None = None
    paths: int = field(default=999, metadata={"min": 100, "max": 5000})
    tried: str = field(default="", metadata={"longest": LONGEST_TRIED})
    elsewhere: int = field(default=0, metadata={"min": 0, "max": 100_000})

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise BadInput(f"start {self.start} is not before end {self.end}.")
        parse_tried(self.tried)


@dataclass(frozen=True)
class Trade:
    """One trade, prices as traded, without costs.

    Attributes:
        sold_on: None while it is open; ``sold_at`` is then the last close.
        return_pct: after costs, dividends included.
        reason: why it ended.
    """

    symbol: str
    bought_on: dt.date
    bought_at: float
    sold_on: dt.date | None
    sold_at: float
    sessions: int
    return_pct: float
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What somebody's money did from the first signal's session to the last.

    Attributes:
        total_pct, annual_pct: dividends included; ``drawdown_pct``: the deepest, at closes.
    """

    total_pct: float
    annual_pct: float
    drawdown_pct: float


@dataclass(frozen=True)
class RuleLab:
    """A rule's result, beside holding and beside the same rule on random paths.

    Attributes:
        rule: in words; ``verdict``: what may be said of it.
        exposure_pct: share of sessions in the market.
        closed, won: trades that ended, and those with a profit after costs; the rate of the
            latter with its Wilson interval, None under ten (``refused`` says so).
        excess_pct: what it made beyond holding at the same exposure, percent a year (log).
        chance_excess_pct: the mean of that on the paths; ``p_value``: share of paths that did as
            well; None without a trade.
        corrected_p: p for the rules tried on this market; None without a trade.
        tried, elsewhere: rules tried in this session here, this one among them, and on others.
        waiting: order for the session after the last, by symbol.
        trades: newest first; ``trades_left_out``: older ones that are only in the figures.
        sessions, equity, held, drawdown_pct: by session, from 100; the curve's.
        missing: symbol -> why it has no part.
    """

    market: str
    rule: str
    verdict: str
    first_session: dt.date
    last_session: dt.date
    members: int
    result: Outcome
    holding: Outcome
    exposure_pct: float
    closed: int
    won: int
    hit_rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    refused: str | None
    mean_trade_pct: float | None
    excess_pct: float
    chance_excess_pct: float | None
    p_value: float | None
    corrected_p: float | None
    paths: int
    tried: int
    elsewhere: int
    waiting: Mapping[str, str]
    trades: tuple[Trade, ...]
    trades_left_out: int
    sessions: tuple[dt.date, ...]
    equity: tuple[float, ...]
    held: tuple[float, ...]
    drawdown_pct: tuple[float, ...]
    held_drawdown_pct: tuple[float, ...]
    missing: Mapping[str, str]
    note: str
    quotation: Quotation = DOLLARS

    @property
    def beats_chance(self) -> bool:
        """Whether "more than chance" may be said."""
        return self.corrected_p is not None and self.corrected_p <= CLAIM_AT


def _group(parameters: RuleLabParameters, moment: Moment) -> Group | None:
    return None if parameters.group == "one" else group(parameters.group, moment.session)


def _needs(parameters: RuleLabParameters, moment: Moment) -> Needs:
    found = _group(parameters, moment)
    if found is None:
        return Needs(bars=(parameters.symbol,), full_history=True)
    return Needs(bars=found.symbols, full_history=True, lists=found.lists)


def _compute(parameters: RuleLabParameters, inputs: Inputs) -> RuleLab:
    chosen = _group(parameters, inputs.moment)
    if chosen is None:
        histories, missing = [inputs.require_bars(parameters.symbol)], {}
    else:
        inputs.require_any_bars(chosen.symbols)
        histories = [inputs.bars[one] for one in chosen.symbols if one in inputs.bars]
        missing = inputs.missing_bars(chosen.symbols)
    usable = []
    for bars in histories:
        done, why = _usable(bars, parameters.end)
        if done is None:
            missing[bars.symbol] = why
        else:
            usable.append(done)
    if not usable:
        raise NotAvailable(next(iter(missing.values())))
    start = None if parameters.start is None else np.datetime64(parameters.start, "D")
    market = make_market(usable, start, TEN_YEARS)
    if len(market.sessions) - market.begin < FEWEST_SESSIONS:
        had = max(len(market.sessions) - market.begin, 0)
        raise NotAvailable(f"A rule needs {FEWEST_SESSIONS} sessions from its start (has {had}).")
    paths = parameters.paths
    if len(usable) > 1:
        paths = min(paths, max(100, MOST_PATHS_TOGETHER * 21 // len(usable)))
    title = parameters.symbol if chosen is None else chosen.title
    note = "" if chosen is None else chosen.note
    quotation = usable[0].quotation if chosen is None else DOLLARS
    return _report(parameters, market, title, note, missing, paths, quotation)


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


def _report(
    parameters: RuleLabParameters,
    market: Market,
    title: str,
    note: str,
    missing: Mapping[str, str],
    paths: int,
    quotation: Quotation,
) -> RuleLab:
    run = run_rule(parameters, market, paths)
    others = [one for one in parse_tried(parameters.tried) if one != parameters.essence]
    runs = [run, *(run_rule(one, market, paths) for one in others)]
    trades = sorted(_trades(run.members, market), key=lambda one: one.bought_on, reverse=True)
    ended = [one for one in trades if one.sold_on is not None]
    won = sum(one.return_pct > 0 for one in ended)
    interval = wilson(won, len(ended)) if len(ended) >= MIN_FOR_RATE else None
    p_value = p_at_or_above(run.null_gains, run.gain) if trades else None
    corrected = best_of_tried([one.gain for one in runs], [one.null_gains for one in runs])[0]
    shown = slice(market.begin, None)
    equity, held = run.equity[shown], run.held[shown]
    return RuleLab(
        market=title,
        rule=parameters.words,
        verdict=verdict(p_value, corrected, len(runs), CLAIM_AT),
        first_session=market.sessions[market.begin].item(),
        last_session=market.sessions[-1].item(),
        members=len(market.members),
        result=_outcome(equity, market.years),
        holding=_outcome(held, market.years),
        exposure_pct=run.exposure * 100,
        closed=len(ended),
        won=won,
        hit_rate_pct=won / len(ended) * 100 if interval else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
        refused=None if interval else f"{len(ended)} trades ended: a rate needs {MIN_FOR_RATE}",
        mean_trade_pct=float(np.mean([one.return_pct for one in ended])) if ended else None,
        excess_pct=run.gain * 100,
        chance_excess_pct=float(run.null_gains.mean()) * 100 if trades else None,
        p_value=p_value,
        corrected_p=None if p_value is None else corrected,
        paths=paths,
        tried=len(runs),
        elsewhere=parameters.elsewhere,
        waiting={one.symbol: word for one in run.members if (word := WAITING[one.waiting])},
        trades=tuple(trades[:MOST_TRADES]),
        trades_left_out=max(len(trades) - MOST_TRADES, 0),
        sessions=tuple(market.sessions[shown].tolist()),
        equity=tuple((equity * 100).tolist()),
        held=tuple((held * 100).tolist()),
        drawdown_pct=tuple((_drawdowns(equity) * 100).tolist()),
        held_drawdown_pct=tuple((_drawdowns(held) * 100).tolist()),
        missing=missing,
        note=note,
        quotation=quotation,
    )


def verdict(p_value: float | None, corrected: float, tried: int, claim_at: float) -> str:
    """What may be said of a rule, in plain words: chance, or more than chance."""
    if p_value is None:
        return "No trade: the rule never bought"
    alone = f"{_of_hundred(p_value)} random paths did as well"
    if tried > 1:
        alone += f"; after {tried} rules tried, the best on {_of_hundred(corrected)} did"
    return f"{'More than chance' if corrected <= claim_at else 'Chance'}: {alone}"


def _of_hundred(share: float) -> str:
    count = share * 100
    return f"{count:.1f} of 100" if count < 1 else f"{count:.0f} of 100"


def _outcome(equity: Floats, years: float) -> Outcome:
    total = float(equity[-1] / equity[0])
    return Outcome(
        (total - 1) * 100, (total ** (1 / years) - 1) * 100, float(_drawdowns(equity).min()) * 100
    )


def _drawdowns(equity: Floats) -> Floats:
    return equity / np.maximum.accumulate(equity) - 1


def _trades(members: Sequence[MemberRun], market: Market) -> list[Trade]:
    days, last = market.sessions.tolist(), len(market.sessions) - 1
    found = []
    for one in members:
        for row in one.trades.tolist():
            entered, left = int(row[orders.ENTRY_ROW]), int(row[orders.EXIT_ROW])
            found.append(
                Trade(
                    symbol=one.symbol,
                    bought_on=days[entered],
                    bought_at=row[orders.ENTRY_PRICE],
                    sold_on=days[left] if left >= 0 else None,
                    sold_at=row[orders.EXIT_PRICE],
                    sessions=(left if left >= 0 else last) - entered,
                    return_pct=(row[orders.GROWTH] - 1) * 100,
                    reason=REASONS[int(row[orders.REASON])],
                )
            )
    return found


RULE_LAB = Question(
    name="rule-lab",
    about="a trading rule at a level: its trades and return, beside holding and beside chance",
    parameters=RuleLabParameters,
    result=RuleLab,
    needs=_needs,
    compute=_compute,
)
