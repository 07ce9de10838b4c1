"""From the bytes of an upload to CSV text: recognised, unpacked if it is packed, never larger than the caps.

Files of other kinds are recognised by their first bytes and named, because "not a CSV" alone helps nobody who
has uploaded the notebook's picture.
"""

from typing import NoReturn

from grader.errors import InvalidSubmission
from grader.messages import Message, Text
from grader.reading.archives import BOM, GZIP_MAGIC, is_packed, refusal, unpacked
from grader.reading.causes.whole_files import form_problem, is_tar
from grader.spec import Limits

PICKLE = Message("a Python pickle")
OTHER_KINDS = (
    (b"\x89PNG\r\n\x1a\n", Message("a PNG picture")),
    (b"\xff\xd8\xff", Message("a JPEG picture")),
    (b"%PDF-", Message("a PDF document")),
    (b"PAR1", Message("a Parquet file")),
    (b"ARROW1", Message("an Arrow (Feather) file")),
    (b"\x93NUMPY", Message("a NumPy .npy file")),
    (b"\x80\x02", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (b"\x89HDF\r\n\x1a\n", Message("an HDF5 file")),
    (b"BZh", Message("a bzip2 file")),
    (b"\xfd7zXZ\x00", Message("an xz file")),
    (b"\x28\xb5\x2f\xfd", Message("a Zstandard file")),
    (b"7z\xbc\xaf\x27\x1c", Message("a 7-Zip archive")),
    (b"SQLite format 3\x00", Message("an SQLite database")),
    (b"\xd0\xcf\x11\xe0", Message("an old Excel (.xls) or Office file")),
)
GZIP, ZIP = Message("a gzip file"), Message("a zip archive (an Excel .xlsx is one too)")
PACK_ONCE = Message("Pack the CSV file once, by gzip or zip and not one in the other, or upload it as it is.")
PACK_THE_CSV = Message(
    "Pack the CSV file alone, as df.to_csv('pred.csv', index=False) writes it, or upload it as it is."
)
SAVE_AS_CSV = Message(
    "Upload the CSV file itself (or gzip or zip of it), as df.to_csv('pred.csv', index=False) writes it."
)


def unpack(data: bytes, limits: Limits) -> bytes:
    """The CSV text of an upload, without a byte order mark, still as bytes.

    limits: a layout's `file_limits`, where there is one, so that no more is unpacked than its rows can need.
    Raises InvalidSubmission when the file is empty, too large, damaged, or not text.
    """
    if len(data) > limits.bytes:
        raise refusal(
            "file_too_large",
            Message(
                "The file has {size:,} bytes; at most {most:,} are accepted.",
                size=len(data),
                most=limits.bytes,
            ),
            Message(
                "Remove columns that were not asked for and write fewer decimals, or upload gzip of the file."
            ),
        )
    if not is_packed(data):
        text = data.removeprefix(BOM)
        _require_text(text, hint=SAVE_AS_CSV)
        return text
    text = unpacked(data, limits)
    if is_packed(text):
        _raise_packed_twice(data, text)
    _require_text(text, hint=PACK_THE_CSV)
    return text


def _raise_packed_twice(data: bytes, text: bytes) -> NoReturn:
    """Refuse what is packed within a packed file, by what both are."""
    outer, inner = (GZIP if packed[:2] == GZIP_MAGIC else ZIP for packed in (data, text))
    raise refusal(
        "not_csv",
        Message(
            "The file is {outer} with {inner} in it; the CSV file was expected there.",
            outer=outer,
            inner=inner,
        ),
        PACK_ONCE,
    )


def _require_text(text: bytes, *, hint: Text) -> None:
    if not text[:1000].strip() and not text.strip():
        raise refusal(
            "empty_file", Message("The file is empty."), Message("Upload the CSV file of predictions.")
        )
    kind = next((kind for magic, kind in OTHER_KINDS if text.startswith(magic)), None)
    if kind is None and is_tar(text):
        kind = Message("a tar archive")
    if kind is not None:
        raise refusal("not_csv", Message("This is {kind}, not a CSV file.", kind=kind), hint)
    if (problem := form_problem(text)) is not None:
        raise InvalidSubmission((problem,))
    start = text[:1000]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or _is_wide(start):
        raise refusal(
            "not_utf8",
            Message("The file is UTF-16 text (or UTF-32); UTF-8 was expected."),
            Message("Save it as 'CSV UTF-8', or with df.to_csv('pred.csv', index=False, encoding='utf-8')."),
        )


def _is_wide(start: bytes) -> bool:
    """Whether most bytes of one place in two or four are zeros, and not all: UTF-16 or UTF-32 of ASCII."""
    zeros = [start[place::4].count(0) for place in range(4)]
    return max(zeros) > len(start) // 8 and min(zeros) <= len(start) // 40
