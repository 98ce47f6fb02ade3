"""How Yahoo is asked: one guarded session for all questions, and failures as sentences."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analytics.model.vocabulary import HoldlineError, NotAvailable, SourceFailure
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.yahoo import yfinance_client

if TYPE_CHECKING:
    from curl_cffi.requests import Session

    from analytics.sources.yahoo.session import Call, GuardedSession

logger = logging.getLogger(__name__)

_PROBE_URL = "https://query2.finance.yahoo.com/v8/finance/chart/SPY?range=1d&interval=1d"


class YahooClient:
    """Asks Yahoo through yfinance; its methods may be called from many threads.

    Args:
        inner: a curl_cffi session to send requests with; None: an own one, made at first use.
        timeout: seconds a request may last in all.
    """

    def __init__(
        self,
        inner: Session[Any] | None,
        timeout: float,
        limiter: RateLimiter,
        breaker: CircuitBreaker,
    ) -> None:
        self._inner = inner
        self.timeout = timeout
        self._limiter = limiter
        self._breaker = breaker
        self._opened: GuardedSession | None = None
        self._opening = threading.Lock()

    def session(self) -> GuardedSession:
        """The guarded session, made at the first use."""
        with self._opening:
            if self._opened is None:
                from curl_cffi.requests import Session

                from analytics.sources.yahoo.session import GuardedSession

                inner = self._inner or Session(impersonate="chrome")
                self._opened = GuardedSession(inner, self._limiter, self._breaker, self.timeout)
            return self._opened

    def ticker(self, symbol: str) -> Any:
        """yfinance's own object of a symbol, on the guarded session."""
        return yfinance_client.ticker(self.session(), symbol)

    def get_json(self, call: Call, url: str, params: dict[str, Any]) -> Any:
        """The JSON of one answer, as the guarded session read it for ``call``.

        Raises:
            SourceFailure: none came, though no request failed: yfinance was led to a web page.
        """
        yfinance_client.get(self.session(), url, params, self.timeout)
        if not call.payloads:
            raise SourceFailure("Yahoo asks for its consent page to be accepted first.")
        return call.payloads[-1]

    @contextmanager
    def asking(self, symbol: str, nothing: str) -> Iterator[Call]:
        """One question through yfinance; ``nothing`` says that Yahoo's answer was empty."""
        with self.session().call(symbol) as call, reading(symbol, nothing):
            yield call

    def reachable(self, seconds: float = 2.0) -> bool:
        """Whether Yahoo answers a small question within ``seconds``.

        Asked in a thread of its own: a name look-up on a dead network may outlast any
        time-out that the HTTP library is given.
        """
        answers: list[bool] = []

        def probe() -> None:
            try:
                with self.session().call("SPY", seconds=seconds) as call:
                    self.session().get(_PROBE_URL)
                    answers.append(bool(call.payloads))
            except HoldlineError as error:
                logger.info("Yahoo is not reachable: %s", error)

        asking = threading.Thread(target=probe, name="yahoo-probe", daemon=True)
        asking.start()
        asking.join(seconds)
        return bool(answers and answers[0])


@contextmanager
def reading(symbol: str, nothing: str) -> Iterator[None]:
    """Turn whatever reading an answer raises into a `HoldlineError`."""
    about = f" about {symbol}" if symbol else ""
    try:
        yield
    except HoldlineError:
        raise
    except Exception as error:
        if yfinance_client.found_nothing(error):
            raise NotAvailable(nothing) from error
        logger.warning("unreadable answer%s", about, exc_info=error)
        raise SourceFailure(
            f"Yahoo's answer{about} could not be read ({type(error).__name__})."
        ) from error
