"""Unpacking gzip, or a zip archive of one file, piece by piece: no more than the caps allow is ever held."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from grader.errors import InvalidSubmission, Problem
from grader.messages import Message, Text
from grader.reading.locations import quote
from grader.spec import Limits

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
BOM = b"\xef\xbb\xbf"
STEP = 1 << 18  # packed bytes given to gzip at once
PIECE = 1 << 18  # unpacked bytes taken from it at once
MEMBERS_MOST = 1_000  # parts of a gzip file; a file of empty parts would take long to come to nothing
ENTRIES_MOST = 100  # of a zip archive, whose directory is held whole
ENTRY = b"PK\x01\x02"  # begins each entry of the directory
NAMES_SHOWN = 3
WORKBOOK = "[Content_Types].xml"  # in every file of Excel, Word and PowerPoint
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems put beside the file
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ONE_CSV = Message("Put the CSV file alone into the archive, or upload it as it is.")
PACK_AGAIN = Message("Pack it again, or upload the CSV.")
DAMAGED_GZIP = Message("The file begins like gzip, but is cut short or damaged.")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError, KeyError)


def is_packed(data: bytes) -> bool:
    """Whether these bytes begin as gzip or a zip archive does."""
    return data[:2] == GZIP_MAGIC or data[:4] in ZIP_MAGICS


def unpacked(data: bytes, limits: Limits) -> bytes:
    """The contents without a byte order mark, in one stretch of memory and no copy of it.

    Raises InvalidSubmission when the archive is damaged or holds no single file, and as soon as there is more
    than the caps allow.
    """
    text = CappedText(limits)
    for piece in _gunzipped(data) if data[:2] == GZIP_MAGIC else _unzipped(data):
        text.add(piece)
    return text.whole()


class CappedText:
    """Text that comes in pieces, up to so many bytes and lines."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = BytesIO()
        self._start: bytes | None = b""  # until there is enough of it to tell a byte order mark
        self._lines = self._blank_lines = 0  # that have ended, and those of them after the last character

    def add(self, piece: bytes) -> None:
        """Append a piece. Raises InvalidSubmission where it is too much."""
        if self._start is not None:
            self._start += piece
            if len(self._start) < len(BOM):
                return
            piece, self._start = self._start.removeprefix(BOM), None
        self._buffer.write(piece)
        if self._buffer.tell() > self._limits.unpacked_bytes:
            raise _too_large(self._limits)
        filled = len(piece.rstrip(b"\r\n"))
        if filled:
            self._lines += self._blank_lines + _line_ends(piece, 0, filled)
            self._blank_lines = 0
        self._blank_lines += _line_ends(piece, filled, len(piece))
        if self._lines > self._limits.rows:
            raise refusal(
                "too_many_rows",
                Message(
                    "The file unpacks to more than {most:,} rows, far more than were expected.",
                    most=self._limits.rows,
                ),
                Message("Upload one row for each id of sample_submission.csv."),
            )

    def whole(self) -> bytes:
        """All of it."""
        self._buffer.write(self._start or b"")
        return self._buffer.getvalue()  # hands the buffer's own memory over


def _line_ends(piece: bytes, start: int, end: int) -> int:
    return max(piece.count(b"\n", start, end), piece.count(b"\r", start, end))


def _gunzipped(data: bytes) -> Iterator[bytes]:
    """The contents of all members of a gzip file."""
    rest = memoryview(data)
    members = 0
    while rest[:2] == GZIP_MAGIC and members < MEMBERS_MOST:
        member = zlib.decompressobj(wbits=31)
        members += 1
        while not member.eof:
            if not rest:
                raise _damaged("damaged_gzip", DAMAGED_GZIP)
            packed = rest[:STEP]
            try:
                yield member.decompress(packed, PIECE)
            except zlib.error as error:
                raise _damaged("damaged_gzip", DAMAGED_GZIP) from error
            rest = rest[len(packed) - len(member.unconsumed_tail) - len(member.unused_data) :]
    if bytes(rest).strip(b"\0"):  # gzip allows padding with zeros, and nothing else, after its last member
        raise _damaged("damaged_gzip", DAMAGED_GZIP)


def _unzipped(data: bytes) -> Iterator[bytes]:
    """The contents of the only file of a zip archive."""
    if data.count(ENTRY) > ENTRIES_MOST:
        raise refusal(
            "zip_of_several",
            Message("The zip archive holds very many files; one was expected."),
            ONE_CSV,
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            member = _only_file(archive.infolist())
            with archive.open(member) as file:
                while piece := file.read(PIECE):
                    yield piece
    except DAMAGED as error:
        raise _damaged(
            "damaged_zip", Message("The file begins like a zip archive, but is cut short or damaged.")
        ) from error


def _only_file(members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    files = [member for member in members if not (member.is_dir() or is_litter(member.filename))]
    names = [member.filename for member in files]
    if WORKBOOK in names:
        raise refusal(
            "not_csv",
            Message("This is a zip archive of Office (an Excel .xlsx is one), not a CSV file."),
            Message("Save the sheet as 'CSV UTF-8 (comma delimited)', and upload that."),
        )
    if len(files) != 1:
        shown = ", ".join(quote(name.encode()) for name in names[:NAMES_SHOWN])
        others = ", ..." if len(names) > NAMES_SHOWN else ""
        content = (
            Message(
                "The zip archive holds {count:,} files: {shown}. One was expected.",
                count=len(files),
                shown=shown + others,
            )
            if files
            else Message("The zip archive holds no file. One was expected.")
        )
        raise refusal("zip_of_several", content, ONE_CSV)
    (file,) = files
    if file.flag_bits & 1:
        raise refusal(
            "encrypted_zip",
            Message("The file in the zip archive is encrypted."),
            Message("Pack it without a password."),
        )
    if file.compress_type not in METHODS:
        raise refusal(
            "odd_zip",
            Message("The file in the zip archive is packed in another way than 'deflate'."),
            Message("Pack it as an ordinary zip archive, with gzip, or not at all."),
        )
    return file


def is_litter(name: str) -> bool:
    """Whether an entry of this name is what systems put beside the files that were packed."""
    return name.startswith(LITTER[0]) or name.rsplit("/", 1)[-1] in LITTER


def _too_large(limits: Limits) -> InvalidSubmission:
    return refusal(
        "file_too_large",
        Message(
            "The file unpacks to more than {most:,} bytes, the most that the rows and columns of this "
            "competition can need.",
            most=limits.unpacked_bytes,
        ),
        Message("Remove columns that were not asked for and write fewer decimals."),
    )


def _damaged(code: str, message: Text) -> InvalidSubmission:
    return refusal(code, message, PACK_AGAIN)


def refusal(code: str, message: Text, hint: Text) -> InvalidSubmission:
    """A refusal of the file as a whole."""
    return InvalidSubmission((Problem(code, message, hint),))
