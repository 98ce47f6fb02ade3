"""Python scripts in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """``script`` at work in the project's folder; its standard input and output are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line that it prints, without its end."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def write_line(process: subprocess.Popen[str], line: str) -> None:
    """Hand it ``line``."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
