"""Yesterday's options lean against today's move, and how often such a lean was wrong.

The lean of a session is its short-term call share as it was kept: bullish above 50%, bearish
below. Such leans are those at least as far on the same side; against the lean is a next session
that fell after a bullish one, or rose after a bearish one. The kept history decides nothing under
30 such leans.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np

from analytics.indicators.block_shuffle import (
    MEAN_BLOCK_SESSIONS,
    PATHS,
    chance_of,
    shuffle_rows,
)
from analytics.model.absences import BRING_HISTORY
from analytics.model.access import Offer, Plan
from analytics.model.percents import share_text
from analytics.model.phrases import Figure, Phrase, plain
from analytics.model.question import Answer, Inputs, Needs, Question, Symbol
from analytics.model.sessions import previous_session
from analytics.model.vocabulary import Bars, Moment, NotAvailable
from analytics.options.buckets import SHORT
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.sentiment import CALL_SHARE

P = TypeVar("P")
R = TypeVar("R")

NAME = "options-surprise"
MIN_LEANS = 30
EVEN_PCT = 50.0
MINUS = "\u2212"


@dataclass(frozen=True)
class OptionsSurpriseParameters:
    """Which underlying.

    Attributes:
        share_bp: short-term call share of the session before, hundredths of a percent, for a
            chain that the source still has though its figures were not kept; None: as kept.
    """

    symbol: Symbol
    share_bp: int | None = None


@dataclass(frozen=True)
class OptionsSurprise:
    """A lean and the session after it.

    Attributes:
        leaned_on: the session of the lean; ``share_pct`` its short-term call share, kept then.
        session: the one after; ``move_pct`` its change, so far while ``provisional``.
        against: the move went against the lean.
        leans: kept earlier sessions at least as far on the same side that have a next session.
        went_against: how many of these next sessions went against the lean.
        rate_pct, chance_pct: of those, and of the next sessions of all kept sessions; None under
            30 leans.
        p_value: how often a rate lies as far from chance when the next sessions are put in
            another order, in blocks; None under 30 leans.
        kept: sessions kept that have a next one.
        since: the first of them.
    """

    symbol: str
    leaned_on: dt.date
    share_pct: float
    session: dt.date
    move_pct: float
    provisional: bool
    against: bool
    lean: Literal["bullish", "bearish"]
    leans: int
    went_against: int
    rate_pct: float | None
    chance_pct: float | None
    p_value: float | None
    kept: int
    since: dt.date | None

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The sentence of the page and of the preview."""
        fell = "fell" if self.lean == "bullish" else "rose"
        bound = "or more" if self.lean == "bullish" else "or less"
        move = f"{MINUS if self.move_pct < 0 else '+'}{abs(self.move_pct):.1f}%"
        head: tuple[Phrase, ...] = (
            f"{self.symbol}'s short-term options volume: ",
            _figure(self.share_pct, share_text(self.share_pct, 0), "percent", "call-share"),
            " in calls on ",
            _figure(self.leaned_on.isoformat(), _day(self.leaned_on), "date", "session"),
            ", then ",
            _figure(self.move_pct, move, "percent", "traded-close"),
            f" on {'the session so far, ' if self.provisional else ''}",
            _figure(self.session.isoformat(), _day(self.session), "date", "session"),
        )
        count = _figure(float(self.leans), str(self.leans), "count", "options-lean")
        if self.rate_pct is None or self.chance_pct is None:
            needed = _figure(float(MIN_LEANS), str(MIN_LEANS), "count", "options-lean")
            return (
                *head,
                ": how often such a lean was wrong is n/a (",
                count,
                " such leans kept, needs ",
                needed,
                ").",
            )
        return (
            *head,
            ": of ",
            count,
            " such leans (",
            _figure(self.share_pct, share_text(self.share_pct, 0), "percent", "options-lean"),
            f" {bound}) the next session {fell} ",
            _figure(float(self.went_against), str(self.went_against), "count", "options-lean"),
            " times (",
            _figure(self.rate_pct, share_text(self.rate_pct, 0), "percent", "options-lean"),
            "), chance ",
            _figure(self.chance_pct, share_text(self.chance_pct, 0), "percent", "options-lean"),
            ".",
        )

    @property
    def text(self) -> str:
        """As it reads."""
        return plain(self.phrases)


def _figure(value: float | str, text: str, unit: str, definition: str) -> Figure:
    return Figure(value, text, unit, definition, NAME)


def _day(day: dt.date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _needs(parameters: OptionsSurpriseParameters, moment: Moment) -> Needs:
    return Needs(bars=(parameters.symbol,), history=((OPTIONS_NAME, parameters.symbol),))


def _compute(parameters: OptionsSurpriseParameters, inputs: Inputs) -> OptionsSurprise:
    symbol = parameters.symbol
    bars = inputs.require_bars(symbol)
    shares = {
        row.session: share
        for row in inputs.history.get((OPTIONS_NAME, symbol), ())
        if row.definition == DEFINITION
        and (share := row.figures.get("short_call_share")) is not None
    }
    session = bars.last_session
    leaned_on = bars.listing.previous_session(session)
    if parameters.share_bp is not None:
        shares.setdefault(leaned_on, parameters.share_bp / 100)
    if leaned_on not in shares:
        raise NotAvailable(
            f"No option chain of {symbol} is recorded of {_day(leaned_on)}: {BRING_HISTORY}."
        )
    if not bars.follows[-1]:
        raise NotAvailable(f"{symbol} has no close of {_day(leaned_on)}.")
    share = shares[leaned_on]
    days, leans, moves = _followed(bars, shares)
    move = float(bars.close[-1] / bars.close[-2] - 1) * 100
    bullish = share > EVEN_PCT
    such = leans >= share if bullish else leans <= share
    against = moves < 0 if bullish else moves > 0
    n, wrong = int(such.sum()), int((such & against).sum())
    enough = n >= MIN_LEANS
    return OptionsSurprise(
        symbol=symbol,
        leaned_on=leaned_on,
        share_pct=share,
        session=session,
        move_pct=move,
        provisional=not bars.last_complete,
        against=move < 0 if bullish else move > 0,
        lean="bullish" if bullish else "bearish",
        leans=n,
        went_against=wrong,
        rate_pct=wrong / n * 100 if enough else None,
        chance_pct=float(against.mean()) * 100 if enough else None,
        p_value=_p_value(such, against) if enough else None,
        kept=len(days),
        since=days[0] if days else None,
    )


def _followed(
    bars: Bars, shares: dict[dt.date, float]
) -> tuple[list[dt.date], np.ndarray, np.ndarray]:
    """Kept sessions before the last lean that have a next one: their shares and next returns."""
    days, leans, moves = [], [], []
    listed = bars.sessions.astype("datetime64[D]").tolist()
    for t in range(1, len(listed) - 1):
        day = listed[t - 1]
        if day in shares and bars.follows[t]:
            days.append(day)
            leans.append(shares[day])
            moves.append(float(bars.close[t] / bars.close[t - 1] - 1))
    return days, np.array(leans, dtype=float), np.array(moves, dtype=float)


def _p_value(such: np.ndarray, against: np.ndarray) -> float | None:
    """How often the rate lies as far from chance when the sessions are in another order."""
    rates = [
        float(against[drawn][such].mean())
        for drawn in shuffle_rows(len(against), PATHS, MEAN_BLOCK_SESSIONS)
    ]
    chance = chance_of(float(against[such].mean()), np.asarray(rates))
    return None if chance is None else chance.p_value


class Asks(Protocol):
    """The desk, as far as `ask_surprise` needs it."""

    def ask(
        self, question: Question[P, R], parameters: P, as_of: dt.date | None = None
    ) -> Answer[R]:
        """Answer one question."""
        ...


def ask_surprise(
    desk: Asks, symbol: Symbol, as_of: dt.date | None = None
) -> Answer[OptionsSurprise]:
    """The surprise; a lean that was not kept is that of the session's chain, if there is one."""
    answer = desk.ask(OPTIONS_SURPRISE, OptionsSurpriseParameters(symbol), as_of)
    if answer.result is not None:
        return answer
    before = previous_session(answer.moment.session)
    options = desk.ask(OPTIONS, OptionsParameters(symbol), before).result
    share = None if options is None else options.bullish_share[SHORT][CALL_SHARE].share_pct
    if share is None:
        return answer
    given = OptionsSurpriseParameters(symbol, round(share * 100))
    return desk.ask(OPTIONS_SURPRISE, given, as_of)


OPTIONS_SURPRISE = Question(
    name=NAME,
    about="yesterday's options lean against today's move, and how often such a lean was wrong",
    parameters=OptionsSurpriseParameters,
    result=OptionsSurprise,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Did the options lean the wrong way?",
        "yesterday's lean against today's move, and how often such a lean was wrong",
    ),
)
