"""``python -m analytics backup FILE`` and ``restore FILE``: the store, whole and read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analytics.model.vocabulary import BadInput
from analytics.settings_reader import load_settings
from analytics.store import backup
from analytics.store.database import store_url

COMMANDS = ("backup", "restore")


def run(words: Sequence[str]) -> str:
    """What was done, in a sentence.

    Raises:
        BadInput: for other words than ``backup FILE`` or ``restore FILE``, or a wrong file.
        StoreUnavailable: it could not be done.
    """
    if len(words) != 2 or words[0] not in COMMANDS or words[1].startswith("-"):
        raise BadInput("Accepted are: backup FILE, restore FILE.")
    command, path = words[0], Path(words[1])
    settings = load_settings([])
    url = settings.database_url or store_url(settings.home)
    if command == "backup":
        done = backup.back_up(url, path)
        return f"Backed up {_content(done)} to {path}, and read back."
    done = backup.restore(url, path)
    aside = f" What stood there before is in {done.aside}." if done.aside else ""
    return f"Restored {_content(done)} from {path}.{aside}"


def _content(done: backup.Backup) -> str:
    size = f"{done.size_bytes / 1024:,.0f} KiB"
    if not done.tables:
        return f"the database ({size})"
    return f"{sum(done.tables.values()):,} rows of {len(done.tables)} tables ({size})"
