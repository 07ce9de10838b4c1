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
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the file with this hash lies, or would lie."""
        return self.root / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The file's bytes; raises FileNotFoundError when it was never kept."""
        return self.path(sha256).read_bytes()

    def incoming(self) -> Path:
        """A fresh path for a file that is still arriving."""
        return self._incoming / secrets.token_hex(16)

    def keep(self, arrived: Path, sha256: str) -> None:
        """Make an arrived file durable under its hash: sync it, rename it, sync both folders. Safe to
        repeat."""
        target = self.path(sha256)
        if target.exists():  # an earlier keep synced it before the rename
            _sync(target.parent)
            arrived.unlink(missing_ok=True)
            return
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync(self.root)
        _sync(arrived)
        os.replace(arrived, target)
        _sync(target.parent)

    def put(self, data: bytes) -> StoredFile:
        """Keep these bytes; answer with their hash and size."""
        sha256 = hashlib.sha256(data).hexdigest()
        arrived = self.incoming()
        arrived.write_bytes(data)
        self.keep(arrived, sha256)
        return StoredFile(sha256, len(data))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
