"""Cboe's delayed chain, as its web pages fetch it, as an option chain.

Two clocks: the file's stamp is UTC, every trade's time is New York's, and neither says so. Zero
stands for "none" in prices and volatilities.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.model.sessions import NEW_YORK, session_close, session_on_or_before
from analytics.model.vocabulary import Floats, OptionChain
from analytics.sources.contract_rows import ContractRows, chain_from_rows

VENDOR = "Cboe"


class UnknownShape(ValueError):
    """The answer is no delayed chain."""


class _Contract(msgspec.Struct):
    option: str
    bid: float = 0.0
    ask: float = 0.0
    iv: float = 0.0
    open_interest: float = float("nan")
    volume: float = float("nan")
    delta: float = float("nan")
    gamma: float = float("nan")
    change: float = float("nan")
    last_trade_price: float = 0.0
    last_trade_time: str | None = None


class _Underlying(msgspec.Struct):
    symbol: str
    current_price: float
    last_trade_time: str
    options: list[_Contract]


class _Answer(msgspec.Struct):
    timestamp: str
    data: _Underlying


_DECODER = msgspec.json.Decoder(_Answer)


def cboe_name(symbol: str) -> str | None:
    """What Cboe calls a symbol: ``_SPX`` for ^GSPC; None for a share class: that is not known."""
    if symbol.startswith("^"):
        name = symbol[1:]
        return f"_{'SPX' if name in ('GSPC', 'SP500') else name}"
    return symbol if symbol.isalnum() else None


def read_chain(content: bytes, symbol: str) -> OptionChain:
    """The chain of an answer, of the session in which the underlying traded last.

    The file is made anew at any hour: its stamp does not say that its data is new. Contracts that
    had expired by then stay in it, and are left out.

    Args:
        content: the JSON.
        symbol: the underlying as Holdline writes it.

    Raises:
        UnknownShape: it is another answer, or of another underlying.
    """
    try:
        answer = _DECODER.decode(content)
        stamp = dt.datetime.fromisoformat(answer.timestamp).replace(tzinfo=dt.UTC)
        traded = _new_york(answer.data.last_trade_time)
    except (msgspec.MsgspecError, ValueError) as error:
        raise UnknownShape(str(error)) from error
    if answer.data.symbol.lstrip("^") != (cboe_name(symbol) or "").lstrip("_"):
        raise UnknownShape(f"a chain of {answer.data.symbol[:20]!r}")
    session = session_on_or_before(traded.astimezone(NEW_YORK).date())
    time = max(min(stamp, session_close(session)), traded)
    rows = _rows(answer.data.options, answer.data.current_price)
    return _unexpired(rows, symbol, session, time, over=stamp >= session_close(session))


def _unexpired(
    rows: ContractRows, symbol: str, session: dt.date, time: dt.datetime, *, over: bool
) -> OptionChain:
    """The chain without what had expired: also the session's own expiry once it is over.

    A contract whose symbol cannot be read has no expiry and is left out as well.
    """
    chain = chain_from_rows(rows, symbol, session, time, VENDOR)
    day = np.datetime64(session, "D")
    stays = (chain.expiry > day) if over else (chain.expiry >= day)
    columns: dict[str, Any] = {
        spec.name: value[stays]
        for spec in fields(chain)
        if isinstance(value := getattr(chain, spec.name), np.ndarray) and len(value)
    }
    return replace(chain, **columns)


def _rows(contracts: list[_Contract], price: float) -> ContractRows:
    def column(name: str) -> Floats:
        return np.array([getattr(one, name) for one in contracts], dtype=np.float64)

    n, iv = len(contracts), column("iv")
    unknown = iv <= 0.0
    last_trade = _times([one.last_trade_time for one in contracts])
    return ContractRows(
        symbols=[one.option for one in contracts],
        expiry=np.full(n, np.datetime64("NaT", "D")),
        is_call=np.zeros(n, dtype=np.bool_),
        strike=np.full(n, np.nan),
        bid=column("bid"),
        ask=column("ask"),
        last=np.where(np.isnat(last_trade), np.nan, column("last_trade_price")),
        change=column("change"),
        volume=column("volume"),
        open_interest=column("open_interest"),
        iv=np.where(unknown, np.nan, iv),
        last_trade=last_trade,
        underlying=price,
        delta=np.where(unknown, np.nan, column("delta")),
        gamma=np.where(unknown, np.nan, column("gamma")),
    )


def _times(texts: list[str | None]) -> NDArray[np.datetime64]:
    """UTC of New York's wall-clock times, each day's offset looked up once."""
    offsets: dict[str, np.timedelta64] = {}
    found = np.full(len(texts), np.datetime64("NaT", "s"))
    for i, text in enumerate(texts):
        if not text:
            continue
        hour = text[:13]
        if hour not in offsets:
            offset = _new_york(text).astimezone(NEW_YORK).utcoffset() or dt.timedelta()
            offsets[hour] = np.timedelta64(int(offset.total_seconds()), "s")
        found[i] = np.datetime64(text[:19], "s") - offsets[hour]
    return found


def _new_york(text: str) -> dt.datetime:
    """Raises ValueError for what is no time."""
    return dt.datetime.fromisoformat(text[:19]).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)
