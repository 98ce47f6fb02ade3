"""The live source: Yahoo Finance, fetched through an unmodified yfinance.

yfinance and curl_cffi take most of a second to import, so they are imported at the first
question. Yahoo's terms allow personal use; see the README.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from analytics.model import sessions
from analytics.model.listing_calendars import calendar_of
from analytics.model.rates import TreasuryYields
from analytics.model.vocabulary import (
    Event,
    MarketValue,
    NotAvailable,
    OptionChain,
    Quarter,
    Quote,
    SourceFailure,
    SymbolMatch,
    SymbolNotFound,
    parse_symbol,
)
from analytics.sources.base import Capabilities, Connection, Opening, RawBars, Source
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.yahoo import yfinance_client
from analytics.sources.yahoo.bars import DELAY, raw_bars, raw_minutes
from analytics.sources.yahoo.chain_parts import ChainParts
from analytics.sources.yahoo.chart import Chart, read_chart
from analytics.sources.yahoo.client import YahooClient, reading
from analytics.sources.yahoo.quarters import currencies_of, quarters_of
from analytics.sources.yahoo.search import matches
from analytics.sources.yahoo.stream import YahooStream

if TYPE_CHECKING:
    from curl_cffi.requests import Session


logger = logging.getLogger(__name__)

_CHART_URL = "https://query2.finance.yahoo.com/v8/finance/chart/"
_LONGEST_HISTORY = dt.timedelta(days=99 * 365)
LARGE_COMPANY_USD = 50e9
"""Market value from which a company's earnings are listed unasked."""

MINUTES_REACH = dt.timedelta(days=29)
"""How far back Yahoo is asked for one-minute bars: it refuses those of more than 30 days ago."""

QUOTES_A_REQUEST = 250
BILL_SYMBOL, BILL_DAYS_BACK = "^IRX", 7
_SEARCH_RESULTS = 10


class YahooSource(Source):
    """Daily bars, today's option chains, reported quarters and the symbol search of Yahoo.

    Args:
        session: a curl_cffi session to send requests with (tests, a proxy); None: an own one
            that looks like a browser, without which Yahoo refuses.
        timeout: seconds a request may last in all, half of it for the connection.
        chain_days: leave out expiries more days ahead than this; None: all.
        chain_seconds: a chain that takes longer fails, for part of a chain would mislead.
        limiter, breaker: the guards; None: 4 requests a second with bursts of 8, and a pause
            of 60 s to 15 min after a refusal for too many requests, 30 s after three failures or
            refusals of any kind in a row.
        clock: the wall clock, UTC.

    yfinance keeps one session a process: two sources of this class with different sessions
    must not be asked at the same time.
    """

    name = "Yahoo"
    capabilities = Capabilities(
        remote=True,
        delay_minutes=int(DELAY.total_seconds() // 60),
        refresh_seconds=60.0,
        bars=True,
        minutes=True,
        quotes=True,
        stream=True,
        chains=True,
        chain_in_parts=True,
        quarters=True,
        events=True,
        agenda=True,
        market_values=True,
        rates=True,
        search=True,
    )
    breaker: CircuitBreaker

    def __init__(
        self,
        session: Session[Any] | None = None,
        *,
        timeout: float = 8.0,
        chain_days: int | None = None,
        chain_seconds: float = 60.0,
        limiter: RateLimiter | None = None,
        breaker: CircuitBreaker | None = None,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._chain_days = chain_days
        self._chain_seconds = chain_seconds
        self.breaker = breaker or CircuitBreaker("Yahoo")
        self._clock = clock
        self._client = YahooClient(session, timeout, limiter or RateLimiter(), self.breaker)

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """With guards that all processes of the deployment share."""
        shared_state = opening.shared_state
        source = cls(
            limiter=RateLimiter(opening.requests_per_minute / 60, shared_state=shared_state),
            breaker=CircuitBreaker(cls.name, shared_state=shared_state),
        )
        # yfinance takes most of a second to import: nobody waits for it.
        threading.Thread(target=source.check_yfinance, name="yahoo-parts", daemon=True).start()
        return source

    def check_yfinance(self) -> None:
        """Say in `status`, and in the log, which parts that are leaned on a release lacks."""
        self.status = yfinance_client.missing_parts_sentence()
        if self.status is not None:
            logger.error("%s", self.status)

    def now(self) -> dt.datetime:
        """The wall clock, UTC."""
        return self._clock()

    def latest(self) -> dt.datetime:
        """Any moment up to now can be asked about."""
        return self._clock()

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """Daily bars from ``start``, always up to now: one request; see `Source.bars`.

        Rows without a close are handed on for quarantine, except the empty row of a session
        that has not begun.
        """
        symbol = parse_symbol(symbol)
        if start is not None and start > self.now().date() + dt.timedelta(days=1):
            raise NotAvailable(f"Yahoo has no prices of {symbol} from {start} on: it is ahead.")
        # A day before the start, for midnight is the exchange's, which is not known yet; and a day
        # beyond now, so that no clock's fault cuts the running bar off.
        now = self.now()
        begins = now - _LONGEST_HISTORY
        if start is not None:
            begins = dt.datetime.combine(start - dt.timedelta(days=1), dt.time(), dt.UTC)
        nothing = f"Yahoo has no daily bars of {symbol} in that span."
        chart = self._chart(symbol, "1d", (begins, now + dt.timedelta(days=1)), nothing)
        with reading(symbol, nothing):
            return raw_bars(symbol, chart, start, now)

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """One session's minutes, of about the last month: one request; see `Source.minutes`."""
        symbol = parse_symbol(symbol)
        nothing = f"Yahoo has no one-minute bars of {symbol} on {session}."
        listing = calendar_of(symbol)
        if not listing.is_session(session) or listing.open(session) > self.now():
            raise NotAvailable(nothing)
        if self.now().date() - session > MINUTES_REACH:
            raise NotAvailable(
                f"Yahoo keeps one-minute bars for {MINUTES_REACH.days} days: "
                f"it has none of {symbol} on {session}."
            )
        opens, closes = listing.open(session), listing.close(session)
        try:
            chart = self._chart(symbol, "1m", (opens, closes), nothing)
        except SymbolNotFound:  # so it says of one without minutes, too
            raise NotAvailable(nothing) from None
        with reading(symbol, nothing):
            return raw_minutes(symbol, chart, opens, closes)

    def _chart(
        self, symbol: str, interval: str, span: tuple[dt.datetime, dt.datetime], nothing: str
    ) -> Chart:
        """Raises NotAvailable in the words of ``nothing`` when the answer has no rows."""
        params = {
            "period1": int(span[0].timestamp()),
            "period2": int(span[1].timestamp()),
            "interval": interval,
            "includePrePost": "false",
            "events": "div,splits,capitalGains",
        }
        with self._client.asking(symbol, nothing) as call:
            return read_chart(
                symbol, interval, self._client.get_json(call, _CHART_URL + symbol, params)
            )

    def chain(
        self,
        symbol: str,
        session: dt.date | None,
        so_far: Callable[[OptionChain], None] | None = None,
    ) -> OptionChain:
        """Today's chain: one request an expiry, the nearest first; see `Source.chain`."""
        symbol = parse_symbol(symbol)
        if session is not None and session != sessions.current_session(self.now()):
            raise NotAvailable(
                f"Yahoo has no past chains; that of {symbol} on {session} was not stored."
            )
        nothing = f"{symbol} has no listed options at Yahoo."
        begun = time.monotonic()
        ticker = self._client.ticker(symbol)
        parts = ChainParts(symbol, self.now, self._chain_days, so_far)
        while parts.wanted:
            if time.monotonic() - begun > self._chain_seconds:
                raise SourceFailure(
                    f"Yahoo needed more than {self._chain_seconds:.0f} s for {symbol}'s chain."
                )
            with self._client.asking(symbol, nothing) as call:
                table = ticker.option_chain(parts.wanted.pop(0))
                if table.calls is None or len(table.calls) + len(table.puts) == 0:
                    continue
                answer = call.payloads[-1]["optionChain"]["result"][0]
                parts.add(table, answer, ticker.options)
            with reading(symbol, nothing):
                parts.show()
        if not len(parts):
            raise NotAvailable(nothing)
        with reading(symbol, nothing):
            return parts.chain()

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """About five quarters, oldest first; Yahoo does not say when they were reported."""
        symbol = parse_symbol(symbol)
        nothing = f"Yahoo has no quarterly revenue of {symbol}."
        yfinance_client.forget_answers()
        with self._client.asking(symbol, nothing) as call:
            statement = self._client.ticker(symbol).quarterly_income_stmt
            currencies = currencies_of(call.payloads)
            quarters = quarters_of(statement, currencies)
        if not quarters:
            raise NotAvailable(nothing)
        return quarters

    def events(self, symbol: str) -> tuple[Event, ...]:
        """The next earnings and ex-dividend date that Yahoo names; both may be past."""
        from analytics.sources.yahoo.calendar import COMPANY_URL, company_events

        symbol = parse_symbol(symbol)
        nothing = f"Yahoo has no earnings calendar of {symbol}: there is none for funds."
        modules = {"modules": "calendarEvents"}
        try:
            with self._client.asking(symbol, nothing) as call:
                return company_events(
                    symbol, self._client.get_json(call, COMPANY_URL + symbol, modules)
                )
        except SymbolNotFound:
            raise NotAvailable(nothing) from None

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """US releases with their expectations, and the largest companies' earnings."""
        from analytics.sources.yahoo.calendar import PAGES, earnings_events, release_events

        calendars = yfinance_client.load().Calendars(
            start=str(start), end=str(end + dt.timedelta(days=1)), session=self._client.session()
        )
        nothing = f"Yahoo has no calendar of {start} to {end}."
        events: list[Event] = []
        for page in PAGES:
            with self._client.asking("", nothing):
                table = calendars.get_economic_events_calendar(
                    limit=page.size, offset=page.offset, force=True
                )
                events += release_events(table)
            if len(table) < page.size:
                break
        with self._client.asking("", nothing):
            table = calendars.get_earnings_calendar(
                market_cap=LARGE_COMPANY_USD, filter_most_active=False, limit=100, force=True
            )
            events += earnings_events(table)
        return tuple(event for event in events if start <= event.day <= end)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Up to ten symbols that match ``text``, as Yahoo ranks them."""
        text = text.strip()[:60]
        if not text:
            return ()
        yfinance_client.forget_answers()
        with self._client.asking("", "Yahoo found nothing."):
            found = yfinance_client.load().Search(
                text,
                max_results=_SEARCH_RESULTS,
                news_count=0,
                lists_count=0,
                recommended=0,
                include_cb=False,
                session=self._client.session(),
                timeout=self._client.timeout,
            )
            return tuple(matches(found.quotes))[:_SEARCH_RESULTS]

    def quotes(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        """The latest price of each symbol, unknown ones left out: one request for 250 of them.

        Before the open it is the indicated (pre-market) price where Yahoo has one of today.
        """
        from analytics.sources.yahoo.quotes import QUOTE_URL, read_quotes

        found: list[Quote] = []
        for first in range(0, len(symbols), QUOTES_A_REQUEST):
            asked = symbols[first : first + QUOTES_A_REQUEST]
            with self._client.asking("", "Yahoo has no quotes of these symbols.") as call:
                answer = self._client.get_json(call, QUOTE_URL, {"symbols": ",".join(asked)})
                found += [q for q in read_quotes(answer, self.now()) if q.symbol in asked]
        return tuple(found)

    def market_values(self, symbols: tuple[str, ...]) -> tuple[MarketValue, ...]:
        """What the companies are worth now: one request for 250 of them."""
        from analytics.sources.yahoo.quotes import QUOTE_URL, read_market_values

        found: list[MarketValue] = []
        for first in range(0, len(symbols), QUOTES_A_REQUEST):
            asked = symbols[first : first + QUOTES_A_REQUEST]
            with self._client.asking("", "Yahoo has no market values of these symbols.") as call:
                answer = self._client.get_json(call, QUOTE_URL, {"symbols": ",".join(asked)})
                found += [v for v in read_market_values(answer) if v.symbol in asked]
        return tuple(found)

    def rates(self, session: dt.date) -> TreasuryYields:
        """The 13-week Treasury bill as ^IRX quotes it, by its bank discount.

        A discount of d percent on 91 of 360 days is a bond-equivalent yield of
        365 d / (360 - 91 d / 100).
        """
        raw = self.bars(BILL_SYMBOL, session - dt.timedelta(days=BILL_DAYS_BACK), session)
        known = [
            (day, float(close))
            for stamp, close in raw.frame["close"].dropna().items()
            if (day := dt.date.fromisoformat(str(stamp)[:10])) <= session
        ]
        if not known or not -2.0 < known[-1][1] < 25.0:
            raise NotAvailable(f"Yahoo has no quote of {BILL_SYMBOL} up to {session}.")
        day, discount = known[-1]
        return TreasuryYields(day, {91: 365 * discount / (360 - 91 * discount / 100)}, self.name)

    def stream(self, symbols: frozenset[str]) -> Connection:
        """Yahoo's streamer, following these symbols; see `Source.stream`."""
        return YahooStream(symbols, now=self.now)

    def reachable(self, seconds: float = 2.0) -> bool:
        """Whether Yahoo answers a small question within ``seconds``."""
        return self._client.reachable(seconds)
