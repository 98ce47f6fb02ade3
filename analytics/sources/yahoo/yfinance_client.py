"""The one place that reaches into yfinance: what of it is leaned on, public or not.

yfinance is the transport: its session, cookie, crumb, consent form and stream. Parts that it does
not promise may change in any release, so each has a name in `PARTS`, a test holds the installed
release to the list, and `missing_parts` says at the start what a new one broke.
"""

from __future__ import annotations

import inspect
import os
import threading
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from curl_cffi.requests import Session

OPEN_SECONDS = 8.0
PING_SECONDS = 10.0
MAX_FRAME_BYTES = 64 * 1024
PRICING_FIELDS = (
    "id",
    "price",
    "time",
    "market_hours",
    "day_volume",
    "day_high",
    "day_low",
    "open_price",
    "previous_close",
    "price_hint",
)

_configuring = threading.Lock()


def load() -> ModuleType:
    """The module, set to say what went wrong and to keep no files.

    Its folder would hold pickled cookies and the time zones that `ticker` makes needless; a place
    where no folder can be made turns it off. Its import takes most of a second.
    """
    import yfinance

    module: ModuleType = yfinance
    with _configuring:
        if module.config.debug.hide_exceptions:
            # yfinance uses, partly through pandas, what pandas 4 will drop and ours still has.
            warnings.filterwarnings(
                "ignore", category=pd.errors.Pandas4Warning, module=r"(yfinance|pandas)\."
            )
            module.config.debug.hide_exceptions = False
            module.set_tz_cache_location(os.devnull)
    return module


def get(session: Session[Any], url: str, params: Mapping[str, Any], timeout: float) -> None:
    """Fetch ``url`` through ``session`` with the cookie and the crumb that Yahoo wants.

    The answer is the session's to judge and to keep.
    """
    load().data.YfData(session=session).get(url, params=dict(params), timeout=timeout)


def ticker(session: Session[Any], symbol: str) -> Any:
    """yfinance's ticker, for option chains and statements."""
    made = load().Ticker(symbol, session=session)
    # Else yfinance first asks for the exchange's zone, a second request a symbol. It uses it only
    # to read a start date without a zone.
    made._tz = "America/New_York"
    return made


def forget_answers() -> None:
    """Empty yfinance's own cache of answers, which knows no expiry: the desk caches."""
    load().data.YfData.cache_get.cache_clear()


def found_nothing(error: Exception) -> bool:
    """Whether yfinance read a sound answer and found nothing in it.

    It then speaks of "possibly delisted"; refusals and failures never get that far.
    """
    from yfinance.exceptions import YFDataException, YFException, YFRateLimitError

    refused = isinstance(error, YFDataException | YFRateLimitError)
    return isinstance(error, YFException) and not refused


def stream_client(url: str) -> Any:
    """yfinance's stream client with a connection that notices when the other end is dead."""
    from websockets.sync.client import connect

    class Client(load().WebSocket):  # type: ignore[misc]
        _ws: Any

        def _connect(self) -> None:
            if self._ws is None:
                self._ws = connect(
                    self.url,
                    open_timeout=OPEN_SECONDS,
                    close_timeout=1.0,
                    ping_interval=PING_SECONDS,
                    ping_timeout=PING_SECONDS,
                    max_size=MAX_FRAME_BYTES,
                    legacy=True,  # the connection itself: `close` is called on every way out
                )

        def next_frame(self, seconds: float) -> str | bytes:
            frame: str | bytes = self._ws.recv(timeout=seconds)
            return frame

    return Client(url, verbose=False)


def pricing_data(message: bytes) -> Any:
    """A price message of the stream.

    Raises:
        google.protobuf.message.DecodeError: it is none.
    """
    from yfinance.pricing_pb2 import PricingData

    data = PricingData()
    data.ParseFromString(message)
    return data


def _takes(function: Any, *parameters: str) -> bool:
    return set(parameters) <= set(inspect.signature(function).parameters)


def _sets(function: Any, attribute: str) -> bool:
    """Whether a function's own code names the attribute."""
    return attribute in function.__code__.co_names


def _pricing_fields(module: ModuleType) -> bool:
    from yfinance.pricing_pb2 import PricingData

    return set(PRICING_FIELDS) <= set(PricingData.DESCRIPTOR.fields_by_name)


PARTS: Mapping[str, Callable[[ModuleType], bool]] = {
    "data.YfData(session=)": lambda yf: _takes(yf.data.YfData.__init__, "session"),
    "data.YfData.get": lambda yf: _takes(yf.data.YfData.get, "url", "params", "timeout"),
    "data.YfData.cache_get.cache_clear": lambda yf: callable(yf.data.YfData.cache_get.cache_clear),
    "config.debug.hide_exceptions": lambda yf: yf.config.debug.hide_exceptions is not None,
    "set_tz_cache_location": lambda yf: callable(yf.set_tz_cache_location),
    "Ticker._tz": lambda yf: _sets(yf.base.TickerBase.__init__, "_tz"),
    "Ticker.option_chain": lambda yf: _takes(yf.Ticker.option_chain, "date"),
    "Ticker.options": lambda yf: isinstance(yf.Ticker.options, property),
    "Ticker.quarterly_income_stmt": lambda yf: isinstance(
        yf.Ticker.quarterly_income_stmt, property
    ),
    "Calendars.get_economic_events_calendar": lambda yf: _takes(
        yf.Calendars.get_economic_events_calendar, "limit", "offset", "force"
    ),
    "Calendars.get_earnings_calendar": lambda yf: _takes(
        yf.Calendars.get_earnings_calendar, "market_cap", "filter_most_active", "limit", "force"
    ),
    "Search": lambda yf: _takes(yf.Search.__init__, "query", "max_results", "session", "timeout"),
    "WebSocket._connect": lambda yf: _sets(yf.WebSocket.subscribe, "_connect"),
    "WebSocket._ws": lambda yf: _sets(yf.WebSocket.subscribe, "_ws"),
    "pricing_pb2.PricingData": _pricing_fields,
    "exceptions.YFException": lambda yf: issubclass(
        yf.exceptions.YFRateLimitError, yf.exceptions.YFException
    ),
}
"""Each part of yfinance that is leaned on, and whether a release still has it."""


def missing_parts(module: ModuleType | None = None) -> tuple[str, ...]:
    """Those of `PARTS` that the release (by default the installed one) does not have."""
    release = module or load()
    return tuple(name for name, stands in PARTS.items() if not _stands(stands, release))


def _stands(check: Callable[[ModuleType], bool], module: ModuleType) -> bool:
    try:
        return check(module)
    except Exception:
        # whatever a release renamed or removed shows itself as one error or another
        return False


def missing_parts_sentence() -> str | None:
    """Which parts the installed release broke, or None while it has all."""
    missing = missing_parts()
    if not missing:
        return None
    from importlib.metadata import version

    return (
        f"yfinance {version('yfinance')} lacks {', '.join(missing)}, which Holdline uses: "
        "install the release named in requirements.txt."
    )
