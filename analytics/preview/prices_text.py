"""Price action and supports in sentences that follow what the session did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics.model.question import Answer
from analytics.model.status import Status
from analytics.preview.model import Answers, Part, Section, Sentence
from analytics.preview.writing import (
    Cite,
    Draft,
    listed,
    moved,
    name_in_prose,
    names,
    referred,
    say,
    section,
    words,
)
from analytics.studies.hold.study import HoldStudy
from analytics.studies.sectors.sectors import Sectors
from analytics.studies.supports.finding import (
    Finding,
    Outcome,
    decided_distance_pct,
    decided_price,
    find,
)
from analytics.studies.supports.how_likely import PRICED, STUDY, how_likely, level_in_question
from analytics.studies.supports.levels import Level
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder
from analytics.studies.supports.watchlist import Watchlist, WatchlistRow

WEEK_SESSIONS = 5


def action_section(answers: Answers) -> Section | None:
    """What prices did this session and over five."""
    return section("action", "Price action", _action(answers))


def _action(answers: Answers) -> Iterator[Sentence | None]:
    answer = answers.watchlist
    if answer is not None and answer.result is not None and answer.result.rows:
        yield from _watchlist(answer.result, answer)
    shown = {row.symbol for row in _rows(answer)}
    yield _others([one for s, one in answers.supports.items() if s not in shown])
    if answers.sectors is not None and answers.sectors.result is not None:
        yield from _sectors(answers.sectors.result, answers.sectors)


def _rows(answer: Answer[Watchlist] | None) -> tuple[WatchlistRow, ...]:
    return answer.result.rows if answer is not None and answer.result is not None else ()


def _watchlist(result: Watchlist, answer: Answer[Watchlist]) -> Iterator[Sentence | None]:
    first, *others = result.rows
    cite = Cite(answer, "/")
    yield _leader(first, cite)
    yield _week(first, cite)
    moves = listed(_move(row, cite) for row in others)
    yield say(*moves, ".") if moves else None


def _leader(row: WatchlistRow, cite: Cite) -> Sentence | None:
    verb = "trades at" if row.provisional else "closed at"
    change, price = row.change_pct, cite.price(row.price, "traded-close", row.quotation)
    if change is None:
        return say(f"{row.symbol} {verb} ", price, ".")
    direction = "down" if change < 0 else "up"
    return say(
        f"{row.symbol} {verb} ",
        price,
        f", {direction} ",
        cite.size(change, "traded-close"),
        " so far in the session." if row.provisional else " on the session.",
    )


def _week(row: WatchlistRow, cite: Cite) -> Sentence | None:
    if len(row.spark) <= WEEK_SESSIONS:
        return None
    change = (row.spark[-1] / row.spark[-1 - WEEK_SESSIONS] - 1) * 100
    verb = "gained" if change > 0 else "lost"
    if row.provisional:
        verb = f"has {verb}"
    return say(f"Over five sessions it {verb} ", cite.size(change, "traded-close"), ".")


def _move(row: WatchlistRow | SupportLadder, cite: Cite) -> Sequence[Draft]:
    """``QQQ fell 2.91% to 514.21``."""
    symbol, change, provisional = row.symbol, row.change_pct, row.provisional
    if change is None:
        return (None,)
    price = cite.price(row.price, "traded-close", row.quotation)
    if abs(change) < 0.005:
        return (f"{name_in_prose(symbol)} {moved(change, provisional)} at ", price)
    return (
        f"{name_in_prose(symbol)} {moved(change, provisional)} ",
        cite.size(change, "traded-close"),
        " at " if provisional else " to ",
        price,
    )


def _others(answers: Sequence[Answer[SupportLadder]]) -> Sentence | None:
    moves = listed(
        _move(ladder, ladder_cite(one)) for one in answers if (ladder := one.result) is not None
    )
    return say(*moves, ".") if moves else None


def _sectors(result: Sectors, answer: Answer[Sectors]) -> Iterator[Sentence | None]:
    cite = Cite(answer, "/sectors")
    ranked = sorted(
        (row for row in result.rows if row.return_pct is not None),
        key=lambda row: (-(row.return_pct or 0.0), row.symbol),
    )
    if len(ranked) > 1:
        best, worst = ranked[0], ranked[-1]
        yield say(
            "Of the ",
            cite.number(len(ranked), "breadth", "count", 0),
            f" sectors {best.name} ({best.symbol}, ",
            cite.pct(best.return_pct, "traded-close"),
            f") did best and {worst.name} ({worst.symbol}, ",
            cite.pct(worst.return_pct, "traded-close"),
            ") worst.",
        )
    if result.with_50:
        yield say(
            cite.number(result.above_50, "breadth", "count", 0),
            " of ",
            cite.number(result.with_50, "breadth", "count", 0),
            " sectors stand above their 50-DMA.",
        )


def ladder_cite(answer: Answer[SupportLadder]) -> Cite:
    """References to the support page of the answer's symbol."""
    symbol = answer.result.symbol if answer.result is not None else ""
    return Cite(answer, "/supports", symbol=symbol)


def supports_section(answers: Answers) -> Section | None:
    """What the session did at the headline supports, and where it would fall to next."""
    return section("supports", "Supports", _supports(answers))


def likely_sentence(
    ladder: SupportLadder, study: Answer[HoldStudy], odds: Answer[OddsView]
) -> Sentence:
    """How likely the support of the ladder's finding holds: the sentence of every page."""
    likely = how_likely(ladder, level_in_question(ladder), study, odds)
    cites = {
        STUDY: Cite(study, "/supports", symbol=ladder.symbol, level=likely.level.parameter),
        PRICED: Cite(odds, "/supports", symbol=ladder.symbol),
    }
    return referred(likely.phrases, cites)


def _supports(answers: Answers) -> Iterator[Sentence | None]:
    absent: dict[str, list[str]] = {}
    for i, (symbol, answer) in enumerate(answers.supports.items()):
        ladder = answer.result
        if ladder is None:
            absent.setdefault((answer.reason or "no answer").rstrip("."), []).append(symbol)
            continue
        cite = ladder_cite(answer)
        yield from status_sentences(ladder, cite)
        if i == 0:
            yield fall_through(ladder, cite)
            if answers.study is not None and answers.odds is not None:
                yield likely_sentence(ladder, answers.study, answers.odds)
    for reason, symbols in absent.items():
        yield words(f"No supports of {names(symbols)}: {reason}.")


def status_sentences(ladder: SupportLadder, cite: Cite) -> list[Sentence | None]:
    """What happened at the 50, 100 and 200-DMA; where nothing did, where the support lies."""
    finding = find(ladder)
    if finding.measured is not None:
        tell = {Outcome.LOST: _lost, Outcome.MET: _met, Outcome.REGAINED: _regained}
        return [
            tell[finding.outcome](finding, finding.measured, cite),
            _for_next_session(finding, cite),
        ]
    if finding.turned:
        return [_turned(finding, cite)]
    if ladder.support is not None:
        return [_in_focus(ladder, ladder.support, cite)]
    levels = [level for level in ladder.levels if level.id.is_headline]
    if levels:
        return [_below(ladder, levels, cite)]
    why = [gap.reason for gap in ladder.unavailable if gap.id is not None and gap.id.is_headline]
    return [words(f"{ladder.symbol} has no moving average to stand on: {why[0]}.")] if why else []


def _for_next_session(finding: Finding, cite: Cite) -> Sentence | None:
    """After the close: where the levels of the sentence before lie in the next session."""
    ladder = finding.ladder
    if ladder.next_session is None or not finding.carried:
        return None
    lie = listed(
        (
            f"{'its ' if i == 0 else ''}{level.name} lies at ",
            cite.price(level.price, "deciding-level"),
            ", ",
            cite.size(level.distance_pct, "distance"),
            " below the close" if level.price <= ladder.price else " above the close",
        )
        for i, level in enumerate(finding.carried)
    )
    return say("For ", cite.day(ladder.next_session, "session"), " ", *lie, ".")


def _turned(finding: Finding, cite: Cite) -> Sentence | None:
    """The close on one side of a level and the next session's level on the other."""
    ladder, level = finding.ladder, finding.turned[0]
    if ladder.next_session is None:
        return None
    above = ladder.price >= decided_price(level)
    return say(
        f"{ladder.symbol} closed ",
        cite.size(decided_distance_pct(ladder, level), "distance"),
        f" {'above' if above else 'under'} ",
        *_lines([level], cite),
        "; for ",
        cite.day(ladder.next_session, "session"),
        " it lies at ",
        cite.price(level.price, "deciding-level"),
        ", ",
        cite.size(level.distance_pct, "distance"),
        f" {'above' if above else 'below'} the close.",
    )


def _lines(levels: Sequence[Level], cite: Cite) -> list[Part]:
    """``its 50-DMA (139.54) and 100-DMA (133.40)``: the levels known before the open."""
    return listed(
        (
            f"{'its ' if i == 0 else ''}{level.name} (",
            cite.price(level.session_level, "session-level"),
            ")",
        )
        for i, level in enumerate(levels)
    )


def _distance(finding: Finding, measured: Level, side: str, cite: Cite) -> list[Draft]:
    """``0.47% above it``; of several levels the nearest to the price is measured, and named."""
    it = "it" if len(finding.levels) == 1 else f"the {measured.name}"
    size = cite.size(decided_distance_pct(finding.ladder, measured), "distance")
    return [size, f" {side} {it}"]


def _lost(finding: Finding, measured: Level, cite: Cite) -> Sentence | None:
    ladder, levels = finding.ladder, finding.levels
    price, lines = cite.price(ladder.price, "traded-close"), _lines(levels, cite)
    gapped = finding.gapped
    distance = _distance(finding, measured, "below", cite)
    if ladder.provisional:
        how = " after gapping under it at the open" if gapped and len(levels) == 1 else ""
        return say(
            f"{ladder.symbol} trades under ", *lines, f"{how}, at ", price, ", ", *distance,
            "; the close decides.",
        )  # fmt: skip
    if gapped:
        return say(
            f"{ladder.symbol} gapped under ", *lines, " at the open and did not win ",
            "it" if len(levels) == 1 else "them", " back: it closed at ", price, ", ", *distance,
            ".",
        )  # fmt: skip
    return say(f"{ladder.symbol} broke ", *lines, ", closing at ", price, ", ", *distance, ".")


def _met(finding: Finding, measured: Level, cite: Cite) -> Sentence | None:
    ladder, levels = finding.ladder, finding.levels
    price, lines = cite.price(ladder.price, "traded-close"), _lines(levels, cite)
    gapped = finding.gapped
    distance = _distance(finding, measured, "above", cite)
    if ladder.provisional:
        opened = ", having opened under it" if gapped and len(levels) == 1 else ""
        return say(
            f"{ladder.symbol} is testing ", *lines, f"{opened}: at ", price, " it stands ",
            *distance, "; the close decides.",
        )  # fmt: skip
    it = "it" if len(levels) == 1 else "them"
    if gapped:
        opened_at = cite.price(ladder.open, "gap-down")
        return say(
            f"{ladder.symbol} opened at ", opened_at, ", under ", *lines, f", and held {it} by ",
            "the close at ", price, ", ", *distance, ".",
        )  # fmt: skip
    low = cite.price(ladder.low, "traded-close")
    return say(
        f"{ladder.symbol} reached down to ", low, ", touched ", *lines, f" and held {it} by the ",
        "close at ", price, ", ", *distance, ".",
    )  # fmt: skip


def _regained(finding: Finding, measured: Level, cite: Cite) -> Sentence | None:
    ladder, levels = finding.ladder, finding.levels
    price, lines = cite.price(ladder.price, "traded-close"), _lines(levels, cite)
    distance = _distance(finding, measured, "above", cite)
    if ladder.provisional:
        return say(
            f"{ladder.symbol} is winning back ", *lines, ": at ", price, " it stands ", *distance,
            "; the close decides.",
        )  # fmt: skip
    return say(f"{ladder.symbol} reclaimed ", *lines, ", closing at ", price, ", ", *distance, ".")


def _in_focus(ladder: SupportLadder, support: HeadlineLevel, cite: Cite) -> Sentence | None:
    than = "price" if ladder.provisional else "close"
    opening: list[Draft] = [f"{ladder.symbol}'s support in focus is its {support.name} at "]
    under = [lv for lv in ladder.levels if lv.id.is_headline and lv.status is Status.BELOW]
    if under:
        opening = [
            f"{ladder.symbol} stays below ",
            *_lines(under, cite),
            f"; its support in focus is the {support.name} at ",
        ]
    return say(
        *opening,
        cite.price(support.price, "support"),
        ", ",
        cite.size(support.distance_pct, "distance"),
        f" below the {than}.",
    )


def _below(ladder: SupportLadder, levels: Sequence[Level], cite: Cite) -> Sentence | None:
    lowest = min(levels, key=lambda level: level.price)
    verb = "trades" if ladder.provisional else "closed"
    return say(
        f"{ladder.symbol} {verb} below every moving average it has of the 50, 100 and 200-DMA; "
        f"the nearest, its {lowest.name} at ",
        cite.price(lowest.price, "deciding-level"),
        ", lies ",
        cite.size(lowest.distance_pct, "distance"),
        " above.",
    )


def fall_through(ladder: SupportLadder, cite: Cite) -> Sentence | None:
    """Where the price would fall to from here: the newsletter's 50 to 100."""
    finding = find(ladder)
    below = finding.below
    through = finding.outcome is Outcome.NONE and not finding.turned and ladder.support is not None
    if below is None:
        return _none_left(finding)
    opening = "Through it, the" if through else "Its"
    return say(
        f"{opening} next support is the {below.name} at ",
        cite.price(below.price, "next-support"),
        ", ",
        cite.size(below.distance_pct, "distance"),
        " below.",
    )


def _none_left(finding: Finding) -> Sentence:
    ladder = finding.ladder
    if finding.levels and finding.outcome is not Outcome.LOST:
        lowest = finding.levels[-1].name
    elif ladder.support is not None:
        lowest = ladder.support.name
    else:
        return words(f"{ladder.symbol} has none of its 50, 100 and 200-DMA left below.")
    return words(f"Below the {lowest} none of the three averages is left.")
