"""All public files in one zip, written while it is sent: the same files are the same bytes on every server.

Nothing is compressed, since what is large here (arrays, pictures, archives) hardly shrinks, and a deadline's
crowd should not wait for a processor.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 256 * 1024
NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell
READABLE = 0o644 << 16  # a plain file's mode, where a zip keeps it


@dataclass(frozen=True)
class ArchivedFile:
    """A file by its name in the archive, folders included. source: where its bytes lie, or themselves."""

    name: str
    size: int
    source: Path | bytes


class _Sink(io.RawIOBase):
    """What the archive has written and nobody has taken yet; it cannot go back, as an answer cannot."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What has come since the last time."""
        written = bytes(self._written)
        self._written.clear()
        return written


def zip_chunks(files: Iterable[ArchivedFile]) -> Iterator[bytes]:
    """The bytes of a zip with these files in their order, in chunks; memory holds one at a time."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            info = zipfile.ZipInfo(file.name, NO_DATE)
            info.create_system = 3  # Unix, so that the mode counts, whatever the server runs on
            info.external_attr = READABLE
            is_large = file.size >= zipfile.ZIP64_LIMIT - CHUNK_BYTES
            with archive.open(info, "w", force_zip64=is_large) as entry:
                for chunk in _chunks(file.source):
                    entry.write(chunk)
                    yield sink.take()
    yield sink.take()


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stored:
        while chunk := stored.read(CHUNK_BYTES):
            yield chunk
