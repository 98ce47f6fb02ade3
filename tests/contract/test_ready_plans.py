"""Replies given in the event loop, as everybody: each plan is shown what it is shown by Flask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from analytics.model.access import Plan
from components.frame.exchange import answer_id, question_id
from components.frame.panels import FEEDS
from tests.contract.test_every_door import FRIDAY, PLANS, PRO_PANELS, enter, grant, marks_of
from tests.support.accounts import DESK, Browser, Site
from tests.support.event_loop import Loop, Sent


class Doors:
    """A served site, asked through its event loop."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.loop = Loop(site.app, https=True)
        self.visitors = site.app.server.extensions["visitors"]
        self.feeds: dict[str, Any] = site.app.server.extensions[FEEDS]

    def ask(self, browser: Browser, page: str, name: str, **question: Any) -> Sent:
        asked = {"state": FRIDAY, "only": [name]} | question
        body = {
            "output": f"{answer_id(page)}.data",
            "outputs": {"id": answer_id(page), "property": "data"},
            "inputs": [{"id": question_id(page), "property": "data", "value": asked}],
            "changedPropIds": [f"{question_id(page)}.data"],
        }
        cookie = {"Cookie": f"__Host-holdline={browser.cookie}"} if browser.cookie else {}
        return self.loop.call(body, Host="desk.example", Origin=DESK, **cookie)

    def panels(self) -> Iterator[tuple[str, str]]:
        return ((page, name) for page, feed in self.feeds.items() for name in feed.panels)

    def is_offered(self, sent: Sent, name: str) -> bool:
        return bool(sent.payloads.get(name, {}).get("offer"))


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    site = Site(tmp_path_factory.mktemp("ready"))
    yield Doors(site)
    site.desk.close()


class TestEveryPanel:
    def test_is_shown_to_its_plan_and_offered_to_the_others(self, doors: Doors) -> None:
        """PRO asks first and often, so that what is stored is PRO's; then everybody, often."""
        versions: dict[tuple[str, str], str] = {}
        pro = enter(doors.site, "pro")
        for page, name in doors.panels():
            for _ in range(4):
                sent = doors.ask(pro, page, name)
                assert not doors.is_offered(sent, name), f"{page}/{name}"
                versions[page, name] = sent.payloads.get(name, {}).get("version", "")
        reached = doors.loop.reached
        for plan in PLANS:
            browser = enter(doors.site, plan)
            offered = set()
            for page, name in doors.panels():
                for seen in ({}, {name: versions[page, name]}, {}, {}):
                    sent = doors.ask(browser, page, name, seen=seen)
                    assert sent.status == 200
                    if doors.is_offered(sent, name):
                        offered.add(f"{page}/{name}")
            assert offered == (PRO_PANELS if plan in ("signed-out", "free") else set()), plan
        asked = 4 * len(PLANS) * len(list(doors.panels()))
        assert doors.loop.reached - reached < 0.8 * asked  # so many were given in the loop

    def test_a_free_viewer_is_sent_no_figure_of_pro(self, doors: Doors) -> None:
        free, pro = enter(doors.site, "free"), enter(doors.site, "pro")
        page, name = "options", "smile"
        mine = [doors.ask(pro, page, name).payloads[name] for _ in range(4)]
        theirs = [doors.ask(free, page, name).payloads[name] for _ in range(4)]
        assert marks_of(mine)
        assert not marks_of(theirs)

    def test_nothing_of_ones_own_is_given_to_another(self, doors: Doors) -> None:
        ann, bob = doors.site.signed_in("ann@own.example"), doors.site.signed_in("bob@own.example")
        rule = {"kind": "near", "symbol": "NVDA", "level": 123.4567, "distance": 1, "unit": "pct"}
        assert ann.send("/alerts/rules", rule).status_code == 200
        before = [doors.ask(ann, "alerts", "rules") for _ in range(4)]
        assert all(b"NVDA" in sent.body for sent in before)
        assert all(b"NVDA" not in doors.ask(bob, "alerts", "rules").body for _ in range(4))


class TestPlansThatEnd:
    def test_a_plan_taken_away_is_at_an_end_with_the_next_question(self, doors: Doors) -> None:
        email = "falls@reader.example"
        browser = doors.site.signed_in(email)
        grant(doors.site, email, Plan.PRO)
        doors.visitors.forget()
        for _ in range(4):
            assert not doors.is_offered(doors.ask(browser, "options", "smile"), "smile")
        people = doors.site.records.people
        (id_, _), *_ = people.grants(doors.site.person(email).id)
        with doors.site.records.database.writing() as connection:
            people.revoke_grant(id_, connection)
        doors.visitors.forget()  # as the staff's route does
        assert doors.is_offered(doors.ask(browser, "options", "smile"), "smile")

    def test_signing_out_is_too(self, doors: Doors) -> None:
        browser = enter(doors.site, "pro", "leaves.example")
        for _ in range(4):
            assert not doors.is_offered(doors.ask(browser, "options", "smile"), "smile")
        cookie = browser.cookie
        assert browser.submit("/sign-out").status_code == 303
        browser.client.set_cookie("__Host-holdline", cookie, domain="desk.example", secure=True)
        assert doors.is_offered(doors.ask(browser, "options", "smile"), "smile")
