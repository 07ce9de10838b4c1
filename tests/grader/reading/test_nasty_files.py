"""A corpus of files that go wrong before their rows are looked at: headers, other formats, bombs, caps."""

import gzip
import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet
import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.spec import Limits
from tests.grader.cases import IDS, a_file, key_of, problems_of, written


@pytest.mark.parametrize(
    ("header", "codes", "hint"),
    [
        (",id,y", {"extra_column"}, "index=False"),
        ("Unnamed: 0,id,y", {"extra_column"}, "index=False"),
        ("id;y", {"wrong_separator"}, "sep=','"),
        ("id\ty", {"wrong_separator"}, "sep=','"),
        ("ID,y", {"misspelt_column"}, "'ID': 'id'"),
        ("id, y", {"misspelt_column"}, "' y': 'y'"),
        ("id,id,y", {"repeated_column"}, "Keep one"),
        ("id", {"missing_column"}, "sample_submission.csv"),
        ("id,z", {"misspelt_column"}, "{'z': 'y'}"),
        ("1,0.5", {"no_header"}, "writes the header"),
        ("id,ID,y", {"extra_column"}, "Remove it"),
        ('"id,y', {"stray_quote"}, "without quotes"),
        ("y" * 70_000, {"header_too_long"}, "sample_submission.csv"),
        ("y," * 1_000, {"header_too_long"}, "sample_submission.csv"),
    ],
)
def test_what_differs_in_the_header_is_told(header: str, codes: set[str], hint: str) -> None:
    problems = problems_of(a_file(header=header))

    assert problems.keys() == codes
    assert hint in " ".join(problem.hint for problem in problems.values())
    assert all(problem.lines == (1,) for problem in problems.values())


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(pa.table({"id": IDS, "y": [0.5] * 12}), buffer)
    return buffer.getvalue()


def as_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pred.csv", a_file())
        archive.writestr("pred2.csv", a_file())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty_file", "empty"),
        (b"\xef\xbb\xbf", "empty_file", "empty"),
        (b" \n\n", "empty_file", "empty"),
        (gzip.compress(b"", mtime=0), "empty_file", "empty"),
        (a_file().decode().encode("utf-16"), "not_utf8", "UTF-16"),
        (a_file().decode().encode("utf-16-le"), "not_utf8", "UTF-16"),
        (a_file().decode().encode("utf-16-be"), "not_utf8", "UTF-16"),
        (as_zip(), "zip_of_several", "zip"),
        (as_parquet(), "not_csv", "Parquet"),
        (b"\x89PNG\r\n\x1a\n....", "not_csv", "PNG"),
        (b"%PDF-1.7 ....", "not_csv", "PDF"),
        (b"\x80\x04\x95....", "not_csv", "pickle"),
        (
            gzip.compress(gzip.compress(a_file(), mtime=0), mtime=0),
            "not_csv",
            "with a gzip file in it",
        ),
        (gzip.compress(a_file(), mtime=0)[:-9], "damaged_gzip", "damaged"),
        (gzip.compress(a_file(), mtime=0) + b"more", "damaged_gzip", "damaged"),
        (b"\x1f\x8b\x08garbage", "damaged_gzip", "damaged"),
        (gzip.compress(b"", mtime=0) * 2_000, "damaged_gzip", "damaged"),
        (b"id,y\n", "no_rows", "no rows"),
        (b"id,y", "no_rows", "no rows"),
        (b"id,y\n\n\n", "no_rows", "no rows"),
        (a_file("1,\xff".replace("\xff", "é")).replace("é".encode(), b"\xe9"), "not_utf8", "0xe9"),
        (b"id,y\n\xff\n\xff,1,1\n", "not_utf8", "0xff"),
        (b"id,y\nx\nx,1,1\n", "wrong_field_count", "2 rows have between 1 and 3"),
        (a_file("1,0.5\0"), "nul_byte", "NUL"),
        (a_file("1,0." + "0" * 70_000), "line_too_long", "65,536"),
        (a_file('"1,0.5'), "stray_quote", "quotation mark"),
        (a_file('1,"0.5'), "stray_quote", "quotation mark"),
        (a_file('1,0.5"'), "stray_quote", "quotation mark"),
        (a_file('"1" ,0.5'), "stray_quote", "quotation mark"),
        (a_file('1,""0.5"'), "stray_quote", "quotation mark"),
    ],
)
def test_a_nasty_file_is_recognised_and_named(data: bytes, code: str, words: str) -> None:
    problems = problems_of(data)

    assert code in problems
    assert words in problems[code].message


def with_limits(**caps: int) -> AnswerKey:
    key = key_of()
    return AnswerKey.from_csv(
        written(
            [
                ["id", "y", "Usage"],
                *([name, "1", "Private" if n % 2 else "Public"] for n, name in enumerate(IDS)),
            ]
        ),
        replace(key.spec, limits=Limits(**caps)),
    )


def test_a_file_of_more_bytes_than_allowed_is_refused() -> None:
    assert problems_of(a_file() + b"13,1\n" * 99, with_limits(bytes=300)).keys() == {"file_too_large"}


def test_a_gzip_bomb_is_stopped_at_the_cap() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)

    assert problems_of(bomb, with_limits(unpacked_bytes=1_000_000)).keys() == {"file_too_large"}


def test_far_too_many_rows_are_not_even_listed() -> None:
    assert problems_of(a_file() + b"13,1\n" * 2_000).keys() == {"too_many_rows"}


HOSTILE = """
import gzip, resource, sys
from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.spec import GradingSpec

FILES = {
    "gzip of 300 MB": lambda: gzip.compress(bytes(300_000_000)),
    "a million columns": lambda: b",".join(b"c%d" % number for number in range(1_000_000)) + b"\\n",
    "a row of a million fields": lambda: b"id,y\\n1" + b",1" * 1_000_000 + b"\\n",
    "one line of 60 MB": lambda: b"id,y\\n1," + b"9" * 60_000_000 + b"\\n",
    "a field of 30 million lines": lambda: b'id,y\\n1,"' + b"9\\n" * 30_000_000 + b'"\\n',
    "three million duplicates": lambda: b"id,y\\n" + b"1,1\\n" * 3_000_000,
    "100 million quotes": lambda: b"id,y\\n" + b'"' * 100_000_000,
    "100 million line ends": lambda: b"id,y\\n" + b"\\n" * 100_000_000,
}
words = (b"Public", b"Private", b"Private")
rows = (b"%d,%d,%s\\n" % (n * 7 % 97, n * n % 2, words[n % 3]) for n in range(97))
key = b"id,y,Usage\\n" + b"".join(rows)
prepared = [AnswerKey.from_csv(key, GradingSpec(metric, "id", ("y",))) for metric in ("rmse", "accuracy")]
data = FILES[sys.argv[1]]()
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for key in prepared:
    try:
        grade(data, key)
    except InvalidSubmission as error:
        print(*(problem.code for problem in error.problems))
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # in KiB, on macOS in bytes
assert taken < 1_000_000 * (1 if sys.platform == "linux" else 1024), taken
"""


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ("gzip of 300 MB", "file_too_large"),
        ("a million columns", "header_too_long"),
        ("a row of a million fields", "line_too_long"),
        ("one line of 60 MB", "line_too_long"),
        ("a field of 30 million lines", "too_many_rows"),
        ("three million duplicates", "too_many_rows"),
        ("100 million quotes", "line_too_long"),
        ("100 million line ends", "no_rows"),
    ],
)
def test_a_hostile_file_is_refused_within_a_gigabyte(about: str, code: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", HOSTILE, about], capture_output=True, text=True, check=False
    )

    assert (process.returncode, process.stdout.split()) == (0, [code, code]), process.stderr


MANY_ITEMS = """
import gzip, resource, sys
from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.spec import GradingSpec

metric, count = sys.argv[1], int(sys.argv[2])
words = ("Public", "Private", "Private")
spec = GradingSpec(metric, "id", ("y",), arguments={"height": 256, "width": 256} if "dice" in metric else {})
rows = "".join(f"{n * 7 % 997},{n % 7 + 1} 2,{words[n % 3]}\\n" for n in range(997))
key = AnswerKey.from_csv(f"id,y,Usage\\n{rows}".encode(), spec)
each = count // 997 // 2 * 2
row = " ".join(f"{2 * n + 1} 1" for n in range(each // 2)) if "dice" in metric else "1 " * each
data = gzip.compress(f"id,y\\n{''.join(f'{n},{row}' + chr(10) for n in range(997))}".encode(), 1)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(0.0 <= grade(data, key).public)
except InvalidSubmission as error:
    print(*(problem.code for problem in error.problems))
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # in KiB, on macOS in bytes
assert taken < 1_000_000 * (1 if sys.platform == "linux" else 1024), taken
"""


@pytest.mark.parametrize(
    ("metric", "count", "outcome"),
    [
        ("map_at_k", 11_900_000, "True"),
        ("dice_mean", 11_900_000, "True"),
        ("wer", 11_900_000, "text_too_long"),
        ("map_at_k", 20_000_000, "too_many_items"),
    ],
)
def test_a_file_of_millions_of_items_is_scored_or_refused_within_a_gigabyte(
    metric: str, count: int, outcome: str
) -> None:
    process = subprocess.run(
        [sys.executable, "-c", MANY_ITEMS, metric, str(count)], capture_output=True, text=True, check=False
    )

    assert (process.returncode, process.stdout.strip()) == (0, outcome), process.stderr
