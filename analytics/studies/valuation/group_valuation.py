"""Valuation of one group's sales against another's, now and in the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from analytics.model.baskets import OWN_LIST, Basket, default_basket, share_class
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.receipts import receipts_list
from analytics.model.vocabulary import BadInput, Moment
from analytics.studies.valuation.companies import Company
from analytics.studies.valuation.company_value import CompanyPs, absent_row
from analytics.studies.valuation.market import Market


@dataclass(frozen=True)
class GroupValuationParameters:
    """The two baskets (none: the dated default lists) and how many quarter ends to look back."""

    first: tuple[Symbol, ...] = ()
    second: tuple[Symbol, ...] = ()
    quarters: int = field(default=8, metadata={"min": 0, "max": 12})


@dataclass(frozen=True)
class GroupPs:
    """A group: sum of market values / sum of sales, the median of the ratios beside it.

    Attributes:
        n: companies that count, of ``expected`` (share classes of one company count once).
        counted_once: symbol -> the one that its company is counted as, in this group or, of a
            default list, in the other.
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
    counted_once: Mapping[str, str]
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
        Basket(_titled(symbols), symbols, None, OWN_LIST) if symbols else default_basket(side, day)
        for side, symbols in zip(("first", "second"), own, strict=True)
    )
    if own[0] and not own[1]:
        second = _without(second, first)
    if own[1] and not own[0]:
        first = _without(first, second)
    return first, second


def _titled(symbols: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and 3 more``."""
    if len(symbols) <= 2:
        return " and ".join(symbols)
    return f"{symbols[0]}, {symbols[1]} and {len(symbols) - 2} more"


def _without(basket: Basket, taken: Basket) -> Basket:
    companies = {share_class(symbol).company for symbol in taken.symbols}
    symbols = tuple(s for s in basket.symbols if share_class(s).company not in companies)
    return replace(basket, symbols=symbols)


def _needs(parameters: GroupValuationParameters, moment: Moment) -> Needs:
    first, second = baskets(parameters, moment.session)
    symbols = (*first.symbols, *second.symbols)
    return Needs(
        bars=symbols,
        quarters=symbols,
        market_values=symbols,
        lists=(*first.dated, *second.dated, *receipts_list(symbols)),
    )


def _compute(parameters: GroupValuationParameters, inputs: Inputs) -> GroupValuation:
    session = inputs.moment.session
    pair = baskets(parameters, session)
    market = Market.of(inputs, (*pair[0].symbols, *pair[1].symbols))
    yields = _in_both(parameters, pair, market)
    first_taken = market.named_by(pair[1]) if yields == "first" else {}
    second_taken = market.named_by(pair[0]) if yields == "second" else {}
    first, second = _group(pair[0], market, first_taken), _group(pair[1], market, second_taken)
    return GroupValuation(
        session=session,
        currency=market.currency,
        first=first,
        second=second,
        ratio=_ratio(first.price_to_sales, second.price_to_sales),
        history=tuple(
            _quarter_end(day, (first, second), market)
            for day in _quarter_ends(inputs, parameters.quarters)
        ),
    )


def _in_both(parameters: GroupValuationParameters, pair: Sequence[Basket], market: Market) -> str:
    """Which of two lists yields the companies that both name: the default one, else the second.

    Raises:
        BadInput: both lists are the reader's and name one company.
    """
    if not (parameters.first and parameters.second):
        return "first" if parameters.second else "second"
    first = {market.companies[symbol] for symbol in pair[0].symbols}
    for symbol in pair[1].symbols:
        company = market.companies[symbol]
        if company in first:
            other = next(s for s in pair[0].symbols if market.companies[s] == company)
            as_other = f", as {other}" if other != symbol else ""
            raise BadInput(
                f"{symbol} stands in both baskets{as_other}: a company may stand in one."
            )
    return "second"


def _group(basket: Basket, market: Market, taken: Mapping[Company, str]) -> GroupPs:
    """One group; companies that are ``taken`` by the other one are left out of it."""
    session = market.inputs.moment.session
    asked = dict.fromkeys(market.companies[symbol] for symbol in basket.symbols)
    once: dict[str, str] = {}
    rows: list[CompanyPs] = []
    twice: list[CompanyPs] = []
    for company in asked:
        symbols = [symbol for symbol in company.symbols if symbol in basket.symbols]
        if company in taken:
            once |= dict.fromkeys(symbols, taken[company])
            continue
        found = [market.company(symbol, session) for symbol in symbols]
        row = next((one for one in found if one.price_to_sales is not None), found[0])
        if company in market.counts_differ:
            differ = market.counts_differ[company]
            row = absent_row(row.symbol, market.inputs.bars.get(row.symbol), differ)
        others = [symbol for symbol in symbols if symbol != row.symbol]
        once |= dict.fromkeys(others, row.symbol)
        bars = market.inputs.bars
        twice += [
            absent_row(symbol, bars.get(symbol), f"n/a (counted once, as {row.symbol})")
            for symbol in others
        ]
        rows.append(row)
    counted = [row for row in rows if row.price_to_sales is not None]
    cap, sales = _sums(counted)
    ratios = [row.price_to_sales or 0.0 for row in counted]
    rows.sort(key=lambda row: (row.price_to_sales is None, -(row.price_to_sales or 0.0)))
    return GroupPs(
        title=basket.title,
        valid_from=basket.valid_from,
        source=basket.source,
        price_to_sales=_ratio(cap, sales),
        median_price_to_sales=median(ratios) if ratios else None,
        market_cap_musd=cap,
        sales_ttm_musd=sales,
        n=len(counted),
        expected=len(rows),
        counted_once=once,
        companies=(*rows, *twice),
    )


def _sums(rows: Sequence[CompanyPs]) -> tuple[float | None, float | None]:
    if not rows:
        return None, None
    cap = sum(row.market_cap_musd or 0.0 for row in rows)
    return cap, sum(row.sales_ttm_musd or 0.0 for row in rows)


def _ratio(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


def _quarter_ends(inputs: Inputs, count: int) -> list[dt.date]:
    """The last session of each of the ``count`` calendar quarters before the moment's own."""
    if not inputs.bars:
        return []
    longest = max(inputs.bars.values(), key=len)
    days = longest.sessions[longest.sessions <= np.datetime64(inputs.moment.session, "D")]
    month = days.astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(month[1:] // 3 != month[:-1] // 3)
    return days[ends].tolist()[-count:] if count else []


def _quarter_end(day: dt.date, groups: tuple[GroupPs, GroupPs], market: Market) -> QuarterEndPs:
    values: list[float | None] = []
    reasons: list[str] = []
    for group in groups:
        counted = [row.symbol for row in group.companies if row.price_to_sales is not None]
        rows = [market.company(symbol, day) for symbol in counted]
        lacking = [row for row in rows if row.price_to_sales is None]
        if lacking:
            first = lacking[0]
            others = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            reasons.append(f"{group.title}: {first.symbol} {first.absence}{others}")
        values.append(None if lacking else _ratio(*_sums(rows)))
    return QuarterEndPs(day, values[0], values[1], _ratio(*values), "; ".join(reasons) or None)


GROUP_VALUATION = Question(
    name="group-valuation",
    about="price to sales of one basket of companies against another, now and at quarter ends",
    parameters=GroupValuationParameters,
    result=GroupValuation,
    needs=_needs,
    compute=_compute,
)
