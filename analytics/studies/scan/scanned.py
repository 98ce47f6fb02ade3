"""The family of levels that a scan is about."""

from __future__ import annotations

from analytics.model.levels import LevelFamily
from analytics.model.vocabulary import BadInput
from analytics.studies.supports.levels import families_of_bars


def scanned_family(key: str) -> LevelFamily | None:
    """The family scanned; None for the headline average in question.

    Raises:
        BadInput: there is none of the key that daily bars give.
    """
    if not key:
        return None
    known = {family.key: family for family in families_of_bars()}
    if key not in known:
        raise BadInput(f"family is {key[:40]!r}: {', '.join(known)} is accepted.")
    return known[key]
