"""The interface for programs, over every declared question: answers, plans, description, fuzz."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from analytics import __main__ as shell
from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Role
from analytics.api.openapi import BASE, description_of_all
from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.desk.questions import QUESTIONS
from analytics.model.access import Plan
from analytics.settings_reader import load_settings
from app import create_app
from tests.contract.test_every_door import PLANS, VIEWERS, grant
from tests.support.accounts import Site

FRIDAY = "2025-01-24"
FUZZED = int(os.environ.get("HOLDLINE_FUZZED_DOORS", "60")) * 5
PATHS = "100"
"""Of the bootstrap: few, so that a test takes no minute."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = str(tmp_path_factory.mktemp("home"))
    desk = open_desk(load_settings(["--demo"], {"HOLDLINE_HOME": home}))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def laptop(desk: Desk) -> FlaskClient:
    client: FlaskClient = create_app(load_settings(["--demo"], {}), desk).server.test_client()
    return client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("api"))
    yield site
    site.desk.close()


def asked_of(name: str) -> dict[str, str]:
    """What a question needs to be asked at all, and little of what takes long."""
    fields = QUESTIONS[name].parameters.__dataclass_fields__
    usual = {"symbol": "NVDA", "paths": PATHS}
    return {field: value for field, value in usual.items() if field in fields}


def ask(client: FlaskClient, name: str, **query: str) -> Any:
    return client.get(BASE + name, query_string=query, base_url="http://localhost")


@pytest.mark.parametrize("name", QUESTIONS)
class TestEveryQuestion:
    def test_it_is_answered_as_the_shell_prints_it(
        self,
        name: str,
        desk: Desk,
        laptop: FlaskClient,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(shell, "open_desk", lambda settings: desk)
        monkeypatch.setattr(desk, "close", lambda: None)
        query = asked_of(name)
        words = [query["symbol"]] if "symbol" in query else []
        words += ["--paths", PATHS] if "paths" in query else []
        shell.main([name, *words, "--demo", "--as-of", FRIDAY, "--json"])
        reply = ask(laptop, name, **query, as_of=FRIDAY)
        assert reply.status_code == 200
        printed = capsys.readouterr().out.rstrip("\n")
        assert reply.get_data(as_text=True) == printed
        assert reply.get_json()["question"] == name

    def test_its_answer_is_as_described(self, name: str, laptop: FlaskClient) -> None:
        described = description_of_all()
        operation = described["paths"][BASE + name]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        answer = ask(laptop, name, **asked_of(name), as_of=FRIDAY).get_json()
        result = schema["anyOf"][1 if answer["freshness"] == "NO DATA" else 0]
        for one in (result, *schema["allOf"]):
            whole = {**one, "components": described["components"]}
            jsonschema.Draft202012Validator(whole).validate(answer)

    def test_what_is_described_is_what_is_accepted(self, name: str, laptop: FlaskClient) -> None:
        """Each parameter's example by itself, and a value of another kind."""
        operation = description_of_all()["paths"][BASE + name]["get"]
        needed = asked_of(name)
        for parameter in operation["parameters"]:
            if parameter["name"] in ("own", "paths", "end") or "example" not in parameter:
                continue  # `end` by itself may lie before the start
            example = parameter["example"]
            text = ",".join(map(str, example)) if isinstance(example, list) else str(example)
            query = needed | {"as_of": FRIDAY} | {parameter["name"]: text}
            reply = ask(laptop, name, **query)
            assert reply.status_code == 200, (query, reply.data)
            if parameter["schema"].get("type") != "string" or "pattern" in parameter["schema"]:
                refused = ask(laptop, name, **(query | {parameter["name"]: "?!"}))
                assert refused.status_code == 400
                assert refused.mimetype == "application/problem+json"
                problem = refused.get_json()
                assert problem["parameter"] == parameter["name"]
                assert parameter["name"] in problem["detail"]

    @pytest.mark.parametrize("plan", PLANS)
    def test_its_plan_holds(self, name: str, plan: str, site: Site) -> None:
        """By a token, and for a stranger without one."""
        needs = QUESTIONS[name].offer.plan
        headers = {} if plan == "signed-out" else {"Authorization": token_of(site, plan)}
        browser = site.browser()
        query = "&".join(f"{k}={v}" for k, v in (asked_of(name) | {"as_of": FRIDAY}).items())
        reply = browser.get(f"{BASE}{name}?{query}", **headers)
        shown = VIEWERS[plan].plan.includes(needs)
        assert reply.status_code == (401 if plan == "signed-out" else 200 if shown else 403)
        if reply.status_code == 403:
            problem = reply.get_json()
            assert problem["plan"] == needs.value
            assert problem["detail"].startswith("The PRO plan shows ")


_tokens: dict[tuple[int, str], str] = {}


def token_of(site: Site, plan: str) -> str:
    """The header of a token of somebody who has a plan."""
    key = (id(site), plan)
    if key not in _tokens:
        role = Role(plan) if plan in ("staff", "owner") else Role.VIEWER
        email = f"{plan}@programs.example"
        person = site.person(email, role)
        if plan in ("trial", "pro"):
            grant(site, email, Plan(plan))
        made = site.records.tokens.make(person.id, "tests", Scope.EDIT, dt.timedelta(days=1))
        _tokens[key] = f"Bearer {made}"
    return _tokens[key]


class TestDescription:
    def test_it_is_openapi(self) -> None:
        validate(description_of_all())

    def test_it_has_every_question_and_the_list(self, laptop: FlaskClient) -> None:
        described = laptop.get(f"{BASE}openapi.json", base_url="http://localhost").get_json()
        listed = laptop.get(BASE, base_url="http://localhost").get_json()["questions"]
        assert set(described["paths"]) == {BASE} | {BASE + name for name in QUESTIONS}
        assert [one["name"] for one in listed] == list(QUESTIONS)
        plans = {one["name"]: one["plan"] for one in listed}
        assert (plans["supports"], plans["portfolio"]) == ("free", "pro")

    def test_bounds_choices_and_defaults_are_those_declared(self) -> None:
        """By hand, for one of each kind."""
        paths = description_of_all()["paths"]

        def schema(question: str, name: str) -> Any:
            found = paths[BASE + question]["get"]["parameters"]
            return next(one for one in found if one["name"] == name)["schema"]

        assert schema("hold-universe", "group")["type"] == "string"
        for question in ("hold-study", "hold-universe"):
            mixed = schema(question, "level")
            assert "type" not in mixed
            assert mixed["enum"][:5] == [20, 50, 100, 200, "10-week"]
            assert mixed["default"] == 50
        assert schema("options", "short_days") == {
            "type": "integer",
            "minimum": 0,
            "maximum": 89,
            "default": 30,
        }
        assert schema("supports", "sets")["items"] == {
            "type": "string",
            "enum": ["weekly", "prior-lows", "prior-highs", "vwap", "profile"],
        }
        assert schema("sectors", "start") == {"type": "string", "format": "date"}
        assert schema("supports", "options") == {"type": "boolean", "default": True}
        assert schema("call-ledger", "level")["enum"] == ["20-DMA", "50-DMA", "100-DMA", "200-DMA"]


WORDS = st.sampled_from(
    [
        *("SPY", "NVDA", "ZZZZ", "", "^GSPC", "SPY,NVDA", "2025-01-24", "2025-01-27T10:02"),
        *("2031-01-01", "1-1-1", "0001-01-01", "live", "50", "-1", "1e999", "nan", "true", "all"),
        *("sectors", "' OR 1=1", "\x00", "\U0001f600", "x" * 300, '{"kind": "crossing"}', "[[[["),
        *("[" * 150, "{}", "%", "../../etc/passwd", "\r\nSet-Cookie: a=b", "9" * 30, "-0"),
    ]
)


class TestFuzz:
    """Whatever is asked: an answer, or a problem that says what was wrong; never a failure."""

    def test_no_query_breaks_it(self, laptop: FlaskClient) -> None:
        names = sorted(
            {field for q in QUESTIONS.values() for field in q.parameters.__dataclass_fields__}
        )
        queries = st.dictionaries(
            st.sampled_from([*names, "as_of", "plan", ""]),
            st.lists(WORDS | st.text(max_size=12), min_size=1, max_size=2),
            max_size=4,
        )

        @settings(
            max_examples=FUZZED,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from([*QUESTIONS, "nope"]), queries, st.sampled_from(["SPY", "NVDA", ""]))
        def ask_anything(name: str, query: dict[str, list[str]], symbol: str) -> None:
            if name in QUESTIONS:
                needed = asked_of(name)
                query = {key: [value] for key, value in needed.items()} | query
                if symbol and "symbol" in needed and "symbol" not in query:
                    query["symbol"] = [symbol]
            pairs = [(key, value) for key, values in query.items() for value in values]
            reply = laptop.get(BASE + name, query_string=pairs, base_url="http://localhost")
            assert reply.status_code in (200, 400, 404), (name, query, reply.data[:300])
            said = json.loads(reply.data)
            if reply.status_code != 200:
                assert reply.mimetype == "application/problem+json"
                assert said["detail"].endswith(".")

        ask_anything()
