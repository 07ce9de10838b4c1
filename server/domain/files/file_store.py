"""Files on disk, each under its own SHA-256: written whole and synced, or not there at all."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class StoredFile:
    """A file's name in the store, and its size in bytes."""

    sha256: str
    size: int


class FileStore:
    """A folder of files named by their hashes, two levels deep."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        if not self._incoming.exists():
            root.mkdir(parents=True, exist_ok=True)
            self._make_folders()
            self._incoming.mkdir(exist_ok=True)  # the last, since it says that the others are there

    def path(self, sha256: str) -> Path:
        """Where the file with this hash lies, or would lie."""
        return self.root / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The file's bytes; raises FileNotFoundError when it was never kept."""
        return self.path(sha256).read_bytes()

    def keep(self, data: bytes, sha256: str) -> None:
        """Make these bytes durable under their hash; safe to repeat.

        They are written and synced, renamed, and the folder is synced.
        """
        target = self.path(sha256)
        try:
            os.utime(target)  # wanted again, so that `remove` leaves it; an earlier keep synced its bytes
        except FileNotFoundError:
            self._write(data, target)
        sync(target.parent)

    def _write(self, data: bytes, target: Path) -> None:
        arrived = self._incoming / secrets.token_hex(16)
        try:
            with arrived.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            arrived.replace(target)
        finally:
            arrived.unlink(missing_ok=True)

    @contextmanager
    def arriving(self) -> Iterator[Path]:
        """A place for a file whose bytes are still coming; what is not adopted by then is removed."""
        path = self._incoming / secrets.token_hex(16)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def adopt(self, path: Path, sha256: str) -> None:
        """Make a file that has arrived durable under its hash, as `keep` does with bytes."""
        target = self.path(sha256)
        try:
            os.utime(target)
        except FileNotFoundError:
            sync(path)
            path.replace(target)
        sync(target.parent)

    def stored(self) -> Iterator[StoredFile]:
        """Every file that is kept, in no order."""
        for folder in self.root.iterdir():
            if len(folder.name) == 2:
                for path in folder.iterdir():
                    yield StoredFile(path.name, path.stat().st_size)

    def remove(self, sha256: str, *, untouched_since: datetime) -> bool:
        """Remove a file that nothing refers to; False where there is none, or somebody kept it since then.

        A submission's row is committed after its file is kept. So the caller looks for rows first, and a
        file that was kept shortly before is left: its row may be on the way.
        """
        parked = self._incoming / secrets.token_hex(16)
        target = self.path(sha256)
        try:
            if _touched(target) >= untouched_since:
                return False
            target.replace(parked)  # from here on a keep writes it anew
        except FileNotFoundError:
            return False
        is_wanted = _touched(parked) >= untouched_since
        if is_wanted and not target.exists():  # kept between the look and the move
            parked.replace(target)
        parked.unlink(missing_ok=True)
        sync(target.parent)
        return not is_wanted

    def is_touched(self, sha256: str, *, since: datetime) -> bool:
        """Whether somebody kept this file since then, or it is gone."""
        try:
            return _touched(self.path(sha256)) >= since
        except FileNotFoundError:
            return True

    def left_over(self, *, untouched_since: datetime) -> list[Path]:
        """What writers that died left in the folder for files that have not arrived."""
        return [path for path in self._incoming.iterdir() if _touched(path) < untouched_since]

    def put(self, data: bytes) -> StoredFile:
        """Keep these bytes; answer with their hash and size."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.keep(data, sha256)
        return StoredFile(sha256, len(data))

    def _make_folders(self) -> None:
        """All folders there will ever be, synced, so that no upload waits for a new one."""
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(exist_ok=True)
        sync(self.root)


def sync(path: Path) -> None:
    """Make a folder's entries, or what a file holds, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_secret_once(path: Path, text: str) -> None:
    """Put a file there for its owner's eyes, whole and synced, unless somebody was first."""
    new = path.with_name(f".{secrets.token_hex(8)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            return
    finally:
        new.unlink(missing_ok=True)
    sync(path.parent)


def _touched(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
