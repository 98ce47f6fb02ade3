"""Finding of one symbol at one moment: what it did at its headline supports, and what lies next.

Every sentence about the symbol - headline, card, ladder, preview, presenter - is written from
it, so that no two of them can disagree (methods, "One level decides").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analytics.indicators.series import distance_pct
from analytics.model.levels import LevelGroup
from analytics.model.status import LOST, MET, REGAINED
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder


class Outcome(StrEnum):
    """What the session has done at the headline levels; the first that applies."""

    LOST = "lost"
    MET = "met"
    REGAINED = "regained"
    NONE = "none"


_GROUPS = ((Outcome.LOST, LOST), (Outcome.MET, MET), (Outcome.REGAINED, REGAINED))


@dataclass(frozen=True)
class Finding:
    """What a ladder says, decided once.

    Attributes:
        outcome: of the headline levels in ``levels``.
        levels: those with that outcome, highest first; none for `Outcome.NONE`.
        gapped: the open gapped under every one of them.
        measured: the one of ``levels`` nearest to the price: the distance in the sentence.
        turned: headline levels that the close stands on one side of, and their level for the
            next session on the other; only after the close.
        below: the next support: the highest headline level at or below the price that the
            headline does not name (``levels``, else the first of ``turned``, else the support in
            focus).
        nearest: the highest other rung between the price and ``below``, or None.
    """

    ladder: SupportLadder
    outcome: Outcome
    levels: tuple[Level, ...]
    gapped: bool
    measured: Level | None
    turned: tuple[Level, ...]
    below: HeadlineLevel | None
    nearest: Level | None

    @property
    def carried(self) -> tuple[Level, ...]:
        """After the close: levels whose place in the next session belongs to the story.

        Those that held or were regained; a lost one only when the close stands above it again.
        """
        if self.ladder.provisional:
            return ()
        if self.outcome is Outcome.LOST:
            return tuple(level for level in self.levels if level in self.turned)
        return self.levels


def find(ladder: SupportLadder) -> Finding:
    """The finding of a ladder."""
    headline = sorted(
        (level for level in ladder.levels if level.id.is_headline), key=lambda level: -level.price
    )
    outcome = Outcome.NONE
    levels: tuple[Level, ...] = ()
    for candidate, statuses in _GROUPS:
        hit = tuple(level for level in headline if level.status in statuses)
        if hit:
            outcome, levels = candidate, hit
            break
    turned = tuple(level for level in headline if _turned(ladder, level))
    named = {level.id for level in levels or turned[:1]}
    if not named and ladder.support is not None:
        named = {ladder.support.id}
    below = next(
        (
            HeadlineLevel(level.name, level.price, level.distance_pct, level.id)
            for level in headline
            if level.price <= ladder.price and level.id not in named
        ),
        None,
    )
    return Finding(
        ladder=ladder,
        outcome=outcome,
        levels=levels,
        gapped=bool(levels) and all(level.gap_down for level in levels),
        measured=min(
            levels, key=lambda level: abs(decided_distance_pct(ladder, level)), default=None
        ),
        turned=turned,
        below=below,
        nearest=_nearest(ladder, below),
    )


def decided_price(level: Level) -> float:
    """The price on which the level's status was decided: the one known before the open."""
    return level.price if level.session_level is None else level.session_level


def decided_distance_pct(ladder: SupportLadder, level: Level) -> float:
    """Distance from the price to `decided_price`, percent, negative when it lies below."""
    return distance_pct(decided_price(level), ladder.price)


def _turned(ladder: SupportLadder, level: Level) -> bool:
    """Whether the close is on one side of the level and the next session's is on the other."""
    if ladder.provisional or level.session_level is None:
        return False
    return (ladder.price >= level.session_level) != (ladder.price >= level.price)


def _nearest(ladder: SupportLadder, below: HeadlineLevel | None) -> Level | None:
    """The highest rung, of those every ladder has, from the price to ``below``; no headline one."""
    floor = below.price if below is not None else 0.0
    between = [
        level
        for level in ladder.levels
        if not level.id.is_headline
        and level.family is not LevelGroup.OWN
        and level.id.declared.set is None
        and level.id.declared.side == "support"
        and floor < level.price <= ladder.price
    ]
    return max(between, key=lambda level: level.price, default=None)
