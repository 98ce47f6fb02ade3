"""Findings in words: what a chart's title says, computed from the result it draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from analytics.model.quotation import Quotation
from analytics.model.status import Status
from analytics.studies.supports.finding import (
    Finding,
    Outcome,
    decided_distance_pct,
    decided_price,
    find,
)
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import SupportLadder
from components.frame import formats


def joined(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def absences(missing: Mapping[str, str]) -> str:
    """Why symbols are missing, each reason once: ``XLB and XLC: needs 60 returns (has 5).``"""
    of_reason: dict[str, list[str]] = {}
    for symbol, reason in missing.items():
        bare = reason.removeprefix(f"{symbol}:").strip().rstrip(".")
        of_reason.setdefault(bare, []).append(symbol)
    return " ".join(f"{joined(symbols)}: {reason}." for reason, symbols in of_reason.items())


def support_finding(ladder: SupportLadder) -> str:
    """What the session has done at the headline supports, or where the nearest lies."""
    finding = find(ladder)
    if finding.measured is None:
        return _nothing_happened(finding)
    return _SENTENCES[finding.outcome](finding, finding.measured)


def next_finding(ladder: SupportLadder) -> str:
    """Where the price would fall to from here, in one sentence."""
    finding = find(ladder)
    if finding.below is None and levels_unknown(ladder):
        return f"Its supports are not known: {ladder.no_previous}."
    if finding.below is None:
        return "No lower support among the 50, 100 and 200-DMA."
    target = finding.below
    name, at = formats.level_name(target.name), ladder.quotation.text(target.price)
    return f"Next support: the {name} at {at} ({formats.pct(target.distance_pct)})."


def next_session_finding(ladder: SupportLadder) -> str:
    """After the close: where the levels of the headline lie in the next session, or empty."""
    finding = find(ladder)
    if not finding.carried:
        return ""
    lie = [_lies_next(ladder, level) for level in finding.carried]
    return f"For {_next_day(ladder)} {joined(lie)}."


def _lies_next(ladder: SupportLadder, level: Level) -> str:
    """``its 50-DMA lies at 596.56, 0.47% below the close``."""
    side = "below" if level.price <= ladder.price else "above"
    gap = formats.pct(abs(level.distance_pct), sign=False)
    name, at = formats.level_name(level.name), ladder.quotation.text(level.price)
    return f"its {name} lies at {at}, {gap} {side} the close"


def _next_day(ladder: SupportLadder) -> str:
    """``Tuesday``, or the date when it is a week away."""
    day = ladder.next_session
    if day is None:
        return "the next session"
    return f"{day:%A}" if (day - ladder.session).days < 7 else formats.date(day)


def _names(levels: Sequence[Level]) -> str:
    return joined([formats.level_name(level.name) for level in levels])


def _gap(ladder: SupportLadder, level: Level) -> str:
    """Unsigned distance from the price to the level that the session is decided on."""
    return formats.pct(abs(decided_distance_pct(ladder, level)), sign=False)


def _side(finding: Finding, measured: Level, side: str) -> str:
    """``0.47% above``; of several levels the nearest is measured, and named."""
    text = f"{_gap(finding.ladder, measured)} {side}"
    if len(finding.levels) == 1:
        return text
    return f"{text} the {formats.level_name(measured.name)}"


def _yet(finding: Finding, measured: Level) -> str:
    """What the next session's level says when it stands on the other side of the close."""
    if measured not in finding.turned:
        return ""
    ladder = finding.ladder
    side = "below" if measured.price <= ladder.price else "above"
    gap = formats.pct(abs(measured.distance_pct), sign=False)
    return f"; for {_next_day(ladder)} it lies {gap} {side} the close"


def _lost(finding: Finding, measured: Level) -> str:
    ladder, names = finding.ladder, _names(finding.levels)
    if ladder.provisional:
        how = " after a gap at the open" if finding.gapped else ""
        where = (
            f"{_gap(ladder, measured)} under its {names}"
            if len(finding.levels) == 1
            else f"under its {names}, {_side(finding, measured, 'below')}"
        )
        return f"{ladder.symbol} trades {where}{how}; the close decides"
    how = "gapped under and broke" if finding.gapped else "broke"
    closed = _side(finding, measured, "below")
    return f"{ladder.symbol} {how} its {names}: closed {closed}{_yet(finding, measured)}"


def _met(finding: Finding, measured: Level) -> str:
    ladder, names = finding.ladder, _names(finding.levels)
    above = _side(finding, measured, "above")
    if ladder.provisional:
        under = "it" if len(finding.levels) == 1 else "them"
        how = f" after opening under {under}" if finding.gapped else ""
        return f"{ladder.symbol} is testing its {names}{how}: {above}; the close decides"
    how = "opened under its" if finding.gapped else "touched its"
    yet = _yet(finding, measured)
    return f"{ladder.symbol} {how} {names} and held by the close, {above}{yet}"


def _regained(finding: Finding, measured: Level) -> str:
    ladder = finding.ladder
    verb = "is reclaiming" if ladder.provisional else "reclaimed"
    above, yet = _side(finding, measured, "above"), _yet(finding, measured)
    decides = "; the close decides" if ladder.provisional else ""
    return f"{ladder.symbol} {verb} its {_names(finding.levels)}, {above}{yet}{decides}"


_SENTENCES: dict[Outcome, Callable[[Finding, Level], str]] = {
    Outcome.LOST: _lost,
    Outcome.MET: _met,
    Outcome.REGAINED: _regained,
}


_BY_THE_CLOSE: dict[Status, str] = {
    Status.HELD: "held",
    Status.BROKEN: "broke",
    Status.RECLAIMED: "was reclaimed",
    Status.ABOVE: "was not touched",
    Status.CLOSE_ONLY: "lies below",
    Status.BELOW: "stayed lost",
}


def close_finding(ladder: SupportLadder, level: Level | None) -> str | None:
    """After the close, what became of one level and by how much; None while it is open."""
    if ladder.provisional or level is None or level.session_level is None:
        return None
    if level.status not in _BY_THE_CLOSE:
        return None
    side = "above" if ladder.price >= level.session_level else "under"
    name, done = formats.level_name(level.name), _BY_THE_CLOSE[level.status]
    return f"The {name} {done}: the close was {_gap(ladder, level)} {side} it"


def levels_unknown(ladder: SupportLadder) -> bool:
    """Whether the previous session's bar is missing, and with it the levels of the running one."""
    return ladder.provisional and ladder.no_previous is not None and not ladder.levels


def _nothing_happened(finding: Finding) -> str:
    ladder = finding.ladder
    if levels_unknown(ladder):
        price = ladder.quotation.text(ladder.price)
        return (
            f"{ladder.symbol} at {price}: its levels for today are not known ({ladder.no_previous})"
        )
    if finding.turned:
        level = finding.turned[0]
        side = "above" if ladder.price >= decided_price(level) else "under"
        name, gap = formats.level_name(level.name), _gap(ladder, level)
        return f"{ladder.symbol} closed {gap} {side} its {name}{_yet(finding, level)}"
    support = ladder.support
    if support is not None:
        return (
            f"{ladder.symbol}\u2019s {formats.level_name(support.name)} lies "
            f"{formats.pct(abs(support.distance_pct), 1, sign=False)} below "
            f"at {ladder.quotation.text(support.price)}"
        )
    levels = [level for level in ladder.levels if level.id.is_headline]
    if levels:
        return f"{ladder.symbol} is below its {_names(levels)}: no headline support underneath"
    return (
        f"{ladder.symbol}: {ladder.unavailable[0].reason}"
        if ladder.unavailable
        else (f"{ladder.symbol} at {ladder.quotation.text(ladder.price)}")
    )


STATUS_KIND: dict[Status, str] = {
    Status.HELD: "up",
    Status.RECLAIMED: "up",
    Status.RECLAIMING: "up",
    Status.TESTING: "near",
    Status.BROKEN: "down",
    Status.UNDER: "down",
    Status.BELOW: "down",
    Status.ABOVE: "",
    Status.CLOSE_ONLY: "",
    Status.TESTING_FROM_BELOW: "near",
    Status.OVERCOME: "up",
}
"""Kind of chip of each status."""

STATUS_SIGN: dict[Status, str] = {
    Status.HELD: "●",
    Status.RECLAIMED: "▲",
    Status.RECLAIMING: "△",
    Status.TESTING: "◐",
    Status.BROKEN: "✕",
    Status.UNDER: "▽",
    Status.BELOW: "▼",
    Status.ABOVE: "○",
    Status.CLOSE_ONLY: "○",
    Status.TESTING_FROM_BELOW: "◑",
    Status.OVERCOME: "◇",
}
"""A shape for each status, so that colour is never alone."""


def status_words(level: Level, quotation: Quotation) -> str:
    """``● held``; where the level's price is no longer the one decided on, ``● held 596.55``.

    "" where there is no status.
    """
    status = level.status
    if status is None:
        return ""
    words = f"{STATUS_SIGN[status]} {status}"
    if level.price_status is None and level.session_level is not None:
        words += f" {quotation.text(level.session_level)}"
    return words
