"""The weekly previews of every source: each saving is a new version, none is ever overwritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select, update

from analytics.model.vocabulary import NotAvailable
from analytics.preview.edition import Chart, Edition, Heading, Outdated, StaffText
from analytics.preview.model import Preview
from analytics.store.database import Database, StoreUnavailable
from analytics.store.schema import previews

Tell = Callable[..., int]


@dataclass(frozen=True)
class _Body:
    """What a row's ``body`` holds, in JSON."""

    preview: Preview
    staff: StaffText
    charts: tuple[Chart, ...]


class PreviewStore:
    """Editions by source, session and version.

    Every method raises `StoreUnavailable` where the store cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        source: str,
        preview: Preview,
        staff: StaffText,
        charts: tuple[Chart, ...],
        *,
        edited: int,
        now: dt.datetime,
    ) -> Heading:
        """Keep a version after ``edited`` (0: the first); returns when it is committed.

        Saving the same words again after a reply that was lost gives the version that stands.

        Raises:
            Outdated: another version stands already; nothing was written.
        """
        body = msgspec.json.encode(_Body(preview, staff, charts)).decode()
        row = {
            "source": source,
            "session": preview.session,
            "version": edited + 1,
            "saved_at": now,
            "body": body,
        }
        last = select(func.max(previews.c.version)).where(*_of(source, preview.session))
        with self._database.writing() as connection:
            standing = connection.execute(last).scalar() or 0
            fresh = standing == edited and self._database.insert_if_absent(
                previews, row, connection
            )
        if fresh:
            return Heading(preview.session, edited + 1, now)
        newest = self.edition(source, preview.session)
        if newest is not None and newest.heading.version == edited + 1 and newest.staff == staff:
            return newest.heading
        saved = "" if newest is None else f" ({newest.heading.saved_at:%H:%M} UTC)"
        number = 0 if newest is None else newest.heading.version
        raise Outdated(
            f"Not saved: version {number} was saved meanwhile{saved}, and you edited version "
            f"{edited}."
        )

    def publish(
        self,
        source: str,
        session: dt.date,
        version: int,
        now: dt.datetime,
        tell: Tell | None = None,
    ) -> tuple[Edition, bool]:
        """Mark a version as published and tell of it; True when it was not published before.

        Both are committed together or neither is; a version published again is not announced again.

        Args:
            tell: `Notices.publish`, called in the same transaction.

        Raises:
            NotAvailable: there is no such version.
        """
        mine = (*_of(source, session), previews.c.version == version)
        mark = update(previews).where(*mine, previews.c.published_at.is_(None))
        with self._database.writing() as connection:
            marked = bool(connection.execute(mark.values(published_at=now)).rowcount)
            row = connection.execute(select(previews).where(*mine)).first()
            if row is None:
                raise NotAvailable(f"There is no version {version} of the preview of {session}.")
            edition = _edition(row)
            if marked and tell is not None:
                _announce(edition, source, tell, connection)
        return edition, marked

    def edition(
        self,
        source: str,
        session: dt.date,
        version: int | None = None,
        *,
        published: bool = False,
    ) -> Edition | None:
        """That version, or the newest, as the viewer's plan shows it; None without.

        Args:
            published: only one that was published.
        """
        asked = select(previews).where(*_of(source, session))
        if version is not None:
            asked = asked.where(previews.c.version == version)
        if published:
            asked = asked.where(previews.c.published_at.is_not(None))
        with self._database.reading() as connection:
            row = connection.execute(asked.order_by(previews.c.version.desc()).limit(1)).first()
        return None if row is None else _edition(row).for_viewer()

    def versions(self, source: str, session: dt.date) -> tuple[Heading, ...]:
        """All versions of a session's preview, newest first."""
        return self._headings(_headed().where(*_of(source, session)), 1000)

    def published(self, source: str, most: int = 100) -> tuple[Heading, ...]:
        """The published versions, newest session first, its newest version first."""
        public = previews.c.published_at.is_not(None)
        return self._headings(_headed().where(previews.c.source == source, public), most)

    def _headings(self, asked: Select[Any], most: int) -> tuple[Heading, ...]:
        newest = asked.order_by(previews.c.session.desc(), previews.c.version.desc()).limit(most)
        with self._database.reading() as connection:
            rows = connection.execute(newest).all()
        return tuple(_heading(row) for row in rows)


def _announce(edition: Edition, source: str, tell: Tell, connection: Connection) -> None:
    """Tell every subscriber that an edition can be read."""
    preview, heading = edition.preview, edition.heading
    corrected = f" (version {heading.version})" if heading.version > 1 else ""
    opening = preview.section("supports") or preview.section("action")
    tell(
        "preview",
        f"{source} {heading.name}",
        f"{preview.title}{corrected}",
        opening.sentences[0].text if opening else "",
        f"/preview?edition={heading.name}",
        heading.published_at or heading.saved_at,
        simulated=preview.simulated,
        connection=connection,
    )


def _of(source: str, session: dt.date) -> tuple[Any, ...]:
    return (previews.c.source == source, previews.c.session == session)


def _headed() -> Select[Any]:
    table = previews.c
    return select(table.session, table.version, table.saved_at, table.published_at)


def _heading(row: Row[Any]) -> Heading:
    return Heading(row.session, row.version, row.saved_at, row.published_at)


def _edition(row: Row[Any]) -> Edition:
    heading = _heading(row)
    try:
        body = msgspec.json.decode(row.body, type=_Body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreUnavailable(
            f"Version {heading.name} of the preview cannot be read: {error}."
        ) from error
    return Edition(heading, body.preview, body.staff, body.charts)
