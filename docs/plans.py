"""Writes the table of docs/accounts.md: what needs a plan, from where each thing declares it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from analytics.alerts.kinds import KINDS
from analytics.alerts.model import OFFERS
from analytics.alerts.plans import LISTS, MANY
from analytics.desk.questions import QUESTIONS
from analytics.model.access import Offer, Plan
from analytics.preview.edition import STRATEGY, STRATEGY_OFFER

PAGE = Path(__file__).parent / "accounts.md"
BEGIN, END = "<!-- plans: python -m docs.plans -->\n", "<!-- end of plans -->"


def offers() -> Iterator[tuple[str, Offer]]:
    """(what, the plan it needs) of everything that is not for everybody."""
    for question in QUESTIONS.values():
        yield f"question `{question.name}`", question.offer
    yield f"preview section `{STRATEGY}`", STRATEGY_OFFER
    for message, offer in OFFERS.items():
        yield f"message `{message}`", offer
    for kind in KINDS.values():
        yield f"alert kind `{kind.kind}`", kind.offer
    yield "alert rules", MANY
    yield "alert rules", LISTS


def table() -> str:
    """The declarations as a Markdown table."""
    lines = ["| what | plan | shows, or has |", "|---|---|---|"]
    for what, offer in offers():
        if offer.plan is not Plan.FREE:
            lines.append(f"| {what} | {offer.plan.words} | {offer.gives} |")
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    """``page`` with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
