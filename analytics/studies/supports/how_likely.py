"""Likelihood that the support holds: one sentence out of the past, chance and the options' price.

Market now, the head of Supports, the presenter and the preview print this one sentence; what it
rests on is counted there and here in no other way. A part that is not known says so in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.indicators.series import DmaSessions
from analytics.model.levels import LevelId, dma
from analytics.model.percents import share_text
from analytics.model.phrases import Figure, Phrase, plain
from analytics.model.question import BEING_COMPUTED, Answer
from analytics.studies.hold.study import HoldRate, HoldStudy
from analytics.studies.supports.finding import find
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder

STUDY, PRICED = "hold-study", "odds"
DEFAULT_SESSIONS = 50
_SESSIONS: tuple[DmaSessions, ...] = (20, 50, 100, 200)
_STUDIED = {dma(sessions): sessions for sessions in _SESSIONS}


@dataclass(frozen=True)
class HowLikely:
    """The sentence about one level, in two halves.

    Attributes:
        level: the one asked about.
        gapped: the past is that of gap-downs, for the session opened under the level; else that
            of touches.
        past: how such sessions ended, beside chance; ``priced``: what options price a close
            below at. Each without a full stop.
        past_waits, priced_waits: that half is still being computed.
    """

    level: LevelId
    gapped: bool
    past: tuple[Phrase, ...]
    priced: tuple[Phrase, ...]
    past_waits: bool = False
    priced_waits: bool = False

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The whole sentence."""
        return (*self.past, "; ", *self.priced, ".")

    @property
    def text(self) -> str:
        """As it reads."""
        return plain(self.phrases)


def level_in_question(ladder: SupportLadder) -> LevelId:
    """The average that the ladder's finding is about; the 50-DMA where it is about none."""
    finding = find(ladder)
    if finding.measured is not None:
        return finding.measured.id
    if finding.turned:
        return finding.turned[0].id
    return ladder.support.id if ladder.support is not None else dma(DEFAULT_SESSIONS)


def study_sessions(level: LevelId) -> DmaSessions:
    """The length that the hold study is asked for.

    Raises:
        KeyError: the level is no moving average of it.
    """
    return _STUDIED[level]


def how_likely(
    ladder: SupportLadder,
    level: LevelId,
    study: Answer[HoldStudy],
    odds: Answer[OddsView],
) -> HowLikely:
    """The sentence about ``level``.

    Args:
        study: of that level.
        odds: of the ladder's symbol.
    """
    rung = next((one for one in ladder.levels if one.id == level), None)
    gapped = rung is not None and bool(rung.gap_down)
    return HowLikely(
        level,
        gapped,
        _past(ladder, level, gapped, study),
        _priced(level, odds),
        past_waits=study.reason == BEING_COMPUTED,
        priced_waits=odds.reason == BEING_COMPUTED,
    )


def _past(
    ladder: SupportLadder, level: LevelId, gapped: bool, answer: Answer[HoldStudy]
) -> tuple[Phrase, ...]:
    whose = f"{ladder.symbol}'s {level.name}"
    event, to = ("gap-down", "under") if gapped else ("touch", "of")
    study = answer.result
    if study is None:
        plural = "gap-downs" if gapped else "touches"
        return (f"Past {plural} {to} {whose}: {_reason(answer)}",)
    rate = study.gap_downs if gapped else study.touches
    year = study.first_session.year
    since = Figure(float(year), str(year), "year", f"{event}-event", STUDY)
    if rate.events == 0:
        return (f"No {event} {to} {whose} since ", since)
    plural = event if rate.events == 1 else ("gap-downs" if gapped else "touches")
    opening: tuple[Phrase, ...] = (
        _count(rate.events, f"{event}-event"),
        f" {plural} {to} {whose} since ",
        since,
    )
    return (*opening, ": ", *_rate(rate))


def _rate(rate: HoldRate) -> tuple[Phrase, ...]:
    if rate.rate_pct is None or rate.wilson95_pct is None:
        return (_count(rate.held, "hold-rate"), " held by the close, too few for a rate")
    low, high = rate.wilson95_pct
    chance: tuple[Phrase, ...] = (", chance n/a",)
    if rate.null_rate_pct is not None:
        chance = (", chance ", _percent(rate.null_rate_pct, "null-rate", STUDY))
    return (
        "held by the close ",
        _percent(rate.rate_pct, "hold-rate", STUDY),
        " (",
        Figure(low, f"{low:.0f}", "percent", "hold-rate", STUDY),
        "\u2013",
        _percent(high, "hold-rate", STUDY),
        ")",
        *chance,
    )


def _priced(level: LevelId, answer: Answer[OddsView]) -> tuple[Phrase, ...]:
    opening = "options price a close below"
    if answer.result is None:
        return (f"{opening}: {_reason(answer)}",)
    found = next((one for one in answer.result.levels if one.id == level), None)
    odds = found.today if found is not None else None
    horizon = answer.result.horizons[0]
    day = f"{horizon.ends:%a} {horizon.ends.day} {horizon.ends:%b}"
    when: tuple[Phrase, ...] = (
        f"{horizon.label.partition(',')[0]}, ",
        Figure(horizon.ends.isoformat(), day, "date", "close-odds", PRICED),
    )
    if odds is None or odds.close_below_pct is None:
        reason = odds.reason if odds is not None else f"n/a (no {level.name})"
        return (f"{opening} (", *when, f"): {reason or 'n/a'}")
    below = _percent(odds.close_below_pct, "close-odds", PRICED)
    return (f"{opening} at ", below, " (", *when, "; risk-neutral)")


def _count(value: int, definition: str) -> Figure:
    return Figure(float(value), str(value), "count", definition, STUDY)


def _percent(value: float, definition: str, basis: str) -> Figure:
    return Figure(value, share_text(value, 0), "percent", definition, basis)


def _reason(answer: Answer[HoldStudy] | Answer[OddsView]) -> str:
    reason = (answer.reason or "not known").rstrip(".")
    return reason if reason == BEING_COMPUTED else f"n/a ({reason})"
