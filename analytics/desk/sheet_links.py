"""Addresses of sheets that stay current: whose they are, and which levels they give.

An address holds only whose it is and its id, signed by the server; what it gives stands in the
store, in its person's documents, and is gone from there when it is revoked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analytics.accounts.people import plan_of
from analytics.accounts.tokens import new_id
from analytics.desk.level_sheets import SheetWish, parse_wish, wish_as_plain
from analytics.model.access import LOCAL, Plan, Viewer
from analytics.model.own_lists import MOST_NAME, WATCHLISTS
from analytics.model.vocabulary import BadInput
from analytics.store.records import Records

KIND = "sheets"
MOST = 20
"""Addresses of one person."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class SheetLink:
    """One address.

    Attributes:
        title: what it gives.
        list: the watchlist whose symbols it gives, as that stands when it is asked; "" for none.
        wish: as `parse_wish` reads it.
    """

    id: str
    title: str
    list: str
    wish: Mapping[str, str]
    made_at: str


class SheetLinks:
    """Everybody's addresses.

    Args:
        records: where they stand; each method raises `Unavailable` when the store fails.
        accounts: whether people sign in; else there is one owner.
        clock: wall time, UTC.
    """

    def __init__(
        self, records: Records, *, accounts: bool, clock: Callable[[], dt.datetime] = _utc_now
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._clock = clock

    def of(self, subscriber: str) -> tuple[SheetLink, ...]:
        """Somebody's, the newest first."""
        body = self._records.documents.read(subscriber, KIND).body
        return tuple(SheetLink(**one) for one in body.get("links", []))

    def make(self, subscriber: str, raw: Mapping[str, object]) -> SheetLink:
        """A new one, of a watchlist (``list``) or of ``symbols``; see `parse_wish` for the rest.

        Raises:
            BadInput: what is wanted is malformed, or there are `MOST`.
            ChangedElsewhere: another was made or revoked at the same time.
        """
        given = dict(raw)
        named = given.pop("list", "")
        if not isinstance(named, str) or len(named) > MOST_NAME or not named.isprintable():
            raise BadInput("list is the name of a watchlist.")
        if named:
            given["symbols"] = ",".join(self._symbols_of(subscriber, named))
        wish = parse_wish(given)
        title = named or ", ".join(wish.symbols[:4]) + ("..." if len(wish.symbols) > 4 else "")
        link = SheetLink(
            new_id(), title, named, wish_as_plain(wish), self._clock().isoformat(timespec="seconds")
        )
        before = self._records.documents.read(subscriber, KIND)
        links = [vars(link), *before.body.get("links", [])]
        if len(links) > MOST:
            raise BadInput(f"There are {MOST} addresses already: revoke one first.")
        self._records.documents.write(subscriber, KIND, {"links": links}, before.version)
        return link

    def revoke(self, subscriber: str, link: object) -> None:
        """End one of somebody's.

        Raises:
            BadInput: it is none of theirs.
            ChangedElsewhere: see `make`.
        """
        before = self._records.documents.read(subscriber, KIND)
        links = before.body.get("links", [])
        left = [one for one in links if one["id"] != link]
        if len(left) == len(links):
            raise BadInput("There is no such address of yours.")
        self._records.documents.write(subscriber, KIND, {"links": left}, before.version)

    def find(self, subscriber: str, link: str) -> tuple[SheetLink, Viewer] | None:
        """An address that was not revoked, and the viewer whom it is answered as: its person, at
        this moment, looking; None where there is none, or its person is shut out."""
        viewer = self._viewer(subscriber, link)
        found = next((one for one in self.of(subscriber) if one.id == link), None)
        return None if viewer is None or found is None else (found, viewer)

    def wish_of(self, subscriber: str, link: SheetLink) -> SheetWish:
        """What it gives now.

        Raises:
            BadInput: its watchlist is gone.
        """
        raw: dict[str, Any] = dict(link.wish)
        if link.list:
            raw["symbols"] = ",".join(self._symbols_of(subscriber, link.list))
        return parse_wish(raw)

    def _symbols_of(self, subscriber: str, named: str) -> list[str]:
        body = self._records.documents.read(subscriber, WATCHLISTS).body
        for one in body.get("lists", []):
            if one["name"] == named:
                symbols: list[str] = one["symbols"]
                return symbols
        raise BadInput(f"There is no watchlist {named!r} any more.")

    def _viewer(self, subscriber: str, link: str) -> Viewer | None:
        if not self._accounts:
            local = Viewer(Plan.PRO, session=link, edits=False, subscriber=LOCAL)
            return local if subscriber == LOCAL else None
        person = self._records.people.by_id(subscriber)
        if person is None or person.disabled_at is not None or subscriber == LOCAL:
            return None
        grants = [grant for _, grant in self._records.people.grants(subscriber)]
        plan = plan_of(person.role, grants, self._clock())
        if plan.includes(Plan.STAFF):
            plan = Plan.PRO
        return Viewer(plan, subscriber, link, edits=False, subscriber=subscriber)
