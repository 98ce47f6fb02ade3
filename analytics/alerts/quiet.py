"""Quiet hours: messages wait until they end; what happened is in the inbox at once."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from analytics.model.vocabulary import BadInput

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class QuietHours:
    """Hours of every day, by the clock of a place; they may go over midnight."""

    zone: ZoneInfo
    begins: dt.time
    ends: dt.time

    def end_after(self, now: dt.datetime) -> dt.datetime | None:
        """When the quiet hours that ``now`` lies in end; None when it lies in none."""
        local = now.astimezone(self.zone)
        time = local.time()
        over_midnight = self.begins > self.ends
        if over_midnight:
            is_quiet = time >= self.begins or time < self.ends
        else:
            is_quiet = self.begins <= time < self.ends
        if not is_quiet:
            return None
        day = local.date()
        if over_midnight and time >= self.begins:
            day += dt.timedelta(days=1)
        return dt.datetime.combine(day, self.ends, self.zone).astimezone(dt.UTC)


def parse_preferences(raw: Mapping[str, object]) -> dict[str, Any]:
    """``{"zone": name, "quiet": ["22:00", "07:00"] or []}`` from untrusted JSON.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    zone, quiet = raw.get("zone"), raw.get("quiet", [])
    if not isinstance(zone, str) or not _is_zone(zone):
        raise BadInput("The time zone is one of IANA's names, such as Europe/Berlin.")
    if not isinstance(quiet, list) or len(quiet) not in (0, 2):
        raise BadInput("Quiet hours are two times, such as 22:00 and 07:00, or none.")
    if not all(isinstance(time, str) and _CLOCK.fullmatch(time) for time in quiet):
        raise BadInput("A time of quiet hours is HH:MM, such as 22:00.")
    if quiet and quiet[0] == quiet[1]:
        raise BadInput("Quiet hours end at another time than they begin.")
    return {"zone": zone, "quiet": quiet}


def quiet_of(preferences: Mapping[str, Any]) -> QuietHours | None:
    """The quiet hours of parsed preferences; None without."""
    quiet = preferences.get("quiet")
    if not quiet:
        return None
    begins, ends = (dt.time.fromisoformat(time) for time in quiet)
    return QuietHours(ZoneInfo(preferences["zone"]), begins, ends)


@functools.cache
def _zones() -> frozenset[str]:
    """IANA's names, the same on every server: a system's own list has `localtime` besides."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}


def _is_zone(name: str) -> bool:
    if name not in _zones():
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
