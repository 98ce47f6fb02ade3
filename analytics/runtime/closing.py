"""Closing of a session: its calls are scored, its logs mended by their minutes."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection

from analytics.desk.desk import Desk
from analytics.desk.proof_of_close import has_closed
from analytics.model import sessions
from analytics.model.level_calls import LevelCall
from analytics.model.question import Needs
from analytics.model.vocabulary import Bars, HoldlineError, MinuteBars
from analytics.watch.mending import mended
from analytics.watch.scoring import restated, score
from analytics.watch.session_baseline import baseline_of

log = logging.getLogger(__name__)


def score_pending(
    desk: Desk, leave: Collection[tuple[dt.date, str]] = ()
) -> set[tuple[dt.date, str]]:
    """Score the calls whose session is final, of this day and of days nobody watched.

    The log of their session is mended by its one-minute bars, where the source has them.

    Args:
        leave: (session, symbol) not to look at.

    Returns:
        The (session, symbol) whose calls stay open for want of a final bar.
    """
    now = desk.source.now()
    waiting: dict[tuple[dt.date, str], list[LevelCall]] = {}
    for call in desk.archive.calls(sessions.current_session(now), unscored=True):
        if desk.archive.is_final(call.session):
            waiting.setdefault((call.session, call.symbol), []).append(call)
    failed = set()
    for key, calls in waiting.items():
        session, symbol = key
        if key in leave:
            continue
        try:
            desk.forget_bars((symbol,), session)
            inputs = desk.inputs(Needs(bars=(symbol,), minutes=(symbol,)), session)
            bars, minutes = inputs.bars.get(symbol), inputs.minutes.get(symbol)
            if bars is not None and not has_closed(desk, bars, session):
                log.info("the clock says that %s is over, and no price does", session)
                failed.add(key)
                continue
        except HoldlineError as error:
            log.info("the calls of %s stay open: %s", session, error)
            failed.add(key)
            continue
        scored = [
            done
            for call in calls
            if bars is not None and (done := score(call, bars, now)) is not None
        ]
        if bars is not None and minutes is not None:
            _mend_log(desk, calls, bars, minutes)
        if not scored or not desk.archive.score(scored):
            failed.add(key)
    return failed


def _mend_log(desk: Desk, calls: list[LevelCall], bars: Bars, minutes: MinuteBars) -> None:
    """Have the durable log of a symbol's session say what its minutes say."""
    session, symbol = minutes.session, minutes.symbol
    baseline = baseline_of(bars, session)
    if baseline is None or not any(call.watched_until for call in calls):
        return  # of a day that nobody watched nothing is written
    known = [call for one in calls if (call := restated(one, baseline)) is not None]
    written = desk.archive.events(session, symbol)
    lines = mended(known, written, minutes, baseline)
    if lines is None:
        log.info("the minutes of %s on %s do not cover the session", symbol, session)
        return
    if lines != written:
        taken_out, added = set(written) - set(lines), set(lines) - set(written)
        log.info(
            "log of %s on %s mended by its minutes: %d lines out, %d in",
            symbol,
            session,
            len(taken_out),
            len(added),
        )
        if not desk.archive.replace_log(session, symbol, lines):
            return
    desk.archive.watched(session, {symbol: baseline.listing.close(session)})
