"""New versions of the dated lists: out of a source's market values, or a fund's holdings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics.desk.lists import KINDS, check_rows
from analytics.model.baskets import class_order, share_class, share_class_symbols
from analytics.model.dated_lists import Rows
from analytics.model.dates import day_text
from analytics.model.fund_holdings import FundHolding, FundHoldings
from analytics.model.listings import members, sector_fund, sector_names, ten_largest
from analytics.model.vocabulary import BadInput, MarketValue

LEAST_KNOWN = 0.9
"""Share of the members whose market value must be known to rank them."""

SAME_VALUE = 1.1
"""Market values of two classes within this factor are the company's each; else each its own."""


@dataclass(frozen=True)
class NewLists:
    """Rows by the name of their list, and what a person should know of how they came to be."""

    rows: Mapping[str, Rows]
    notes: tuple[str, ...]


def known_symbols(today: dt.date) -> tuple[str, ...]:
    """The companies that are ranked: the members and the ten largest as last known."""
    listed = (*members(today).listing.symbols, *ten_largest(today).symbols)
    return tuple(dict.fromkeys(listed))


def spelled_symbols(today: dt.date) -> tuple[str, ...]:
    """Symbols that other people spell otherwise, as we write them."""
    return tuple(dict.fromkeys((*known_symbols(today), *share_class_symbols())))


def from_market_values(
    values: Sequence[MarketValue], today: dt.date, source: str, dated: dt.date
) -> NewLists:
    """The ten largest by market value, one class a company.

    Args:
        values: of `known_symbols`, as far as the source tells them.
        today: whose members are ranked.
        source: who tells them.
        dated: the session they are of.

    Raises:
        BadInput: too few are known to rank them.
    """
    asked = known_symbols(today)
    dollars = {one.symbol: one.value_m for one in values if one.currency == "USD"}
    lacking = [symbol for symbol in asked if symbol not in dollars]
    if len(dollars) < LEAST_KNOWN * len(asked):
        raise BadInput(
            f"{source} gave market values of {len(dollars)} of {len(asked)} companies: too few to "
            "rank them."
        )
    unknown = [symbol for symbol in ten_largest(today).symbols if symbol in lacking]
    if unknown:
        raise BadInput(
            f"{source} gave no market value of {', '.join(unknown)}, of the ten largest so far: "
            "they cannot be ranked without."
        )
    by_company: dict[str, list[str]] = {}
    for symbol in dollars:
        by_company.setdefault(share_class(symbol).company, []).append(symbol)
    sizes = {
        min(classes, key=class_order): _company_value([dollars[s] for s in classes])
        for classes in by_company.values()
    }
    ten = sorted(sizes, key=lambda symbol: (-sizes[symbol], symbol))[:10]
    of = day_text(members(today).listing.valid_from)
    provenance = f"Market values at {source} on {day_text(dated)}, of the S&P 500 members of {of}"
    rows = {"ten-largest": _ten_row(ten, dated, provenance)}
    notes = [f"{len(lacking)} members have no market value: {_few(lacking)}."] if lacking else []
    return _checked(rows, notes, today)


def _company_value(values: Sequence[float]) -> float:
    """One company's: a source gives each class the whole company's value, or its own."""
    largest = max(values)
    return largest if largest <= SAME_VALUE * min(values) else sum(values)


def from_holdings(
    read: FundHoldings, today: dt.date, source: str, given: dt.date | None
) -> NewLists:
    """Members, weights and the ten largest out of the holdings of a fund on the S&P 500.

    Args:
        read: the fund's.
        today: no list is dated later.
        source: the file, as it is named in the lists.
        given: the day it is of, where the file does not say so itself.

    Raises:
        BadInput: it has no date, or is no fund on the S&P 500.
    """
    dated = given or read.dated
    if dated is None:
        raise BadInput("The file does not say of which day it is: --date DATE does.")
    fund_of = {one.symbol: one.fund or sector_fund(one.symbol) or "" for one in read.holdings}
    provenance = f"{source}, holdings of {day_text(dated)}"
    ten = _largest_companies(read.holdings)
    rows = {
        "members": _member_rows(fund_of, dated, provenance),
        "weights": _weight_rows(ten, read.holdings, fund_of, dated, provenance),
        "ten-largest": _ten_row([symbol for symbol, _, _ in ten], dated, provenance),
    }
    without = [symbol for symbol, fund in fund_of.items() if not fund]
    notes = [f"No sector is known of {_few(without)}."] if without else []
    if without:
        notes.append("Sector weights are not renewed: they need every sector.")
    if read.left_out:
        notes.append(f"Left out, as no share: {_few(list(read.left_out))}.")
    return _checked(rows, notes, today)


def _largest_companies(
    holdings: Sequence[FundHolding],
) -> list[tuple[str, str, float]]:
    """(symbol, name, weight of all its classes) of the ten heaviest companies."""
    classes: dict[str, list[FundHolding]] = {}
    for one in holdings:
        classes.setdefault(share_class(one.symbol).company, []).append(one)
    companies = []
    for share_classes in classes.values():
        first = min(share_classes, key=lambda one: class_order(one.symbol))
        companies.append((first.symbol, first.name, sum(one.weight_pct for one in share_classes)))
    return sorted(companies, key=lambda company: (-company[2], company[0]))[:10]


def _member_rows(fund_of: Mapping[str, str], dated: dt.date, provenance: str) -> Rows:
    funds = [*sector_names(), ""]
    by_fund = {fund: [s for s, of in fund_of.items() if of == fund] for fund in funds}
    return tuple(
        {
            "valid_from": dated.isoformat(),
            "sector": fund,
            "symbols": " ".join(symbols),
            "source": provenance,
        }
        for fund, symbols in by_fund.items()
        if symbols
    )


def _weight_rows(
    ten: Iterable[tuple[str, str, float]],
    holdings: Sequence[FundHolding],
    fund_of: Mapping[str, str],
    dated: dt.date,
    provenance: str,
) -> Rows:
    """The ten companies', and the sectors' where every share has one."""
    rows = [("company", symbol, name, weight) for symbol, name, weight in ten]
    if all(fund_of.values()):
        sums = dict.fromkeys(sector_names(), 0.0)
        for one in holdings:
            sums[fund_of[one.symbol]] += one.weight_pct
        whole = sum(sums.values())
        names = sector_names()
        rows += [("sector", s, names[s], weight * 100 / whole) for s, weight in sums.items()]
    return tuple(
        {
            "as_of": dated.isoformat(),
            "kind": kind,
            "symbol": symbol,
            "name": name or symbol,
            "weight_pct": f"{weight:.4f}",
            "source": provenance,
        }
        for kind, symbol, name, weight in rows
    )


def _ten_row(symbols: Sequence[str], dated: dt.date, provenance: str) -> Rows:
    return ({"valid_from": dated.isoformat(), "symbols": " ".join(symbols), "source": provenance},)


def _checked(rows: Mapping[str, Rows], notes: Sequence[str], today: dt.date) -> NewLists:
    for name, made in rows.items():
        check_rows(KINDS[name], made, today)
    return NewLists(rows, tuple(notes))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
