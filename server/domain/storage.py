"""Files on disk, each under its own SHA-256: written whole and synced, or not there at all."""

import hashlib
import os
import secrets
from dataclasses import dataclass
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
        """Make these bytes durable under their hash: write and sync them, rename, sync the folder. Safe to
        repeat."""
        target = self.path(sha256)
        if target.exists():  # an earlier keep synced it before the rename
            sync(target.parent)
            return
        arrived = self._incoming / secrets.token_hex(16)
        try:
            with arrived.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            arrived.replace(target)
        finally:
            arrived.unlink(missing_ok=True)
        sync(target.parent)

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
    """Make a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
