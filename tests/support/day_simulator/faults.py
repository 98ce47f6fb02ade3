"""The fault script: what goes wrong on the way, when, and for how long."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from curl_cffi import CurlECode
from curl_cffi.requests.exceptions import ConnectionError as Refused
from curl_cffi.requests.exceptions import DNSError

from tests.support.day_simulator import stream
from tests.support.day_simulator.stream import Frames
from tests.support.day_simulator.yahoo import Alter
from tests.support.loopback import bodies
from tests.support.loopback.server import Fault

MONDAY, HALF_DAY, SPRING, HOLIDAY = "monday", "half-day", "spring", "holiday"


@dataclass(frozen=True)
class Script:
    """One scripted fault.

    Attributes:
        day: which of `play.DAYS`.
        begins: New York time of the day.
        lasts: minutes.
        served: a fault of the server's own, met by addresses that hold ``only``.
        line: what the network raises in place of sending.
        alter: what is made of answers.
        crumb: HTTP status of the crumb's address.
        frames: what the stream brings in place of the true frames.
        clock_off: how far the clock of the machine is off.
    """

    name: str
    day: str = MONDAY
    begins: str = "11:40"
    lasts: int = 40
    served: Fault | None = None
    only: str = ""
    line: Exception | None = None
    alter: Alter | None = None
    crumb: int = 200
    frames: Frames | None = None
    clock_off: dt.timedelta = dt.timedelta()


def _result(answer: Any) -> Any:
    return answer["chart"]["result"][0]


def of_chart(change: Callable[[Any], Any], symbol: str = "SPY", kind: str = "chart") -> Alter:
    """Alter the daily chart of one symbol; ``change`` may return another answer."""

    def alter(met: str, about: str, answer: Any, now: dt.datetime) -> Any:
        if met != kind or about != symbol:
            return answer
        changed = copy.deepcopy(answer)
        return change(changed) or changed

    return alter


def of_quote(change: Callable[[dict[str, Any]], Any], symbol: str = "SPY") -> Alter:
    """Alter one symbol's entry of the bulk quotes."""

    def alter(met: str, about: str, answer: Any, now: dt.datetime) -> Any:
        if met != "quote":
            return answer
        changed = copy.deepcopy(answer)
        for entry in changed["quoteResponse"]["result"]:
            if entry["symbol"] == symbol:
                change(entry)
        return changed

    return alter


def set_value(column: str, at: int, value: Any) -> Callable[[Any], None]:
    """Put a value into a column of the quote table; ``at`` counts from the end."""

    def change(answer: Any) -> None:
        _result(answer)["indicators"]["quote"][0][column][at] = value

    return change


def drop_row(at: int) -> Callable[[Any], None]:
    """Leave a row out; ``at`` counts from the end."""

    def change(answer: Any) -> None:
        result = _result(answer)
        del result["timestamp"][at]
        for values in result["indicators"]["quote"][0].values():
            del values[at]
        del result["indicators"]["adjclose"][0]["adjclose"][at]

    return change


def add_row(copied: int, moved_days: int, close: float | None = None) -> Callable[[Any], None]:
    """Insert a copy of a row, that many days later, before the last one."""

    def change(answer: Any) -> None:
        result = _result(answer)
        at = len(result["timestamp"]) - 1
        result["timestamp"].insert(at, result["timestamp"][copied] + moved_days * 86_400)
        for values in result["indicators"]["quote"][0].values():
            values.insert(at, values[copied] if close is None else close)
        adjusted = result["indicators"]["adjclose"][0]["adjclose"]
        adjusted.insert(at, adjusted[copied])

    return change


def drop_minutes(answer: Any) -> None:
    """No minute of the last hour."""
    result = _result(answer)
    del result["timestamp"][-60:]
    for values in result["indicators"]["quote"][0].values():
        del values[-60:]


def scale_prices(factor: float, first: int | None = None, last: int | None = None) -> Any:
    """Multiply the prices of rows, by slice."""

    def change(answer: Any) -> None:
        result = _result(answer)
        columns = [
            result["indicators"]["quote"][0][name] for name in ("open", "high", "low", "close")
        ]
        adjusted = result["indicators"].get("adjclose", [])
        for values in (*columns, *(one["adjclose"] for one in adjusted)):
            values[first:last] = [v if v is None else v * factor for v in values[first:last]]

    return change


def reverse_rows(answer: Any) -> None:
    """The newest first."""
    result = _result(answer)
    result["timestamp"].reverse()
    for values in result["indicators"]["quote"][0].values():
        values.reverse()
    result["indicators"]["adjclose"][0]["adjclose"].reverse()


def as_word(column: str, at: int, word: str) -> Callable[[Any], bytes]:
    """The answer's bytes with a bare word in the place of a number."""

    def change(answer: Any) -> bytes:
        set_value(column, at, "@")(answer)
        return json.dumps(answer).replace('"@"', word).encode()

    return change


def flat_last_row(answer: Any) -> None:
    """The last price as a row of its own, beside its day's."""
    result = _result(answer)
    table = result["indicators"]["quote"][0]
    now, close = result["timestamp"][-1], table["close"][-1]
    result["timestamp"][-1] = bodies.at(f"{dt.datetime.fromtimestamp(now, dt.UTC):%Y-%m-%d}")
    result["timestamp"].append(now)
    for name, values in table.items():
        values.append(0 if name == "volume" else close)
    result["indicators"]["adjclose"][0]["adjclose"].append(close)


def meta(**changes: Any) -> Callable[[Any], None]:
    """Change what the answer states of its symbol."""

    def change(answer: Any) -> None:
        _result(answer)["meta"].update(changes)

    return change


def stated_split(answer: Any) -> None:
    """A 2:1 split of the day before that the prices do not show."""
    stamp = _result(answer)["timestamp"][-2]
    _result(answer)["events"] = {
        "splits": {str(stamp): {"date": stamp, "numerator": 2, "denominator": 1}}
    }


def frozen(*kinds: str) -> Alter:
    """A cache on the way: the first answer again and again."""
    first: dict[tuple[str, str], Any] = {}
    newest = [dt.datetime.min.replace(tzinfo=dt.UTC)]

    def alter(met: str, about: str, answer: Any, now: dt.datetime) -> Any:
        if now < newest[0]:
            first.clear()  # another play
        newest[0] = now
        return first.setdefault((met, about), answer) if met in kinds else answer

    return alter


def swapped_quotes(met: str, about: str, answer: Any, now: dt.datetime) -> Any:
    """SPY's entry holds QQQ's numbers."""
    if met != "quote":
        return answer
    entries = {entry["symbol"]: entry for entry in answer["quoteResponse"]["result"]}
    if not {"SPY", "QQQ"} <= set(entries):
        return answer
    wrong = entries | {"SPY": entries["QQQ"] | {"symbol": "SPY"}}
    return {"quoteResponse": {"result": list(wrong.values()), "error": None}}


def quote_set(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Set fields of a quote."""
    return lambda entry: entry.update(changes)


def quote_scaled(factor: float, *names: str) -> Callable[[dict[str, Any]], None]:
    """Multiply fields of a quote."""
    return lambda entry: entry.update({name: entry[name] * factor for name in names})


def quote_ahead(seconds: int) -> Callable[[dict[str, Any]], None]:
    """Stamp a quote later than it is."""
    return lambda entry: entry.update(regularMarketTime=entry["regularMarketTime"] + seconds)


NOON_BEFORE = dt.datetime(2025, 1, 27, 16, 38, tzinfo=dt.UTC)
"""Before the faults of the Monday begin."""
_ALL = ("regularMarketPrice", "regularMarketOpen", "regularMarketDayHigh", "regularMarketDayLow")

SCRIPTS: tuple[Script, ...] = (
    Script("429", served=Fault.LIMITED),
    Script("429 on charts", served=Fault.LIMITED, only="/chart/", lasts=20),
    Script("429 on the crumb", crumb=429),
    Script("500 with html", served=Fault.HTML_500),
    Script("503 on quotes", served=Fault.JSON_503, only="/quote"),
    Script("401", served=Fault.UNAUTHORIZED),
    Script("401 on quotes", served=Fault.UNAUTHORIZED, only="/quote", crumb=429),
    Script("403", served=Fault.FORBIDDEN),
    Script("redirects in circles", served=Fault.REDIRECT_LOOP),
    Script("hanging charts", served=Fault.HANG, only="/chart/SPY", lasts=20),
    Script("bodies cut off", served=Fault.CUT_BODY),
    Script("json cut off", served=Fault.CUT_JSON),
    Script("consent pages", served=Fault.CONSENT),
    Script("an empty object", served=Fault.EMPTY_OBJECT),
    Script("null results", served=Fault.NULL_RESULT),
    Script(
        "no name service", line=DNSError("Could not resolve host", CurlECode.COULDNT_RESOLVE_HOST)
    ),
    Script("connection refused", line=Refused("Failed to connect", CurlECode.COULDNT_CONNECT)),
    Script("before the open: 500", begins="08:30", lasts=90, served=Fault.HTML_500),
    Script("over the close: 429", begins="15:50", lasts=30, served=Fault.LIMITED),
    Script("in the night: 500", begins="20:30", lasts=60, served=Fault.HTML_500),
    Script("yesterday's bar missing", begins="09:10", lasts=90, alter=of_chart(drop_row(-2))),
    Script("today's bar missing", begins="09:20", lasts=60, alter=of_chart(drop_row(-1))),
    Script(
        "a null close today", begins="09:20", lasts=60, alter=of_chart(set_value("close", -1, None))
    ),
    Script(
        "a null row in the window", begins="09:20", alter=of_chart(set_value("close", -30, None))
    ),
    Script("NaN in the json", begins="09:20", alter=of_chart(as_word("close", -20, "NaN"))),
    Script("infinite close today", begins="09:20", alter=of_chart(as_word("close", -1, "1e999"))),
    Script("negative close today", begins="09:20", alter=of_chart(set_value("close", -1, -5.0))),
    Script("today x100", begins="09:20", lasts=60, alter=of_chart(scale_prices(100.0, -1))),
    Script("all prices x100", begins="09:20", lasts=60, alter=of_chart(scale_prices(100.0))),
    Script("a last price apart", begins="09:40", lasts=60, alter=of_chart(flat_last_row)),
    Script("a row of Saturday", begins="09:20", lasts=60, alter=of_chart(add_row(-2, 1, 900.0))),
    Script("the newest first", begins="09:20", lasts=60, alter=of_chart(reverse_rows)),
    Script("another symbol", begins="09:20", lasts=60, alter=of_chart(meta(symbol="ZZZ"))),
    Script("monthly bars", begins="09:20", alter=of_chart(meta(dataGranularity="1mo"))),
    Script("a stated split not applied", begins="09:20", lasts=60, alter=of_chart(stated_split)),
    Script("frozen charts", begins="09:10", lasts=60, alter=frozen("chart")),
    Script("frozen quotes", frames=stream.no_frames, lasts=60, alter=frozen("quote")),
    Script("a quote x100", frames=stream.no_frames, alter=of_quote(quote_scaled(100.0, *_ALL))),
    Script("a quote halved", frames=stream.no_frames, alter=of_quote(quote_scaled(0.5, *_ALL))),
    Script(
        "a quote 15% down",
        frames=stream.no_frames,
        alter=of_quote(quote_scaled(0.85, "regularMarketPrice", "regularMarketDayLow")),
    ),
    Script(
        "a false day low",
        frames=stream.no_frames,
        alter=of_quote(quote_set(regularMarketDayLow=315.0)),
    ),
    Script(
        "a false day high",
        frames=stream.no_frames,
        alter=of_quote(quote_set(regularMarketDayHigh=53_754.0)),
    ),
    Script(
        "another day's previous close",
        frames=stream.no_frames,
        alter=of_quote(quote_set(regularMarketPreviousClose=570.0)),
    ),
    Script("quotes swapped", frames=stream.no_frames, alter=swapped_quotes),
    Script("quotes four minutes ahead", frames=stream.no_frames, alter=of_quote(quote_ahead(240))),
    Script(
        "a quote without a price",
        frames=stream.no_frames,
        alter=of_quote(quote_set(regularMarketPrice=None)),
    ),
    Script(
        "a quote that is not a number",
        frames=stream.no_frames,
        alter=of_quote(quote_set(regularMarketPrice=math.nan)),
    ),
    Script("the stream drops", frames=stream.no_frames),
    Script("stream and polls drop", frames=stream.no_frames, served=Fault.JSON_503, only="/quote"),
    Script("frames of garbage", frames=stream.garbage),
    Script("a print at half", frames=stream.priced(0.5)),
    Script("a print at half, thrice", frames=stream.priced(0.5, 3)),
    Script("a print x100", frames=stream.priced(100.0)),
    Script("a print 7% down", frames=stream.priced(0.93)),
    Script("a stream's false day low", frames=stream.stating(day_low=315.0)),
    Script("a stream's false day high", frames=stream.stating(day_high=53_754.0)),
    Script("a stream's other previous close", frames=stream.stating(previous_close=570.0)),
    Script("a false print of ahead", frames=stream.ahead(240)),
    Script("prints again when old", frames=stream.late(20)),
    Script("a stream that repeats itself", frames=stream.stands_still(NOON_BEFORE)),
    Script(
        "all prices stand still",
        lasts=60,
        frames=stream.stands_still(NOON_BEFORE),
        alter=frozen("quote", "chart", "minutes"),
    ),
    Script(
        "minutes missing",
        lasts=60,
        frames=stream.no_frames,
        alter=of_chart(drop_minutes, kind="minutes"),
    ),
    Script(
        "minutes that contradict",
        begins="15:40",
        lasts=60,
        alter=of_chart(scale_prices(1.01), kind="minutes"),
    ),
    Script(
        "minutes x100",
        begins="15:40",
        lasts=60,
        alter=of_chart(scale_prices(100.0), kind="minutes"),
    ),
    Script("minutes away while prices are", served=Fault.HTML_500, frames=stream.no_frames),
    Script("a clock 10 minutes ahead", clock_off=dt.timedelta(minutes=10)),
    Script("a clock 10 minutes behind", clock_off=dt.timedelta(minutes=-10)),
    Script("a clock a day ahead", clock_off=dt.timedelta(days=1)),
    Script("half-day: 429 over the close", HALF_DAY, "12:50", 30, served=Fault.LIMITED),
    Script("half-day: a frozen quote", HALF_DAY, "12:40", 60, alter=frozen("quote")),
    Script("spring: 500 over the weekend", SPRING, "15:30", 60, served=Fault.HTML_500),
    Script("holiday: 500", HOLIDAY, "10:00", 60, served=Fault.HTML_500),
    Script(
        "holiday: a row of the day", HOLIDAY, "09:00", 120, alter=of_chart(add_row(-1, 3, 900.0))
    ),
)
"""More than forty; each is played against the clean run of its own day."""
