"""Confirmation of channels: a code goes there, and comes back before anything else goes.

To an e-mail address a link goes beside the code, which confirms it from any device.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.tokens import digest
from analytics.alerts.model import ChannelKind, SentCode
from analytics.model.vocabulary import BadInput
from analytics.store.database import Database
from analytics.store.notices import utc_now
from analytics.store.one_time_tokens import (
    MOST_FROM_ALL,
    end_tokens,
    forget_unused_tokens,
    look_at_token,
    make_token,
    use_token,
)
from analytics.store.schema import channels
from analytics.store.subscriptions import MAX_CHANNELS, require_room

LIFETIME = dt.timedelta(hours=1)
MOST_TRIES = 5
DIGITS = 8


class Confirmations:
    """The channels that wait for their code.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def begin(self, subscriber: str, kind: ChannelKind, target: str) -> SentCode:
        """Add a channel that waits: what to send there. What was sent before confirms no more.

        Raises:
            BadInput: it is confirmed already, too many codes went there, or there are too many
                channels.
        """
        now, code = self._clock(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        waits = {
            "awaits": _digest(subscriber, target, code),
            "awaits_until": now + LIFETIME,
            "tries": 0,
            "since": now,
            "removed_at": None,
            "paused_at": None,
        }
        own = _is(subscriber, kind, target)
        with self._database.writing() as connection:
            self._require_may_send(connection, own, kind, target, now)
            require_room(connection, channels, subscriber, MAX_CHANNELS, "channels")
            row = {"subscriber": subscriber, "kind": kind, "target": target} | waits
            if not self._database.insert_if_absent(channels, row, connection):
                connection.execute(update(channels).where(*own).values(**waits))
            token = _link_token(connection, subscriber, target, now) if kind == "email" else ""
        return SentCode(code, token)

    def _require_may_send(
        self,
        connection: Connection,
        own: list[Any],
        kind: ChannelKind,
        target: str,
        now: dt.datetime,
    ) -> None:
        standing = select(func.count()).where(
            *own, channels.c.removed_at.is_(None), channels.c.awaits.is_(None)
        )
        if connection.execute(standing).scalar_one():
            raise BadInput("This channel is confirmed already.")
        asked = select(channels.c.awaits_until).where(
            channels.c.kind == kind, channels.c.target == target, channels.c.awaits_until > now
        )
        living = list(connection.execute(asked).scalars())
        mine = connection.execute(select(channels.c.awaits_until).where(*own)).scalar()
        if mine is not None and now - (mine - LIFETIME) < dt.timedelta(minutes=1):
            raise BadInput(
                "A code was sent there a moment ago: look for it, or add the channel again in a "
                "minute."
            )
        if mine not in living and len(living) >= MOST_FROM_ALL:
            raise _enough()

    def withdraw(self, subscriber: str, kind: str, target: str) -> None:
        """Forget a channel whose code could not be sent: it waits for nothing."""
        waits = channels.c.awaits.is_not(None)
        with self._database.writing() as connection:
            connection.execute(delete(channels).where(*_is(subscriber, kind, target), waits))
            if kind == "email":
                forget_unused_tokens(connection, Purpose.CHANNEL, Bearer(target, subscriber))

    def finish(self, subscriber: str, kind: str, target: str, code: str) -> bool:
        """Confirm a channel by its code; whether it was right. After five wrong ones it is over."""
        own = _waits(subscriber, kind, target, self._clock())
        right = channels.c.awaits == _digest(subscriber, target, code.strip())
        confirmed = update(channels).where(*own, right).values(awaits=None, since=self._clock())
        with self._database.writing() as connection:
            if connection.execute(confirmed).rowcount:
                return True
            connection.execute(update(channels).where(*own).values(tries=channels.c.tries + 1))
        return False

    def look_at_link(self, token: str) -> Bearer | None:
        """Whose channel, and which address, a link would confirm; None: it is over."""
        now = self._clock()
        with self._database.reading() as connection:
            bearer = look_at_token(connection, Purpose.CHANNEL, token, now)
            if bearer is None:
                return None
            own = _waits(bearer.person or "", "email", bearer.email or "", now)
            waits = select(func.count()).select_from(channels).where(*own)
            return bearer if connection.execute(waits).scalar_one() else None

    def finish_by_link(self, token: str) -> Bearer | None:
        """Confirm the channel of whoever had a link sent; None: it is over."""
        now = self._clock()
        with self._database.writing() as connection:
            bearer = use_token(connection, Purpose.CHANNEL, token, now)
            if bearer is None:
                return None
            own = _waits(bearer.person or "", "email", bearer.email or "", now)
            confirmed = update(channels).where(*own).values(awaits=None, since=now)
            return bearer if connection.execute(confirmed).rowcount else None

    def resume(self, subscriber: str, kind: str, target: str) -> bool:
        """Use a paused channel again; whether there was one."""
        paused = update(channels).where(
            *_is(subscriber, kind, target), channels.c.paused_at.is_not(None)
        )
        with self._database.writing() as connection:
            values = {"paused_at": None, "since": self._clock()}
            return bool(connection.execute(paused.values(**values)).rowcount)


def _link_token(connection: Connection, subscriber: str, target: str, now: dt.datetime) -> str:
    """The secret of a new link, which ends those of before.

    Raises:
        BadInput: enough were sent there.
    """
    bearer = Bearer(target, subscriber)
    end_tokens(connection, Purpose.CHANNEL, bearer, now)
    token = make_token(connection, Purpose.CHANNEL, bearer, now, LIFETIME)
    if token is None:
        raise _enough()
    return token


def _enough() -> BadInput:
    return BadInput(
        "Enough codes were sent there within an hour: look for yours, or add the channel again "
        "in an hour."
    )


def _waits(subscriber: str, kind: str, target: str, now: dt.datetime) -> list[Any]:
    """The channel, as long as what was sent there confirms it."""
    return [
        *_is(subscriber, kind, target),
        channels.c.removed_at.is_(None),
        channels.c.awaits.is_not(None),
        channels.c.awaits_until > now,
        channels.c.tries < MOST_TRIES,
    ]


def _digest(subscriber: str, target: str, code: str) -> str:
    return digest(f"{subscriber}\n{target}\n{code}")


def _is(subscriber: str, kind: str, target: str) -> list[Any]:
    return [
        channels.c.subscriber == subscriber,
        channels.c.kind == kind,
        channels.c.target == target,
    ]
