"""Fetching one public file so that a half-written or damaged one is never seen under its name."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from client.api.errors import DamagedDownload
from client.api.types.competitions import PublicFile
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.transport import Transport

ProgressCallback = Callable[[int, int], None]  # (bytes done, bytes in all)
PIECE_BYTES = 1024 * 1024


def fetch(transport: "Transport", file: PublicFile, to: Path, *, progress: ProgressCallback | None) -> Path:
    """Download `file` to the path `to` and return it; raise DamagedDownload when its size or SHA-256 differs.

    The bytes go to a hidden neighbour first and take the name in one step, so `to` is either the old file or
    the whole new one. A file that is already there with the right hash is not fetched again.
    """
    if is_here(file, to):
        return to
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    try:
        with transport.download(file.url) as pieces:
            _write_verified(file, part, pieces, progress)
        os.replace(part, to)
    finally:
        part.unlink(missing_ok=True)
    return to


def is_here(file: PublicFile, to: Path) -> bool:
    """Say whether the path `to` already holds exactly this file."""
    return to.is_file() and to.stat().st_size == file.size and sha256_of(to) == file.sha256


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as 64 lower-case hexadecimal digits, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _write_verified(
    file: PublicFile, part: Path, pieces: Iterator[bytes], progress: ProgressCallback | None
) -> None:
    digest, done = hashlib.sha256(), 0
    with part.open("xb") as output:
        for piece in pieces:
            output.write(piece)
            digest.update(piece)
            done += len(piece)
            if done > file.size:
                break  # a server that never stops sending must not fill the disk
            if progress is not None:
                progress(done, file.size)
        output.flush()
        os.fsync(output.fileno())
    if done != file.size:
        raise DamagedDownload(
            file.name, expected=Message("{size:,} bytes", size=file.size), received=f"{done:,}"
        )
    if (received := digest.hexdigest()) != file.sha256:
        raise DamagedDownload(file.name, expected=f"SHA-256 {file.sha256}", received=f"SHA-256 {received}")
