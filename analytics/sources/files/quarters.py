"""Reported quarters of a file: ``period_end``, ``revenue_musd`` and what else is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.model.vocabulary import NotAvailable, Quarter
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
        told = str(error).removeprefix(path.name).lstrip(", ").rstrip(".")
        raise NotAvailable(
            f"{shown}: not a readable quarterly table ({told}); it needs period_end, "
            "revenue_musd and gross_profit_musd."
        ) from error
    return tuple(sorted(quarters, key=lambda quarter: quarter.period_end))


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
    return Quarter(
        period_end=period_end,
        revenue_musd=revenue,
        gross_profit_musd=number("gross_profit_musd"),
        label=text("fiscal_quarter"),
        reported_on=date("report_date"),
        currency=text("currency") or "USD",
        shares_m=number("shares_m"),
    )
