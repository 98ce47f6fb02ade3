"""Every door of a served site, listed from the app itself, as everybody who may stand before it."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Grant, Role
from analytics.model.access import STRANGER, Plan, Viewer
from components.frame.exchange import answer_id, question_id
from components.frame.panels import FEEDS
from components.server.doors import Door, door_of
from tests.support.accounts import DESK, Browser, Site

FRIDAY = {"as_of": "2025-01-24"}
FUZZED = int(os.environ.get("HOLDLINE_FUZZED_DOORS", "60"))

PRO_PANELS = {
    "options/history",
    "options/standing",
    "options/surprise",
    "options/term",
    "options/smile",
    "options/matrix",
    "options/unusual",
    "options/calibration",
    "sectors/rotation",
    "sectors/capital",
    "sectors/follow",
    "sectors/capture",
    "sentiment/companies",
    "sentiment/sectors",
    "sentiment/equal",
    "sentiment/concentration",
    "ledger/calls",
    "ledger/past",
    "ledger/rates",
    "portfolio/answer",
    "portfolio/holdings",
    "portfolio/fall",
    "portfolio/sectors",
    "portfolio/curve",
    "portfolio/returns",
    "portfolio/drawdown",
    "portfolio/changes",
    "preview/strategy",
}
"""What a free viewer is told of, and not shown; ``supports/pool`` too once a scan is asked for."""

SHARED_FIGURES = {
    "ledger/calls",
    "ledger/past",
    "ledger/rates",
    "options/calibration",
    "portfolio/holdings",
    "portfolio/changes",
}
"""Their figures are in part prices and levels, or rates of few, which free panels show too."""

SAMPLES = {"/own/<name>": "/own/watchlists", "/api/v1/<name>": "/api/v1/sectors"}
"""Addresses for rules of which not any word is one."""

PLANS = ("signed-out", "free", "trial", "pro", "staff", "owner")
VIEWERS = {
    "signed-out": STRANGER,
    "free": Viewer(Plan.FREE, "somebody"),
    "trial": Viewer(Plan.TRIAL, "somebody"),
    "pro": Viewer(Plan.PRO, "somebody"),
    "staff": Viewer(Plan.STAFF, "somebody"),
    "owner": Viewer(Plan.OWNER, "somebody"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served site over the demo, with an edition whose strategy is written."""
    site = Site(tmp_path_factory.mktemp("doors"))
    staff = enter(site, "staff")
    words = {"sections": {}, "strategy": "Sell the marked-secret-strategy puts.", "edited": 0}
    assert staff.send("/preview/draft", words | FRIDAY).status_code == 200
    assert staff.send("/preview/publish", {"edition": "2025-01-24.1"}).status_code == 200
    yield site
    site.desk.close()


def enter(site: Site, plan: str, at: str = "reader.example") -> Browser:
    """A browser of somebody who has a plan."""
    if plan == "signed-out":
        return site.browser()
    role = Role(plan) if plan in ("staff", "owner") else Role.VIEWER
    email = f"{plan}@{at}"
    browser = site.signed_in(email, role)
    if plan in ("trial", "pro") and not site.records.people.grants(site.person(email).id):
        grant(site, email, Plan(plan))
    return browser


def grant(site: Site, email: str, plan: Plan, until: dt.datetime | None = None) -> None:
    """Give somebody a plan from yesterday on."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    person, given = site.person(email), Grant(plan, "staff", yesterday, until)
    with site.records.database.writing() as connection:
        site.records.people.grant(person.id, given, None, "in tests", connection)


def panels_of(site: Site) -> list[str]:
    """``page/name`` of every panel of the app."""
    feeds = site.app.server.extensions[FEEDS]
    return [f"{page}/{name}" for page, feed in feeds.items() for name in feed.panels]


def panel(browser: Browser, name: str, **state: str) -> dict[str, Any]:
    """One panel's payload by itself."""
    query = "&".join(f"{key}={value}" for key, value in ({"panel": name} | state).items())
    reply = browser.get(f"/panel.json?{query}")
    assert reply.status_code == 200, (name, reply.data)
    payload: dict[str, Any] = reply.get_json()
    return payload


def asked(browser: Browser, page: str, question: Any) -> Any:
    """What a page's callback replies to a question."""
    output = f"{answer_id(page)}.data"
    body = {
        "output": output,
        "outputs": {"id": answer_id(page), "property": "data"},
        "inputs": [{"id": question_id(page), "property": "data", "value": question}],
        "changedPropIds": [f"{question_id(page)}.data"],
    }
    return browser.send("/_dash-update-component", body)


def marks_of(payloads: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> set[str]:
    """Figures of many digits, which nothing else shows by chance, and what titles found."""
    found: set[str] = set()
    for payload in payloads:
        found.update(re.findall(r"\d+\.\d{6,}", json.dumps(payload)))
    return found


class TestRoutes:
    """Each is answered or refused as it is declared."""

    @pytest.mark.parametrize("plan", PLANS)
    def test_as(self, site: Site, plan: str) -> None:
        """A route that is not declared fails here: see `components.server.doors`."""
        wrong = []
        at = "walks.example"  # whoever walks may begin a trial on the way
        browser = enter(site, plan, at)
        for rule in site.app.server.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                door = door_of(method, rule.rule)
                if door is None:
                    wrong.append(f"{method} {rule.rule} is not declared")
                    continue
                path = re.sub(r"<[^>]*>", "x", SAMPLES.get(rule.rule, rule.rule))
                reply = knock(browser, method, path)
                if path == "/sign-out":
                    browser = enter(site, plan, at)
                if reply.status_code >= 500:
                    wrong.append(f"{method} {path}: {reply.status_code} {reply.data[:200]!r}")
                elif was_refused(path, reply) is door.lets_in(VIEWERS[plan]):
                    wrong.append(f"{method} {path}: {reply.status_code} at {door.name}")
        assert not wrong, "\n".join(wrong)

    def test_a_route_of_nobody_is_not_declared(self) -> None:
        """The declarations are no pattern that fits everything."""
        assert door_of("GET", "/secrets.json") is None
        assert door_of("GET", "/scenes.json") is Door.EVERYBODY
        assert door_of("POST", "/scenes.json") is Door.STAFF


def knock(browser: Browser, method: str, path: str) -> Any:
    """Ask a route as the site's own page does, with an empty object where it takes one."""
    return browser.client.open(
        path,
        method=method,
        base_url=DESK,
        json=None if method == "GET" else {},
        headers={"Origin": DESK} if method != "GET" else {},
        environ_base={"REMOTE_ADDR": browser.address},
    )


def was_refused(path: str, reply: Any) -> bool:
    """Whether a reply says that its sender may not ask."""
    away = str(reply.headers.get("Location", "")).startswith("/sign-in")
    return reply.status_code in (401, 403) or (away and not path.startswith("/sign-"))


class TestPanels:
    """By every door that a payload leaves by."""

    @pytest.mark.parametrize("plan", PLANS)
    def test_each_is_shown_or_offered_as_declared(self, site: Site, plan: str) -> None:
        """And what is offered says what it answers, and shows nothing."""
        browser = enter(site, plan)
        payloads = {name: panel(browser, name, **FRIDAY) for name in panels_of(site)}
        offered = {name for name, payload in payloads.items() if payload.get("offer")}
        assert offered == (PRO_PANELS if plan in ("signed-out", "free") else set())
        for name in offered:
            payload = payloads[name]
            assert payload["title"].endswith("?")
            assert payload["absence"].startswith("The PRO plan shows ")
            assert [payload[part] for part in ("figure", "body", "data")] == [None] * 3
        titles = [(name.partition("/")[0], payloads[name]["title"]) for name in offered]
        assert len(titles) == len(set(titles)), "each panel of a page asks its own question"

    def test_a_scan_is_begun_by_pro_alone(self, site: Site) -> None:
        """The same panel without a scan is for everybody."""
        wanted = {"pool": "sectors"} | FRIDAY
        assert panel(enter(site, "free"), "supports/pool", **wanted)["offer"]
        assert "offer" not in panel(enter(site, "pro"), "supports/pool", **wanted)

    def test_nothing_of_pro_is_in_any_reply_to_a_free_viewer(self, site: Site) -> None:
        """Asked after PRO was, with the versions that PRO was given."""
        pro = enter(site, "pro")
        mine = {name: panel(pro, name, **FRIDAY) for name in panels_of(site)}
        marks = secret_marks(mine)
        feeds = site.app.server.extensions[FEEDS]
        for page in feeds:
            asked(pro, page, {"state": FRIDAY})
        for plan in ("signed-out", "free"):
            browser = enter(site, plan)
            for page, feed in feeds.items():
                seen = {name: mine[f"{page}/{name}"]["version"] for name in feed.panels}
                for question in ({"state": FRIDAY}, {"state": FRIDAY, "seen": seen}):
                    for _ in range(3):  # what took long is there when asked again
                        assert_clean(asked(browser, page, question), marks)
            for path in (
                *(f"/first/{page}?as_of=2025-01-24" for page in feeds if page != "market"),
                "/first/?as_of=2025-01-24",
                "/preview/file?form=html&as_of=2025-01-24",
                "/preview/file?form=md&edition=2025-01-24.1",
                "/preview/file?form=html&edition=2025-01-24.1",
                "/calendar.ics",
                "/live.json",
                "/notices.json?since=0",
                "/scenes.json",
                "/portfolio/changes.csv",
                "/readyz",
            ):
                assert_clean(browser.get(path), marks)

    def test_an_edition_has_its_strategy_for_pro(self, site: Site) -> None:
        """So that the test above would have found it."""
        for plan, there in (("free", False), ("pro", True), ("staff", True)):
            reply = enter(site, plan).get("/preview/file?form=md&edition=2025-01-24.1")
            assert reply.status_code == 200
            assert ("marked-secret-strategy" in reply.text) is there

    def test_a_token_shows_what_its_person_may_see(self, site: Site) -> None:
        """Programs go by the same doors."""
        for email, shown in (("free@reader.example", False), ("pro@reader.example", True)):
            enter(site, email.partition("@")[0])
            person = site.person(email)
            tokens = site.records.tokens
            token = tokens.make(person.id, "tests", Scope.READ, dt.timedelta(days=1))
            reply = site.browser().get(
                "/panel.json?panel=options/term&as_of=2025-01-24",
                Authorization=f"Bearer {token}",
            )
            assert (reply.get_json()["figure"] is not None) is shown

    def test_a_trial_that_ends_shows_nothing_from_that_second_on(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither what was drawn before."""
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
        browser = site.signed_in("ending@reader.example")
        grant(site, "ending@reader.example", Plan.TRIAL, ends)
        now = [ends - dt.timedelta(seconds=1)]
        monkeypatch.setattr(site.app.server.extensions["visitors"], "_clock", lambda: now[0])
        before = {name: panel(browser, name, **FRIDAY) for name in panels_of(site)}
        assert not [name for name, payload in before.items() if payload.get("offer")]
        now[0] = ends
        after = {name: panel(browser, name, **FRIDAY) for name in panels_of(site)}
        assert {name for name, payload in after.items() if payload.get("offer")} == PRO_PANELS
        assert browser.get("/portfolio/changes.csv").status_code == 403


def secret_marks(as_pro: dict[str, dict[str, Any]]) -> set[str]:
    """What stands in panels of PRO and in no others."""
    telling = PRO_PANELS - SHARED_FIGURES
    secret = marks_of([payload for name, payload in as_pro.items() if name in telling])
    open_to_all = marks_of([payload for name, payload in as_pro.items() if name not in PRO_PANELS])
    found = (secret - open_to_all) | {"marked-secret-strategy"}
    assert len(found) > 1000
    return found


def assert_clean(reply: Any, marks: set[str]) -> None:
    """No figure of PRO's is in a reply to who has not PRO."""
    text = reply.get_data(as_text=True)
    path = reply.request.path
    assert reply.status_code < 500, f"{path}: {text[:300]}"
    leaked = marks & set(re.findall(r"\d+\.\d{6,}|marked-secret-strategy", text))
    assert not leaked, f"{path} shows {sorted(leaked)[:5]}"


def assert_offered(reply: Any, page: str, short: str) -> None:
    """Where a callback answers for a panel of PRO's, it shows nothing of it."""
    if reply.status_code != 200 or f"{page}/{short}" not in PRO_PANELS:
        return
    payloads = reply.get_json()["response"][answer_id(page)]["data"]["payloads"]
    shown = payloads.get(short, {})
    assert not [part for part in ("figure", "body", "data") if shown.get(part)]


WORDS = st.sampled_from(
    [
        "SPY",
        "NVDA",
        "ZZZZ",
        "",
        "2025-01-24",
        "2025-01-27",
        "2025-01-27T10:02",
        "live",
        "50",
        "dma50",
        "sectors",
        "ten",
        "1",
        "-1",
        "nan",
        "' OR 1=1",
        "\u0000",
        "\U0001f600",
        "x" * 300,
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


class TestFuzzedPayloads:
    """0 x 5xx, 0 leaks; HOLDLINE_FUZZED_DOORS=10000 asks for the long form."""

    def test_no_payload_breaks_or_opens_a_door(self, site: Site) -> None:
        """As a free viewer, whose questions are otherwise anything."""
        pro = enter(site, "pro")
        marks = secret_marks({name: panel(pro, name, **FRIDAY) for name in panels_of(site)})
        feeds = site.app.server.extensions[FEEDS]
        fields = sorted(
            {
                name
                for feed in feeds.values()
                for one in feed.panels.values()
                for name in one.state.names()
            }
        )
        states = st.dictionaries(
            st.sampled_from([*fields, "plan", "offer"]), WORDS | ANYTHING, max_size=4
        )
        names = st.sampled_from(panels_of(site))
        free = enter(site, "free")

        @settings(
            max_examples=FUZZED,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(names, states | ANYTHING, ANYTHING, st.booleans())
        def ask(name: str, state: Any, seen: Any, alone: bool) -> None:
            browser = Browser(free.client, site.browser().address)
            page, _, short = name.partition("/")
            if alone and isinstance(state, dict):
                query = {"panel": name} | {k: v for k, v in state.items() if isinstance(v, str)}
                assert_clean(
                    browser.client.get(
                        "/panel.json",
                        query_string=query,
                        base_url="https://desk.example",
                        environ_base={"REMOTE_ADDR": browser.address},
                    ),
                    marks,
                )
                return
            question = {"state": state, "seen": {short: seen}, "only": [short]}
            reply = asked(browser, page, question)
            assert_clean(reply, marks)
            assert_offered(reply, page, short)

        ask()
