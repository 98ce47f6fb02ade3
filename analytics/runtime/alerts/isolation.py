"""Isolation of rules: one that cannot be judged fails alone, and the log says why."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from analytics.alerts.evaluate import Watch
from analytics.model.vocabulary import HoldlineError
from analytics.store.database import StoreUnavailable

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Isolation:
    """Judges rules one by one; the same failure of a rule is logged once."""

    def __init__(self) -> None:
        self._logged: dict[str, str] = {}

    def judge(self, watch: Watch, judged: Callable[[], T], otherwise: T) -> T:
        """What ``judged`` gives for a rule, or ``otherwise`` where it fails.

        Raises:
            StoreUnavailable: that is no rule's fault, and concerns them all.
        """
        try:
            return judged()
        except StoreUnavailable:
            raise
        except HoldlineError as error:
            if self._is_news(watch, str(error)):
                _log.warning("The alert rule %s cannot be judged: %s", watch.id, error)
            return otherwise
        except Exception as error:
            if self._is_news(watch, repr(error)):
                _log.exception("The alert rule %s cannot be judged; the others are.", watch.id)
            return otherwise

    def _is_news(self, watch: Watch, reason: str) -> bool:
        before, self._logged[watch.id] = self._logged.get(watch.id), reason
        return reason != before
