"""Lock files: complete, hashed, free of a machine's addresses, and true to requirements*.txt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {
    "requirements-served.lock": ("requirements.txt", "requirements-served.txt"),
    "requirements-dev.lock": (
        "requirements.txt",
        "requirements-served.txt",
        "requirements-mcp.txt",
        "requirements-dev.txt",
    ),
}
RENEW = "run .ci/lock"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def pinned(*names: str) -> dict[str, str]:
    """Version by package, as the requirements pin them."""
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    bare = [re.split("[#;]", line, maxsplit=1)[0].strip() for line in lines]
    pins = [line.split("==") for line in bare if "==" in line]
    return {normal(pin[0]): pin[1] for pin in pins if len(pin) == 2}


def entries(lock: str) -> dict[str, str]:
    """Text of each package's entry in a lock file, by ``name==version``."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(), flags=re.M)
    found = {}
    for block in blocks:
        if block.strip():
            name, _, rest = block.partition("==")
            found[f"{normal(name)}=={rest.split()[0]}"] = block
    return found


@pytest.mark.parametrize("lock", LOCKS)
class TestLock:
    def test_it_has_every_pin_and_no_other_direct_one(self, lock: str) -> None:
        wanted = {f"{name}=={version}" for name, version in pinned(*LOCKS[lock]).items()}
        direct = {
            entry for entry, text in entries(lock).items() if re.search(r"-r requirements", text)
        }
        assert direct == wanted, RENEW

    def test_every_package_is_of_one_version_and_hashed(self, lock: str) -> None:
        for entry, text in entries(lock).items():
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", text), entry

    def test_it_names_no_address_and_no_place_on_a_machine(self, lock: str) -> None:
        text = (ROOT / lock).read_text()
        assert not re.search(r"://|--index|--find-links|^\s*#.*\s/", text, re.M)


def test_what_is_tested_is_what_the_image_runs() -> None:
    assert set(entries("requirements-served.lock")) <= set(entries("requirements-dev.lock")), RENEW


def test_image_and_ci_install_the_locks_by_hash() -> None:
    image = (ROOT / "deploy" / "Containerfile").read_text()
    assert "--require-hashes -r requirements-served.lock" in image
    assert "--require-hashes -r requirements-dev.lock" in (ROOT / ".ci" / "run").read_text()
