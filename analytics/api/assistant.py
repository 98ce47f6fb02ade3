"""The desk for an assistant, by the Model Context Protocol: each question is a tool that reads.

It speaks over standard input and output, for whoever started it, and shows what the shell shows.
An answer begins with its source, moment and freshness in words; what is missing is said, and no
error. Lists of hundreds of rows would fill an assistant's memory, so that an answer which is too
long names its parts, of which ``fields`` then asks for some.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from analytics.api.asking import ask, question_named
from analytics.api.schemas import input_schema
from analytics.desk.desk import Desk
from analytics.desk.questions import QUESTIONS
from analytics.model.parameters import BadParameter
from analytics.model.question import Answer, Question, new_york_iso
from analytics.model.vocabulary import BadInput, HoldlineError, SourceFailure, Unavailable

LONGEST = 60_000
"""Characters of an answer, some 20,000 tokens."""
FIELDS = "fields"
STATED = ("reason", "question", "as_of", "freshness", "provenance")

INSTRUCTIONS = (
    "Figures of the Holdline desk: supports, options, sectors, sentiment, calendar. Answer from "
    "these tools alone, and name the source, the as-of time and the freshness that each answer "
    "begins with. Where a tool states that there is no figure, say so. A source that is SIMULATED "
    "holds no market prices. Nothing here is investment advice."
)
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True)


def tools() -> list[Tool]:
    """A tool for each question, by the same declarations as the HTTP interface."""
    return [
        Tool(
            name=question.name,
            description=f"{question.about[:1].upper()}{question.about[1:]}.",
            input_schema=_schema_of(question),
            annotations=_READS,
        )
        for question in QUESTIONS.values()
    ]


def _schema_of(question: Question[Any, Any]) -> dict[str, Any]:
    schema = input_schema(question)
    names = [field.name for field in fields(question.result)]
    schema["properties"][FIELDS] = {
        "type": "array",
        "items": {"type": "string", "enum": names},
        "description": "The parts of the result that are wanted; without it, all of them.",
    }
    return schema


def answer_to(
    desk: Desk, name: str, arguments: dict[str, Any], opened: dt.date | None = None
) -> CallToolResult:
    """What a tool returns; a refusal is an error with one sentence.

    Args:
        opened: the moment of answers without an ``as_of``; None for now.
    """
    try:
        question = question_named(name)
        given = dict(arguments)
        wanted = _wanted(question, given.pop(FIELDS, None))
        answer = ask(desk, question, given, opened, complete=True)
    except HoldlineError as error:
        return _said(str(error), wrong=True)
    failed = answer.error is not None and issubclass(
        answer.error, BadInput | SourceFailure | Unavailable
    )
    text, left_out = _cut(answer.to_json(), wanted)
    if left_out:
        return _said(_origin(answer), left_out, wrong=True)
    return _said(_origin(answer), text, wrong=failed)


def _wanted(question: Question[Any, Any], given: object) -> tuple[str, ...]:
    """The result's fields that are asked for; none: all.

    Raises:
        BadParameter: one is none.
    """
    if given in (None, []):
        return ()
    names = [field.name for field in fields(question.result)]
    if not isinstance(given, list) or not all(name in names for name in given):
        said = f"{FIELDS} must be a list of some of {', '.join(names)}."
        raise BadParameter(FIELDS, said)
    return tuple(given)


def _cut(body: bytes, wanted: Sequence[str]) -> tuple[str, str]:
    """The answer's JSON with the fields wanted; or a sentence about one that is too long."""
    whole = json.loads(body)
    kept = {k: v for k, v in whole.items() if not wanted or k in wanted or k in STATED}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= LONGEST:
        return text, ""
    sizes = {name: len(json.dumps(value)) for name, value in kept.items() if name not in STATED}
    parts = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    return "", (
        f"The answer has {len(text):,} characters, more than {LONGEST:,}: ask for some of its "
        f"{FIELDS}, or narrow the parameters. Characters by field: {parts}."
    )


def _origin(answer: Answer[Any]) -> str:
    """Source, moment and freshness, or why there is no figure, as sentences."""
    provenance = answer.provenance
    source = "SIMULATED, not market prices" if provenance.simulated else provenance.source
    lines = [
        f"Source: {source}. As of {new_york_iso(answer.as_of)}. "
        f"Freshness: {answer.freshness.value}."
    ]
    if answer.reason is not None:
        lines.append(f"No figure: {answer.reason}")
    if provenance.stale:
        lines.append(f"Stale: {provenance.stale}")
    lines += provenance.notes
    return "\n".join(lines)


def _said(*texts: str, wrong: bool) -> CallToolResult:
    content = [TextContent(type="text", text=text) for text in texts]
    return CallToolResult(content=list(content), is_error=wrong)


def server_of(desk: Desk, opened: dt.date | None = None) -> Server[Any]:
    """The server over a desk; see `answer_to`."""

    async def list_tools(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools())

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        return await anyio.to_thread.run_sync(
            answer_to, desk, params.name, params.arguments or {}, opened
        )

    return Server(
        "holdline",
        title="Holdline",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(desk: Desk, opened: dt.date | None = None) -> None:
    """Answer over standard input and output until the first is closed."""

    async def running() -> None:
        server = server_of(desk, opened)
        async with stdio_server() as (received, sent):
            await server.run(received, sent, server.create_initialization_options())

    anyio.run(running)
