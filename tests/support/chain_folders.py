"""A data folder with one chain file in Yahoo's columns, asked through the desk."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analytics.assembly import open_desk
from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import parse_parameters
from analytics.model.sessions import previous_session
from analytics.settings_reader import load_settings

COLUMNS = (
    "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,volume,openInterest,"
    "impliedVolatility,contractSize,optionType,expirationDate,underlyingPrice"
)


@dataclass(frozen=True)
class Contract:
    """One row of the file."""

    strike: float
    call: bool
    bid: float = 1.0
    ask: float = 1.1
    last: float = 1.05
    volume: int = 100
    interest: int = 1000
    expiry: str = "2025-02-21"
    root: str = "TEST"
    traded: str = "2025-01-27T20:55:00+00:00"
    price: float = 100.0
    size: str = "REGULAR"

    @property
    def symbol(self) -> str:
        """The compact contract symbol."""
        side = "C" if self.call else "P"
        return f"{self.root}{self.expiry[2:].replace('-', '')}{side}{self.strike * 1000:08.0f}"

    def line(self, symbol: str | None = None) -> str:
        """The row as CSV."""
        cells = (
            *(symbol or self.symbol, self.traded, self.strike, self.last, self.bid, self.ask, 0.0),
            *(self.volume, self.interest, 0.25, self.size, "call" if self.call else "put"),
            *(self.expiry, self.price),
        )
        return ",".join(map(str, cells))


SOUND = tuple(
    Contract(strike, call, bid=mid - 0.01, ask=mid + 0.01, last=mid)
    for strike, pair in {
        90.0: (10.40, 0.13),
        95.0: (6.02, 0.72),
        100.0: (2.76, 2.45),
        105.0: (0.96, 5.64),
        110.0: (0.25, 9.91),
    }.items()
    for call, mid in zip((True, False), pair, strict=True)
)
"""A quarter's volatility at 100, 25 days out: walls and max pain 100, put/call 1, straddle 5.21."""


def write_folder(
    folder: Path,
    lines: Sequence[str],
    *,
    symbol: str = "TEST",
    day: str = "2025-01-27",
    price: float = 100.0,
    columns: str = COLUMNS,
) -> Path:
    """Flat prices to the day, and the chain of the lines given."""
    session = dt.date.fromisoformat(day)
    days = [previous_session(session, back) for back in range(59, 0, -1)] + [session]
    bars = "".join(f"{d},{price},{price},{price},{price},{price},1000\n" for d in days)
    for part in ("prices", "chains"):
        (folder / part).mkdir(exist_ok=True)
    for name in ("SPY", symbol.removeprefix("^")):
        text = f"date,open,high,low,close,adj_close,volume\n{bars}"
        (folder / "prices" / f"{name}.csv").write_text(text)
    file = folder / "chains" / f"{symbol}_{day}_yahoo.csv"
    file.write_text("\n".join((columns, *lines, "")))
    return folder


@contextmanager
def asking(folder: Path) -> Iterator[Any]:
    """``ask(question, symbol, as_of=None)`` of a desk on the folder; the answer as JSON."""
    desk = open_desk(load_settings(["--data", str(folder)], {}))

    def ask(name: str, symbol: str, as_of: str | None = None) -> dict[str, Any]:
        question = QUESTIONS[name]
        parameters = parse_parameters(question.parameters, {"symbol": symbol})
        day = dt.date.fromisoformat(as_of) if as_of else None
        answer: dict[str, Any] = json.loads(desk.ask(question, parameters, day).to_json())
        return answer

    try:
        yield ask
    finally:
        desk.close()


def options_of(folder: Path, symbol: str = "TEST") -> dict[str, Any]:
    """The whole options answer of a folder."""
    with asking(folder) as ask:
        answer: dict[str, Any] = ask("options", symbol)
    return answer


def changed(contract: Contract, **change: Any) -> Contract:
    """The contract with other figures."""
    return replace(contract, **change)
