"""The newsletter in the durable store: readers, issues, and each issue's letters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, func, insert, literal, or_, select, update

from analytics.accounts.tokens import new_id
from analytics.model.vocabulary import BadInput
from analytics.newsletter.model import Content, Issue, IssueState, Progress, Reader, ReaderState
from analytics.store.database import Database
from analytics.store.newsletter_tables import newsletter_issues as issues
from analytics.store.newsletter_tables import newsletter_letters as letters
from analytics.store.newsletter_tables import newsletter_readers as readers
from analytics.store.notices import utc_now

LEASE = dt.timedelta(minutes=2)
"""A process that sends an issue and is silent for so long is taken to have ended."""


class Newsletter:
    """All readers and issues.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    # ---- readers ----

    def ask(self, email: str) -> None:
        """Note that somebody typed an address; it reads only once it is confirmed."""
        now = self._clock()
        row = {"email": email, "state": ReaderState.ASKED.value, "asked_at": now, "reason": ""}
        again = update(readers).where(
            readers.c.email == email,
            readers.c.state.in_([ReaderState.LEFT.value, ReaderState.ASKED.value]),
        )
        with self._database.writing() as connection:
            if not self._database.insert_if_absent(readers, row, connection):
                connection.execute(again.values(state=ReaderState.ASKED.value, asked_at=now))

    def confirm(self, email: str) -> bool:
        """The address's owner wants it; False when it was stopped meanwhile."""
        wanted = update(readers).where(
            readers.c.email == email, readers.c.state != ReaderState.STOPPED.value
        )
        now = self._clock()
        values = {"state": ReaderState.READING.value, "confirmed_at": now, "ended_at": None}
        with self._database.writing() as connection:
            return bool(connection.execute(wanted.values(**values)).rowcount)

    def leave(self, email: str) -> None:
        """The address's owner wants no more; letters under way to it are not sent."""
        self._end(email, ReaderState.LEFT, "")

    def stop(self, email: str, reason: str) -> None:
        """Mail to the address is refused or unwanted: none is sent there any more."""
        self._end(email, ReaderState.STOPPED, reason[:200])

    def _end(self, email: str, state: ReaderState, reason: str) -> None:
        now = self._clock()
        ended = update(readers).where(
            readers.c.email == email, readers.c.state != ReaderState.STOPPED.value
        )
        waiting = update(letters).where(letters.c.email == email, *_waiting())
        with self._database.writing() as connection:
            values = {"state": state.value, "ended_at": now, "reason": reason, "trades": None}
            connection.execute(ended.values(**values))
            connection.execute(waiting.values(failed_at=now, error=reason or "unsubscribed"))

    def want_trades(self, email: str, *, wanted: bool) -> bool:
        """Send a reader changes of the model portfolio too, or no longer; False: it is none."""
        theirs = update(readers).where(
            readers.c.email == email, readers.c.state == ReaderState.READING.value
        )
        with self._database.writing() as connection:
            return bool(connection.execute(theirs.values(trades=wanted)).rowcount)

    def reader(self, email: str) -> Reader | None:
        """How an address stands."""
        with self._database.reading() as connection:
            row = connection.execute(select(readers).where(readers.c.email == email)).first()
        return None if row is None else _reader(row)

    def counts(self) -> dict[ReaderState, int]:
        """How many addresses stand how."""
        asked = select(readers.c.state, func.count()).group_by(readers.c.state)
        with self._database.reading() as connection:
            found: dict[str, int] = dict(connection.execute(asked).tuples().all())
        return {state: found.get(state.value, 0) for state in ReaderState}

    # ---- issues ----

    def schedule(
        self,
        name: str,
        free: Content,
        pro: Content,
        send_at: dt.datetime,
        *,
        only_trades: bool = False,
        connection: Connection | None = None,
    ) -> Issue:
        """Freeze an issue, to be sent once and not before a moment.

        Args:
            only_trades: for readers alone who asked for trades and whose plan shows them.
            connection: a transaction of the caller's to do it in; None makes one.

        Raises:
            BadInput: one of this name was scheduled before.
        """
        now = self._clock()
        made = Issue(new_id(), name, IssueState.SCHEDULED, now, send_at, free, pro)
        made = replace(made, only_trades=only_trades)
        row = {
            "id": made.id,
            "name": name,
            "state": made.state.value,
            "made_at": now,
            "send_at": send_at,
            "free": msgspec.msgpack.encode(free),
            "pro": msgspec.msgpack.encode(pro),
            "only_trades": only_trades,
        }
        if connection is not None:
            _schedule(row, connection)
            return made
        with self._database.writing() as own:
            _schedule(row, own)
        return made

    def stop_issue(self, issue: str) -> bool:
        """Send no more letters of an issue; whether any were left to send."""
        alive = update(issues).where(
            issues.c.id == issue,
            issues.c.state.in_([IssueState.SCHEDULED.value, IssueState.SENDING.value]),
        )
        values = {"state": IssueState.STOPPED.value, "finished_at": self._clock()}
        with self._database.writing() as connection:
            return bool(connection.execute(alive.values(**values)).rowcount)

    def issue(self, issue: str) -> Issue | None:
        """One by its id."""
        with self._database.reading() as connection:
            row = connection.execute(select(issues).where(issues.c.id == issue)).first()
        return None if row is None else _issue(row)

    def listed(self, *, only_sent: bool = False, most: int = 50) -> tuple[Issue, ...]:
        """The newest issues, newest first."""
        asked = select(issues).order_by(issues.c.send_at.desc()).limit(most)
        if only_sent:
            gone = [IssueState.SENDING.value, IssueState.SENT.value]
            asked = asked.where(issues.c.state.in_(gone))
        with self._database.reading() as connection:
            return tuple(_issue(row) for row in connection.execute(asked))

    def progress(self, issue: str) -> Progress:
        """How far an issue has got."""
        now = self._clock()
        begun = letters.c.begun_at.is_not(None)
        asked = select(
            func.count(),
            func.count(letters.c.sent_at),
            func.count(letters.c.failed_at),
            func.count().filter(and_(begun, *_waiting(), letters.c.begun_at < now - LEASE)),
        ).where(letters.c.issue == issue)
        with self._database.reading() as connection:
            total, sent, failed, unknown = connection.execute(asked).one()
        return Progress(total, sent, failed, total - sent - failed - unknown, unknown)

    # ---- sending: by one process at a time ----

    def claim(self) -> Issue | None:
        """The issue that is due and that nobody sends, for this process alone; None: there is none.

        Its letters are written the first time, one for each address that reads at that moment.
        """
        now = self._clock()
        free = or_(issues.c.leased_until.is_(None), issues.c.leased_until < now)
        alive = issues.c.state.in_([IssueState.SCHEDULED.value, IssueState.SENDING.value])
        asked = select(issues).where(alive, free, issues.c.send_at <= now)
        with self._database.reading() as connection:
            row = connection.execute(asked.order_by(issues.c.send_at).limit(1)).first()
        if row is None:
            return None
        taken = update(issues).where(issues.c.id == row.id, alive, free)
        with self._database.writing() as connection:
            values = {"state": IssueState.SENDING.value, "leased_until": now + LEASE}
            if not connection.execute(taken.values(**values)).rowcount:
                return None
            if row.state == IssueState.SCHEDULED.value:
                chosen = select(
                    literal(row.id),
                    readers.c.email,
                    literal(0),
                    literal(now, letters.c.next_at.type),
                ).where(readers.c.state == ReaderState.READING.value)
                if row.only_trades:
                    chosen = chosen.where(readers.c.trades.is_(True))
                columns = ["issue", "email", "attempts", "next_at"]
                connection.execute(insert(letters).from_select(columns, chosen))
        return _issue(row)

    def due(self, issue: str, most: int) -> tuple[tuple[str, int], ...]:
        """(address, attempts so far) of letters that are due."""
        asked = (
            select(letters.c.email, letters.c.attempts)
            .where(
                letters.c.issue == issue,
                *_waiting(),
                letters.c.begun_at.is_(None),
                letters.c.next_at <= self._clock(),
            )
            .order_by(letters.c.email)
            .limit(most)
        )
        with self._database.reading() as connection:
            return tuple((row.email, row.attempts) for row in connection.execute(asked))

    def turn(
        self, issue: str, begin: str | None, outcomes: Iterable[tuple[str, str, dt.datetime | None]]
    ) -> bool:
        """Note outcomes of letters, and begin the next, in one transaction.

        A letter is noted as begun before it is handed over: one whose process ends in between
        is not sent again by itself.

        Args:
            begin: the address of the next letter; None to begin none.
            outcomes: (address, error or "", when to try again or None) each.

        Returns:
            Whether the letter may be sent: the reader has not left, the issue is not stopped.
        """
        now = self._clock()
        with self._database.writing() as connection:
            for email, error, again in outcomes:
                theirs = update(letters).where(letters.c.issue == issue, letters.c.email == email)
                if not error:
                    connection.execute(theirs.values(sent_at=now, error=None))
                elif again is None:
                    connection.execute(theirs.values(failed_at=now, error=error))
                else:
                    connection.execute(theirs.values(begun_at=None, next_at=again, error=error))
            leased = update(issues).where(
                issues.c.id == issue, issues.c.state == IssueState.SENDING.value
            )
            alive = connection.execute(leased.values(leased_until=now + LEASE)).rowcount
            if begin is None or not alive:
                return False
            next_one = update(letters).where(
                letters.c.issue == issue,
                letters.c.email == begin,
                *_waiting(),
                letters.c.begun_at.is_(None),
            )
            values = {"begun_at": now, "attempts": letters.c.attempts + 1}
            return bool(connection.execute(next_one.values(**values)).rowcount)

    def finish(self, issue: str) -> bool:
        """Note that all letters of an issue are sent or failed; False when some are left."""
        left = select(func.count()).where(
            letters.c.issue == issue, *_waiting(), letters.c.begun_at.is_(None)
        )
        done = update(issues).where(
            issues.c.id == issue, issues.c.state == IssueState.SENDING.value
        )
        with self._database.writing() as connection:
            if connection.execute(left).scalar_one():
                return False
            values = {"state": IssueState.SENT.value, "finished_at": self._clock()}
            connection.execute(done.values(**values, leased_until=None))
        return True

    def release(self, issue: str) -> None:
        """Let another process send an issue, once more of its letters are due."""
        theirs = update(issues).where(issues.c.id == issue)
        with self._database.writing() as connection:
            connection.execute(theirs.values(leased_until=None))


def _schedule(row: dict[str, Any], connection: Connection) -> None:
    taken = select(issues.c.id).where(issues.c.name == row["name"])
    if connection.execute(taken).first() is not None:
        raise BadInput(f"“{row['name']}” was sent or scheduled already.")
    connection.execute(insert(issues).values(**row))


def _waiting() -> list[Any]:
    return [letters.c.sent_at.is_(None), letters.c.failed_at.is_(None)]


def _reader(row: Row[Any]) -> Reader:
    return Reader(
        row.email,
        ReaderState(row.state),
        row.asked_at,
        row.confirmed_at,
        row.ended_at,
        row.reason,
        bool(row.trades),
    )


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        row.id,
        row.name,
        IssueState(row.state),
        row.made_at,
        row.send_at,
        msgspec.msgpack.decode(row.free, type=Content),
        msgspec.msgpack.decode(row.pro, type=Content),
        row.finished_at,
        bool(row.only_trades),
    )
