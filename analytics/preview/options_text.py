"""Options levels of a few symbols in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from analytics.model.question import Answer
from analytics.options.buckets import SHORT
from analytics.options.levels import ExpectedMove
from analytics.options.max_pain import MaxPain
from analytics.options.sentiment import CALL_SHARE, QUOTE, RESIDUAL, MethodShare
from analytics.options.surprise import NAME
from analytics.options.view import OptionsView
from analytics.preview.model import Answers, Section, Sentence
from analytics.preview.writing import Cite, Draft, long_day, names, referred, say, section, words

_OTHER_METHODS = ((QUOTE, "quote-method"), (RESIDUAL, "residual-method"))


def options_section(answers: Answers) -> Section | None:
    """Levels of each symbol that has a chain; the others named together."""
    return section("options", "Options", _options(answers))


def options_cite(answer: Answer[OptionsView], view: OptionsView) -> Cite:
    """References to the options page of the view's symbol."""
    return Cite(answer, "/options", symbol=view.symbol)


def _options(answers: Answers) -> Iterator[Sentence | None]:
    calendar = answers.calendar.result if answers.calendar is not None else None
    end = calendar.end if calendar is not None else None
    absent: list[str] = []
    for symbol, answer in answers.options.items():
        if answer.result is None:
            absent.append(symbol)
        else:
            yield from _symbol(answer.result, options_cite(answer, answer.result), end)
    for symbol, surprise in answers.surprises.items():
        if surprise.result is not None and surprise.result.against:
            cite = Cite(surprise, "/options", symbol=symbol)
            yield referred(surprise.result.phrases, {NAME: cite})
    if absent:
        day = long_day(answers.moment.session)
        yield words(f"No option chain of {names(absent)} is at hand for {day}: no levels of them.")


def _symbol(view: OptionsView, cite: Cite, end: dt.date | None) -> Iterator[Sentence | None]:
    yield _bullish(view, cite)
    yield _walls(view, cite)
    yield _flip(view, cite)
    yield _expected(view, cite, end)


def _bullish(view: OptionsView, cite: Cite) -> Sentence | None:
    methods = view.bullish_share.get(SHORT, {})
    headline = methods.get(CALL_SHARE)
    if headline is None:
        return None
    return say(
        f"{view.symbol}: ",
        cite.number(headline.share_pct, "call-share", "percent", 1, suffix="%"),
        " of the option volume up to ",
        cite.number(view.short_days, "expiry-bucket", "days", 0),
        " days out is in calls",
        *_beside(methods, cite),
        ".",
    )


def _beside(methods: Mapping[str, MethodShare], cite: Cite) -> list[Draft]:
    """What the two other methods say of how much volume; those without a share are left out."""

    def percent(value: float | None, key: str) -> Draft:
        return cite.number(value, key, "percent", 1, suffix="%")

    parts: list[Draft] = []
    for name, key in _OTHER_METHODS:
        method = methods.get(name)
        if method is None or method.share_pct is None:
            continue
        parts += [", by the " if parts else "; bullish by the ", f"{name} method "]
        parts += [percent(method.share_pct, key), " ("]
        parts += [percent(method.coverage_pct, key), " classified)"]
    return parts


def _walls(view: OptionsView, cite: Cite) -> Sentence | None:
    levels = view.levels
    call = cite.price(levels.call_wall.strike, "call-wall")
    put = cite.price(levels.put_wall.strike, "put-wall")
    if call is not None and levels.call_wall.strike == levels.put_wall.strike:
        walls: list[Draft] = [f"{view.symbol}'s call wall and put wall are both at ", call]
    else:
        walls = [f"{view.symbol}'s call wall is at ", call, ", its put wall at ", put]
    return say(
        *walls,
        f", with {view.symbol} at ",
        cite.price(view.spot, "traded-close"),
        " when the options were quoted.",
    )


def _flip(view: OptionsView, cite: Cite) -> Sentence | None:
    flip = view.levels.gamma_flip.nearest
    if flip is None:
        return None
    side = "above" if view.spot >= flip else "below"
    several = len(view.levels.gamma_flip.all)
    nearest: list[Draft] = []
    if several > 1:
        nearest = [", the nearest of ", cite.number(several, "gamma-flip", "count", 0)]
    at = cite.price(flip, "gamma-flip")
    return say(f"{view.symbol} trades {side} its gamma flip at ", at, *nearest, ".")


def _expected(view: OptionsView, cite: Cite, end: dt.date | None) -> Sentence | None:
    move = week_move(view.levels.expected_move, end)
    if move is None:
        return None
    pain = _max_pain(view.levels.max_pain, move.expiry)
    parts: list[Draft] = [
        "To ",
        cite.day(move.expiry, "options-expiry"),
        f" {view.symbol}'s options price a move of ",
        cite.number(move.sigma_pct, "expected-move", "percent", suffix="%"),
        " either way, one standard deviation of implied volatility",
        *_straddle(move, cite),
        ", ",
        cite.price(move.low, "expected-move"),
        " to ",
        cite.price(move.high, "expected-move"),
    ]
    if pain is not None:
        parts += [", with max pain at ", cite.price(pain, "max-pain")]
    return say(*parts, ".")


def _straddle(move: ExpectedMove, cite: Cite) -> list[Draft]:
    """What the at-the-money straddle costs, beside the move by implied volatility."""
    cost = cite.pct(move.straddle_pct, "expected-move", sign=False)
    return [" (by the straddle ", cost, ")"] if cost is not None else []


def week_move(moves: Sequence[ExpectedMove], end: dt.date | None) -> ExpectedMove | None:
    """The move to the last expiry of the days ahead; without one, to the nearest that is left."""
    priced = [move for move in moves if move.sigma_pct is not None and move.days > 0]
    ahead = [move for move in priced if end is not None and move.expiry <= end]
    if ahead:
        return ahead[-1]
    return priced[0] if priced else None


def _max_pain(pains: Sequence[MaxPain], expiry: dt.date) -> float | None:
    return next((pain.strike for pain in pains if pain.expiry == expiry), None)
