"""Fetching one public file so that a half-written or damaged one is never seen under its name."""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from client.api.errors import DamagedDownload, Unreachable
from client.api.types.competitions import PublicFile
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.transport import Transport

ProgressCallback = Callable[[int, int], None]  # (bytes done, bytes in all)
PIECE_BYTES = 1024 * 1024


def fetch(transport: "Transport", file: PublicFile, to: Path, *, progress: ProgressCallback | None) -> Path:
    """Download `file` to the path `to` and return it; raise DamagedDownload when its size or SHA-256 differs.

    The bytes go to a hidden neighbour first and take the name in one step, so `to` is either the old file or
    the whole new one. A file that is already there with the right hash is not fetched again; one that was cut
    short goes on where it stopped.
    """
    if is_here(file, to):
        return to
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    begun = to.with_name(
        f".{to.name}.{file.sha256[:16]}.part"
    )  # by whoever was cut short; one may go on with it
    with suppress(FileNotFoundError):
        os.replace(begun, part)
    try:
        _write_verified(transport, file, part, progress)
        os.replace(part, to)
    except (Unreachable, KeyboardInterrupt):
        if part.exists() and part.stat().st_size:
            os.replace(part, begun)
        raise
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
    transport: "Transport", file: PublicFile, part: Path, progress: ProgressCallback | None
) -> None:
    size = part.stat().st_size if part.exists() else 0
    start = size if size < file.size else 0  # more than there is was never this file
    with transport.download(file.url, start=start) as (first, pieces), part.open("ab") as output:
        output.truncate(first)
        done = first
        for piece in pieces:
            output.write(piece)
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
    if (received := sha256_of(part)) != file.sha256:
        raise DamagedDownload(file.name, expected=f"SHA-256 {file.sha256}", received=f"SHA-256 {received}")
