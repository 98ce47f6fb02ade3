"""``python -m analytics accounts ...``: the first owner, recovery, and who there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.people import Person, Role
from analytics.alerts.model import LOCAL
from analytics.alerts.targets import parse_address
from analytics.assembly import open_database
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.store.records import Records

LINK_LIFETIME = dt.timedelta(hours=1)
ACCEPTED = (
    "Accepted are: accounts list; accounts link (this machine's owner, where there are no "
    "accounts); accounts owner ADDRESS; accounts recover ADDRESS."
)
_FROM = "shell"


def run(words: Sequence[str]) -> str:
    """What was done, or what was asked for.

    Raises:
        BadInput: for other words.
        StoreUnavailable: the store cannot be used.
    """
    settings = load_settings([])
    records = Records(open_database(settings))
    try:
        match list(words):
            case ["list"]:
                return _listed(records)
            case ["link"]:
                return owner_link(settings, records)
            case ["owner", address]:
                return _owner(settings, records, parse_address(address))
            case ["recover", address]:
                return recover(settings, records, parse_address(address))
    finally:
        records.close()
    raise BadInput(ACCEPTED)


def owner_link(settings: Settings, records: Records) -> str:
    """The address that makes a browser the owner's, where there are no accounts.

    Raises:
        BadInput: there are.
        StoreUnavailable: the store cannot be used.
    """
    if settings.has_accounts:
        raise BadInput("There are accounts here: accounts owner ADDRESS makes an owner.")
    records.people.owner_of_machine()
    token = records.one_time.make(Purpose.LINK, Bearer(person=LOCAL), dt.timedelta(days=1))
    return f"{settings.base_url}/owner?token={token}"


def _owner(settings: Settings, records: Records, address: str) -> str:
    person = records.people.with_email(address)
    records.people.set_role(person.id, Role.OWNER)
    records.people.enable(person.id)
    records.audit.add(None, _FROM, "make owner", person.id)
    return (
        f"{address} is an owner. Open this within the hour, and add a passkey on your account's "
        f"page:\n{_link(settings, records, person)}"
    )


def recover(settings: Settings, records: Records, address: str) -> str:
    """Shut everybody out of an account but who is at this shell: what was done, and a link.

    Raises:
        BadInput: there is no such account.
    """
    person = records.people.by_email(address)
    if person is None:
        raise BadInput(f"There is no account of {address}.")
    removed, ended = records.people.recover(person.id)
    records.audit.add(None, _FROM, "recover account", person.id)
    return (
        f"Of {address} {removed} passkeys are removed, and {ended.words} ended. Open this within "
        "the hour to sign in and add a passkey, and look through channels and addresses for "
        f"spreadsheets:\n{_link(settings, records, person)}"
    )


def _link(settings: Settings, records: Records, person: Person) -> str:
    token = records.one_time.make(Purpose.LINK, Bearer(person=person.id), LINK_LIFETIME)
    return f"{settings.base_url}/sign-in/link?token={token}"


def _listed(records: Records) -> str:
    rows = [
        f"{person.email or person.id:<40} {person.role.value:<8} "
        f"{'closed' if person.disabled_at else records.people.plan(person).value}"
        for person in records.people.listed()
    ]
    return "\n".join(rows) if rows else "There are no accounts yet."
