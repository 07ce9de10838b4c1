"""A zip's central directory, read within bounds: what the archive lists, and nothing of what it packs.

Source: the layout of PKWARE's APPNOTE, 4.3.12 to 4.3.16. A list may claim any number of entries, so this
counts what it reads; the list itself may not be larger than DIRECTORY_BYTES.
"""

import stat
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from grader.messages import Message
from server.domain.code.refusals import InvalidCode, cut_off, damaged, nothing_in_it

ENTRIES_MOST = 10_000
DIRECTORY_BYTES = 4 << 20
NAME_SHOWN = 120
END = struct.Struct("<4s4H2LH")
WIDE_LOCATOR = struct.Struct("<4sLQL")
WIDE_END = struct.Struct("<4sQ2H2L4Q")
ENTRY = struct.Struct("<4s6H3L5H2L")
COMMENT_BYTES = 0xFFFF
UNKNOWN = 0xFFFFFFFF  # the number stands elsewhere, as for parts beyond 4 GB
ENCRYPTED, HIDDEN_NAMES, UTF8 = 0x0001, 0x2000, 0x0800
AES = 99


@dataclass(frozen=True)
class _ZipEntry:
    name: str
    flags: int
    method: int
    mode: int
    start: int  # of its own header, in the file
    least: int  # bytes from there on that it takes at least

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


@dataclass(frozen=True)
class _Directory:
    data: bytes
    start: int  # in the file
    shift: int  # bytes before the archive, as of a program that unpacks itself


def require_plain(file: BinaryIO) -> None:
    """Raise InvalidCode unless the zip lists plain files that anybody can unpack, one a name."""
    directory = _directory(file)
    places: set[str] = set()
    files = 0
    for number, entry in enumerate(_entries(directory), start=1):
        if number > ENTRIES_MOST:
            raise _too_many()
        if entry.flags & (ENCRYPTED | HIDDEN_NAMES) or entry.method == AES:
            raise InvalidCode(
                Message("The archive is encrypted, so nobody could check it. Pack it without a password.")
            )
        _require_safe(entry)
        if entry.start + entry.least > directory.start:
            raise damaged()
        if not entry.is_folder:
            files += 1
            _require_own_place(entry, places)
    if not files:
        raise nothing_in_it()


def _directory(file: BinaryIO) -> _Directory:
    size = file.seek(0, 2)
    tail_start = max(0, size - END.size - COMMENT_BYTES)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END.size:
        raise cut_off()
    _, _, _, _, _, length, offset, _ = END.unpack_from(tail, at)
    end = tail_start + at
    if length == UNKNOWN or offset == UNKNOWN:
        end, length, offset = _wide_end(file, end)
    if length > DIRECTORY_BYTES:
        raise _too_many()
    start = end - length
    if start < 0 or start < offset:
        raise damaged()
    file.seek(start)
    return _Directory(file.read(length), start, start - offset)


def _wide_end(file: BinaryIO, end: int) -> tuple[int, int, int]:
    """Where the zip64 record of the end stands, and the directory's length and offset that it states."""
    at = end - WIDE_LOCATOR.size - WIDE_END.size
    if at < 0:
        raise damaged()
    file.seek(at)
    mark, _, _, _, _, _, _, _, length, offset = WIDE_END.unpack(file.read(WIDE_END.size))
    if mark != b"PK\x06\x06":
        raise damaged()
    return at, length, offset


def _entries(directory: _Directory) -> Iterator[_ZipEntry]:
    data, at = directory.data, 0
    while at < len(data):
        if len(data) - at < ENTRY.size:
            raise damaged()
        mark, _, _, flags, method, _, _, _, packed, _, *rest = ENTRY.unpack_from(data, at)
        name_size, extra_size, comment_size, _, _, attributes, offset = rest
        if mark != b"PK\x01\x02":
            raise damaged()
        name = data[at + ENTRY.size : at + ENTRY.size + name_size]
        is_known = UNKNOWN not in (packed, offset)
        yield _ZipEntry(
            _text(name, flags),
            flags,
            method,
            attributes >> 16,
            start=offset + directory.shift if is_known else 0,
            least=30 + name_size + packed if is_known else 0,
        )
        at += ENTRY.size + name_size + extra_size + comment_size


def _text(name: bytes, flags: int) -> str:
    """A name as its packer meant it: UTF-8 where it is, which many write without saying so."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "replace") if flags & UTF8 else name.decode("cp437")


def _require_safe(entry: _ZipEntry) -> None:
    """Raise InvalidCode for what would leave the folder into which staff unpack it."""
    plain = entry.name.replace("\\", "/")
    is_drive = len(plain) > 1 and plain[1] == ":"
    if plain.startswith("/") or is_drive or ".." in PurePosixPath(plain).parts:
        raise InvalidCode(
            Message(
                "The entry {name} would be unpacked outside of its folder. Pack the code with names that "
                "begin in its own folder.",
                name=_shown(entry.name),
            )
        )
    if stat.S_ISLNK(entry.mode):
        raise InvalidCode(
            Message("The entry {name} is a link. Pack the file itself.", name=_shown(entry.name))
        )


def _require_own_place(entry: _ZipEntry, places: set[str]) -> None:
    """Raise InvalidCode for a second file of a name, which would be unpacked over the first one."""
    path = PurePosixPath(entry.name.replace("\\", "/"))
    place = unicodedata.normalize("NFC", str(path)).casefold()
    if place in places:
        raise InvalidCode(
            Message(
                "Two files of the archive are called {name}, or differ in capitals alone: one would be "
                "unpacked over the other. Rename one.",
                name=_shown(entry.name),
            )
        )
    places.add(place)


def _too_many() -> InvalidCode:
    return InvalidCode(
        Message(
            "The archive lists more than {most:,} entries. Hand in the code alone: no data, no "
            "environment, no folder .git.",
            most=ENTRIES_MOST,
        )
    )


def _shown(name: str) -> str:
    text = name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"
    return repr(text)
