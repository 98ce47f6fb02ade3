"""Errors, array types and phases: what the rest of the model rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Sessions: TypeAlias = NDArray[np.datetime64]
"""Session dates, ``datetime64[D]``, ascending and unique."""


class Phase(StrEnum):
    """Where the exchange's day stands."""

    PRE = "pre-market"
    OPEN = "open"
    CLOSED = "closed"


class HoldlineError(Exception):
    """Base of the errors whose message is one sentence fit for a user."""


class BadInput(HoldlineError, ValueError):
    """What was asked is malformed; the message says what is accepted."""


class SymbolNotFound(HoldlineError):
    """The source answered, and it does not know this symbol."""


class NotAvailable(HoldlineError):
    """The source answered, and it does not have this data set for this symbol or date."""


class StillLoading(NotAvailable):
    """It is being fetched in the background: a later answer will have it."""


class Unavailable(HoldlineError):
    """Something of the deployment is away or broken, through no fault of who asks."""


class SourceFailure(HoldlineError):
    """The source could not be asked: time-out, refusal, outage, or an unreadable answer."""
