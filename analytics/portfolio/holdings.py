"""Holdings now: values and weights, sectors, supports, and the cost of a fall to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.model.dates import day_text
from analytics.model.levels import DMA, LevelId, dma
from analytics.model.listings import DEFAULT_WATCHLIST, sector_fund, sector_names
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars
from analytics.portfolio.ledger import Ledger
from analytics.studies.supports.levels import Level, bar_levels, read_price_context

CASH = "Cash"
INDEX_FUNDS = "Index funds"
UNCLASSIFIED = "Not classified"
FALL_LEVELS = (dma(50), dma(100))


@dataclass(frozen=True)
class Holding:
    """One position after the last change carried out.

    Attributes:
        shares: in today's split basis.
        price: last traded price, dollars.
        price_of: session of the price; before the view's own where there is no newer close.
        value_usd, weight_pct: ``weight_pct`` of the whole, cash included.
        day_change_pct: of the price, without dividends; None without a price of the session.
        cost_usd: average cost of the shares held.
        gain_pct: value / cost - 1, without dividends.
        sector: the GICS sector's short name, or `INDEX_FUNDS`, or `UNCLASSIFIED`.
        dma50, dma100: its supports; None with too few sessions or no price.
        missing: what it has not, each in a sentence.
    """

    symbol: str
    name: str
    shares: float
    price: float
    price_of: dt.date
    value_usd: float
    weight_pct: float | None
    day_change_pct: float | None
    cost_usd: float
    gain_pct: float | None
    sector: str
    dma50: Level | None
    dma100: Level | None
    missing: tuple[str, ...]
    quotation: Quotation = DOLLARS


@dataclass(frozen=True)
class SectorShare:
    """What one sector makes of the whole; the symbols, heaviest first."""

    name: str
    value_usd: float
    weight_pct: float
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class HoldingFall:
    """One holding's fall to a level.

    Attributes:
        fall_pct: level / price - 1 in percent; positive when the level lies above the price.
        loss_usd: of its value, negative; 0 for one that is below already.
        loss_pct: of the whole portfolio.
    """

    symbol: str
    fall_pct: float
    loss_usd: float
    loss_pct: float


@dataclass(frozen=True)
class FallToSupport:
    """Short-term destruction: every holding falls to its N-DMA at once, cash stays.

    Attributes:
        loss_usd, loss_pct: of the whole; 0 when no holding is above the level.
        falls: holdings above it, the costliest first.
        already_below: counted and listed, but nothing is lost to a level above the price.
        missing: symbol -> why it has no such level.
    """

    level: str
    loss_usd: float
    loss_pct: float
    falls: tuple[HoldingFall, ...]
    already_below: tuple[HoldingFall, ...]
    missing: Mapping[str, str]
    level_id: LevelId


def sector_of(symbol: str) -> str:
    """The sector a symbol counts to: its own, its fund's, or one of two names for no sector."""
    names = sector_names()
    if symbol in names:
        return names[symbol]
    if symbol in DEFAULT_WATCHLIST:
        return INDEX_FUNDS
    fund = sector_fund(symbol)
    return names[fund] if fund else UNCLASSIFIED


def read_holdings(
    ledger: Ledger, bars: Mapping[str, Bars], session: dt.date, whole: float | None
) -> tuple[Holding, ...]:
    """Every position, the heaviest first; ``whole`` is the portfolio's value, None for nothing."""
    found = [
        _holding(bars[symbol], units, ledger.cost[symbol], session, whole)
        for symbol, units in ledger.units.items()
    ]
    return tuple(sorted(found, key=lambda h: (-h.value_usd, h.symbol)))


def _holding(
    bars: Bars, units: float, cost: float, session: dt.date, whole: float | None
) -> Holding:
    current = bars.last_session == session
    price = float(bars.close[-1])
    value = units * price
    holding = Holding(
        symbol=bars.symbol,
        name=bars.name,
        shares=units,
        price=price,
        price_of=bars.last_session,
        value_usd=value,
        weight_pct=value / whole * 100 if whole else None,
        day_change_pct=None,
        cost_usd=cost,
        gain_pct=(value / cost - 1) * 100 if cost > 0 else None,
        sector=sector_of(bars.symbol),
        dma50=None,
        dma100=None,
        missing=()
        if current
        else (f"valued at its last close of {day_text(bars.last_session)}: no bar since",),
        quotation=bars.quotation,
    )
    return _with_supports(holding, bars.unbroken) if current else holding


def _with_supports(holding: Holding, bars: Bars) -> Holding:
    context = read_price_context(bars)
    levels, short = bar_levels(bars, context, (DMA,))
    by_id = {level.id: level for level in levels}
    previous = context.previous_close
    return replace(
        holding,
        day_change_pct=(context.price / previous - 1) * 100 if previous else None,
        dma50=by_id.get(dma(50)),
        dma100=by_id.get(dma(100)),
        missing=tuple(m.reason for m in short if m.id in FALL_LEVELS),
    )


def sector_shares(
    holdings: Sequence[Holding], cash: float, whole: float
) -> tuple[SectorShare, ...]:
    """Value by sector, the heaviest first, cash last."""
    members: dict[str, list[Holding]] = {}
    for holding in holdings:
        members.setdefault(holding.sector, []).append(holding)
    shares = [
        _share(name, sum(h.value_usd for h in group), whole, tuple(h.symbol for h in group))
        for name, group in members.items()
    ]
    shares.sort(key=lambda share: (-share.value_usd, share.name))
    return (*shares, _share(CASH, cash, whole, ()))


def _share(name: str, value: float, whole: float, symbols: tuple[str, ...]) -> SectorShare:
    return SectorShare(name, value, value / whole * 100, symbols)


def fall_to_support(holdings: Sequence[Holding], level: LevelId, whole: float) -> FallToSupport:
    """What the portfolio loses if every holding above its ``level`` falls to it."""
    above: list[HoldingFall] = []
    below: list[HoldingFall] = []
    missing: dict[str, str] = {}
    for holding in holdings:
        at = holding.dma50 if level == dma(50) else holding.dma100
        if at is None:
            reasons = [m for m in holding.missing if level.name in m] or list(holding.missing)
            missing[holding.symbol] = reasons[0] if reasons else f"no {level.name}"
            continue
        loss = holding.value_usd * min(at.distance_pct, 0.0) / 100
        fall = HoldingFall(holding.symbol, at.distance_pct, loss, loss / whole * 100)
        (below if at.distance_pct > 0 else above).append(fall)
    above.sort(key=lambda fall: (fall.loss_usd, fall.symbol))
    below.sort(key=lambda fall: (-fall.fall_pct, fall.symbol))
    total = sum(fall.loss_usd for fall in above)
    return FallToSupport(
        level.name, total, total / whole * 100, tuple(above), tuple(below), missing, level
    )
