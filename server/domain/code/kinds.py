"""What a file is that a team hands in as code: its bytes tell, since a name promises nothing.

Of a zip its list of entries is read, of a tar in gzip the first 512 bytes and the length at the end, of a
notebook its brackets. Nothing is unpacked and nothing is run.
"""

import codecs
import zlib
from pathlib import Path
from typing import BinaryIO

from grader.messages import Message
from server.domain.code import notebook, zip_directory
from server.domain.code.refusals import InvalidCode, cut_off, damaged, nothing_in_it
from server.models import CodeKind

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 256 * 1024
TAR_BLOCK = 512
DEFLATE_MOST = 1032  # times smaller than what it packs, by its own bounds
BLANK = b" \t\r\n"
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
OTHERS = {  # what people send in place of it, by its first bytes
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x7fELF": "ELF",
    b"MZ": "EXE",
}


def kind_of(path: Path, *, name: str) -> CodeKind:
    """The kind of code in this file, whatever it is called; InvalidCode says why it is none.

    name: as its sender calls it; of a text it decides whether it is meant as code.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if not head.strip(BLANK):
            raise nothing_in_it()
        if head.startswith(ZIPS):
            zip_directory.require_plain(file)
            return CodeKind.ZIP
        if head.startswith(GZIP):
            _require_tar(file, head)
            return CodeKind.TAR_GZ
        if head.removeprefix(codecs.BOM_UTF8).lstrip(BLANK).startswith(b"{"):
            notebook.require_whole(file)
            return CodeKind.NOTEBOOK
        _require_other_than_known(head)
        _require_python(file, name)
        return CodeKind.PYTHON


def _require_tar(file: BinaryIO, head: bytes) -> None:
    """Raise InvalidCode unless the gzip begins with a tar's header and ends as the gzip of a tar ends.

    A tar is blocks of 512 bytes, and a gzip ends with the length of what it packs. Of a file that is cut off
    the last four bytes are anything: in 511 of 512 cases, and more, no length that such a file can have.
    """
    try:
        block = zlib.decompressobj(wbits=31).decompress(head, TAR_BLOCK)
    except zlib.error:
        raise damaged() from None
    if len(block) < TAR_BLOCK:
        raise cut_off() if not block else _no_tar()
    if not any(block):
        raise nothing_in_it()
    if not _is_tar_header(block):
        raise _no_tar()
    size = file.seek(-4, 2) + 4
    length = int.from_bytes(file.read(4), "little")
    if length % TAR_BLOCK or not TAR_BLOCK <= length <= size * DEFLATE_MOST:
        raise cut_off()


def _no_tar() -> InvalidCode:
    return InvalidCode(
        Message(
            "This is one file in gzip, and no tar archive. Pack the folder with `tar czf code.tar.gz "
            "FOLDER`, or as a zip."
        )
    )


def _is_tar_header(block: bytes) -> bool:
    """Whether a tar's header has the sum that it states, its own eight bytes taken as spaces."""
    try:
        listed_sum = int(block[148:156].strip(b" \0") or b"0", 8)
    except ValueError:
        return False
    return listed_sum == sum(block[:148]) + 8 * ord(" ") + sum(block[156:])


def _require_other_than_known(head: bytes) -> None:
    for start, kind in OTHERS.items():
        if head.startswith(start):
            raise InvalidCode(
                Message(
                    "This is a file of the kind {kind}, whatever its name says. Code is handed in as .zip, "
                    ".tar.gz, .ipynb or .py.",
                    kind=kind,
                )
            )
    if len(head) >= TAR_BLOCK and _is_tar_header(head[:TAR_BLOCK]):
        raise InvalidCode(
            Message("This is a tar archive without gzip. Pack it with `tar czf code.tar.gz FOLDER`.")
        )


def _require_python(file: BinaryIO, name: str) -> None:
    """Raise InvalidCode unless the file is text that its name calls Python."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK_BYTES):
            if "\0" in decoder.decode(chunk):
                raise _nothing_known()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _nothing_known() from None
    if not name.lower().endswith(".py"):
        raise InvalidCode(
            Message(
                "This is a text. It is taken as code when its name ends in .py; several files go into one "
                "zip."
            )
        )


def _nothing_known() -> InvalidCode:
    return InvalidCode(
        Message(
            "By its bytes this is no zip, no tar in gzip, no notebook and no text in UTF-8. Code is handed "
            "in as .zip, .tar.gz, .ipynb or .py."
        )
    )
