"""A body that goes to the disk as it comes: memory holds one piece of it at a time, however large it is."""

import hashlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from server.domain.errors import DomainError
from server.domain.files.file_store import StoredFile
from server.services.grading.context import GradingContext

PIECE_BYTES = 1 << 20  # that are gathered before they go to the disk


async def to_disk(
    context: GradingContext,
    stream: AsyncIterator[bytes],
    path: Path,
    *,
    limit: int,
    too_large: Callable[[int], DomainError],
) -> StoredFile:
    """Write a body to `path`; its hash and its size, which may be 0.

    Raises `too_large(limit)` at the first byte beyond `limit`.
    """
    digest, size, pieces = hashlib.sha256(), 0, bytearray()
    with path.open("wb") as file:
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            pieces += chunk
            if len(pieces) >= PIECE_BYTES:
                await context.in_thread(partial(_write, file, digest, bytes(pieces)))
                pieces.clear()
        await context.in_thread(partial(_write, file, digest, bytes(pieces)))
    return StoredFile(digest.hexdigest(), size)


def _write(file: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> None:
    digest.update(piece)
    file.write(piece)
