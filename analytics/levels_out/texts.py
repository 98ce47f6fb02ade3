"""Texts put into files of other programs, so that nothing in them can become more than text."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def one_line(text: str) -> str:
    """Without line ends and control characters, so that it stays within a line or a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def cell(text: str) -> str:
    """A cell of a spreadsheet; one that would be taken for a formula is quoted (')."""
    shown = one_line(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def pine_string(text: str) -> str:
    """A literal of Pine."""
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def think_string(text: str) -> str:
    """A literal of thinkScript, which has no way to write a quotation mark within one."""
    return '"' + one_line(text).replace('"', "'").replace("\\", "/") + '"'
