"""All data files of a competition in one zip, made once for the same files and kept for a day.

It is kept so that a download that was cut can go on where it stopped: the bytes are the same, whichever
process made them.
"""

import hashlib
import os
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from server.domain.competitions.starters import PublicFile
from server.domain.files.file_store import FileStore
from server.models import Competition
from server.settings import Settings

KEPT_MOST = 6  # zips of a competition: a starter in it has the reader's language and the server's address
KEPT_SECONDS = 24 * 3600.0
FIRST_YEAR = 1980  # of a zip
LEVEL = 1  # of 9: the file is made while somebody waits
_TURN = threading.Lock()  # a class that begins at nine wants one zip, and not thirty


@dataclass(frozen=True)
class Bundle:
    """A zip on the disk, and what names its bytes."""

    path: Path
    name: str


def bundle(
    settings: Settings, store: FileStore, files: Sequence[PublicFile], *, of: Competition, since: datetime
) -> Bundle:
    """The zip of these files of a competition; its entries bear the time `since`. Slow the first time."""
    digest = hashlib.sha256(since.isoformat().encode())
    for file in files:
        digest.update(f"{file.name}\0{file.sha256}\n".encode())
    name, folder = digest.hexdigest(), _folder(settings)
    path = folder / f"{of.id}-{name}.zip"
    if not _is_there(path):
        with _TURN:
            if not _is_there(path):
                folder.mkdir(mode=0o700, exist_ok=True)
                _write(path, store, files, since=since)
                _drop_oldest(folder, of)
    return Bundle(path, name)


def tidy(settings: Settings) -> int:
    """Remove the zips that nobody asked for since a day; how many."""
    folder, since = _folder(settings), time.time() - KEPT_SECONDS
    old = [each for each in folder.iterdir() if _asked_at(each) < since] if folder.exists() else []
    for each in old:
        each.unlink(missing_ok=True)
    return len(old)


def _is_there(path: Path) -> bool:
    """Whether the zip is on the disk; it counts as asked for."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _drop_oldest(folder: Path, of: Competition) -> None:
    """Remove the zips of a competition beyond those that are kept, the longest unasked for first."""
    for each in sorted(folder.glob(f"{of.id}-*.zip"), key=_asked_at)[:-KEPT_MOST]:
        each.unlink(missing_ok=True)


def _asked_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed by another process
        return 0.0


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "kaggle"


def _write(path: Path, store: FileStore, files: Sequence[PublicFile], *, since: datetime) -> None:
    new = path.with_name(f"{secrets.token_hex(8)}.new")
    when = since.astimezone(UTC)
    date = (max(FIRST_YEAR, when.year), when.month, when.day, when.hour, when.minute, when.second)
    try:
        with zipfile.ZipFile(new, "x", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            for file in files:
                entry = zipfile.ZipInfo(file.name, date)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                entry.file_size = file.size
                source = store.path(file.sha256).open("rb") if file.content is None else BytesIO(file.content)
                with source, archive.open(entry, "w") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
