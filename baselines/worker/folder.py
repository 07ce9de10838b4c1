"""The worker's folder is its account's alone: who can write there writes predictions in the worker's name.

A machine with a graphics card is often shared, and a name below /tmp can be taken by anybody before us.
Source: CWE-379 and CWE-59.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class FolderOfOthers(Exception):
    """Another account owns the worker's folder or may write there; the sentence says which and what to do."""


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where a worker's cache lies unless it is told otherwise: below XDG_CACHE_HOME, else ~/.cache."""
    caches = environment.get("XDG_CACHE_HOME", "")
    root = Path(caches) if os.path.isabs(caches) else Path.home() / ".cache"
    return root / "splitboard" / "worker"


def require_own_folder(folder: Path) -> None:
    """Make the folder with mode 0700 where it is missing.

    Raises FolderOfOthers where another account owns it or may write there, or may put another one in its
    place.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderOfOthers(
            f"The worker's folder {folder} cannot be made: {error.strerror}. "
            "Name another in SPLITBOARD_WORK_DIR."
        ) from error
    resolved = folder.resolve()
    facts = resolved.stat()
    if facts.st_uid != os.getuid():
        raise _refusal(folder, f"belongs to the account with the number {facts.st_uid}")
    if facts.st_mode & OTHERS_WRITE:
        raise _refusal(folder, f"can be written by others (mode {stat.S_IMODE(facts.st_mode):04o})")
    for parent in resolved.parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise _refusal(folder, f"can be replaced by others, who may write in {parent}")


def _refusal(folder: Path, reason: str) -> FolderOfOthers:
    return FolderOfOthers(
        f"The worker's folder {folder} {reason}, so predictions there cannot be trusted. "
        "Delete it if nobody needs it, or name another in SPLITBOARD_WORK_DIR."
    )
