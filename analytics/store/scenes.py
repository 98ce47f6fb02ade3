"""Named lists of scenes: each saving is a new version, and none is ever overwritten."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import func, select

from analytics.model.scene_lists import ChangedMeanwhile, SavedList, SceneList
from analytics.store.database import Database
from analytics.store.schema import scenes


class SceneStore:
    """The lists of every member of staff in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> list[SavedList]:
        """The last version of each list that holds scenes, by name.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        last = select(scenes.c.name, func.max(scenes.c.version).label("version"))
        found = last.group_by(scenes.c.name).subquery()
        asked = (
            select(scenes)
            .join(found, (scenes.c.name == found.c.name) & (scenes.c.version == found.c.version))
            .order_by(scenes.c.name)
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        listed = [
            SavedList(SceneList.parse(json.loads(row.body)), row.version, row.saved_at)
            for row in rows
        ]
        return [saved for saved in listed if saved.scenes.scenes]

    def save(self, wanted: SceneList, edited: int, now: dt.datetime) -> SavedList:
        """Keep a list as the version after ``edited`` (0 for a new one); returns when committed.

        An empty list retires its name: it is kept, and no longer offered.

        Raises:
            ChangedMeanwhile: another version stands already; nothing was written.
            StoreUnavailable: it was not written.
        """
        body = json.dumps(wanted.to_plain(), separators=(",", ":"))
        standing = select(func.max(scenes.c.version)).where(scenes.c.name == wanted.name)
        row = {"name": wanted.name, "version": edited + 1, "saved_at": now, "body": body}
        with self._database.writing() as connection:
            last = connection.execute(standing).scalar() or 0
            fresh = last == edited and self._database.insert_if_absent(scenes, row, connection)
        if not fresh:
            raise ChangedMeanwhile(
                f"“{wanted.name}” was saved elsewhere meanwhile; load it again, or save under "
                "another name."
            )
        return SavedList(wanted, edited + 1, now)
