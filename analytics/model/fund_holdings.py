"""A fund's published holdings, read from the CSV that its issuer offers: members and weights."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analytics.model.vocabulary import BadInput

LARGEST_FILE = 5_000_000

SECTOR_FUNDS = {
    "communication": "XLC",
    "communication services": "XLC",
    "consumer discretionary": "XLY",
    "consumer staples": "XLP",
    "energy": "XLE",
    "financials": "XLF",
    "health care": "XLV",
    "industrials": "XLI",
    "information technology": "XLK",
    "materials": "XLB",
    "real estate": "XLRE",
    "technology": "XLK",
    "utilities": "XLU",
}
"""GICS sector, as issuers write it -> the Select Sector fund."""

_TICKER = re.compile(r"[A-Z]{1,5}([.\-/ ][A-Z])?")
_DATES = (
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    (re.compile(r"\d{1,2}-[A-Z][a-z]{2}-\d{4}"), "%d-%b-%Y"),
    (re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}"), "%b %d, %Y"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), "%m/%d/%Y"),
)
"""How issuers date their files; month before day, as US issuers do."""


@dataclass(frozen=True)
class FundHolding:
    """One share in a fund; ``fund`` is its sector's Select Sector fund, "" where not stated."""

    symbol: str
    name: str
    weight_pct: float
    fund: str


@dataclass(frozen=True)
class FundHoldings:
    """A fund's shares, heaviest first; cash and what is no share are left out.

    Attributes:
        dated: the day the file says it is of; None when it does not.
        left_out: names of lines that are no share.
    """

    dated: dt.date | None
    holdings: tuple[FundHolding, ...]
    left_out: tuple[str, ...]


def read_fund_holdings(text: str, known: Collection[str]) -> FundHoldings:
    """Read a holdings file: any lines, a heading with a ticker and a weight, a line a holding.

    The first blank line after the holdings ends them: legal text follows.

    Args:
        text: of a CSV.
        known: symbols of share classes as we write them ("BRK-B"), which issuers spell
            otherwise ("BRK.B", "BRKB").

    Raises:
        BadInput: one sentence: why it is no holdings file.
    """
    if text.startswith("PK"):
        raise BadInput("This is a spreadsheet: save it as CSV first.")
    if len(text) > LARGEST_FILE:
        raise BadInput(f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    except csv.Error as error:
        raise BadInput(f"The file is not CSV: {error}.") from None
    at, heads = _heading(rows)
    columns = _columns(heads)
    by_symbol: dict[str, FundHolding] = {}
    left_out: list[str] = []
    spelled = {_bare(symbol): symbol for symbol in known}
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if not any(cell.strip() for cell in row):
            if by_symbol:
                break
            continue
        cells = {name: row[i].strip() if i < len(row) else "" for name, i in columns.items()}
        ticker = cells["ticker"].upper()
        share = cells.get("asset", "Equity").lower() in ("equity", "", "stock", "common stock")
        if not share or not _TICKER.fullmatch(ticker):
            left_out.append(cells.get("name") or ticker)
            continue
        symbol = spelled.get(_bare(ticker), re.sub(r"[./ ]", "-", ticker))
        if symbol in by_symbol:
            raise BadInput(f"Line {number}: {symbol} stands twice.")
        weight = _weight(cells["weight"], number)
        fund = SECTOR_FUNDS.get(cells.get("sector", "").lower(), "")
        by_symbol[symbol] = FundHolding(symbol, cells.get("name", ""), weight, fund)
    if not by_symbol:
        raise BadInput("The file has a heading and no holding.")
    ordered = sorted(by_symbol.values(), key=lambda one: (-one.weight_pct, one.symbol))
    return FundHoldings(_dated(rows[:at]), _in_percent(ordered), tuple(left_out))


def _bare(symbol: str) -> str:
    return re.sub(r"[^A-Z]", "", symbol)


def _heading(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    for at, row in enumerate(rows[:40]):
        heads = [cell.strip().lower() for cell in row]
        tickers = any(head in ("ticker", "symbol", "holding ticker") for head in heads)
        if tickers and any(head.startswith("weight") for head in heads):
            return at, heads
    raise BadInput("There is no heading with the columns 'Ticker' and 'Weight'.")


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """What is read -> its position in a line."""
    spelled = {
        "ticker": ("ticker", "symbol", "holding ticker"),
        "name": ("name", "security name", "holding name", "holding"),
        "sector": ("sector", "gics sector"),
        "asset": ("asset class", "security type"),
    }
    found = {
        name: next(i for i, head in enumerate(heads) if head in words)
        for name, words in spelled.items()
        if any(head in words for head in heads)
    }
    return found | {"weight": next(i for i, h in enumerate(heads) if h.startswith("weight"))}


def _weight(text: str, number: int) -> float:
    try:
        weight = float(text.replace("%", "").strip())
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 100:
        raise BadInput(f"Line {number}: weight {text[:20]!r} is not a number from 0 to 100.")
    return weight


def _in_percent(holdings: Sequence[FundHolding]) -> tuple[FundHolding, ...]:
    """The holdings with their weights in percent, which some issuers write as fractions.

    Raises:
        BadInput: they add up to neither 100 nor 1.
    """
    total = sum(one.weight_pct for one in holdings)
    factor = 100.0 if 0.9 < total < 1.1 else 1.0
    if not 90 < total * factor < 110:
        raise BadInput(f"The weights add up to {total:.1f}: about 100% is expected.")
    return tuple(
        FundHolding(one.symbol, one.name, one.weight_pct * factor, one.fund) for one in holdings
    )


def _dated(rows: Sequence[Sequence[str]]) -> dt.date | None:
    """The day named above the heading, on a line that says "as of"; None without one."""
    lines = [" ".join(row) for row in rows]
    for line in (line for line in lines if "as of" in line.lower()):
        for pattern, form in _DATES:
            match = pattern.search(line)
            if match:
                try:
                    return dt.datetime.strptime(match[0], form).date()  # noqa: DTZ007 - a date
                except ValueError:
                    continue
    return None
