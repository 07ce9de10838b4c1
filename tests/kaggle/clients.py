"""Kaggle's clients as the registry has them, each in an environment of its own that later runs use again."""

import os
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

NEWEST = "newest"
VERSIONS = ("1.5.16", "1.6.17", "1.7.4.5", "2.0.2", "2.1.2", NEWEST)
GONE = re.compile(r"No matching distribution found for kaggle|Could not find a version that satisfies")


class VersionGone(Exception):
    """The registry does not have this version."""


@dataclass(frozen=True)
class Client:
    """An installed client: the folder of its programs, and its version as pip tells it."""

    programs: Path
    version: str


def installed(version: str) -> Client:
    """The client of this version, installed now if it is not yet; raises VersionGone."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "splitboard" / "kaggle" / f"{version}-python{sys.version_info[0]}.{sys.version_info[1]}"
    programs = folder / "bin"
    if version == NEWEST or not (programs / "kaggle").exists():
        if not (programs / "python").exists():
            venv.create(folder, with_pip=True)
        package = "kaggle" if version == NEWEST else f"kaggle=={version}"
        # six: what 2.2 imports without saying so.
        _pip(programs, "install", "--quiet", "--upgrade", package, "six")
    shown = _pip(programs, "show", "kaggle")
    match = re.search(r"(?m)^Version: (\S+)", shown)
    assert match is not None, shown
    return Client(programs, match[1])


def _pip(programs: Path, *words: str) -> str:
    done = subprocess.run(
        [programs / "python", "-m", "pip", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if GONE.search(done.stderr):
        raise VersionGone(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return done.stdout
