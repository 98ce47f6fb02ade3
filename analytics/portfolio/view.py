"""What the question of the model portfolio answers: its result types."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from analytics.model.portfolio_changes import Kind
from analytics.portfolio.holdings import FallToSupport, Holding, SectorShare
from analytics.portfolio.performance import Drawdown


@dataclass(frozen=True)
class ChangeRow:
    """A published change as subscribers see it.

    Attributes:
        said: what it does, in a few words.
        afterwards: published when its session had closed already.
        pending: why it is not carried out yet; empty once it is.
        lapsed: why it will never be; empty for all others.
    """

    number: int
    effective: dt.date
    kind: Kind
    said: str
    reason: str
    published_at: dt.datetime | None
    afterwards: bool
    pending: str
    lapsed: str


@dataclass(frozen=True)
class Performance:
    """Returns from the close of ``since`` to that of ``until``, percent; the benchmark's beside.

    Attributes:
        time_weighted_pct: of a dollar left alone; ``money_weighted_pct`` of the dollars as they
            were paid in and out. Both over the whole period.
        benchmark_money_weighted_pct: had the same payments gone into the benchmark.
        yearly_time_weighted_pct, yearly_money_weighted_pct: the same as yearly rates (the
            second is the XIRR); None for less than a year.
        dividends_usd: received since the start.
        basis: which closes of the benchmark are compared.
    """

    since: dt.date
    until: dt.date
    time_weighted_pct: float
    benchmark_time_weighted_pct: float | None
    money_weighted_pct: float | None
    benchmark_money_weighted_pct: float | None
    yearly_time_weighted_pct: float | None
    yearly_money_weighted_pct: float | None
    drawdown: Drawdown | None
    benchmark_drawdown: Drawdown | None
    volatility_pct: float | None
    benchmark_volatility_pct: float | None
    beta: float | None
    dividends_usd: float
    basis: str


@dataclass(frozen=True)
class Curve:
    """The growth of 100 dollars left alone, and the benchmark's; one entry a session."""

    sessions: tuple[dt.date, ...]
    grown: tuple[float | None, ...]
    benchmark: tuple[float | None, ...]
    value_usd: tuple[float | None, ...]
    cash_usd: tuple[float | None, ...]


@dataclass(frozen=True)
class PortfolioView:
    """The model portfolio as of a session.

    Attributes:
        provisional: the session is still trading.
        unvalued: why there is no value on the session; None when there is one.
        value_usd, cash_usd, day_usd, day_pct: ``day_pct`` is the session's time-weighted
            return, dividends included.
        carried_usd: what of the value stands at closes of earlier sessions.
        contains: says which holdings those are: "contains GONE at its last close of 14 Jan
            2025"; empty when every holding has a close of the session.
        sectors_list: the age of the list that sectors come from, past its life; else empty.
        falls: short-term destruction, to the 50-DMA and to the 100-DMA.
        changes: the newest first.
        notes: what a reader must know of how the figures came to be.
    """

    session: dt.date
    provisional: bool
    benchmark: str
    unvalued: str | None
    value_usd: float | None
    cash_usd: float | None
    day_usd: float | None
    day_pct: float | None
    carried_usd: float | None
    contains: str
    sectors_list: str
    holdings: tuple[Holding, ...]
    sectors: tuple[SectorShare, ...]
    falls: tuple[FallToSupport, ...]
    performance: Performance | None
    curve: Curve
    changes: tuple[ChangeRow, ...]
    notes: tuple[str, ...]


NO_CURVE = Curve((), (), (), (), ())
