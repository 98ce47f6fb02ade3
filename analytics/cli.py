"""The desk from the shell: words to a question, an answer to JSON or a readable table."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from analytics.desk.questions import QUESTIONS
from analytics.model.levels import LevelId, live_levels
from analytics.model.parameters import parameter_types, parse_parameters
from analytics.model.question import Answer, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.sources.registry import source_names

LONGEST_LIST = 12

_SOURCE_OPTIONS = ("source", "data", "as_of")


@dataclass(frozen=True)
class Request:
    """What the shell's words ask for."""

    question: Question[Any, Any]
    parameters: Any
    settings: Settings
    as_json: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; --help lists what is accepted.")


def parse_request(words: Sequence[str]) -> Request:
    """Read the command line.

    Raises:
        BadInput: one sentence about the first word that is wrong.
        SystemExit: after ``--help``.
    """
    options = vars(build_parser().parse_args(list(words)))
    question = QUESTIONS[options.pop("question")]
    settings_words = ["--demo"] if options.pop("demo") else []
    for name in _SOURCE_OPTIONS:
        value = options.pop(name)
        if value is not None:
            settings_words += [f"--{name.replace('_', '-')}", value]
    as_json = options.pop("json")
    return Request(
        question=question,
        parameters=parse_parameters(question.parameters, options),
        settings=load_settings(settings_words),
        as_json=as_json,
    )


def build_parser() -> argparse.ArgumentParser:
    """One sub-command a question, its options taken from the parameters' fields."""
    names = ", ".join(source_names())
    shared = _Parser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print the answer as JSON")
    shared.add_argument("--demo", action="store_true", help="use the simulated market")
    shared.add_argument("--source", metavar="NAME", help=f"one of {names}")
    shared.add_argument("--data", metavar="DIR", help="folder of the files source")
    shared.add_argument(
        "--as-of", metavar="DATE", help="answer as of that session's close, or of 2025-01-27T10:00"
    )
    parser = _Parser(
        prog="python -m analytics",
        description="Ask Holdline's desk a question from the shell.",
    )
    commands = parser.add_subparsers(dest="question", required=True, metavar="QUESTION")
    for name, question in QUESTIONS.items():
        about = question.about.replace("%", "%%")  # argparse formats what it prints
        command = commands.add_parser(
            name,
            parents=[shared],
            help=about,
            description=about,
            allow_abbrev=False,
        )
        _add_parameters(command, question)
    return parser


def _add_parameters(command: argparse.ArgumentParser, question: Question[Any, Any]) -> None:
    for field, hint in parameter_types(question.parameters).items():
        if field == "symbol":
            optional: dict[str, Any] = {"nargs": "?"} if type(None) in typing.get_args(hint) else {}
            command.add_argument(
                "symbol", metavar="SYMBOL", help="a symbol such as SPY", **optional
            )
        elif field == "symbols":
            command.add_argument("symbols", metavar="SYMBOL", nargs="*", help="symbols")
        else:
            option = f"--{field.replace('_', '-')}"
            if typing.get_origin(hint) is tuple:
                member = typing.get_args(hint)[0]
                word = _metavar(member) if typing.get_origin(member) else "SYMBOL"
                about = "any of them" if typing.get_origin(member) else "symbols"
                command.add_argument(option, dest=field, metavar=word, nargs="+", help=about)
            else:
                command.add_argument(option, dest=field, metavar=_metavar(hint))


def _metavar(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return "|".join(str(choice) for choice in typing.get_args(hint))
    inner = next((a for a in typing.get_args(hint) if a is not type(None)), hint)
    if inner is LevelId:
        return "|".join(level.name for level in live_levels())
    return {dt.date: "DATE", int: "N", Symbol: "SYMBOL", bool: "1|0"}.get(inner, "TEXT")


def as_text(answer: Answer[Any]) -> str:
    """The answer as aligned text: figures first, then a table for each list of rows."""
    lines = [f"{answer.question}  as of {answer.as_of.astimezone(NEW_YORK):%Y-%m-%d %H:%M %Z}"]
    source = answer.provenance
    origin = "SIMULATED - not market prices" if source.simulated else source.source
    lines.append(f"source  {origin}, {answer.freshness}")
    if source.stale:
        lines.append(f"stale   {source.stale}")
    lines += [f"list    {aged}" for aged in source.lists]
    if answer.result is None:
        return "\n".join([*lines, f"no answer: {answer.reason}"])
    lines += _section("", answer.result)
    if source.rejected:
        lines.append("rejected rows: " + _inline(source.rejected))
    if source.missing:
        lines.append("missing: " + _inline(source.missing))
    lines += [f"note: {note}" for note in source.notes]
    return "\n".join(lines)


PRICES = frozenset(
    (
        *("price", "previous_close", "open", "high", "low", "close", "atr", "level_price"),
        *("session_level", "if_closed_here", "close_needed", "implied", "spot"),
    )
)
"""Fields written in the decimals of their instrument."""


def _section(prefix: str, value: Any, quotation: Quotation = DOLLARS) -> list[str]:
    lines: list[str] = []
    quotation = getattr(value, "quotation", quotation)
    for field in dataclasses.fields(value):
        name, item = f"{prefix}{field.name}", getattr(value, field.name)
        if dataclasses.is_dataclass(item):
            lines += _section(f"{name}.", item, quotation)
        elif isinstance(item, tuple) and item and dataclasses.is_dataclass(item[0]):
            lines += [f"\n{name}", *_table(item, quotation)]
        elif isinstance(item, Mapping) and any(_is_nested(v) for v in item.values()):
            for key, inner in item.items():
                lines += _nested(f"{name}.{key}", inner)
        else:
            lines.append(f"{name}  {_written(field.name, item, quotation)}")
    return lines


def _nested(name: str, value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return _section(f"{name}.", value)
    if isinstance(value, Mapping):
        return [line for key, inner in value.items() for line in _nested(f"{name}.{key}", inner)]
    return [f"{name}  {_cell(value)}"]


def _is_nested(value: Any) -> bool:
    return dataclasses.is_dataclass(value) or isinstance(value, Mapping)


def _written(name: str, value: Any, quotation: Quotation) -> str:
    if name in PRICES and isinstance(value, float):
        return f"{value:.{quotation.decimals}f}"
    return _cell(value)


def _table(rows: Sequence[Any], quotation: Quotation) -> list[str]:
    names = [
        field.name
        for field in dataclasses.fields(rows[0])
        if not isinstance(getattr(rows[0], field.name), LevelId)  # its name stands beside it
    ]
    cells = [
        [_written(name, getattr(row, name), getattr(row, "quotation", quotation)) for name in names]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in (names, *cells)
    ]


def _cell(value: Any) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _inline(value) or "none"
    if isinstance(value, tuple) and len(value) > LONGEST_LIST:
        return f"{len(value)} values, {_cell(value[0])} to {_cell(value[-1])}"
    if isinstance(value, tuple):
        return ", ".join(_cell(item) for item in value) or "none"
    if dataclasses.is_dataclass(value):
        return " ".join(_cell(getattr(value, f.name)) for f in dataclasses.fields(value))
    return str(value)


def _number(value: float) -> str:
    """Two decimals; four significant digits under 0.1, so that a rate is not cut to nothing."""
    if abs(value) >= 1e6:
        return f"{value:,.0f}"
    if round(value, 2) == -100 != value:
        return f"{value:.7g}"  # a loss short of all is not all
    return f"{value:.4g}" if 0 < abs(value) < 0.1 else f"{value:.2f}"


def _inline(mapping: Mapping[Any, Any]) -> str:
    return "; ".join(f"{key}: {_cell(value)}" for key, value in mapping.items())
