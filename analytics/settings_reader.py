"""The settings read: command line over environment over default."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args, get_origin, get_type_hints

from analytics.model.parameters import parse_as_of
from analytics.model.parsing import parse_choice, parse_typed_number
from analytics.model.vocabulary import BadInput
from analytics.settings import Settings
from analytics.sources import registry


def from_environment(variable: str, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """A variable's value, or that of the file which ``VARIABLE_FILE`` names; and who said so.

    An empty file is as good as none: a secret that is not used still needs its file.

    Raises:
        BadInput: both are set, or the file cannot be read as text.
    """
    by_file = f"{variable}_FILE"
    if not (path := environ.get(by_file)):
        return environ.get(variable), variable
    if environ.get(variable):
        raise BadInput(f"{variable} and {by_file} exclude each other.")
    try:
        return Path(path).read_text(encoding="utf-8").strip(), by_file
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadInput(f"{by_file} is {path[:80]!r}, which cannot be read: {reason}.") from None


def load_settings(
    arguments: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings: options first, then the environment, then the defaults.

    Each variable may name a file that holds its value, as ``HOLDLINE_STAFF_TOKEN_FILE``.
    ``--demo`` is short for ``--source demo``; ``--data DIR`` alone implies ``--source files``.

    Raises:
        BadInput: one sentence: which option or variable, and what is accepted.
    """
    environ = os.environ if environ is None else environ
    options = vars(_parser().parse_args(list(arguments)))
    if options.pop("demo"):
        if options["source"] not in (None, "demo"):
            raise BadInput(f"--demo and --source {options['source']} exclude each other.")
        options["source"] = "demo"
    values: dict[str, Any] = {}
    for spec in fields(Settings):
        text, origin = options.get(spec.name), spec.metadata["option"]
        if text is None:
            text, origin = from_environment(spec.metadata["env"], environ)
        if text:
            values[spec.name] = _parse(spec, text, origin)
    if "source" not in values and "data" in values:
        values["source"] = registry.folder_source()
    return Settings(**values)


def _parse(spec: Field[Any], text: str, origin: str) -> Any:
    hint = get_type_hints(Settings)[spec.name]
    low, high = spec.metadata["low"], spec.metadata["high"]
    if choices := registry.source_names() if spec.name == "source" else _choices(hint):
        choice = parse_choice(origin, text, choices)
        return choice == "1" if hint is bool else choice
    if hint in (int, float):
        accepted = f"a number from {low} to {high} is accepted"
        return parse_typed_number(origin, text, hint, low, high, accepted)
    if spec.name == "as_of":
        return parse_as_of(origin, text)
    if spec.name in ("home", "data"):
        return Path(text).expanduser()
    return text


def _choices(hint: Any) -> tuple[object, ...]:
    """What is accepted where that can be listed."""
    if hint is bool:
        return ("0", "1")
    return get_args(hint) if get_origin(hint) is Literal else ()


class _Parser(argparse.ArgumentParser):
    """argparse that raises in place of printing its usage and leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[:1].upper()}{message[1:]}; --help lists the options.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="app.py", description="Holdline: does support hold by the close?", allow_abbrev=False
    )
    parser.add_argument("--demo", action="store_true", help="the simulated market (offline)")
    for spec in fields(Settings):
        if option := spec.metadata["option"]:
            parser.add_argument(
                option,
                dest=spec.name,
                metavar=spec.name.upper(),
                help=f"{spec.metadata['about']} [{spec.metadata['env']}]".replace("%", "%%"),
            )
    return parser
