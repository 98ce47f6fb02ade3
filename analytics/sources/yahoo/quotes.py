"""Yahoo's bulk quote answer -> quotes: what stands in while the stream is silent."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from analytics.model import sessions
from analytics.model.vocabulary import (
    BadInput,
    MarketValue,
    Phase,
    Quote,
    SourceFailure,
    parse_symbol,
)
from analytics.sources.yahoo.stream import decimals_of

QUOTE_URL = "https://query1.finance.yahoo.com/v7/finance/quote"


def read_quotes(answer: Any, now: dt.datetime) -> tuple[Quote, ...]:
    """A quote a readable entry; entries without a sound price are left out.

    Raises:
        SourceFailure: the answer has another shape.
    """
    try:
        entries = answer["quoteResponse"]["result"]
        read = [_quote(entry, now) for entry in entries]
    except (KeyError, TypeError) as error:
        raise SourceFailure("Yahoo's quotes have an unknown shape.") from error
    return tuple(quote for quote in read if quote is not None)


def read_market_values(answer: Any) -> tuple[MarketValue, ...]:
    """The market value of each company in the answer; funds and indices have none.

    Raises:
        SourceFailure: the answer has another shape.
    """
    try:
        entries = answer["quoteResponse"]["result"]
        read = [_market_value(entry) for entry in entries]
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceFailure("Yahoo's quotes have an unknown shape.") from error
    return tuple(value for value in read if value is not None)


def _market_value(entry: Mapping[str, Any]) -> MarketValue | None:
    value = _number(entry, "marketCap")
    if value is None or value <= 0.0 or entry.get("quoteType") != "EQUITY":
        return None
    try:
        symbol = parse_symbol(entry.get("symbol"))
    except BadInput:
        return None
    # both names: the short one may say "ADR" where the long one does not
    names = dict.fromkeys(str(entry.get(key) or "") for key in ("longName", "shortName"))
    return MarketValue(
        symbol, value / 1e6, str(entry.get("currency") or ""), " / ".join(filter(None, names))
    )


def _quote(entry: Mapping[str, Any], now: dt.datetime) -> Quote | None:
    pre = sessions.phase_at(now) is Phase.PRE
    kind = "preMarket" if pre and "preMarketPrice" in entry else "regularMarket"
    price, seconds = _number(entry, f"{kind}Price"), _number(entry, f"{kind}Time")
    try:
        symbol = parse_symbol(entry.get("symbol"))
    except BadInput:
        return None
    if price is None or price <= 0.0 or seconds is None:
        return None
    decimals = decimals_of(price, int(entry.get("priceHint") or 0))

    def number(name: str) -> float | None:
        value = _number(entry, name)
        return None if value is None or value <= 0.0 else round(value, decimals)

    return Quote(
        symbol=symbol,
        price=round(price, decimals),
        time=dt.datetime.fromtimestamp(seconds, dt.UTC),
        open=number("regularMarketOpen"),
        high=number("regularMarketDayHigh"),
        low=number("regularMarketDayLow"),
        volume=_number(entry, "regularMarketVolume"),
        previous_close=number(_previous_close(entry, now)),
        pre_market=kind == "preMarket",
    )


def _previous_close(entry: Mapping[str, Any], now: dt.datetime) -> str:
    """The field that has the close before today's session.

    Until the day's first regular trade "regular market" is the session before: its price is the
    close that counts, and its previous close that of yet another session before.
    """
    seconds = _number(entry, "regularMarketTime")
    if seconds is None:
        return "regularMarketPreviousClose"
    traded = dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone(sessions.NEW_YORK).date()
    today = now.astimezone(sessions.NEW_YORK).date()
    before = sessions.phase_at(now) is Phase.PRE and traded < today
    return "regularMarketPrice" if before else "regularMarketPreviousClose"


def _number(entry: Mapping[str, Any], name: str) -> float | None:
    value = entry.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable and math.isfinite(value) else None  # type: ignore[arg-type]
