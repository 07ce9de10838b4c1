"""Packed uploads: read as the file that was packed, and never more of it held than the key can need."""

import gzip
import io
import tracemalloc
import zipfile
import zlib

import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.reading.unpack import unpack
from grader.spec import GradingSpec
from tests.grader.cases import IDS, a_file, key_of, written

PLAIN = a_file("1,0.25", "7,1e-3")
MEGABYTE = 1 << 20


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def gzip_of(piece: bytes, times: int, *, start: bytes = b"id,y\n") -> bytes:
    """Gzip of a text that is never held whole."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(start), *(packer.compress(piece) for _ in range(times)), packer.flush()])


def zip_of(piece: bytes, times: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
        for _ in range(times):
            file.write(piece)
    return buffer.getvalue()


def peak(data: bytes, key: AnswerKey) -> tuple[int, str]:
    """The most memory, in bytes, that grading takes beside the upload, and the first problem's code."""
    tracemalloc.start()
    try:
        with pytest.raises(InvalidSubmission) as error:
            grade(data, key)
        return tracemalloc.get_traced_memory()[1], error.value.problems[0].code
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(PLAIN),
        gzip.compress(PLAIN[:40]) + gzip.compress(PLAIN[40:]),
        gzip.compress(b"\xef\xbb\xbf" + PLAIN),
        zipped({"pred.csv": PLAIN}),
        zipped({"pred.csv": PLAIN}, zipfile.ZIP_STORED),
        zipped({"runs/": b"", "runs/best run.txt": b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n")}),
        zipped({"pred.csv": PLAIN, "__MACOSX/._pred.csv": b"\0\5\x16\7", ".DS_Store": b"Bud1"}),
    ],
    ids=["gzip", "two members", "gzip of a BOM", "zip", "stored", "in a folder", "beside a Mac's files"],
)
def test_a_packed_file_scores_as_the_file_itself(data: bytes) -> None:
    assert grade(data, key_of()) == grade(PLAIN, key_of())


@pytest.mark.parametrize("pack", [gzip_of, zip_of])
@pytest.mark.parametrize(
    ("piece", "code"),
    [
        (b"s001,47.5\n" * 100_000, "too_many_rows"),
        (b"s001,47.5\r" * 100_000, "too_many_rows"),
        (b"\n" * MEGABYTE, "file_too_large"),
        (bytes(MEGABYTE), "file_too_large"),
        (b"9" * MEGABYTE, "file_too_large"),
    ],
    ids=["lines", "old Mac's lines", "line ends", "NULs", "digits"],
)
def test_a_bomb_is_stopped_at_what_the_key_can_need(pack: object, piece: bytes, code: str) -> None:
    assert callable(pack)
    key = key_of()

    memory, problem = peak(pack(piece, 64), key)

    assert problem == code
    assert memory < 8 * MEGABYTE


def test_unpacking_holds_no_second_copy() -> None:
    ids = [f"{number:07d}" for number in range(120_000)]
    key = key_of(GradingSpec("rmse", "id", ("y",)), ids=ids)
    text = written([["id", "y"], *([name, "0.123456789012345678901234567890"] for name in ids)])
    packed = gzip.compress(text, 1)

    tracemalloc.start()
    unpacked = unpack(packed, key.layout.file_limits)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert unpacked == text
    assert memory < 1.4 * len(text)


@pytest.mark.parametrize("marks", [2, 3])
def test_a_second_byte_order_mark_is_as_wrong_in_a_packed_file(marks: int) -> None:
    data = b"\xef\xbb\xbf" * marks + PLAIN

    for file in (data, gzip.compress(data), zipped({"a.csv": data})):
        with pytest.raises(InvalidSubmission):
            grade(file, key_of())


def test_blank_lines_at_the_end_mean_nothing_in_a_packed_file_either() -> None:
    blank = PLAIN + b"\n" * 3_000

    assert grade(gzip.compress(blank), key_of()) == grade(blank, key_of()) == grade(PLAIN, key_of())


def test_the_caps_follow_the_key_and_are_known_before_a_row_is_read() -> None:
    few, many = key_of(), key_of(ids=[str(number) for number in range(3_000)])

    assert (few.layout.file_limits.rows, many.layout.file_limits.rows) == (1_024, 7_000)
    assert few.layout.file_limits.unpacked_bytes < many.layout.file_limits.unpacked_bytes < 4 * MEGABYTE
    assert len(IDS) == few.rows
