"""Data health: the market's state, the age of what is shown, and what of the data path limps.

`report` says it in one list of checks, from what the desk and the feed know already; it asks
the source for nothing. The strip's button opens it; its badges are the panels' own words.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.feed import Feed
from analytics.model import sessions
from analytics.model.listings import VIX
from analytics.model.live import FeedState, Mode
from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from analytics.model.vocabulary import Freshness, HoldlineError, Moment, Phase, parse_symbol
from analytics.options.published_iv import IvAgreement
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from components.frame import exchange, formats, panels
from components.frame.attributes import attributes

NAME = "health"
STRIP_SYMBOLS = (DEFAULT_BENCHMARK, Symbol("QQQ"), Symbol(VIX))
"""What the status strip quotes: its prices' age is the health's."""

FEED_SILENT_SECONDS = 20.0
"""The feed publishes every five seconds at the least."""
TICK_SILENT = dt.timedelta(minutes=10)
MAX_REASONS = 6

_TROUBLE = (Freshness.STALE, Freshness.ERROR, Freshness.NO_DATA)


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        badge: None where none of the words applies.
        notes: what stands beneath in small: reasons and counts.
    """

    name: str
    badge: Freshness | None
    text: str
    notes: tuple[str, ...] = ()

    @property
    def trouble(self) -> bool:
        """Whether the strip's button counts it."""
        return self.badge in _TROUBLE


def report(desk: Desk, feed: Feed, symbol: str = DEFAULT_BENCHMARK) -> tuple[Check, ...]:
    """All checks at the present, whatever past date the page shows.

    Args:
        symbol: of the page on screen: its chain is reported too.
    """
    try:
        now = desk.source.now()
    except HoldlineError as error:
        clock = Check("Market", Freshness.ERROR, f"The source cannot tell its time: {error}")
        return (clock, *_requests(desk), *_storage(desk))
    chains = dict.fromkeys((str(DEFAULT_BENCHMARK), symbol))
    return (
        Check("Market", None, market_line(now)),
        _prices(desk, now),
        *(_chain(desk, symbol, now) for symbol in chains),
        _live(feed, now),
        *_requests(desk),
        _rejected(desk),
        *_storage(desk),
    )


def troubles(desk: Desk, feed: Feed) -> tuple[Check, ...]:
    """What limps beside the prices, whose own badge the strip shows."""
    checks = [*_requests(desk), *_storage(desk)]
    with contextlib.suppress(HoldlineError):  # without a clock the prices' badge says it
        checks.insert(0, _live(feed, desk.source.now()))
    return tuple(check for check in checks if check.trouble)


def market_line(now: dt.datetime) -> str:
    """``Open until 13:00 EST (half-day)``, ``Closed for Thanksgiving. Opens Fri ...``."""
    phase = sessions.phase_at(now)
    day = now.astimezone(sessions.NEW_YORK).date()
    if phase is Phase.OPEN:
        closes = sessions.session_close(day)
        left = formats.countdown((closes - now).total_seconds())
        return f"Open, {left} to the close at {formats.clock(closes)}{half_day(day)}."
    opens = sessions.next_open(now)
    left = formats.countdown((opens - now).total_seconds())
    if phase is Phase.PRE:
        return f"Pre-market, {left} to the open at {formats.clock(opens)}{half_day(day)}."
    why = sessions.closure(day)
    then = opens.astimezone(sessions.NEW_YORK).date()
    closed = f"Closed for {why}" if why else "Closed"
    if not why and now >= sessions.session_close(day):
        closed = f"Closed since {formats.clock(sessions.session_close(day))}{half_day(day)}"
    return f"{closed}. Next open {formats.moment(opens)}{half_day(then)}."


def half_day(session: dt.date) -> str:
    """`` (half-day)`` on a session that closes early, else nothing."""
    return " (half-day)" if sessions.is_half_day(session) else ""


def _ago(now: dt.datetime, time: dt.datetime) -> str:
    zone = sessions.NEW_YORK
    today = time.astimezone(zone).date() == now.astimezone(zone).date()
    text = formats.clock(time) if today else formats.moment(time)
    return f"{text}, {formats.age((now - time).total_seconds())} ago"


def _prices(desk: Desk, now: dt.datetime) -> Check:
    answer = desk.ask(WATCHLIST, WatchlistParameters(STRIP_SYMBOLS))
    origin = answer.provenance
    notes = [f"{symbol}: {why}" for symbol, why in origin.missing.items()]
    if origin.stale:
        notes.append(origin.stale)
    if answer.result is None or origin.bar_time is None:
        return Check("Prices", answer.freshness, answer.reason or "No prices.", tuple(notes))
    delay = f"; {origin.source} states {origin.delay_minutes} min of delay"
    text = f"Last price {_ago(now, origin.bar_time)}{delay if origin.delay_minutes else ''}."
    return Check("Prices", answer.freshness, text, tuple(notes))


def _chain(desk: Desk, symbol: str, now: dt.datetime) -> Check:
    name = f"{symbol} options"
    chain = desk.cached_chain(symbol)
    if chain is None:
        return Check(name, None, "Not asked for yet; the Options and Supports pages ask.")
    if chain.stale:
        badge = Freshness.STALE
    elif sessions.phase_at(now) is not Phase.OPEN:
        badge = Freshness.CLOSED
    else:
        badge = Freshness.DELAYED if desk.source.capabilities.delay_minutes else Freshness.LIVE
    of = formats.date(sessions.previous_session(chain.session))
    text = f"Chain of {_ago(now, chain.time)}; open interest of {of}, published once a day."
    counted = f"{formats.count(chain.contracts)} contracts from {chain.vendor}"
    beside = beside_published(chain.vendor, chain.agreement)
    return Check(name, badge, text, (counted, beside, *([chain.stale] if chain.stale else [])))


def beside_published(vendor: str, agreement: IvAgreement | None) -> str:
    """``Our IV lies 0.2 points above Cboe's (median of 612 contracts; typically 0.3 apart).``"""
    if agreement is None:
        return f"{vendor} prints too few implied volatilities to compare ours with."
    points = agreement.median_points
    side = "above" if points > 0 else "below"
    return (
        f"Our IV lies {abs(points):.2f} points {side} {vendor}\u2019s: median of "
        f"{formats.count(agreement.contracts)} contracts out of the money; "
        f"typically {agreement.typical_points:.2f} apart."
    )


def _live(feed: Feed, now: dt.datetime) -> Check:
    name = "Live feed"
    snapshot = feed.peek()
    state = snapshot.content.feed
    if not feed.exists:
        return Check(name, None, "This source has no live prices; open pages ask again.")
    if snapshot.sequence == 0:
        return Check(name, None, "It starts with the first viewer.")
    if feed.age_seconds > FEED_SILENT_SECONDS:
        text = f"Nothing was published for {formats.age(feed.age_seconds)}."
        return Check(name, Freshness.STALE, text, _feed_notes(state))
    tick = state.last_tick
    mode, speed = state.mode, snapshot.content.speed
    last = f"last tick {_ago(now, tick)}" if tick else "no tick yet"
    connected = state.connected
    silent = f"The stream {'brings no price' if connected else 'does not answer'}: "
    silent = silent if feed.streams else ""
    badge, text = {
        Mode.STREAM: (Freshness.LIVE, f"Streaming {state.followed} symbols, {last}."),
        Mode.POLLED: (
            Freshness.DELAYED,
            f"{silent}{state.followed} symbols are polled, {last}.",
        ),
        Mode.IDLE: (Freshness.CLOSED, f"At rest while the market is closed, {last}."),
    }.get(mode, (None, "Connecting."))
    running = speed != 0 and sessions.phase_at(now) is Phase.OPEN
    if mode is Mode.CONNECTING and state.error:
        away = "No price can be used" if connected else "Not connected"
        badge, text = Freshness.ERROR, f"{away}, {last}."
    elif mode is Mode.STREAM and running and tick and now - tick > TICK_SILENT * (speed or 1):
        badge = Freshness.STALE
    if speed is not None:
        text += " The simulated market is paused." if speed == 0 else f" Simulated at {speed:g}×."
    return Check(name, badge, text, _feed_notes(state))


def _feed_notes(state: FeedState) -> tuple[str, ...]:
    counts = (
        f"{state.reconnects} reconnects, {state.garbage} unreadable frames, {state.polls} polls"
    )
    notes = [counts, *(f"{n} quotes left out: {why}" for why, n in sorted(state.dropped.items()))]
    if state.error:
        notes.append(f"Last fault: {state.error}")
    missing = [f"{symbol}: {why}" for symbol, why in state.missing.items()]
    more = len(missing) - MAX_REASONS
    return (*notes, *missing[:MAX_REASONS], *([f"and {more} more"] if more > 0 else []))


def _requests(desk: Desk) -> tuple[Check, ...]:
    """How requests to each provider went."""
    checks = []
    for provider in desk.source.parts:
        name, able = f"Requests to {provider.name}", provider.capabilities
        if not able.remote:
            where = "made by this program" if able.simulated else "read from this machine"
            checks.append(Check(name, None, f"None: its data is {where}."))
        elif provider.breaker is None:
            checks.append(Check(name, None, "Not counted."))
        else:
            counts = ", ".join(f"{n} {how}" for how, n in provider.breaker.outcomes.items())
            why = provider.breaker.status or provider.status
            word = Freshness.ERROR if why else None
            checks.append(Check(name, word, why or "Answering.", (counts,)))
    return tuple(checks)


def _rejected(desk: Desk) -> Check:
    rejected = desk.rejected_rows
    total = sum(rejected.values())
    text = f"{formats.count(total)} since the start." if total else "None since the start."
    ranked = sorted(rejected.items(), key=lambda item: -item[1])
    return Check("Rows rejected", None, text, tuple(f"{n}: {why}" for why, n in ranked))


def _storage(desk: Desk) -> tuple[Check, Check]:
    looked = ", ".join(f"{n} {how}" for how, n in desk.cache.lookups.items())
    cache, store = desk.cache.status, desk.store_status().reason
    return (
        Check("Cache", Freshness.ERROR if cache else None, cache or "Working.", (looked,)),
        Check("Store", Freshness.ERROR if store else None, store or "Working."),
    )


def badge(word: Freshness, text: str = "") -> Component:
    """The panels' badge; ``text`` where it says more than the word."""
    kind = word.value.lower().replace(" ", "-")
    return html.Span(text or word.value, className=f"badge badge-{kind}")


def opener(shown: Mapping[str, str], limping: tuple[Check, ...]) -> Component:
    """The strip's button: the prices' badge, and how many other things need a look."""
    count = len(limping)
    more = f": {count} {'thing needs' if count == 1 else 'things need'} a look" if count else ""
    about = "; ".join(f"{check.name}: {check.text}" for check in limping)
    return html.Button(
        [
            badge(Freshness(shown["freshness"]), shown["text"]),
            html.Span(f"Data health{more}", className="is-error" if count else ""),
        ],
        type="button",
        className="health-open",
        title=about or "Market state, age of each data set, feed, cache",
        **attributes(data_open="health", aria_haspopup="dialog"),
    )


def dialog() -> Component:
    """The details panel, and the one region that tells screen readers of a change."""
    return html.Div(
        [
            html.P(
                id="health-said",
                className="sr-only",
                role="status",
                **attributes(aria_live="polite"),
            ),
            html.Dialog(
                [
                    html.Header(
                        [
                            html.H2("Data health", id="health-title"),
                            html.Button("Close", type="button", **attributes(data_close="health")),
                        ]
                    ),
                    html.Div("Looking …", id="health-body"),
                ],
                id="health",
                **attributes(aria_labelledby="health-title"),
            ),
        ]
    )


def register(app: Dash, desk: Desk, feed: Feed) -> None:
    """Fill the panel each time the browser asks, which it does while the panel is open."""

    def answer(asked: dict[str, Any]) -> Any:
        return panels.plain(_table(report(desk, feed, _symbol(asked.get("symbol")))))

    exchange.register(app, NAME, answer)


def _symbol(text: object) -> str:
    """The page's symbol, which is client data; the benchmark in place of a malformed one."""
    try:
        return parse_symbol(text)
    except HoldlineError:
        return DEFAULT_BENCHMARK


def _table(checks: tuple[Check, ...]) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(check.name, scope="row"),
                html.Td(badge(check.badge) if check.badge else ""),
                html.Td([check.text, *(html.Small(note) for note in check.notes)]),
            ]
        )
        for check in checks
    ]
    return html.Table(html.Tbody(rows))


def phase_line(moment: Moment) -> list[Any]:
    """``Open 2 h 10 min to the close``: the strip's words; health.mjs counts the time down."""
    if moment.replayed:
        to_close = formats.duration(sessions.minutes_to_close(moment.time) or 0)
        return [html.B("Replay"), f" {to_close} to the close"]
    if not moment.live:  # the banner beside it says of which day
        return [html.B("Past close")]
    now = moment.time
    day = now.astimezone(sessions.NEW_YORK).date()
    clock = html.Span(formats.moment(now), **attributes(data_now=now.isoformat()))
    if moment.phase is Phase.OPEN:
        return [html.B("Open"), _left(now, sessions.session_close(day), "close"), clock]
    opens = sessions.next_open(now)
    if moment.phase is Phase.PRE:
        return [html.B("Pre-market"), _left(now, opens, "open"), clock]
    why = sessions.closure(day)
    then = opens.astimezone(sessions.NEW_YORK).date()
    closed = f" for {why}" if why else half_day(day)
    return [
        html.B("Closed"),
        html.Span(f"{closed} next open {formats.moment(opens)}{half_day(then)}".lstrip()),
        clock,
    ]


def _left(now: dt.datetime, until: dt.datetime, to: str) -> Component:
    """The countdown to the close or the open."""
    session = until.astimezone(sessions.NEW_YORK).date()
    left = html.Span(
        formats.countdown((until - now).total_seconds()),
        **attributes(data_until=until.isoformat()),
    )
    return html.Span([left, f" to the {to}{half_day(session)}"])
