"""The rule lab's answer, made of a rule's run over a market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, best_of_tried, p_at_or_above
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Floats
from analytics.studies.rules import orders
from analytics.studies.rules.answer import Outcome, RuleLab, Trade
from analytics.studies.rules.market import Market
from analytics.studies.rules.rule import Rule
from analytics.studies.rules.simulation import MemberTrades, beside_chance, run_rule

MOST_TRADES = 1000

REASONS = {
    orders.ON_CLOSE_UNDER: "closed under the stop",
    orders.ON_TIME: "time",
    orders.ON_STOP: "stop",
    orders.ON_GAP: "gap through the stop",
    orders.ON_TARGET: "target",
    orders.ON_END: "its bars ended",
    orders.STILL_OPEN: "still open",
}
WAITING = {orders.NOTHING: None, orders.BUY: "buy", orders.SELL: "sell"}


@dataclass(frozen=True)
class TriedOn:
    """What an answer says of its market.

    Attributes:
        title: of the market; ``others``: rules tried on it before; the rest as in `RuleLab`.
    """

    title: str
    missing: Mapping[str, str]
    note: str = ""
    quotation: Quotation = DOLLARS
    loading: int = 0
    others: tuple[Rule, ...] = ()
    elsewhere: int = 0


@dataclass(frozen=True)
class _Chance:
    """How a rule stands beside its null; figures are None where it was not compared."""

    p_value: float | None = None
    corrected_p: float | None = None
    mean_pct: float | None = None


def report(rule: Rule, market: Market, on: TriedOn, paths: int) -> RuleLab:
    """The answer about a rule.

    Args:
        paths: of the bootstrap; 0: the rule is not compared with chance.
    """
    run = run_rule(rule, market)
    bought = _newest_first(run.members)
    ended = bought[bought[:, orders.EXIT_ROW] >= 0, orders.GROWTH] - 1
    won = int((ended > 0).sum())
    interval = wilson(won, len(ended)) if len(ended) >= MIN_FOR_RATE else None
    others = tuple(one for one in on.others if one != rule.essence)
    chance = _beside_chance(rule, others, market, paths if len(bought) else 0)
    equity, held, shown = run.equity, run.held, slice(market.begin, None)
    return RuleLab(
        market=on.title,
        rule=rule.words,
        verdict=_verdict(chance, 1 + len(others), on, len(market.members), len(bought) > 0),
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
        mean_trade_pct=float(ended.mean()) * 100 if len(ended) else None,
        excess_pct=run.gain * 100,
        chance_excess_pct=chance.mean_pct,
        p_value=chance.p_value,
        corrected_p=chance.corrected_p,
        paths=paths,
        tried=1 + len(others),
        elsewhere=on.elsewhere,
        waiting={one.symbol: word for one in run.members if (word := WAITING[one.waiting])},
        trades=_trades(bought[:MOST_TRADES], run.members, market),
        trades_left_out=max(len(bought) - MOST_TRADES, 0),
        sessions=tuple(market.sessions[shown].tolist()),
        equity=tuple((equity * 100).tolist()),
        held=tuple((held * 100).tolist()),
        drawdown_pct=tuple((_drawdowns(equity) * 100).tolist()),
        held_drawdown_pct=tuple((_drawdowns(held) * 100).tolist()),
        missing=on.missing,
        note=on.note,
        quotation=on.quotation,
        loading=on.loading,
    )


def _beside_chance(rule: Rule, others: Sequence[Rule], market: Market, paths: int) -> _Chance:
    """A rule beside its null, its p corrected for the others."""
    if not paths:
        return _Chance()
    own = beside_chance(rule, market, paths)
    all_ = [own, *(beside_chance(one, market, paths) for one in others)]
    corrected = best_of_tried([one.gain for one in all_], [one.null_gains for one in all_])[0]
    p_value = p_at_or_above(own.null_gains, own.gain)
    return _Chance(p_value, corrected, float(own.null_gains.mean()) * 100)


def _verdict(chance: _Chance, tried: int, on: TriedOn, members: int, traded: bool) -> str:
    if on.loading:
        so_far = f"So far {members} of {members + on.loading + len(on.missing)} names"
        return f"{so_far}; chance is counted when all are there"
    if not traded:
        return "No trade: the rule never bought"
    if chance.p_value is None or chance.corrected_p is None:
        return "Not compared with chance"
    return verdict(chance.p_value, chance.corrected_p, tried, CLAIM_AT)


def verdict(p_value: float, corrected: float, tried: int, claim_at: float) -> str:
    """What may be said of a rule, in plain words: chance, or more than chance."""
    alone = f"{_of_hundred(p_value)} random paths did as well"
    if tried > 1:
        alone += f"; after {tried} rules tried, the best on {_of_hundred(corrected)} did"
    return f"{'More than chance' if corrected <= claim_at else 'Chance'}: {alone}"


def _of_hundred(share: float) -> str:
    count = share * 100
    if 0 < count < 0.1:
        return "fewer than 0.1 of 100"
    if 99.5 <= count < 100:
        return "more than 99 of 100"
    return f"{count:.1f} of 100" if count < 1 else f"{count:.0f} of 100"


def _outcome(equity: Floats, years: float) -> Outcome:
    total = float(equity[-1] / equity[0])
    return Outcome(
        (total - 1) * 100, (total ** (1 / years) - 1) * 100, float(_drawdowns(equity).min()) * 100
    )


def _drawdowns(equity: Floats) -> Floats:
    return equity / np.maximum.accumulate(equity) - 1


def _newest_first(members: Sequence[MemberTrades]) -> Floats:
    """Every trade, columns as in `orders` and then whose it is: its place in ``members``."""
    whose = np.repeat(np.arange(len(members)), [len(one.trades) for one in members])
    made = np.column_stack([np.concatenate([one.trades for one in members]), whose])
    newest: Floats = made[np.argsort(-made[:, orders.ENTRY_ROW], kind="stable")]
    return newest


def _trades(rows: Floats, members: Sequence[MemberTrades], market: Market) -> tuple[Trade, ...]:
    days, last = market.sessions.tolist(), len(market.sessions) - 1
    found = []
    for row in rows.tolist():
        entered, left = int(row[orders.ENTRY_ROW]), int(row[orders.EXIT_ROW])
        found.append(
            Trade(
                symbol=members[int(row[orders.COLUMNS])].symbol,
                bought_on=days[entered],
                bought_at=row[orders.ENTRY_PRICE],
                sold_on=days[left] if left >= 0 else None,
                sold_at=row[orders.EXIT_PRICE],
                sessions=(left if left >= 0 else last) - entered,
                return_pct=(row[orders.GROWTH] - 1) * 100,
                reason=REASONS[int(row[orders.REASON])],
            )
        )
    return tuple(found)
