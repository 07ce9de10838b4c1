"""What a file of code is by its bytes, and each way in which it is none."""

import struct
import tracemalloc
from pathlib import Path

import pytest

from server.domain.code import notebook, zip_directory
from server.domain.code.kinds import kind_of
from server.domain.code.refusals import InvalidCode
from server.models import CodeKind
from tests.server.code.files import (
    NOTEBOOK,
    PYTHON,
    encrypted,
    gzipped,
    lying,
    tar,
    tarred,
    with_link,
    zipped,
)

WIDE = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)


def wide_zip() -> bytes:
    """A zip whose end stands in a zip64 record, as some packers always write it."""
    data = zipped("src/", "src/train.py")
    at = data.rindex(b"PK\x05\x06")
    _, _, _, _, count, length, offset, _ = zip_directory.END.unpack_from(data, at)
    record = zip_directory.WIDE_END.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    end = zip_directory.END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + record + WIDE + end


def kind(tmp_path: Path, data: bytes, name: str = "code") -> CodeKind:
    """The kind of these bytes."""
    path = tmp_path / "file"
    path.write_bytes(data)
    return kind_of(path, name=name)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (zipped("src/", "src/train.py", "說明.md"), "x.zip", CodeKind.ZIP),
        (zipped("train.py") + b"\0" * 7, "padded.zip", CodeKind.ZIP),
        (wide_zip(), "wide.zip", CodeKind.ZIP),
        (zipped(*(f"{number}.py" for number in range(10_000)), data=b""), "many.zip", CodeKind.ZIP),
        (tarred("src/train.py"), "x.tgz", CodeKind.TAR_GZ),
        (NOTEBOOK, "x.ipynb", CodeKind.NOTEBOOK),
        (b"\xef\xbb\xbf\n" + NOTEBOOK + b"\n", "x.ipynb", CodeKind.NOTEBOOK),
        (PYTHON, "訓練.PY", CodeKind.PYTHON),
        (zipped("train.py"), "renamed.py", CodeKind.ZIP),  # the bytes tell
        (NOTEBOOK, "renamed.zip", CodeKind.NOTEBOOK),
    ],
)
def test_code_is_what_its_bytes_are_whatever_it_is_called(
    tmp_path: Path, data: bytes, name: str, expected: CodeKind
) -> None:
    assert kind(tmp_path, data, name) is expected


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b" \n", "x.py", "nothing in it"),
        (zipped(), "x.zip", "nothing in it"),
        (zipped("src/"), "x.zip", "nothing in it"),
        (tarred(), "x.tgz", "nothing in it"),
        (zipped("train.py")[:-30], "x.zip", "cut off"),
        (tarred("train.py")[:-30], "x.tgz", "cut off"),
        (NOTEBOOK[:-20], "x.ipynb", "cut off"),
        (NOTEBOOK[: NOTEBOOK.index(b"}")], "x.ipynb", "cut off"),
        (encrypted(), "x.zip", "encrypted"),
        (lying(10_001), "x.zip", "10,000 entries"),
        (zipped("../train.py"), "x.zip", "outside of its folder"),
        (zipped("/etc/passwd"), "x.zip", "outside of its folder"),
        (zipped("src\\..\\..\\x.py"), "x.zip", "outside of its folder"),
        (zipped("C:/x.py"), "x.zip", "outside of its folder"),
        (zipped("src/Train.py", "src/train.py"), "x.zip", "called 'src/train.py'"),
        (with_link(), "x.zip", "is a link"),
        (zipped("train.py").replace(b"PK\x01\x02", b"PK\x01\x03"), "x.zip", "damaged"),
        (gzipped(b"id,label\n" * 100), "x.tar.gz", "no tar archive"),
        (b"\x1f\x8b" + bytes(100), "x.tar.gz", "damaged"),
        (b'{"a": 1}', "x.ipynb", "no notebook"),
        (b'{"cells": [], "nbformat": 4}]', "x.ipynb", "damaged"),
        (b'{"cells": [}, "nbformat": 4}', "x.ipynb", "damaged"),
        (b"Rar!\x1a\x07\x01\x00rest", "x.zip", "of the kind RAR"),
        (b"%PDF-1.7 ...", "code.py", "of the kind PDF"),
        (b"id,label\n0,1\n", "pred.csv", "name ends in .py"),
        (b"\x80\x81\x82\x83", "x.py", "By its bytes"),
        (b"print()\0", "x.py", "By its bytes"),
    ],
)
def test_what_is_no_code_is_refused_in_words_that_say_why(
    tmp_path: Path, data: bytes, name: str, words: str
) -> None:
    with pytest.raises(InvalidCode, match=words):
        kind(tmp_path, data, name)


@pytest.mark.parametrize(
    "whole",
    [zipped("src/train.py", "notes.md"), gzipped(tar("train.py")), NOTEBOOK],
    ids=["zip", "tar.gz", "ipynb"],
)
def test_no_beginning_of_a_file_is_taken_for_the_whole(tmp_path: Path, whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(InvalidCode):
            kind(tmp_path, whole[:length])
    kind(tmp_path, whole)


def test_the_check_of_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    notebook_path = tmp_path / "large.ipynb"
    picture = b'"' + b"A" * 20_000_000 + b'"'
    notebook_path.write_bytes(b'{"cells": [' + picture + b'], "nbformat": 4}')

    tracemalloc.start()
    assert kind_of(notebook_path, name="large.ipynb") is CodeKind.NOTEBOOK
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 25_000_000  # one string at a time


def test_a_notebook_of_brackets_alone_is_given_up_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "TOKENS_MOST", 1000)

    with pytest.raises(InvalidCode, match="more than 1,000 values"):
        kind(tmp_path, b'{"cells": [' + b"[" * 2000, "x.ipynb")
