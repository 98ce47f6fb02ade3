"""What the rule lab answers: a rule's result, beside holding and beside chance, and its trades."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.indicators.multiple_tests import CLAIM_AT
from analytics.model.quotation import DOLLARS, Quotation


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
        market: the symbol, or whose members; ``rule``: in words; ``verdict``: what may be said.
        members: symbols that have a part; of a universe all who were members while signals
            count; ``loading``: how many more are still being fetched.
        exposure_pct: share of the money in the market, mean over the sessions.
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
        paths: of the bootstrap; 0: not compared with chance, or not yet.
        missing: symbol -> why it has no part.
        note: how a group's past was studied, and who of its members had no bars.
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
    loading: int = 0

    @property
    def asked(self) -> int:
        """How many symbols were to have a part."""
        return self.members + self.loading + len(self.missing)

    @property
    def beats_chance(self) -> bool:
        """Whether "more than chance" may be said."""
        return self.corrected_p is not None and self.corrected_p <= CLAIM_AT
