"""Rows of a batch, read by a mapping: one contract a row, each rejected one with its reason.

Nothing is invented: an empty bid is no bid, an empty volume no volume. A figure that is there and
cannot be read rejects its row, for a part of a row read wrong is worse than a row less.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.imports.cells import Cells
from analytics.imports.mapping import ChainMapping
from analytics.model.contract_symbols import ROOT_TYPE, parse_contract_symbols
from analytics.model.sessions import is_session
from analytics.model.vocabulary import BadInput, Floats, parse_symbol

NO_SYMBOL = "no underlying, or not a symbol"
NO_DATE = "no date, or one that cannot be read"
NOT_A_SESSION = "dated on no session of New York"
AHEAD = "dated in the future"
NO_EXPIRY = "no expiry, or one that cannot be read"
PAST_EXPIRY = "expired before its date"
NO_STRIKE = "no strike above zero"
NO_SIDE = "neither call nor put"
OTHER_CURRENCY = "another currency"
NEGATIVE_PRICE = "negative price"
NEGATIVE_COUNT = "negative volume or open interest"
UNREADABLE = "unreadable number"

_SIDES = {
    **dict.fromkeys(("c", "call", "calls", "true", "1"), 1),
    **dict.fromkeys(("p", "put", "puts", "false", "0"), 0),
}
_INDEXES = ("SPX", "XSP", "NDX", "RUT", "DJX", "VIX", "OEX", "XEO")
"""Vendors print an index without its caret; a share of such a name there is none."""
_ROOT = re.compile(r"\.?\^?([0-9]?[A-Z]{1,6}[0-9]?)")
_PRICES, _COUNTS = ("bid", "ask", "last"), ("volume", "open_interest")
_NUMBERS = (*_PRICES, "change", *_COUNTS, "iv", "delta", "gamma")
_OPTIONAL_NUMBERS = ("underlying", "underlying_ask", "multiplier")


@dataclass(frozen=True, eq=False)
class ContractBatch:
    """Contracts with their session; n rows, units as of `OptionChain`.

    Attributes:
        numbers: name -> shape (n,), NaN where the file has none.
        rejected: rows that are not here, by reason.
        unquoted: rows here that have neither bid nor ask.
    """

    symbol: NDArray[np.str_]
    session: NDArray[np.datetime64]
    root: NDArray[np.str_]
    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats
    numbers: Mapping[str, Floats]
    last_trade: NDArray[np.datetime64]
    rejected: Mapping[str, int]
    unquoted: int

    def __len__(self) -> int:
        return len(self.strike)


@dataclass(frozen=True)
class FoundColumns:
    """Which of a file's columns a mapping reads; `find_columns`."""

    shared: Mapping[str, str]
    calls: Mapping[str, str]
    puts: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        every = (*self.shared.values(), *self.calls.values(), *self.puts.values())
        return tuple(dict.fromkeys(every))


def find_columns(
    file: str, names: Sequence[str], mapping: ChainMapping, *, named: tuple[str, ...] = ()
) -> FoundColumns:
    """The columns of a file that the mapping names.

    Args:
        named: what is known without a column: "symbol", "date".

    Raises:
        BadInput: what a contract is known by has no column.
    """
    by_key = {_key(name): name for name in reversed(names)}

    def found(wanted: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        pairs = (
            (what, next((n for n in ns if _key(n) in by_key), None)) for what, ns in wanted.items()
        )
        return {what: by_key[_key(name)] for what, name in pairs if name is not None}

    result = FoundColumns(found(mapping.columns), found(mapping.calls), found(mapping.puts))
    needed = ["symbol", "date"]
    if "contract" not in result.shared:
        needed += ["expiry", "strike"] + ([] if mapping.is_paired else ["side"])
    given = {*named, *({"symbol"} if mapping.symbol else ())}
    lacking = [what for what in needed if what not in result.shared and what not in given]
    if lacking:
        sought = "; ".join(
            f"{what} ({' or '.join(mapping.columns.get(what, ())) or 'no column named'})"
            for what in lacking
        )
        raise BadInput(
            f"{file} has no column for {sought}. It has: {', '.join(names[:30])}"
            f"{', ...' if len(names) > 30 else ''}."
        )
    if mapping.is_paired and not (result.calls and result.puts):
        raise BadInput(f"{file} has no column of the calls' or of the puts' quotes.")
    return result


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class Reader:
    """Reads batches of one file.

    Attributes:
        symbol, session: of the file's name or the command line, where no column states them.
        today: no row may be of a later date.
    """

    mapping: ChainMapping
    columns: FoundColumns
    today: dt.date
    symbol: str = ""
    session: dt.date | None = None

    def read(self, batch: pa.RecordBatch) -> ContractBatch:
        """The contracts of a batch.

        Raises:
            NotAvailable: a column is of a type that is no number, text or date.
        """
        if not self.mapping.is_paired:
            return self._side(batch, self.columns.shared, None)
        shared = self.columns.shared
        sides = [
            self._side(batch, {**shared, **own}, is_call)
            for own, is_call in ((self.columns.calls, True), (self.columns.puts, False))
        ]
        return _joined(sides)

    def _side(
        self, batch: pa.RecordBatch, columns: Mapping[str, str], is_call: bool | None
    ) -> ContractBatch:
        n = batch.num_rows
        cells = Cells(batch, columns, self.mapping)
        rejected = _Rejections(n)
        symbol = self._symbols(cells, n)
        rejected.add(symbol == "", NO_SYMBOL)
        session = (
            cells.dates("date")
            if self.session is None
            else np.full(n, np.datetime64(self.session, "D"))
        )
        self._check_sessions(session, rejected)
        if self.mapping.currency and "currency" in columns:
            accepted = {self.mapping.currency.upper(), ""}
            other = cells.each("currency", lambda text: text.upper() not in accepted, bool, False)
            rejected.add(other, OTHER_CURRENCY)
        root, expiry, side, strike = self._identity(cells, n, is_call)
        rejected.add(np.isnat(expiry), NO_EXPIRY)
        rejected.add(~(strike > 0) | ~np.isfinite(strike), NO_STRIKE)
        rejected.add(side < 0, NO_SIDE)
        rejected.add(expiry < session, PAST_EXPIRY)  # NaT compares False
        numbers = {name: cells.numbers(name) for name in (*_NUMBERS, *_OPTIONAL_NUMBERS)}
        for name, bad in cells.unreadable.items():
            rejected.add(bad, f"{UNREADABLE} in {columns[name]}")
        rejected.add(np.any([numbers[name] < 0 for name in _PRICES], axis=0), NEGATIVE_PRICE)
        rejected.add(np.any([numbers[name] < 0 for name in _COUNTS], axis=0), NEGATIVE_COUNT)
        numbers["iv"] = _positive(numbers["iv"]) / self.mapping.iv_divisor
        delta, gamma = numbers["delta"], numbers["gamma"]  # vendors print -99.99 for none
        numbers["delta"] = np.where(np.abs(delta) <= 1, delta, np.nan)
        numbers["gamma"] = np.where(gamma >= 0, gamma, np.nan)
        kept = np.flatnonzero(~rejected.mask)
        numbers = {name: values[kept] for name, values in numbers.items()}
        return ContractBatch(
            symbol=symbol[kept],
            session=session[kept],
            root=root[kept],
            expiry=expiry[kept],
            is_call=side[kept] == 1,
            strike=strike[kept],
            numbers=numbers,
            last_trade=cells.times("last_trade")[kept],
            rejected=rejected.counts,
            unquoted=int((~(numbers["bid"] > 0) & ~(numbers["ask"] > 0)).sum()),
        )

    def _symbols(self, cells: Cells, n: int) -> NDArray[np.str_]:
        given = self.symbol or self.mapping.symbol
        if given:
            return np.full(n, given, "U20")
        return cells.each("symbol", underlying_of, "U20", "")

    def _check_sessions(self, session: NDArray[np.datetime64], rejected: _Rejections) -> None:
        rejected.add(np.isnat(session), NO_DATE)
        rejected.add(session > np.datetime64(self.today, "D"), AHEAD)
        days, of_row = np.unique(session, return_inverse=True)
        closed = [not np.isnat(day) and not _is_session(day.astype(dt.date)) for day in days]
        rejected.add(np.array(closed, bool)[of_row.ravel()], NOT_A_SESSION)

    def _identity(
        self, cells: Cells, n: int, is_call: bool | None
    ) -> tuple[NDArray[np.str_], NDArray[np.datetime64], NDArray[np.int8], Floats]:
        """Root, expiry, side (1 call, 0 put, -1 neither) and strike of each row."""
        root = cells.each("root", _root_of, ROOT_TYPE, "")
        expiry = cells.dates("expiry")
        strike = cells.numbers("strike") / self.mapping.strike_divisor
        cells.unreadable.pop("strike", None)  # that is no strike
        if is_call is None:
            side = cells.each("side", lambda text: _SIDES.get(text.lower(), -1), np.int8, -1)
        else:
            side = np.full(n, int(is_call), np.int8)
        if "contract" in cells.columns:
            parsed = parse_contract_symbols(cells.texts("contract"))
            root = np.where(parsed.known, parsed.root, root)
            expiry = np.where(parsed.known, parsed.expiry, expiry)
            strike = np.where(parsed.known, parsed.strike, strike)
            side = np.where(parsed.known, parsed.is_call.astype(np.int8), side)
        return root, expiry, side, np.round(strike, 4)


class _Rejections:
    """Rows left out, each counted by the first reason that holds."""

    def __init__(self, n: int) -> None:
        self.mask = np.zeros(n, bool)
        self.counts: Counter[str] = Counter()

    def add(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Leave these out as well."""
        new = int((rows & ~self.mask).sum())
        if new:
            self.counts[reason] += new
            self.mask |= rows


def underlying_of(text: str) -> str:
    """The symbol of an underlying as vendors print it; "" for none."""
    symbol = text.upper().replace("/", "-").replace(".", "-").replace(" ", "-")
    symbol = f"^{symbol}" if symbol in _INDEXES else symbol
    try:
        return parse_symbol(symbol)
    except BadInput:
        return ""


def _root_of(text: str) -> str:
    """The root, also out of a vendor's longer name of a contract ("SPXW 230120C3900000")."""
    match = _ROOT.match(text.upper().replace(".", ""))
    return match[1] if match else ""


def _is_session(day: dt.date) -> bool:
    try:
        return is_session(day)
    except BadInput:
        return False


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _joined(parts: Sequence[ContractBatch]) -> ContractBatch:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.rejected)

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    return ContractBatch(
        symbol=column("symbol"),
        session=column("session"),
        root=column("root"),
        expiry=column("expiry"),
        is_call=column("is_call"),
        strike=column("strike"),
        numbers={
            name: np.concatenate([part.numbers[name] for part in parts])
            for name in parts[0].numbers
        },
        last_trade=column("last_trade"),
        rejected=counts,
        unquoted=sum(part.unquoted for part in parts),
    )
