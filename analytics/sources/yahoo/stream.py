"""One connection to Yahoo's price streamer, read with suspicion.

yfinance's own client ends its loop at the first frame it cannot read, does not reconnect, and
waits for ever on a connection that has died; so only its subscription and its message schema
are used, and whoever opens a `YahooStream` throws it away at the first fault.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import logging
import math
from collections.abc import Callable
from typing import Any

from analytics.model import sessions
from analytics.model.vocabulary import (
    BadInput,
    Phase,
    Quote,
    QuoteBatch,
    SourceFailure,
    parse_symbol,
)
from analytics.sources.yahoo import yfinance_client

STREAM_URL = "wss://streamer.finance.yahoo.com/?version=2"
_AHEAD = dt.timedelta(minutes=5)
_BEHIND = dt.timedelta(days=5)
_PRE, _REGULAR = 0, 1
_DIGITS = 5

_log = logging.getLogger(__name__)


class YahooStream:
    """An open connection that follows ``symbols``.

    Args:
        symbols: as Yahoo names them.
        now: the wall clock, UTC: prices from the future are garbage.
        url: another server (tests).

    Raises:
        SourceFailure: it cannot be opened.
    """

    def __init__(
        self, symbols: frozenset[str], *, now: Callable[[], dt.datetime], url: str = STREAM_URL
    ) -> None:
        self._now = now
        self._symbols = symbols
        try:
            self._client = yfinance_client.stream_client(url)
            self._client.subscribe(sorted(symbols))
        except Exception as error:
            # Name look-up, TLS, HTTP status and hand-shake each raise their own kind.
            raise SourceFailure(
                f"Yahoo's price stream could not be opened ({type(error).__name__})."
            ) from error

    def follow(self, symbols: frozenset[str]) -> None:
        """Subscribe again: to what is new, or to all as a heartbeat.

        Raises:
            SourceFailure: the connection is gone.
        """
        gone = self._symbols - symbols
        self._symbols = symbols
        try:
            if gone:
                self._client.unsubscribe(sorted(gone))
            self._client.subscribe(sorted(symbols))
        except Exception as error:
            raise _ended(error) from error

    def receive(self, seconds: float) -> QuoteBatch | None:
        """The next frame's quote; None when no frame came within ``seconds``.

        Raises:
            SourceFailure: the connection dropped or was closed.
        """
        try:
            frame = self._client.next_frame(seconds)
        except TimeoutError:
            return None
        except Exception as error:
            raise _ended(error) from error
        return read_frame(frame, self._now())

    def close(self) -> None:
        """Let go of it."""
        try:
            self._client.close()
        except Exception as error:
            # It is thrown away in any case.
            _log.debug("closing the stream: %s", error)


def _ended(error: Exception) -> SourceFailure:
    return SourceFailure(f"Yahoo's price stream ended ({type(error).__name__}).")


def read_frame(frame: str | bytes, now: dt.datetime) -> QuoteBatch:
    """The quote in a frame ``{"message": base64 of PricingData}``.

    Frames of another type are signs of life; what cannot be read is counted as garbage.
    Prices from after the close do not count and are left out.
    """
    from google.protobuf.message import DecodeError

    try:
        envelope = json.loads(frame)
        if not isinstance(envelope, dict):
            return QuoteBatch(garbage=1)
        message = envelope.get("message")
        if message is None:
            return QuoteBatch()
        data = yfinance_client.pricing_data(base64.b64decode(message, validate=True))
        quote = _quote(data, now)
    except (ValueError, TypeError, OverflowError, binascii.Error, DecodeError):
        return QuoteBatch(garbage=1)
    return QuoteBatch() if quote is None else QuoteBatch((quote,))


def _quote(data: Any, now: dt.datetime) -> Quote | None:
    """A quote of a message that makes sense; None for a price out of hours.

    Raises:
        BadInput, ValueError, OverflowError: it makes none.
    """
    time = dt.datetime.fromtimestamp(data.time / 1000.0, dt.UTC)
    if (
        not math.isfinite(data.price)
        or data.price <= 0.0
        or not now - _BEHIND < time < now + _AHEAD
    ):
        raise BadInput("a price or a time that cannot be.")
    symbol = parse_symbol(data.id)
    # Pre-market is the schema's zero, so it is also what a message says that does not tell.
    pre = data.market_hours == _PRE and sessions.phase_at(time) is Phase.PRE
    if not pre and data.market_hours != _REGULAR:
        return None
    decimals = decimals_of(data.price, data.price_hint)
    return Quote(
        symbol=symbol,
        price=round(data.price, decimals),
        time=time,
        open=_stated(data.open_price, decimals),
        high=_stated(data.day_high, decimals),
        low=_stated(data.day_low, decimals),
        volume=float(data.day_volume) or None,
        previous_close=_stated(_previous_close(data, pre), decimals),
        pre_market=pre,
    )


def _previous_close(data: Any, pre: bool) -> float:
    """The close before today's session; 0 where the message does not tell.

    Before the open ``previous_close`` is still that of the session before the last: the change,
    which is against the last close, tells.
    """
    if not pre:
        return float(data.previous_close)
    return float(data.price - data.change) if data.change else 0.0


def decimals_of(price: float, hint: int) -> int:
    """Decimals a price is quoted in: Yahoo's hint, else the US tick size; five digits at least.

    A 32-bit float has about seven digits: 597.12 arrives as 597.1199951. A coin at 0.00002134 and
    a share at 0.00115 are stated finer than the tick size, the latter finer than its hint.
    """
    usual = hint if 2 <= hint <= 10 else 2 if price >= 1.0 else 4
    if not 0.0 < price < 0.1:
        return usual
    return max(usual, _DIGITS - 1 - math.floor(math.log10(price)))


def _stated(price: float, decimals: int) -> float | None:
    return round(price, decimals) if math.isfinite(price) and price > 0.0 else None
