"""The key that signs the handles which the server gives out: from the environment, or made once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics.model.vocabulary import HoldlineError
from analytics.settings_reader import from_environment


@dataclass(frozen=True)
class SecretKey:
    """The key that signs handles.

    Attributes:
        note: why the key lasts only as long as the process, or None.
    """

    value: str
    note: str | None = None


def secret_key(home: Path, environ: Mapping[str, str] | None = None) -> SecretKey:
    """The key from ``HOLDLINE_SECRET_KEY``, else from ``home`` (made there with mode 0600).

    A home that cannot be written gives a key that lasts as long as the process.
    """
    environ = os.environ if environ is None else environ
    if given := from_environment("HOLDLINE_SECRET_KEY", environ)[0]:
        return SecretKey(given)
    path = home / "secret_key"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            stored = path.read_text(encoding="ascii").strip()
            if len(stored) >= 32:
                return SecretKey(stored)
            raise HoldlineError(f"{path} does not hold a key") from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            key = secrets.token_hex(32)
            file.write(key)
            return SecretKey(key)
    except (OSError, ValueError, HoldlineError) as error:
        return SecretKey(secrets.token_hex(32), f"The secret key is kept in memory only: {error}.")
