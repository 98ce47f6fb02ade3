"""The key that signs handles: given, made once, or in memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from analytics.secret_key import secret_key


class TestSecretKey:
    def test_it_is_made_once_and_kept_for_its_owner_only(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        first, second = secret_key(home, {}), secret_key(home, {})
        assert first.value == second.value
        assert len(first.value) >= 32
        assert first.note is None
        assert stat.S_IMODE(os.stat(home / "secret_key").st_mode) == 0o600

    def test_the_environment_comes_first(self, tmp_path: Path) -> None:
        assert secret_key(tmp_path, {"HOLDLINE_SECRET_KEY": "given"}).value == "given"
        assert not (tmp_path / "secret_key").exists()

    def test_a_home_that_cannot_be_written_gives_a_key_and_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        key = secret_key(tmp_path / "file" / "home", {})
        assert len(key.value) >= 32
        assert key.note
        assert "memory" in key.note

    def test_a_damaged_key_file_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "secret_key").write_text("short")
        assert secret_key(tmp_path, {}).value != "short"
