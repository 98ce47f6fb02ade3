"""Yahoo's chart answer, typed and read row by row.

yfinance's own reader drops the running bar of a liquid symbol (its last trade is as old as the
question) and costs ten times as much, so yfinance only fetches the answer and it is read here.
One unreadable value costs its own row, never the symbol.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, NotAvailable, Sessions, SourceFailure

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")
_WORD_FOR_NO_NUMBER = re.compile(rb"(?<=[\[,:\s])[-+]?(?:nan|inf(?:inity)?)(?=[\s,\]}])", re.I)
_LAST_SECOND = 1 << 33
"""The year 2242: a larger time is in milliseconds, or garbage."""
_DAY, _WEEK, _TEN_IN_THE_EVENING = 86_400, 604_800, 79_200
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_SECOND, _LAST_OFFSET_SECOND = -50 * 365 * _DAY, 100 * 365 * _DAY


class Period(msgspec.Struct, frozen=True):
    """A trading period, Unix seconds."""

    start: int
    end: int


class TradingPeriods(msgspec.Struct, frozen=True):
    """Those of the exchange's present or next day."""

    regular: Period


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """What a chart answer says of its symbol, in Yahoo's words.

    Attributes:
        exchange_name: Yahoo's code of the exchange ("NMS", "LSE").
        currency: as the prices are quoted ("GBp" is pence).
        regular_market_price: the last trade, at ``regular_market_time``.
        previous_close: of the session before the newest; only charts of one day state it.
            ``chartPreviousClose`` is that before the chart's first bar and of no use here.
    """

    exchange_timezone_name: str
    symbol: str | None = None
    exchange_name: str | None = None
    instrument_type: str | None = None
    currency: str | None = None
    long_name: str | None = None
    short_name: str | None = None
    price_hint: int | None = None
    regular_market_time: int | None = None
    regular_market_price: Any = None
    previous_close: float | None = None
    data_granularity: str | None = None
    current_trading_period: TradingPeriods | None = None


class _Indicators(msgspec.Struct, frozen=True):
    # Columns by name; Any, because a typed list would be copied value by value.
    quote: list[dict[str, Any] | None] = []
    adjclose: list[dict[str, Any] | None] = []


class _Events(msgspec.Struct, frozen=True):
    splits: dict[str, dict[str, Any]] | None = None
    dividends: dict[str, dict[str, Any]] | None = None


class _Result(msgspec.Struct, frozen=True):
    meta: Meta
    indicators: _Indicators
    timestamp: Any = None
    events: _Events | None = None


class _Body(msgspec.Struct, frozen=True):
    result: list[_Result] | None = None


class _Answer(msgspec.Struct, frozen=True):
    chart: _Body


@dataclass(frozen=True, eq=False)
class Chart:
    """The rows of one chart answer in the order of time.

    Attributes:
        times: shape (n,), Unix seconds.
        columns: each of `PRICE_COLUMNS` and ``adj_close``, shape (n,); NaN where Yahoo has none
            or what it has is no number.
        splits: (Unix seconds, ratio) of each split inside the span, 4.0 for 4:1.
        dividends: (Unix seconds, amount) of each.
        unreadable_times: rows left out because they do not say when they are of.
    """

    meta: Meta
    times: NDArray[np.int64]
    columns: dict[str, Floats]
    splits: tuple[tuple[int, float], ...]
    dividends: tuple[tuple[int, float], ...]
    unreadable_times: int

    @property
    def zone(self) -> ZoneInfo:
        """The exchange's own zone."""
        return ZoneInfo(self.meta.exchange_timezone_name)


def decode(content: bytes) -> Any:
    """The JSON of an answer. Words in the place of a number (``NaN``) are read as absent.

    Raises:
        ValueError: it is no JSON, or is cut off.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        text = _WORD_FOR_NO_NUMBER.sub(b"null", content).decode("utf-8-sig", "replace")
        return json.loads(text)


def read_chart(symbol: str, interval: str, payload: object) -> Chart:
    """The chart that answers the question about ``symbol``.

    Args:
        interval: as asked for ("1d", "1m").
        payload: the answer's JSON, see `decode`.

    Raises:
        NotAvailable: it has no rows.
        SourceFailure: it is about another symbol, in another interval, or of another shape.
    """
    try:
        results = msgspec.convert(payload, _Answer, strict=False).chart.result
    except msgspec.ValidationError as error:
        raise SourceFailure(f"Yahoo's answer about {symbol} could not be read ({error}).") from None
    if not results:
        raise NotAvailable(f"Yahoo has no prices of {symbol} in that span.")
    result = results[0]
    refuse_other_symbol(symbol, result.meta.symbol)
    if (result.meta.data_granularity or interval) != interval:
        raise SourceFailure(
            f"Yahoo answered with {result.meta.data_granularity} bars of {symbol} "
            f"where {interval} bars were asked for."
        )
    _check_zone(symbol, result.meta.exchange_timezone_name)
    stamps = numbers(_listed(symbol, "timestamp", result.timestamp))
    columns = _columns(symbol, result.indicators, len(stamps))
    readable = np.isfinite(stamps) & (np.abs(stamps) < _LAST_SECOND)
    order: Any = slice(None)
    if not readable.all() or (np.diff(stamps) < 0.0).any():
        order = np.flatnonzero(readable)
        order = order[np.argsort(stamps[order], kind="stable")]
    events = result.events or _Events()
    return Chart(
        meta=result.meta,
        times=stamps[order].astype(np.int64),
        columns={name: values[order] for name, values in columns.items()},
        splits=tuple(_splits((events.splits or {}).values())),
        dividends=tuple(_dividends((events.dividends or {}).values())),
        unreadable_times=int(len(stamps) - readable.sum()),
    )


def refuse_other_symbol(asked: str, answered: object) -> None:
    """Hold an answer's symbol against the one asked for.

    Raises:
        SourceFailure: they differ: a cache or a proxy on the way mixed answers up, or the ticker
            has a new name.
    """
    stated = answered.strip().upper() if isinstance(answered, str) else ""
    if stated != asked.upper():
        about = stated[:20] or "no symbol"
        raise SourceFailure(
            f"Yahoo's answer to the question about {asked} is an answer about {about}: "
            "it is not used."
        )


def numbers(values: list[Any]) -> Floats:
    """Floats of a JSON list; NaN for null and for all that is no number."""
    try:
        read = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        read = np.empty((0, 0))  # something in it is no number, or of 300 digits
    # JSON's true and false would be read as 1 and 0.
    if read.ndim != 1 or (((read == 0.0) | (read == 1.0)).any() and bool in set(map(type, values))):
        return np.array([_number(value) for value in values], dtype=np.float64)
    return read


def session_dates(times: NDArray[np.int64], zone: ZoneInfo, *, running: int | None) -> Sessions:
    """The session of each instant: its date in the listing's zone.

    Around a change to or from summer time Yahoo stamps some exchanges' midnight an hour or two
    early; the full hours 22 and 23 are therefore the next day's, except of the running row
    (``running``: the time of the last price), which may fall on any second.
    """
    changes, offsets = _utc_offsets(zone)
    local = times + offsets[np.searchsorted(changes, times, side="right")]
    early = (times % 3600 == 0) & (local % _DAY >= _TEN_IN_THE_EVENING) & (times != running)
    days: Sessions = (local // _DAY + early).view("datetime64[D]")
    return days


@lru_cache(maxsize=64)
def _utc_offsets(zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When the zone's offset from UTC changes, Unix seconds, and the offsets between, seconds.

    pandas tells the same, and takes as long for one chart as the rest of its reading.
    """

    def offset(time: int) -> int:
        moment = _EPOCH + dt.timedelta(seconds=time)
        return int(moment.astimezone(zone).utcoffset().total_seconds())  # type: ignore[union-attr]

    changes, offsets = [], [offset(_FIRST_SECOND)]
    for week in range(_FIRST_SECOND, _LAST_OFFSET_SECOND, _WEEK):
        if offset(week + _WEEK) == offsets[-1]:
            continue
        before, after = week, week + _WEEK
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if offset(middle) == offsets[-1] else (before, middle)
        changes.append(after)
        offsets.append(offset(after))
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _number(value: object) -> float:
    """Of one value; text is a number only when it is written as one ("Infinity" is Yahoo's)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _columns(symbol: str, indicators: _Indicators, rows: int) -> dict[str, Floats]:
    """Raises SourceFailure where a column has not a value a time: no row would be sure."""
    given = {**_first(indicators.quote), "adj_close": _first(indicators.adjclose).get("adjclose")}
    columns: dict[str, Floats] = {}
    for name in (*PRICE_COLUMNS, "adj_close"):
        values = _listed(symbol, name, given.get(name))
        if values and len(values) != rows:
            raise SourceFailure(
                f"Yahoo's answer about {symbol} could not be read "
                f"({len(values)} values of {name} for {rows} times)."
            )
        columns[name] = numbers(values) if values else np.full(rows, np.nan)
    return columns


def _first(tables: list[dict[str, Any] | None]) -> dict[str, Any]:
    return (tables[0] if tables else None) or {}


def _listed(symbol: str, name: str, values: Any) -> list[Any]:
    if values is None:
        return []
    if not isinstance(values, list):
        raise SourceFailure(f"Yahoo's answer about {symbol} could not be read ({name} is no list).")
    return values


def _splits(events: Iterable[dict[str, Any]]) -> Iterable[tuple[int, float]]:
    for event in events:
        time, many, one = (_number(event.get(k)) for k in ("date", "numerator", "denominator"))
        if abs(time) < _LAST_SECOND and many > 0.0 and one > 0.0 and math.isfinite(many / one):
            yield int(time), many / one


def _dividends(events: Iterable[dict[str, Any]]) -> Iterable[tuple[int, float]]:
    for event in events:
        time, amount = _number(event.get("date")), _number(event.get("amount"))
        if abs(time) < _LAST_SECOND and math.isfinite(amount):
            yield int(time), amount


def _check_zone(symbol: str, name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SourceFailure(
            f"Yahoo's answer about {symbol} names a time zone that is none ({name[:40]!r})."
        ) from None
