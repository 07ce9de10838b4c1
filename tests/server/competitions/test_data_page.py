"""The data of a competition on a page: one zip of all files, their hashes, the first rows of tables."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from server.domain.files import archive
from server.domain.files.archive import ArchivedFile, zip_chunks
from server.domain.files.first_rows import CELL_MOST, COLUMNS_MOST, HEAD_BYTES, ROWS_MOST, first_rows
from server.models import CompetitionFile
from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation


def hand_out(installation: Installation, name: str, data: bytes) -> None:
    stored = installation.context.store.put(data)
    competition_id = installation.competition().id
    row = CompetitionFile(competition_id=competition_id, name=name, sha256=stored.sha256, size=stored.size)
    installation.db.write(lambda session: session.add(row))


def test_the_zip_has_every_public_file_in_its_folder_as_it_is_handed_out(installation: Installation) -> None:
    hand_out(installation, "voices/train/a.npy", bytes(range(256)) * 3000)
    hand_out(installation, "starter.py", b"SERVER = 'https://ml.example.edu'\n")
    student = browser(installation, "student0")

    answer = student.get(f"{TINY}/data.zip")
    again = student.get(f"{TINY}/data.zip")
    known = student.get(f"{TINY}/data.zip", headers={"If-None-Match": answer.headers["ETag"]})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as unpacked:
        inside = {name: unpacked.read(name) for name in unpacked.namelist()}
    files = installation.client("student0").get("/api/competitions/tiny/files").json()["files"]
    assert {name: hashlib.sha256(data).hexdigest() for name, data in inside.items()} == {
        file["name"]: file["sha256"] for file in files
    }
    assert b"https://ml.example.edu" not in inside["starter.py"]
    assert answer.content == again.content
    assert known.status_code == 304
    assert answer.headers["content-disposition"] == 'attachment; filename="tiny.zip"'
    assert browser(installation, "mallory").get(f"{TINY}/data.zip").status_code == 404


def test_a_zip_holds_no_more_than_a_chunk_in_memory_and_large_files_are_declared_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(bytes(5 * archive.CHUNK_BYTES))
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 4 * archive.CHUNK_BYTES)

    chunks = list(zip_chunks([ArchivedFile("a", 5 * archive.CHUNK_BYTES, tmp_path / "a")]))

    assert max(map(len, chunks)) < 1.1 * archive.CHUNK_BYTES
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as unpacked:
        assert unpacked.testzip() is None
        assert unpacked.getinfo("a").file_size == 5 * archive.CHUNK_BYTES


def test_the_first_rows_are_cut_to_what_a_page_can_show() -> None:
    header = ",".join(f"c{n}" for n in range(30))
    row = ",".join(["x" * 100] * 30)
    long = "\n".join([header, *[row] * 100]).encode()

    shown = first_rows("train.CSV", long[:HEAD_BYTES])

    assert shown is not None
    assert (len(shown.header), len(shown.rows), shown.columns) == (COLUMNS_MOST, ROWS_MOST, 30)
    assert shown.header[-4:] == ["…", "c27", "c28", "c29"]
    assert max(len(cell) for cell in shown.rows[0]) == CELL_MOST


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.npy", b"id,x\n"), ("a.csv", b"\xff\xfe\x00"), ("a.csv", b""), ("a.csv", b"\n1\n"), ("a.zip", b"PK")],
    ids=["array", "bytes", "empty", "no header", "archive"],
)
def test_what_is_no_readable_table_has_no_first_rows(name: str, data: bytes) -> None:
    assert first_rows(name, data) is None


def test_the_page_lists_hashes_and_shows_first_rows_as_text(installation: Installation) -> None:
    hand_out(installation, "odd.csv", b"id,text\n0,<script>alert(1)</script>\n")

    page = browser(installation, "student0").get(f"{TINY}/data").text

    files = installation.client("student0").get("/api/competitions/tiny/files").json()["files"]
    assert all(f'data-copy="{file["sha256"]}"' in page for file in files)
    assert "Download all 3 files as one zip" in words(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_each_tab_is_a_page_of_its_own_and_says_which_one_it_is(installation: Installation) -> None:
    student = browser(installation, "student0")
    home = student.get(TINY).text

    tabs = ["data", "tiers", "rules", "submit", "submissions", "leaderboard", "team", "announcements"]

    for tab in tabs:
        assert f'<a href="{TINY}/{tab}"' in home
        assert f'<a href="{TINY}/{tab}" aria-current="page">' in student.get(f"{TINY}/{tab}").text
    assert home.index("Submit a file") < home.index('id="description"')


def test_students_read_the_rules_and_staff_change_them(installation: Installation) -> None:
    student, staff = browser(installation, "student0"), browser(installation, "tina")

    assert "5 for a team" in words(student.get(f"{TINY}/rules").text)
    assert f"{TINY}/rules/change" not in student.get(f"{TINY}/rules").text
    assert student.get(f"{TINY}/rules/change").status_code == 403
    assert f'href="{TINY}/rules/change"' in staff.get(f"{TINY}/rules").text
