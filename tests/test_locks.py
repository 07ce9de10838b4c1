"""The locks in requirements/: exact, hashed, without any address, made from what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"


@pytest.mark.parametrize("lock", ["base", "server", "dev"])
def test_a_lock_pins_every_library_with_hashes_and_names_no_address(lock: str) -> None:
    text = (REQUIREMENTS / f"{lock}.txt").read_text()
    entries = [line for line in text.splitlines() if re.match(r"\S", line) and not line.startswith("#")]

    assert entries
    assert [line for line in entries if not re.match(r"[\w.\[\]-]+==\S+ .*\\$", line)] == []
    assert text.count("==") <= text.count("--hash=sha256:") + text.count("python_full_version ==")
    assert "://" not in text


def test_the_server_and_the_tests_lock_the_same_versions() -> None:
    texts = {lock: (REQUIREMENTS / f"{lock}.txt").read_text() for lock in ("base", "server", "dev")}

    pins = {lock: set(re.findall(r"^[\w.-]+==[^\s;\\]+", text, re.MULTILINE)) for lock, text in texts.items()}

    assert pins["base"] <= pins["server"] <= pins["dev"]


@pytest.mark.parametrize("lock", ["base", "server", "dev"])
def test_pyproject_asks_for_what_the_locks_are_made_from(lock: str) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    of_students = about["project"]["dependencies"] + about["project"]["optional-dependencies"]["check"]
    declared = {"base": of_students, **about["dependency-groups"]}[lock]

    lines = (REQUIREMENTS / f"{lock}.in").read_text().splitlines()

    requirements = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert [each for each in declared if isinstance(each, str)] == requirements
