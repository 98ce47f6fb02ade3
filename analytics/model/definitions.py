"""Definitions of every term on the screen, for tooltips, the Definitions page and the docs.

The wording follows the project's methods; a computation's docstring names the same term.
"""

from __future__ import annotations

import sys

from analytics.model.glossary import Definition, market, options, portfolio, supports

_GROUPS: dict[str, tuple[Definition, ...]] = {
    "Prices": supports.PRICES,
    "Supports": supports.SUPPORTS,
    "Does the support hold?": supports.HOLD_STUDY,
    "Sectors and breadth": market.SECTORS_AND_BREADTH,
    "Sentiment": market.SENTIMENT,
    "Fundamentals": market.FUNDAMENTALS,
    "Calendar": market.CALENDAR,
    "Options": options.OPTIONS,
    "Option exposures": options.EXPOSURES,
    "Model portfolio": portfolio.PORTFOLIO,
    "States": market.STATES,
}

DEFINITIONS: dict[str, Definition] = {
    d.key: Definition(d.key, d.term, d.sentence, d.detail, d.unit, group)
    for group, definitions in _GROUPS.items()
    for d in definitions
}


def by_group() -> dict[str, tuple[Definition, ...]]:
    """Heading -> its definitions, in the order of the page."""
    groups: dict[str, list[Definition]] = {}
    for definition in DEFINITIONS.values():
        groups.setdefault(definition.group, []).append(definition)
    return {group: tuple(members) for group, members in groups.items()}


def to_markdown() -> str:
    """The text of ``docs/definitions.md``."""
    lines = ["# How figures are defined", ""]
    lines += ["Generated: edit the terms in `analytics/glossary`, then write this file with", ""]
    lines += ["    python -m analytics.model.definitions > docs/definitions.md", ""]
    for group, definitions in by_group().items():
        lines += [f"## {group}", ""]
        for d in definitions:
            unit = f" *({d.unit})*" if d.unit else ""
            lines += [f"### {d.term}", "", f"{d.sentence}{unit}", ""]
            if d.detail:
                lines += [d.detail, ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(to_markdown())
