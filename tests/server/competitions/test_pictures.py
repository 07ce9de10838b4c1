"""Pictures of a description: public files of the competition, told by their content, from our own address."""

from pathlib import Path

import pytest

from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.files.pictures import picture_type
from server.domain.setup.importing import read_homework
from server.models import CompetitionFile
from tests.support import tiny_homework
from tests.support.browser import TINY, browser
from tests.support.installation import Installation

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'


def add_file(installation: Installation, name: str, data: bytes) -> None:
    stored = installation.context.store.put(data)
    competition_id = installation.competition().id
    row = CompetitionFile(competition_id=competition_id, name=name, sha256=stored.sha256, size=stored.size)
    installation.db.write(lambda session: session.add(row))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (SVG, "image/svg+xml"),
        (b"<html><svg></svg>", None),
        (b"<script>alert(1)</script>", None),
        (b"id,label\n", None),
        (b"", None),
    ],
    ids=["png", "jpeg", "webp", "svg", "html", "script", "csv", "empty"],
)
def test_a_picture_is_told_by_its_bytes(data: bytes, media_type: str | None) -> None:
    assert picture_type(data) == media_type


def test_a_picture_is_shown_to_members_and_can_run_nothing(installation: Installation) -> None:
    add_file(installation, "pictures/map of it.svg", SVG)
    address = f"{TINY}/pictures/pictures/map%20of%20it.svg"

    answer = browser(installation, "student0").get(address)
    again = browser(installation, "student0").get(address, headers={"If-None-Match": answer.headers["ETag"]})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.content == SVG
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert again.status_code == 304
    assert browser(installation, "mallory").get(address).status_code == 404
    assert browser(installation).get(address, follow_redirects=False).status_code in (303, 401)


@pytest.mark.parametrize(
    "name", ["sample_submission.csv", "answer_key.csv", "../private/answer_key.csv", "no.png"]
)
def test_what_is_no_public_picture_is_not_shown(installation: Installation, name: str) -> None:
    assert browser(installation, "student0").get(f"{TINY}/pictures/{name}").status_code == 404


def test_a_homework_brings_its_pictures_and_its_description_is_filled(tmp_path: Path) -> None:
    tiny_homework.write(tmp_path)
    (tmp_path / "tiny" / "pictures").mkdir()
    (tmp_path / "tiny" / "pictures" / "map.png").write_bytes(PNG)
    (tmp_path / "tiny" / "description.md").write_text(
        "![A map](pictures/map.png) {{ daily_limit }} `{{ x }}`\n"
    )

    read = read_homework(FileStore(tmp_path / "files"), folder=tmp_path / "tiny", built=tmp_path / "built")

    assert set(read.files) == {"pictures/map.png", "sample_submission.csv", "test.csv"}


def test_a_description_with_an_unknown_placeholder_is_refused(tmp_path: Path) -> None:
    tiny_homework.write(tmp_path)
    (tmp_path / "tiny" / "description.zh-TW.md").write_text("每天 {{ dayly_limit }} 次\n", encoding="utf-8")

    with pytest.raises(
        Invalid, match=r"has {{ dayly_limit }}, for which no rule gives a value; .*daily_limit"
    ):
        read_homework(FileStore(tmp_path / "files"), folder=tmp_path / "tiny", built=tmp_path / "built")


def test_the_page_says_the_rules_of_now(installation: Installation) -> None:
    client = installation.client("tina")
    version = client.get("/api/competitions/tiny/rules").json()["version"]
    english = "At most {{ daily_limit }} a day until {{ deadline }}; else {{ unselected }}. {{ nothing }}"
    text = f"{english}\n\n<!-- zh-TW -->\n每天 {{{{ daily_limit }}}} 次，以{{{{ reset_zone }}}}換日\n"
    body = {"changes": {"description_md": text, "daily_limit": 9}, "version": version, "reason": "Clearer"}
    client.put("/api/competitions/tiny/rules", json=body).raise_for_status()

    student = browser(installation, "student0")
    page, chinese = student.get(TINY).text, student.get(TINY, params={"lang": "zh-TW"}).text

    assert (
        "At most 9 a day until Mon 18 Mar 2030, 12:00 (Asia/Taipei); else the best public submission. "
        "{{ nothing }}"
    ) in page
    assert "每天 9 次，以台北時間換日" in chinese
