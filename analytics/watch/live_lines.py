"""One symbol's live line: its price with its averages, and levels asked for, and their statuses.

Levels, statuses and headline supports are those of `analytics.studies.supports` and
`analytics.model.status`; only the running sums of the session baseline stand in for the bars.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from analytics.indicators.series import ATR_SESSIONS
from analytics.model.levels import LevelId
from analytics.model.live import LiveLevel, LiveQuote
from analytics.model.plausibility import is_same_close
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Quote
from analytics.studies.supports.levels import Level, PriceContext, make_level
from analytics.studies.supports.supports import headline_supports
from analytics.watch.session_baseline import SessionBaseline, SessionBaselines

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class LiveLine:
    """What viewers see of one symbol.

    Attributes:
        change_pct: from the previous close; None where that is in doubt.
        final: the session is over and ``price`` its close: the statuses are decided.
        levels: highest first; before the open without a status.
        support, next_support: the headline levels, or None.
        previous_close: that the change is measured from, and the levels' own.
        withheld: why there are no levels, or None.
        quotation: how its prices are written.
    """

    quote: Quote
    change_pct: float | None
    final: bool
    levels: tuple[Level, ...]
    support: LevelId | None
    next_support: LevelId | None
    previous_close: float | None = None
    withheld: str | None = None
    quotation: Quotation = DOLLARS


def evaluate(baseline: SessionBaseline, quote: Quote, final: bool) -> LiveLine:
    """The line of ``quote``, whose open, high and low are the session's so far."""
    context = _price_context(baseline, quote, final)
    levels = []
    for average in baseline.averages:
        record = average.session_level if quote.pre_market else average.through(quote.price)
        if record is None:
            continue
        known = None if quote.pre_market else average.session_level
        levels.append(make_level(average.id, record, known, context))
    levels += _named(baseline, quote, context)
    levels.sort(key=lambda level: -level.price)
    # before the open the support in focus is the one below the previous close
    focus = context if not quote.pre_market else replace(context, price=baseline.previous_close)
    support, following = headline_supports(levels, focus)
    return LiveLine(
        quote=quote,
        change_pct=(quote.price / baseline.previous_close - 1.0) * 100.0,
        final=final,
        levels=tuple(levels),
        support=support.id if support else None,
        next_support=following.id if following else None,
        previous_close=baseline.previous_close,
        quotation=baseline.quotation,
    )


def _named(baseline: SessionBaseline, quote: Quote, context: PriceContext) -> Iterator[Level]:
    """The levels that were asked for: fixed all day; after the close those of the next session."""
    following = {one.id: one.price for one in baseline.named_next} if context.final else {}
    for named in baseline.named:
        if named.price is not None:
            known = None if quote.pre_market else named.price
            through = following.get(named.id) or named.price
            made = make_level(named.id, through, known, context)
            yield replace(made, if_closed_here=None)


def with_named(line: LiveQuote, baseline: SessionBaseline) -> LiveQuote:
    """A quote with the named levels of its session; as it is where it was held against other bars.

    Args:
        line: of the baseline's symbol and session.
    """
    before = line.previous_close
    if line.withheld or before is None or not is_same_close(before, baseline.previous_close):
        return line
    quote = Quote(
        baseline.symbol,
        line.price,
        line.time,
        open=line.open,
        high=line.high,
        low=line.low,
        pre_market=line.pre,
    )
    named = live_quote(evaluate(replace(baseline, averages=()), quote, line.final)).levels
    return msgspec.structs.replace(line, levels={**line.levels, **named})


def without_levels(
    baseline: SessionBaseline, quote: Quote, previous_close: float | None, final: bool, why: str
) -> LiveLine:
    """The line of a quote that must not be compared with its bars.

    Args:
        previous_close: as the quotes state it; None where even that is in doubt.
        why: shown in the levels' place.
    """
    change = None if previous_close is None else (quote.price / previous_close - 1.0) * 100.0
    return LiveLine(quote, change, final, (), None, None, previous_close, why, baseline.quotation)


def _price_context(baseline: SessionBaseline, quote: Quote, final: bool) -> PriceContext:
    return PriceContext(
        price=quote.price,
        previous_close=baseline.previous_close,
        open=_NAN if quote.open is None else quote.open,
        low=_NAN if quote.low is None else quote.low,
        final=final,
        atr=_atr_through(baseline, quote),
        atr_before=baseline.atr_before,
        sigma=None,
    )


def _atr_through(baseline: SessionBaseline, quote: Quote) -> float | None:
    """ATR14 with the session's range so far: one more step of Wilder's smoothing."""
    if baseline.atr_before is None or quote.high is None or quote.low is None:
        return baseline.atr_before
    highest = max(quote.high, baseline.previous_close)
    lowest = min(quote.low, baseline.previous_close)
    return baseline.atr_before + (highest - lowest - baseline.atr_before) / ATR_SESSIONS


def bar_quotes(baselines: SessionBaselines) -> dict[str, LiveQuote]:
    """Symbol -> the live quote of its session's bar so far, as the feed would write it."""
    return {
        one.symbol: live_quote(evaluate(one, one.bar, one.complete))
        for one in baselines.baselines
        if one.bar is not None
    }


def live_quote(line: LiveLine) -> LiveQuote:
    """A line as viewers and observers get it."""
    quote = line.quote
    return LiveQuote(
        price=quote.price,
        time=quote.time,
        change_pct=line.change_pct,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        volume=quote.volume,
        pre=quote.pre_market,
        final=line.final,
        previous_close=line.previous_close,
        withheld=line.withheld,
        support=line.support.name if line.support else None,
        next_support=line.next_support.name if line.next_support else None,
        levels={level.name: _level(level) for level in line.levels},
        decimals=line.quotation.decimals,
        unit=line.quotation.unit,
        prefix=line.quotation.prefix,
        suffix=line.quotation.suffix,
    )


def _level(level: Level) -> LiveLevel:
    return LiveLevel(
        price=level.price,
        session_level=level.session_level,
        distance_pct=level.distance_pct,
        distance_atr=_finite(level.distance_atr),
        status=level.status,
        gap_down=level.gap_down,
        close_needed=level.close_needed,
        if_closed_here=level.if_closed_here,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
