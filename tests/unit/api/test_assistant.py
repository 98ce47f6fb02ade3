"""The desk for an assistant: by the protocol's own client, over standard input and output."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

from analytics import __main__ as shell
from analytics.api import assistant
from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.desk.questions import QUESTIONS
from analytics.settings_reader import load_settings
from tests.support.builders import MONDAY_NOON, Clock, FakeSource, make_desk, make_frame, walk

ROOT = Path(__file__).parents[3]
FRIDAY = "2025-01-24"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = str(tmp_path_factory.mktemp("home"))
    desk = open_desk(load_settings(["--demo"], {"HOLDLINE_HOME": home}))
    yield desk
    desk.close()


def texts(result: CallToolResult) -> list[str]:
    return [str(getattr(one, "text", "")) for one in result.content]


def over_stdio(home: Path, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    """What is said to a server in a process of its own."""
    given = os.environ | {"HOLDLINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    words = ["-m", "analytics", "mcp", "--demo"]

    async def talking() -> Any:
        started = StdioServerParameters(command=sys.executable, args=words, env=dict(given))
        async with Client(started) as client:
            return await talk(client)

    with ThreadPoolExecutor(1) as aside:  # where a browser's test has left a loop running here
        return aside.submit(asyncio.run, talking()).result()


class TestOverStdio:
    def test_a_client_lists_asks_and_is_refused(self, tmp_path: Path, desk: Desk) -> None:
        async def talk(client: Client) -> Any:
            listed = await client.list_tools()
            wanted = {"symbol": "SPY", "as_of": FRIDAY}
            return (
                listed.tools,
                await client.call_tool("supports", wanted),
                await client.call_tool("supports", {"symbol": "ZZZZ"}),
                await client.call_tool("supports", {"symbol": "no symbol"}),
                await client.call_tool("delete-everything", {}),
            )

        listed, answer, absent, refused, unknown = over_stdio(tmp_path, talk)
        assert [tool.name for tool in listed] == list(QUESTIONS)
        assert all(tool.annotations.read_only_hint for tool in listed)
        origin, body = texts(answer)
        assert origin.startswith(
            "Source: SIMULATED, not market prices. As of 2025-01-24T16:00:00-05:00. "
            "Freshness: CLOSED."
        )
        ours = json.loads(desk.ask(*supports_of_friday()).to_json())
        theirs = json.loads(body)
        for found in (ours, theirs):
            found["provenance"].pop("fetched_at")
        assert theirs == ours
        assert not absent.is_error
        assert "No figure: The simulator does not know the symbol 'ZZZZ'." in texts(absent)[0]
        assert refused.is_error
        assert "'no symbol' is not a symbol" in texts(refused)[0]
        assert texts(unknown) == ["There is no question 'delete-everything'."]


def supports_of_friday() -> Any:
    from analytics.model.parameters import parse_as_of, parse_parameters

    question = QUESTIONS["supports"]
    parameters = parse_parameters(question.parameters, {"symbol": "SPY"})
    return question, parameters, parse_as_of("as_of", FRIDAY)


class TestAnswers:
    def test_what_is_too_long_names_its_parts(self, desk: Desk) -> None:
        wanted = {"symbol": "SPY", "as_of": FRIDAY}
        whole = assistant.answer_to(desk, "options-surface", wanted)
        assert whole.is_error
        assert "smiles" in texts(whole)[1]
        part = assistant.answer_to(desk, "options-surface", {**wanted, "fields": ["skew", "spot"]})
        assert not part.is_error
        found = json.loads(texts(part)[1])
        stated = {"question", "as_of", "freshness", "provenance"}
        assert set(found) == {"skew", "spot"} | stated

    def test_a_part_that_is_none_is_refused(self, desk: Desk) -> None:
        for fields in (["nope"], "skew", [1], [["skew"]]):
            refused = assistant.answer_to(desk, "supports", {"symbol": "SPY", "fields": fields})
            assert refused.is_error
            assert texts(refused)[0].startswith("fields must be a list of some of symbol, name")

    def test_every_tool_answers_or_says_why_not(self, desk: Desk) -> None:
        for name, question in QUESTIONS.items():
            names = question.parameters.__dataclass_fields__
            given: dict[str, Any] = {"symbol": "SPY", "paths": 100}
            wanted = {key: value for key, value in given.items() if key in names}
            result = assistant.answer_to(desk, name, wanted | {"as_of": FRIDAY})
            assert texts(result)[0].startswith("Source: SIMULATED"), name
            if result.is_error:
                assert "characters" in texts(result)[1], name
            else:
                assert json.loads(texts(result)[1])["question"] == name

    def test_a_source_that_is_away_is_an_error(self) -> None:
        from analytics.model.vocabulary import SourceFailure

        source = FakeSource({"SPY": make_frame(walk(300))}, Clock(MONDAY_NOON))
        source.errors["*"] = SourceFailure("Fake does not answer.")
        desk = make_desk(source)
        try:
            result = assistant.answer_to(desk, "supports", {"symbol": "SPY"})
        finally:
            desk.close()
        assert result.is_error
        assert "Fake does not answer." in texts(result)[0]


class TestCommand:
    def test_without_the_package_it_says_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        really = builtins.__import__

        def importing(name: str, *more: Any) -> Any:
            if name.partition(".")[0] == "mcp":
                raise ImportError(name)
            return really(name, *more)

        monkeypatch.delitem(sys.modules, "analytics.api.assistant")
        monkeypatch.delattr(sys.modules["analytics.api"], "assistant", raising=False)
        monkeypatch.setattr(builtins, "__import__", importing)
        assert shell.main(["mcp"]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err == (
            "The server for assistants needs a package that is not installed: "
            "pip install -r requirements-mcp.txt.\n"
        )

    def test_settings_it_cannot_use_are_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert shell.main(["mcp", "--source", "nope"]) == 2
        assert capsys.readouterr().err.count("\n") == 1
