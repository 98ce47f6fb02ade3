"""The desk's answers to a preview: pure, so that the same answers always read the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analytics.model.question import Answer
from analytics.model.vocabulary import NotAvailable, Phase
from analytics.preview.calendar_text import calendar_section
from analytics.preview.groups_text import afloat_section, drawdown_section, sentiment_section
from analytics.preview.model import Answers, Preview
from analytics.preview.options_text import options_section
from analytics.preview.prices_text import action_section, supports_section
from analytics.preview.watch_text import watch_section
from analytics.preview.writing import long_day

_SECTIONS = (
    calendar_section,
    action_section,
    supports_section,
    drawdown_section,
    sentiment_section,
    options_section,
    afloat_section,
    watch_section,
)


def compose(answers: Answers) -> Preview:
    """Write the preview that these answers allow.

    What is unavailable is never printed: its sentence is left out, or says that it is absent.

    Raises:
        NotAvailable: no answer has a result.
    """
    given = [answer for answer in _all(answers) if answer.result is not None]
    if not given:
        reason = next((a.reason for a in _all(answers) if a.reason), "nothing was asked.")
        raise NotAvailable(f"There is nothing to write a preview from: {reason}")
    moment = answers.moment
    sections = (write(answers) for write in _SECTIONS)
    return Preview(
        title=f"Weekly preview, {long_day(moment.session)} {moment.session:%Y}",
        session=moment.session,
        as_of=max(answer.as_of for answer in given),
        provisional=moment.phase is Phase.OPEN,
        source=given[0].provenance.source,
        simulated=any(answer.provenance.simulated for answer in given),
        sections=tuple(section for section in sections if section is not None),
        notes=tuple(dict.fromkeys(a.provenance.stale for a in given if a.provenance.stale)),
    )


def _all(answers: Answers) -> Iterator[Answer[Any]]:
    for one in (
        answers.watchlist,
        *answers.supports.values(),
        answers.study,
        answers.odds,
        answers.drawdown,
        answers.sectors,
        answers.afloat,
        answers.sentiment,
        *answers.options.values(),
        *answers.surprises.values(),
        answers.calendar,
    ):
        if one is not None:
            yield one
