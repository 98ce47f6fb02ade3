"""One call to the source: what it brings, validated and remembered, and how long that stands."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from analytics.cache.entries import Fetched
from analytics.desk.archive import Archive
from analytics.desk.bulk_quotes import SPARE_SECONDS, BulkQuotes, QuotesRecord
from analytics.desk.freshness import bar_time
from analytics.desk.moments import SETTLES_IN, session_of_minutes
from analytics.desk.running_bars import (
    is_of_other_bars,
    rebased,
    session_begun,
    unlike_quote,
    with_quoted_previous,
    with_running_bar,
)
from analytics.model import sessions
from analytics.model.listing_calendars import calendar_of
from analytics.model.rates import TreasuryYields
from analytics.model.vocabulary import (
    Bars,
    Event,
    MarketValue,
    MinuteBars,
    Moment,
    NotAvailable,
    OptionChain,
    Phase,
    Quarter,
    SourceFailure,
)
from analytics.sources.base import Source
from analytics.sources.validate import clean_bars, clean_minutes

HARD_FACTOR = 10
AFTER_CLOSE_SECONDS = 300.0
MISSING_BAR_SECONDS = 3600.0
CHAIN_SECONDS = 900.0
LOCAL_CHAIN_SECONDS = 30.0
MARKET_VALUE_SECONDS = 3600.0
RATES_SECONDS = 3600.0
QUARTERS_SECONDS = 24 * 3600.0
SECOND_CHOICE_SECONDS = 3600.0
"""After which the provider that was passed over is asked again."""
EVENTS_SECONDS = 6 * 3600.0
LOCAL_EVENTS_SECONDS = 30.0
PAST_MINUTES_SECONDS = 24 * 3600.0
WITHOUT_QUOTES_SECONDS = 180.0
"""Where bulk quotes cannot be had, each symbol's bars are fetched, less often."""
STUDY_SECONDS = 60.0
"""A study over all history does not follow every tick."""


@dataclass(frozen=True, eq=False)
class BarsRecord:
    """Validated bars as cached, with what validation rejected.

    Attributes:
        fetched_in: the listing's session, of the newest begun one, in which all of them were
            fetched; their newest bar may since have followed quotes. None when that is not known.
    """

    bars: Bars
    rejected: dict[str, int] = field(default_factory=dict)
    fetched_in: dt.date | None = None


@dataclass(frozen=True, eq=False)
class MinutesRecord:
    """Validated minutes as cached, with what validation rejected."""

    minutes: MinuteBars
    rejected: dict[str, int] = field(default_factory=dict)


CACHED_TYPES: dict[str, Any] = {
    "bars": BarsRecord,
    "minutes": MinutesRecord,
    "chain": OptionChain,
    "quarters": tuple[Quarter, ...],
    "market_values": tuple[MarketValue, ...],
    "rates": TreasuryYields,
    "events": tuple[Event, ...],
    "quotes": QuotesRecord,
}
"""What the cache may hold, by stored name: the codec reads back nothing else."""


@dataclass(frozen=True)
class InputRequest:
    """One thing to fetch, or to find in the cache."""

    dataset: str
    symbol: str
    optional: bool = False
    may_end: bool = False
    """Bars that end before the moment's session will do."""
    span: tuple[dt.date, dt.date] | None = None
    symbols: tuple[str, ...] = ()
    """What one request asks about together."""


class Fetcher:
    """Asks one source.

    Args:
        source: where the data comes from.
        archive: keeps the chains, and has those that the source no longer gives.
        clock: wall time, UTC.
        quotes: what keeps the newest bars fresh between two fetches of all bars; None where the
            source has none, or costs nothing to ask.

    Attributes:
        rejected: rows quarantined at all fetches since the start, by reason.
    """

    def __init__(
        self,
        source: Source,
        archive: Archive,
        clock: Callable[[], dt.datetime],
        quotes: BulkQuotes | None = None,
    ) -> None:
        self._source = source
        self._archive = archive
        self._clock = clock
        self._quotes = quotes
        self.rejected: Counter[str] = Counter()

    def fetch(
        self,
        request: InputRequest,
        moment: Moment,
        start: dt.date | None,
        upto: dt.date | None,
        cached: BarsRecord | None = None,
        so_far: Callable[[OptionChain], None] | None = None,
    ) -> Fetched[Any]:
        """Fetch what is wanted at a moment; ``start`` and ``upto`` are for daily bars.

        ``cached`` are bars from the same start that were fetched before, if any; ``so_far`` takes
        a chain's nearest expiries while the others come.

        Raises:
            HoldlineError: as the source.
        """
        source = self._source
        if request.dataset == "bars":
            return self._bars(request.symbol, start, upto, cached)
        if request.dataset == "minutes":
            return self._minutes(request.symbol, moment)
        if request.dataset == "chain":
            chain = self._chain(request.symbol, moment, so_far)
            return self._lasting(
                chain, CHAIN_SECONDS if source.capabilities.remote else LOCAL_CHAIN_SECONDS
            )
        if request.dataset == "quarters":
            quarters = source.quarters(request.symbol)
            second = bool(quarters) and bool(quarters[0].passed_over)
            return self._lasting(quarters, SECOND_CHOICE_SECONDS if second else QUARTERS_SECONDS)
        if request.dataset == "market_values":
            return self._lasting(source.market_values(request.symbols), MARKET_VALUE_SECONDS)
        if request.dataset == "rates":
            return self._lasting(source.rates(dt.date.fromisoformat(request.symbol)), RATES_SECONDS)
        events = source.agenda(*request.span) if request.span else source.events(request.symbol)
        return self._lasting(
            events, EVENTS_SECONDS if source.capabilities.remote else LOCAL_EVENTS_SECONDS
        )

    def _bars(
        self,
        symbol: str,
        start: dt.date | None,
        upto: dt.date | None,
        cached: BarsRecord | None,
    ) -> Fetched[Any]:
        """The cached bars with a newer quote as their newest bar; else all of them anew."""
        asked_at, pace = self._source.now(), STUDY_SECONDS if start is None else 0.0
        if self._quotes is not None and upto is None:
            self._quotes.follow(symbol)
            if cached is not None and cached.fetched_in == session_begun(cached.bars, asked_at):
                quoted = self._quoted(cached, self._quotes)
                if isinstance(quoted, Fetched):
                    return quoted
                pace = max(pace, quoted)
        clean, rejected = clean_bars(self._source.bars(symbol, start, upto))
        self.rejected.update(rejected)
        if self._quotes is not None and upto is None:
            clean = self._compared_with_quote(clean, cached, self._quotes)
        record = BarsRecord(clean, rejected, session_begun(clean, asked_at))
        usual = self._lasting_bars(record, self._price_seconds(clean))
        return replace(usual, soft_seconds=max(pace, usual.soft_seconds))

    def _compared_with_quote(
        self, bars: Bars, cached: BarsRecord | None, quotes: BulkQuotes
    ) -> Bars:
        """Bars just fetched, with what a quote adds to them and says against them.

        Cold bars are believed: a quote for each would be a call for each.

        Raises:
            SourceFailure: they are in another unit, or in other shares, than the bars of before,
                and neither a split nor the quote explains it.
        """
        times = None if cached is None else rebased(bars, cached.bars)
        if cached is None and not bars.no_previous:
            return bars
        got = quotes.newest(bars.symbol)
        quote = None if got is None else got.value.quote_of(bars.symbol)
        note = None if quote is None else unlike_quote(bars, quote)
        if times is not None and (quote is None or note is not None):
            raise SourceFailure(
                f"{self._source.name}'s prices of {bars.symbol} are {times:.3g} times those of "
                "before, and no split explains it."
            )
        if quote is None:
            return bars
        bars = with_quoted_previous(bars, quote)
        return bars if note is None else replace(bars, notes=(*bars.notes, note))

    def _quoted(self, cached: BarsRecord, quotes: BulkQuotes) -> Fetched[Any] | float:
        """The cached bars with their newest bar as quoted.

        Where the quote does not fit them, or there is none: how many seconds the bars that are
        then fetched should stand at least.
        """
        got = quotes.newest(cached.bars.symbol)
        quote = None if got is None else got.value.quote_of(cached.bars.symbol)
        if got is None or quote is None:
            return WITHOUT_QUOTES_SECONDS
        bars = with_running_bar(cached.bars, quote, self._source.now())
        if bars is None:
            # a false price is settled by one answer more; another previous close may stand all
            # day, and so may the last price of a thinly traded listing
            lasting = is_of_other_bars(cached.bars, quote) or quote.time <= bar_time(cached.bars)
            return WITHOUT_QUOTES_SECONDS if lasting else 0.0
        # until the quote is old, not until a whole pace from now: all symbols fall due together
        left = self._price_seconds(bars) - quotes.age_seconds(got)
        return self._lasting_bars(replace(cached, bars=bars), max(SPARE_SECONDS, left))

    def _lasting_bars(self, record: BarsRecord, soft_seconds: float) -> Fetched[Any]:
        """Served while they are refreshed behind, but not beyond the listing's next open."""
        usual = self._lasting(record, soft_seconds)
        now = self._source.now()
        opens = record.bars.listing.next_open(now)
        return replace(usual, hard_seconds=min(usual.hard_seconds, (opens - now).total_seconds()))

    def _minutes(self, symbol: str, moment: Moment) -> Fetched[Any]:
        listing, session = calendar_of(symbol), session_of_minutes(symbol, moment)
        raw = self._source.minutes(symbol, session)
        clean, rejected = clean_minutes(raw, session)
        self.rejected.update(rejected)
        over = listing.close(session) < self._source.now() and raw.last_complete
        pace = PAST_MINUTES_SECONDS if over else self._price_seconds()
        return self._lasting(MinutesRecord(clean, rejected), pace)

    def _chain(
        self, symbol: str, moment: Moment, so_far: Callable[[OptionChain], None] | None
    ) -> OptionChain:
        """The chain now, which is kept; or as recorded at the source, else as it was kept.

        After the close of a remote source's session its final chain stands, once it is kept: the
        source would print another one all night, with the quotes of a closed market.
        """
        source, archive = self._source, self._archive
        if moment.replayed and source.capabilities.chains_by_minute:
            return source.chain_at(symbol, moment.time)
        if source.capabilities.remote and moment.phase is not Phase.OPEN:
            final = archive.chain(symbol, moment.session, only_final=True)
            if final is not None:
                return final
        try:
            asked = None if moment.live else moment.session
            if so_far is not None and source.capabilities.chain_in_parts:
                chain = source.chain(symbol, asked, so_far)  # type: ignore[call-arg]
            else:
                chain = source.chain(symbol, asked)
        except NotAvailable:
            recorded = None if moment.live else archive.chain(symbol, moment.session)
            if recorded is None:
                raise
            return recorded
        if moment.live or source.capabilities.remote:
            archive.remember_chain(chain)
        return chain

    def _lasting(self, value: Any, soft_seconds: float) -> Fetched[Any]:
        hard_factor = HARD_FACTOR if self._source.capabilities.remote else 1
        return Fetched(value, soft_seconds, soft_seconds * hard_factor)

    def _price_seconds(self, bars: Bars | None = None) -> float:
        """How long prices stay fresh: the source's pace in session, else until the next open.

        Of a source on this machine all fall due together, or a table of thirty symbols would be
        made anew whenever one of them does.

        Where the provider left the newest finished session out, it is asked for again.

        The session is that of the bars' own exchange, or New York's.
        """
        now = self._source.now()
        pace = self._source.capabilities.refresh_seconds
        if not self._source.capabilities.remote:
            return pace - self._clock().timestamp() % pace
        calendar = sessions.new_york() if bars is None else bars.listing
        if calendar.phase_at(now) is Phase.OPEN:
            return pace
        session = calendar.current_session(now)
        if now < calendar.close(session) + SETTLES_IN:
            return max(pace, AFTER_CLOSE_SECONDS)
        until_open = (calendar.next_open(now) - now).total_seconds()
        lacks_newest = bars is not None and bars.last_session < session
        return max(pace, min(until_open, MISSING_BAR_SECONDS) if lacks_newest else until_open)
