"""``python -m analytics QUESTION [SYMBOL ...]``, and the commands of an operator: the README."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence

from analytics.assembly import open_desk
from analytics.cli import as_text, parse_request
from analytics.commands import accounts, backups, lists
from analytics.desk.follow_up import ask_fully
from analytics.model.vocabulary import Freshness, HoldlineError, SourceFailure, Unavailable
from analytics.runtime import kernels
from analytics.settings_reader import load_settings


def main(words: list[str]) -> int:
    """Answer one question; 0 when answered, 2 for bad input or no such data, 1 for a failure."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if words[:1] == ["lists"]:
        return _lists(words[1:])
    if words[:1] == ["accounts"]:
        return _stated(accounts.run, words[1:])
    if words[:1] == ["mcp"]:
        return _assistant(words[1:])
    if words[:1] in (["import-chains"], ["import-put-call"]):
        from analytics.commands import imports  # pyarrow's tables, which no question needs

        return _stated(imports.run, words)
    if words[0:1] and words[0] in backups.COMMANDS:
        return _stated(backups.run, words)
    try:
        request = parse_request(words)
        desk = open_desk(request.settings)
    except HoldlineError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        answer = ask_fully(desk, request.question, request.parameters, request.settings.as_of)
    finally:
        desk.close()
    try:
        print(answer.to_json().decode() if request.as_json else as_text(answer), flush=True)
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if answer.result is not None:
        return 0
    print(answer.reason, file=sys.stderr)
    return 1 if answer.freshness is Freshness.ERROR else 2


def _assistant(words: list[str]) -> int:
    """Answer an assistant's questions until it hangs up; standard output is its alone."""
    try:
        from analytics.api import assistant
    except ImportError:
        print(
            "The server for assistants needs a package that is not installed: "
            "pip install -r requirements-mcp.txt.",
            file=sys.stderr,
        )
        return 2
    try:
        settings = load_settings(words)
        desk = open_desk(settings)
    except HoldlineError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        assistant.serve(desk, settings.as_of)
    finally:
        desk.close()
    return 0


def _lists(words: list[str]) -> int:
    try:
        return lists.run(words)
    except HoldlineError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, SourceFailure) else 2


def _stated(run: Callable[[Sequence[str]], str], words: Sequence[str]) -> int:
    """Print what a command did; 2 for bad input, 1 where the store cannot be used."""
    try:
        print(run(words))
    except HoldlineError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, Unavailable) else 2
    return 0


def _read_kernels() -> None:
    """Machine code that a server left under the home saves this command the interpreter."""
    try:
        kernels.read_compiled(load_settings([]).home)
    except HoldlineError:
        return  # what is wrong with the settings is said when they are read for the question


if __name__ == "__main__":
    if sys.argv[1:2] != ["import-chains"]:  # which computes enough to wait for the compiler
        _read_kernels()
    sys.exit(main(sys.argv[1:]))
