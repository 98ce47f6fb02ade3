"""What does the market pay for one group's sales against another's, now and in the past?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from analytics.model.baskets import OWN_LIST, Basket, default_basket, share_class
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import BadInput, Bars, Moment, Quarter
from analytics.studies.valuation.fundamentals import known_on, known_quarters, revenue_ttm

_SAME_SHARES = 1.5
"""Share counts of two quarters that differ by more than this factor are on two split bases."""


@dataclass(frozen=True)
class GroupValuationParameters:
    """The two baskets (none: the dated default lists) and how many quarter ends to look back."""

    first: tuple[Symbol, ...] = ()
    second: tuple[Symbol, ...] = ()
    quarters: int = field(default=8, metadata={"min": 0, "max": 12})


@dataclass(frozen=True)
class CompanyPs:
    """One company of a group, money in millions of ``currency``.

    Attributes:
        shares_m: as reported for the quarter to ``period_end``, on today's split basis and in
            units of the share that the symbol trades.
        known_on: when that quarter was reported (``assumed``: no report date is known).
        price_to_sales: None with an ``absence``, which says why.
    """

    symbol: str
    name: str
    currency: str
    price: float | None
    shares_m: float | None
    market_cap_musd: float | None
    sales_ttm_musd: float | None
    price_to_sales: float | None
    period_end: dt.date | None
    known_on: dt.date | None
    assumed: bool
    absence: str | None


@dataclass(frozen=True)
class GroupPs:
    """A group: sum of market values / sum of sales, the median of the ratios beside it.

    Attributes:
        n: companies that count, of ``expected`` (share classes of one company count once).
        companies: dearest first, then those without a figure.
    """

    title: str
    valid_from: dt.date | None
    source: str
    price_to_sales: float | None
    median_price_to_sales: float | None
    market_cap_musd: float | None
    sales_ttm_musd: float | None
    n: int
    expected: int
    companies: tuple[CompanyPs, ...]


@dataclass(frozen=True)
class QuarterEndPs:
    """Both groups at a past quarter's last session; a group without a figure says why.

    A group is only shown where every company that counts today counts then, so that a change
    is not one of its members.
    """

    session: dt.date
    first_price_to_sales: float | None
    second_price_to_sales: float | None
    ratio: float | None
    absence: str | None


@dataclass(frozen=True)
class GroupValuation:
    """Two groups against each other (methods, "Fundamentals").

    Attributes:
        ratio: the first group's price to sales / the second's.
        history: oldest first.
    """

    session: dt.date
    currency: str
    first: GroupPs
    second: GroupPs
    ratio: float | None
    history: tuple[QuarterEndPs, ...]


def baskets(parameters: GroupValuationParameters, day: dt.date) -> tuple[Basket, Basket]:
    """The two lists asked for; a default list yields companies that an own list names."""
    own = parameters.first, parameters.second
    first, second = (
        Basket("own list", symbols, None, OWN_LIST) if symbols else default_basket(side, day)
        for side, symbols in zip(("first", "second"), own, strict=True)
    )
    if own[0] and not own[1]:
        second = _without(second, first)
    if own[1] and not own[0]:
        first = _without(first, second)
    return first, second


def _without(basket: Basket, taken: Basket) -> Basket:
    companies = {share_class(symbol).company for symbol in taken.symbols}
    kept = tuple(s for s in basket.symbols if share_class(s).company not in companies)
    return replace(basket, symbols=kept)


def _refuse_in_both(first: Basket, second: Basket) -> None:
    companies = {share_class(symbol).company for symbol in first.symbols}
    both = [s for s in second.symbols if share_class(s).company in companies]
    if both:
        raise BadInput(f"{both[0]} stands in both baskets: a company may stand in one.")


def _needs(parameters: GroupValuationParameters, moment: Moment) -> Needs:
    first, second = baskets(parameters, moment.session)
    symbols = (*first.symbols, *second.symbols)
    return Needs(bars=symbols, quarters=symbols)


def _compute(parameters: GroupValuationParameters, inputs: Inputs) -> GroupValuation:
    session = inputs.moment.session
    pair = baskets(parameters, session)
    _refuse_in_both(*pair)
    currency = _currency([inputs.bars[s] for b in pair for s in b.symbols if s in inputs.bars])
    first, second = (_group(basket, inputs, currency) for basket in pair)
    return GroupValuation(
        session=session,
        currency=currency,
        first=first,
        second=second,
        ratio=_ratio(first.price_to_sales, second.price_to_sales),
        history=tuple(
            _quarter_end(day, (first, second), inputs, currency)
            for day in _quarter_ends(inputs, parameters.quarters)
        ),
    )


def _currency(bars: Sequence[Bars]) -> str:
    """The currency most of the companies trade in; what is in another is left out."""
    held = [one.currency for one in bars]
    return max(sorted(set(held)), key=held.count) if held else "USD"


def _group(basket: Basket, inputs: Inputs, currency: str) -> GroupPs:
    rows: dict[str, CompanyPs] = {}
    twice: list[CompanyPs] = []
    for symbol in basket.symbols:
        company = share_class(symbol).company
        if company in rows:
            told = f"n/a (counted once, as {rows[company].symbol})"
            twice.append(_absent(symbol, inputs.bars.get(symbol), told))
        else:
            rows[company] = company_ps(symbol, inputs, inputs.moment.session, currency)
    counted = [row for row in rows.values() if row.price_to_sales is not None]
    cap, sales = _sums(counted)
    ordered = sorted(
        rows.values(), key=lambda row: (row.price_to_sales is None, -(row.price_to_sales or 0.0))
    )
    return GroupPs(
        title=basket.title,
        valid_from=basket.valid_from,
        source=basket.source,
        price_to_sales=_ratio(cap, sales),
        median_price_to_sales=median(row.price_to_sales or 0.0 for row in counted)
        if counted
        else None,
        market_cap_musd=cap,
        sales_ttm_musd=sales,
        n=len(counted),
        expected=len(rows),
        companies=(*ordered, *twice),
    )


def _sums(rows: Sequence[CompanyPs]) -> tuple[float | None, float | None]:
    if not rows:
        return None, None
    cap = sum(row.market_cap_musd or 0.0 for row in rows)
    return cap, sum(row.sales_ttm_musd or 0.0 for row in rows)


def _ratio(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


def company_ps(symbol: str, inputs: Inputs, day: dt.date, currency: str) -> CompanyPs:
    """Price to sales of one company as known at the close of ``day``.

    Market value = the traded close x the newest share count known by then, carried through the
    splits since it was reported.
    """
    missing = inputs.missing_bars((symbol,))
    if missing:
        return _absent(symbol, None, _bare(symbol, missing[symbol]))
    bars = inputs.bars[symbol].upto(day)
    if symbol not in inputs.quarters:
        reason = inputs.absent.get(("quarters", symbol))
        return _absent(symbol, bars, _bare(symbol, str(reason or "no quarters")))
    quarters = known_quarters(inputs.quarters[symbol], day)
    sales, absence = revenue_ttm(quarters)
    if sales is None or sales <= 0:
        return _absent(symbol, bars, absence or "n/a (no sales)")
    newest = quarters[-1]
    if not bars.currency == newest.currency == currency:
        told = f"n/a (price in {bars.currency}, sales in {newest.currency}, group in {currency})"
        return _absent(symbol, bars, told)
    shares, no_shares = shares_today(symbol, quarters, bars)
    if shares is None:
        return _absent(symbol, bars, no_shares or "n/a", newest)
    price = float(bars.close[-1])
    reported, assumed = known_on(newest)
    return CompanyPs(
        symbol=symbol,
        name=bars.name,
        currency=currency,
        price=price,
        shares_m=shares,
        market_cap_musd=price * shares,
        sales_ttm_musd=sales,
        price_to_sales=price * shares / sales,
        period_end=newest.period_end,
        known_on=reported,
        assumed=assumed,
        absence=None,
    )


def shares_today(
    symbol: str, quarters: Sequence[Quarter], bars: Bars
) -> tuple[float | None, str | None]:
    """(shares on the split basis of ``bars``' last session, millions; why there are none).

    A report restates its counts for splits up to its own date, so those after it are applied.
    Where that date is only assumed and a split lies between, or a count disagrees with the
    quarter before by a split's size, the basis cannot be told.
    """
    newest = quarters[-1]
    if newest.shares_m is None or newest.shares_m <= 0:
        return None, f"n/a (no share count for the quarter to {newest.period_end})"
    reported, assumed = known_on(newest)
    if assumed and _split_between(bars, newest.period_end, reported) != 1.0:
        return None, "n/a (a split between the quarter's end and its assumed report date)"
    split = _split_between(bars, reported, bars.last_session)
    shares = newest.shares_m * split
    before = quarters[-2].shares_m if len(quarters) > 1 else None
    if before and split != 1.0 and assumed:
        earlier = before * _split_between(bars, known_on(quarters[-2])[0], bars.last_session)
        if not 1 / _SAME_SHARES < shares / earlier < _SAME_SHARES:
            return None, "n/a (two quarters' share counts lie on different split bases)"
    return share_class(symbol).shares_m(shares), None


def _split_between(bars: Bars, after: dt.date, upto: dt.date) -> float:
    """Product of the split ratios effective after one date and by another."""
    days = bars.sessions
    within = (days > np.datetime64(after, "D")) & (days <= np.datetime64(upto, "D"))
    return float(np.prod(bars.splits[within]))


def _absent(
    symbol: str, bars: Bars | None, reason: str, quarter: Quarter | None = None
) -> CompanyPs:
    reported, assumed = known_on(quarter) if quarter else (None, False)
    return CompanyPs(
        symbol=symbol,
        name=bars.name if bars else "",
        currency=bars.currency if bars else "",
        price=float(bars.close[-1]) if bars else None,
        shares_m=None,
        market_cap_musd=None,
        sales_ttm_musd=None,
        price_to_sales=None,
        period_end=quarter.period_end if quarter else None,
        known_on=reported,
        assumed=assumed,
        absence=reason,
    )


def _bare(symbol: str, reason: str) -> str:
    return f"n/a ({reason.removeprefix(f'{symbol}:').strip().rstrip('.')})"


def _quarter_ends(inputs: Inputs, count: int) -> list[dt.date]:
    """The last session of each of the ``count`` calendar quarters before the moment's own."""
    if not inputs.bars:
        return []
    longest = max(inputs.bars.values(), key=len)
    days = longest.sessions[longest.sessions <= np.datetime64(inputs.moment.session, "D")]
    month = days.astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(month[1:] // 3 != month[:-1] // 3)
    return days[ends].tolist()[-count:] if count else []


def _quarter_end(
    day: dt.date, groups: tuple[GroupPs, GroupPs], inputs: Inputs, currency: str
) -> QuarterEndPs:
    values: list[float | None] = []
    reasons: list[str] = []
    for group in groups:
        counted = [row.symbol for row in group.companies if row.price_to_sales is not None]
        rows = [_company_then(symbol, inputs, day, currency) for symbol in counted]
        lacking = [row for row in rows if row.price_to_sales is None]
        if lacking:
            first = lacking[0]
            others = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            reasons.append(f"{group.title}: {first.symbol} {first.absence}{others}")
        values.append(None if lacking else _ratio(*_sums(rows)))
    return QuarterEndPs(day, values[0], values[1], _ratio(*values), "; ".join(reasons) or None)


def _company_then(symbol: str, inputs: Inputs, day: dt.date, currency: str) -> CompanyPs:
    bars = inputs.bars[symbol]
    if bars.sessions[0] > np.datetime64(day, "D"):
        return _absent(symbol, None, f"n/a (no price on {day})")
    return company_ps(symbol, inputs, day, currency)


GROUP_VALUATION = Question(
    name="group-valuation",
    about="price to sales of one basket of companies against another, now and at quarter ends",
    parameters=GroupValuationParameters,
    result=GroupValuation,
    needs=_needs,
    compute=_compute,
)
