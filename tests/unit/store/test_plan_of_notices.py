"""Messages that need a plan go to whoever has it when they are published, and to nobody else."""

from __future__ import annotations

import datetime as dt

from analytics.accounts.people import Grant, Role
from analytics.alerts.kinds.near import Near
from analytics.alerts.model import LOCAL
from analytics.model.access import Plan
from analytics.store.database import Database
from analytics.store.records import Records

NOW = dt.datetime.now(dt.UTC)


def test_a_trade_is_told_to_pro_alone() -> None:
    """A preview to all; of a trial until its end."""
    records = Records(Database(None))
    ends = {"free": None, "pro": None, "over": NOW - dt.timedelta(seconds=1)}
    ids = {}
    for name, until in ends.items():
        person = records.people.with_email(f"{name}@home.example").id
        ids[name] = person
        rule = Near.parse({"symbol": "SPY", "sessions": 50, "distance": 1, "unit": "pct"})
        records.subscriptions.add_rule(person, rule)
        if name != "free":
            grant = Grant(Plan.PRO, "staff", NOW - dt.timedelta(days=9), until)
            with records.database.writing() as connection:
                records.people.grant(person, grant, None, "in tests", connection)
    staff = records.people.with_email("staff@desk.example").id
    records.people.set_role(staff, Role.STAFF)
    records.subscriptions.add_rule(staff, rule)

    def told(kind: str) -> set[str]:
        records.notices.publish(kind, "1", "A title", "", "/portfolio", NOW)
        everybody = {**ids, "staff": staff, "local": LOCAL}
        return {
            name
            for name, person in everybody.items()
            if any(n.message.kind == kind for n in records.notices.latest(person, 9))
        }

    assert told("trade") == {"pro", "staff", "local"}
    assert told("preview") == {"free", "pro", "over", "staff", "local"}
