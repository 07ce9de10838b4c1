"""From the bytes of an upload to CSV text: recognised, unpacked if it is gzip, never larger than the caps.

Files of other kinds are recognised by their first bytes and named, because "not a CSV" alone helps nobody who
has uploaded the notebook's picture.
"""

import zlib

from grader.errors import InvalidSubmission, Problem
from grader.reading.causes.whole_files import form_problem, is_tar
from grader.spec import Limits

GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
STEP = 1 << 18  # packed bytes given to gzip at once
MEMBERS_MOST = 1_000  # parts of a gzip file; a file of empty parts would take long to come to nothing
OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive (an Excel .xlsx is one too)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"\x93NUMPY", "a NumPy .npy file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel (.xls) or Office file"),
)
SAVE_AS_CSV = "Upload the CSV file itself (or gzip of it), as df.to_csv('pred.csv', index=False) writes it."


def unpack(data: bytes, limits: Limits) -> bytes:
    """The CSV text of an upload, without a byte order mark, still as bytes.

    Raises InvalidSubmission when the file is empty, too large, damaged, or not text.
    """
    if len(data) > limits.bytes:
        raise _refusal(
            "file_too_large",
            f"The file has {len(data):,} bytes; at most {limits.bytes:,} are accepted.",
            "Remove columns that were not asked for and write fewer decimals, or upload gzip of the file.",
        )
    text = _gunzip(data, limits) if data[:2] == GZIP_MAGIC else data
    if len(text) > limits.unpacked_bytes:
        raise _unpacks_too_large(limits)
    text = text.removeprefix(BOM)
    _require_text(text)
    return text


def _gunzip(data: bytes, limits: Limits) -> bytes:
    """The contents of all members of a gzip file; unpacking stops at the first byte beyond the cap."""
    rest = memoryview(data)
    pieces: list[bytes] = []
    size = members = 0
    while rest[:2] == GZIP_MAGIC and members < MEMBERS_MOST:
        member = zlib.decompressobj(wbits=31)
        members += 1
        while not member.eof:
            if not rest:
                raise _damaged_gzip()
            try:
                pieces.append(member.decompress(rest[:STEP], limits.unpacked_bytes - size + 1))
            except zlib.error as error:
                raise _damaged_gzip() from error
            size += len(pieces[-1])
            if size > limits.unpacked_bytes:
                raise _unpacks_too_large(limits)
            rest = rest[min(STEP, len(rest)) - len(member.unused_data) :]
    if bytes(rest).strip(b"\0"):  # gzip allows padding with zeros, and nothing else, after its last member
        raise _damaged_gzip()
    return b"".join(pieces)


def _require_text(text: bytes) -> None:
    if not text[:1000].strip() and not text.strip():
        raise _refusal("empty_file", "The file is empty.", "Upload the CSV file of predictions.")
    kind = next((kind for magic, kind in OTHER_KINDS if text.startswith(magic)), None)
    if kind is None and text[:2] == GZIP_MAGIC:
        kind = "gzip of a gzip file"
    if kind is None and is_tar(text):
        kind = "a tar archive"
    if kind is not None:
        raise _refusal("not_csv", f"This is {kind}, not a CSV file.", SAVE_AS_CSV)
    if (problem := form_problem(text)) is not None:
        raise InvalidSubmission((problem,))
    start = text[:1000]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or _is_wide(start):
        raise _refusal(
            "not_utf8",
            "The file is UTF-16 text (or UTF-32); UTF-8 was expected.",
            "Save it as 'CSV UTF-8', or with df.to_csv('pred.csv', index=False, encoding='utf-8').",
        )


def _is_wide(start: bytes) -> bool:
    """Whether most bytes of one place in two or four are zeros, and not all: UTF-16 or UTF-32 of ASCII."""
    zeros = [start[place::4].count(0) for place in range(4)]
    return max(zeros) > len(start) // 8 and min(zeros) <= len(start) // 40


def _refusal(code: str, message: str, hint: str) -> InvalidSubmission:
    return InvalidSubmission((Problem(code, message, hint),))


def _unpacks_too_large(limits: Limits) -> InvalidSubmission:
    return _refusal(
        "file_too_large",
        f"The file unpacks to more than {limits.unpacked_bytes:,} bytes, which is the most that is accepted.",
        "Remove columns that were not asked for and write fewer decimals.",
    )


def _damaged_gzip() -> InvalidSubmission:
    return _refusal(
        "damaged_gzip",
        "The file begins like gzip, but is cut short or damaged.",
        "Pack it again, or upload the CSV.",
    )
