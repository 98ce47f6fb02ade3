"""Reported quarters of a file: ``period_end``, ``revenue_musd`` and what else is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.model.vocabulary import MarketValue, NotAvailable, Quarter, parse_symbol
from analytics.sources.files.numbers import read_number
from analytics.sources.files.tables import CellTable, csv_table, parquet_table

_NEEDED = ("period_end", "revenue_musd")


def read_quarters(path: Path) -> tuple[Quarter, ...]:
    """One company's quarters, oldest first, money in millions.

    Raises:
        NotAvailable: the file cannot be read; names the line and the reason.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        table = (parquet_table if path.suffix == ".parquet" else csv_table)(path, "quarter")
        table.require(_NEEDED)
        quarters = [_quarter(table, row) for row in range(len(table.cells))]
    except NotAvailable as error:
        reason = str(error).removeprefix(path.name).lstrip(", ").rstrip(".")
        raise NotAvailable(
            f"{shown}: not a readable quarterly table ({reason}); it needs period_end, "
            "revenue_musd and gross_profit_musd."
        ) from error
    return tuple(sorted(quarters, key=lambda quarter: quarter.period_end))


def read_market_values(path: Path) -> tuple[MarketValue, ...]:
    """Market values of a file: ``symbol``, ``market_value_musd``, and if wanted ``name``.

    Raises:
        NotAvailable: the file cannot be read; names the line and the reason.
    """
    table = (parquet_table if path.suffix == ".parquet" else csv_table)(path, "company")
    table.require(("symbol", "market_value_musd"))
    found = []
    for row in range(len(table.cells)):
        cells = table.cells.iloc[row]
        try:
            value = read_number(str(cells["market_value_musd"]))
            symbol = parse_symbol(str(cells["symbol"]))
        except ValueError as error:
            raise table.refuse(row, str(error)) from error
        name = cells.get("name")
        if value > 0:
            found.append(MarketValue(symbol, value, name=str(name) if name == name else ""))
    return tuple(found)


def _above_zero(number: float | None, table: CellTable, row: int) -> float | None:
    if number is not None and number <= 0:
        raise table.refuse(row, f"receipt_ratio {number:g} is not above 0")
    return number


def _quarter(table: CellTable, row: int) -> Quarter:
    cells = table.cells.iloc[row]

    def text(name: str) -> str:
        value = cells.get(name)
        return "" if value is None or value != value else str(value).strip()

    def number(name: str) -> float | None:
        try:
            value = read_number(text(name))
        except ValueError as error:
            raise table.refuse(row, f"{name} {error}") from error
        return value if value == value else None

    def date(name: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(text(name)[:10]) if text(name) else None
        except ValueError as error:
            raise table.refuse(row, f"{name} {text(name)!r} is not a date") from error

    period_end, revenue = date("period_end"), number("revenue_musd")
    if period_end is None or revenue is None:
        raise table.refuse(row, f"{_NEEDED[period_end is not None]} is empty")
    profit = number("gross_profit_musd")
    if profit is not None and profit > max(revenue, 0.0):
        raise table.refuse(row, f"gross_profit_musd {profit:g} is above revenue_musd {revenue:g}")
    return Quarter(
        period_end=period_end,
        revenue_musd=revenue,
        gross_profit_musd=profit,
        label=text("fiscal_quarter"),
        reported_on=date("report_date"),
        currency=text("currency") or "USD",
        shares_m=number("shares_m"),
        form=text("form"),
        repurchases_musd=number("repurchases_musd"),
        receipt_ratio=_above_zero(number("receipt_ratio"), table, row),
    )
