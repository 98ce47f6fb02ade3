"""Yahoo's charts as bars: daily ones and one-minute ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.calendars import ListingCalendar
from analytics.model.listing_calendars import calendar_of
from analytics.model.plausibility import is_other_basis
from analytics.model.vocabulary import Floats, NotAvailable, Sessions, SourceFailure
from analytics.sources.base import BAR_COLUMNS, RawBars
from analytics.sources.yahoo.chart import Chart, session_dates

DELAY = dt.timedelta(minutes=15)
"""Yahoo's longest delay for US prices; many US listings are in fact in real time."""

UNLIKE = 0.02
"""A newest close and a last price of one answer differ by seconds, hardly by so much."""
FRAME_COLUMNS = pd.Index([*BAR_COLUMNS, "dividends"])
_NO_DIVIDENDS = np.zeros(1)
_CALENDAR_TYPES = ("EQUITY", "ETF", "INDEX")


def raw_bars(symbol: str, chart: Chart, start: dt.date | None, now: dt.datetime) -> RawBars:
    """The daily bars from ``start`` on; ``now`` in UTC.

    Rows without a close are handed on for quarantine, except those of a session that has not
    begun; rows of such a session with a close are prices before the open, and no bars.

    Raises:
        NotAvailable: no row has a close.
        SourceFailure: the rows are in another unit than the price that the answer states.
    """
    columns = dict(chart.columns)
    days = session_dates(chart.times, chart.zone, running=chart.meta.regular_market_time)
    columns["splits"], columns["dividends"] = _events_by_day(chart, days)
    rows = np.ones(len(days), dtype=bool)
    if start is not None:
        rows &= days >= np.datetime64(start, "D")
    listing = calendar_of(symbol, chart.meta.exchange_name or "", chart.zone.key)
    today = _newest_day(listing, chart, now)
    rows &= ~(np.isnan(columns["close"]) & (days >= today))
    rejected = {
        "date missing": chart.unreadable_times,
        "dated ahead": int((days[rows] > today).sum()),
    }
    rows &= days <= today
    times = chart.times
    if not rows.all():
        days, times = days[rows], times[rows]
        columns = {name: values[rows] for name, values in columns.items()}
    if _running_row_is_apart(chart, days, times):
        days, columns = _merge_running_row(days, columns)
    contradicted = _contradicted_rows(symbol, chart, days, columns["close"])
    if contradicted:
        rejected["unlike the price stated beside it"] = contradicted
        days, columns = days[:-contradicted], {n: v[:-contradicted] for n, v in columns.items()}
    priced = days[np.isfinite(columns["close"]) & ~listing.off_calendar(days)]
    if not len(priced):
        raise NotAvailable(f"Yahoo has no daily bars of {symbol} in that span.")
    newest: dt.date = priced[-1].astype(dt.date)
    market_time = _utc(chart.meta.regular_market_time)
    dated = market_time is not None and market_time.astimezone(chart.zone).date() == newest
    return RawBars(
        symbol=symbol,
        frame=_frame(columns, pd.DatetimeIndex(days.astype("datetime64[s]"))),
        last_time=market_time if dated else None,
        last_complete=is_complete(newest, chart, listing, now),
        already_rejected=tuple((reason, n) for reason, n in rejected.items() if n),
        notes=_unlike_the_newest(chart, columns["close"]) if dated else (),
        **_stated(chart),
    )


def _unlike_the_newest(chart: Chart, close: Floats) -> tuple[str, ...]:
    """Say that the newest close and the last price stated beside the bars are two prices."""
    price, newest = chart.meta.regular_market_price, float(close[-1])
    if not isinstance(price, int | float) or not (0.0 < price < float("inf") and newest > 0.0):
        return ()
    if abs(price - newest) <= UNLIKE * newest:
        return ()
    return (f"its newest bar ends at {newest:g}, the price stated beside the bars is {price:g}",)


def _newest_day(listing: ListingCalendar, chart: Chart, now: dt.datetime) -> np.datetime64:
    """The newest day that can have a bar: today, or the day before until the bell has rung."""
    today = now.astimezone(chart.zone).date()
    begun = not listing.is_session(today) or now >= listing.open(today)
    return np.datetime64(today, "D") - (0 if begun else 1)


def _contradicted_rows(symbol: str, chart: Chart, days: Sessions, close: Floats) -> int:
    """How many rows at the end, none or one, the last price that the answer states contradicts.

    Raises:
        SourceFailure: it contradicts the row before as well.
    """
    price, time = chart.meta.regular_market_price, _utc(chart.meta.regular_market_time)
    known = close[np.isfinite(close) & (close > 0.0)]
    if not isinstance(price, int | float) or not 0.0 < price < float("inf") or time is None:
        return 0
    if not len(known) or known[-1] != close[-1]:
        return 0
    if time.astimezone(chart.zone).date() != days[-1].astype(dt.date):
        return 0
    if not is_other_basis(price, float(known[-1])):
        return 0
    if len(known) < 2 or is_other_basis(price, float(known[-2])):
        raise SourceFailure(
            f"Yahoo's bars of {symbol} are in another unit or in other shares than the price it "
            f"states beside them: {known[-1]:g} and {price:g}."
        )
    return 1


def raw_minutes(symbol: str, chart: Chart, opens: dt.datetime, closes: dt.datetime) -> RawBars:
    """Whole minutes between the bells; Yahoo adds the newest price as a row of its own.

    Raises:
        NotAvailable: there is none.
        SourceFailure: as `raw_bars`.
    """
    times = chart.times
    rows = (times % 60 == 0) & np.isfinite(chart.columns["close"])
    rows &= (times >= opens.timestamp()) & (times < closes.timestamp())
    if not rows.any():
        raise NotAvailable(f"Yahoo has no one-minute bars of {symbol} in that session.")
    columns = {name: values[rows] for name, values in chart.columns.items()}
    days = times[rows].view("datetime64[s]").astype("datetime64[D]")
    if _contradicted_rows(symbol, chart, days, columns["close"]):
        columns = {name: values[:-1] for name, values in columns.items()}
        rows[np.flatnonzero(rows)[-1]] = False
    index = pd.DatetimeIndex(times[rows].view("datetime64[s]")).tz_localize("UTC")
    market_time = _utc(chart.meta.regular_market_time)
    return RawBars(
        symbol=symbol,
        frame=_frame(columns | {"splits": np.ones(len(index))}, index),
        last_time=None if market_time is None else min(market_time, closes),
        last_complete=market_time is not None and market_time >= closes,
        **_stated(chart),
    )


def is_complete(newest: dt.date, chart: Chart, listing: ListingCalendar, now: dt.datetime) -> bool:
    """Whether the newest bar, dated ``newest``, is that of a finished session.

    It is when it is older than the trading period that Yahoo names; else when the last price is
    of that period's end or later, or when the end lies back longer than Yahoo's delay (a thinly
    traded listing has no price at the bell). Yahoo may name the usual end on a half-day: the
    exchange's calendar then leads.
    """
    zone, named = chart.zone, chart.meta.current_trading_period
    if named is None:
        return newest < now.astimezone(zone).date()
    begins, ends = _period(named.regular.start, named.regular.end)
    if newest != begins.astimezone(zone).date():
        return newest < begins.astimezone(zone).date()
    if chart.meta.instrument_type in _CALENDAR_TYPES and listing.is_session(newest):
        ends = min(ends, listing.close(newest))
    market_time = _utc(chart.meta.regular_market_time)
    over = market_time is not None and market_time >= ends
    return over or now >= ends + DELAY + dt.timedelta(minutes=5)


def _frame(columns: dict[str, Floats], index: pd.DatetimeIndex) -> pd.DataFrame:
    """One block of floats: a frame of separate columns takes three times as long to make."""
    ordered = [columns.get(name, _NO_DIVIDENDS) for name in FRAME_COLUMNS]
    block = np.array([np.broadcast_to(values, len(index)) for values in ordered])
    return pd.DataFrame(block.T, index=index, columns=FRAME_COLUMNS, copy=False)


def _stated(chart: Chart) -> dict[str, Any]:
    """What the answer says of its symbol, as the fields of `RawBars`."""
    meta = chart.meta
    named = meta.current_trading_period
    period = None if named is None else _period(named.regular.start, named.regular.end)
    return {
        "timezone": chart.zone.key,
        "currency": meta.currency or "",
        "name": meta.long_name or meta.short_name or "",
        "exchange": meta.exchange_name or "",
        "instrument": meta.instrument_type or "",
        "price_hint": meta.price_hint,
        "previous_close": meta.previous_close,
        "trading_period": period,
    }


def _events_by_day(chart: Chart, days: Sessions) -> tuple[Floats, Floats]:
    """The split ratio (1 for none) and the dividend (0 for none) of each row.

    An event goes to the first row of its day, or of the next day that has one; several of one
    row count together, but a ratio that is sent twice counts once. Rows of a split's day are on the
    new basis already.
    """
    splits, dividends = np.ones(len(days)), np.zeros(len(days))
    for row, ratio in dict.fromkeys(_rows_of(chart, days, chart.splits)):
        splits[row] *= ratio
    for row, amount in _rows_of(chart, days, chart.dividends):
        dividends[row] += amount
    return splits, dividends


def _rows_of(
    chart: Chart, days: Sessions, events: tuple[tuple[int, float], ...]
) -> list[tuple[int, float]]:
    if not events:
        return []
    times: NDArray[np.int64] = np.array([time for time, _ in events], dtype=np.int64)
    dated = session_dates(times, chart.zone, running=None)
    rows = np.searchsorted(days, dated)
    return [
        (int(row), value)
        for row, day, (_, value) in zip(rows, dated, events, strict=True)
        if row < len(days) and day >= days[0]
    ]


def _running_row_is_apart(chart: Chart, days: Sessions, times: NDArray[np.int64]) -> bool:
    """Whether the last price stands as a row of its own beside its session's row."""
    if len(days) < 2 or days[-1] != days[-2]:
        return False
    return bool(times[-1] == chart.meta.regular_market_time and times[-2] < times[-1])


def _merge_running_row(
    days: Sessions, columns: dict[str, Floats]
) -> tuple[Sessions, dict[str, Floats]]:
    """One bar of the newest session's rows: a last price alone is not the day's range."""
    first = int(np.searchsorted(days, days[-1]))
    merged = dict(columns)
    for name, values in columns.items():
        merged[name] = np.append(values[:first], _merged(name, values[first:]))
    return days[: first + 1], merged


def _merged(name: str, of_day: Floats) -> float:
    if name == "splits":
        return float(np.prod(of_day))
    if name == "dividends":
        return float(np.sum(of_day))
    usable = of_day[np.isfinite(of_day) & (of_day > 0.0)]
    if not usable.size:
        return float(of_day[-1])
    picked = {"open": usable[0], "high": usable.max(), "low": usable.min(), "volume": usable.max()}
    return float(picked.get(name, usable[-1]))


def _period(start: int, end: int) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime.fromtimestamp(start, dt.UTC), dt.datetime.fromtimestamp(end, dt.UTC)


def _utc(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
