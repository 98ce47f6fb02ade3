"""Findings in words: what a chart's title says, computed from the result it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analytics.model.status import Status
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder
from components.frame import formats

LOST = (Status.BROKEN, Status.UNDER)
MET = (Status.HELD, Status.TESTING)
REGAINED = (Status.RECLAIMED, Status.RECLAIMING)


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
    levels = [level for level in ladder.levels if level.id.is_headline]
    for group, tell in ((LOST, _lost), (MET, _met), (REGAINED, _regained)):
        hit = [level for level in levels if level.status in group]
        if hit:
            return tell(ladder, hit)
    return _nearest(ladder, levels)


def next_finding(ladder: SupportLadder) -> str:
    """Where the price would fall to from here, in one sentence."""
    lost = any(lv.id.is_headline and lv.status in LOST for lv in ladder.levels)
    target = ladder.support if lost else ladder.next_support
    if target is None:
        return "No lower support among the 50, 100 and 200-DMA."
    return f"Next support: {_placed(target)}."


def _placed(level: HeadlineLevel) -> str:
    distance = formats.pct(level.distance_pct)
    return f"the {formats.level_name(level.name)} at {formats.price(level.price)} ({distance})"


def _names(levels: Sequence[Level]) -> str:
    return joined([formats.level_name(level.name) for level in levels])


def _gap(ladder: SupportLadder, level: Level) -> str:
    """Unsigned distance of the price to the level the session is judged on."""
    reference = level.session_level or level.price
    return formats.pct(abs(ladder.price / reference - 1) * 100, sign=False)


def _side(ladder: SupportLadder, levels: Sequence[Level], side: str) -> str:
    """``0.47% above``; of several levels the highest is measured, and named."""
    text = f"{_gap(ladder, levels[0])} {side}"
    return text if len(levels) == 1 else f"{text} the {formats.level_name(levels[0].name)}"


def _gapped(levels: Sequence[Level]) -> bool:
    """Whether the open gapped under every one of them."""
    return all(level.gap_down for level in levels)


def _lost(ladder: SupportLadder, levels: Sequence[Level]) -> str:
    if ladder.provisional:
        how = " after a gap at the open" if _gapped(levels) else ""
        where = (
            f"{_gap(ladder, levels[0])} under its {_names(levels)}"
            if len(levels) == 1
            else f"under its {_names(levels)}, {_side(ladder, levels, 'below')}"
        )
        return f"{ladder.symbol} trades {where}{how}; the close decides"
    how = "gapped under and broke" if _gapped(levels) else "broke"
    return f"{ladder.symbol} {how} its {_names(levels)}: closed {_side(ladder, levels, 'below')}"


def _met(ladder: SupportLadder, levels: Sequence[Level]) -> str:
    above = _side(ladder, levels, "above")
    if ladder.provisional:
        under = "it" if len(levels) == 1 else "them"
        how = f" after opening under {under}" if _gapped(levels) else ""
        return f"{ladder.symbol} is testing its {_names(levels)}{how}: {above}; the close decides"
    how = "opened under its" if _gapped(levels) else "touched its"
    return f"{ladder.symbol} {how} {_names(levels)} and held by the close, {above}"


def _regained(ladder: SupportLadder, levels: Sequence[Level]) -> str:
    verb = "is reclaiming" if ladder.provisional else "reclaimed"
    return f"{ladder.symbol} {verb} its {_names(levels)}, {_side(ladder, levels, 'above')}"


def _nearest(ladder: SupportLadder, levels: Sequence[Level]) -> str:
    support = ladder.support
    if support is not None:
        return (
            f"{ladder.symbol}\u2019s {formats.level_name(support.name)} lies "
            f"{formats.pct(abs(support.distance_pct), 1, sign=False)} below "
            f"at {formats.price(support.price)}"
        )
    if levels:
        return f"{ladder.symbol} is below its {_names(levels)}: no headline support underneath"
    return (
        f"{ladder.symbol}: {ladder.unavailable[0].reason}"
        if ladder.unavailable
        else (f"{ladder.symbol} at {formats.price(ladder.price)}")
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
}
"""A shape for each status, so that colour is never alone."""


def status_text(level: Level | None) -> str:
    """``● held (gap-down)``, or a dash."""
    if level is None or level.status is None:
        return formats.ABSENT
    gap = " (gap)" if level.gap_down else ""
    return f"{STATUS_SIGN[level.status]} {level.status}{gap}"
