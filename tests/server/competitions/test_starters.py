"""Starter code is the same from every door in one language; a list names the hash of what is served."""

import hashlib
import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from languages.catalogue import templates
from server.domain.competitions import starters
from server.domain.competitions.starters import Starter
from server.models import CompetitionFile, User
from tests.support.browser import TINY, browser
from tests.support.installation import Installation

FILES = "/api/competitions/tiny/files"
KEPT = (
    b'SERVER = "https://ml.example.edu"  # your course\'s server\nCOMPETITION = "your-competition"\n'
    b'LANGUAGE = "en-x-yours"\nprint("none yet")\n'
)
HANDED_OUT = (
    b'SERVER = "http://testserver"  # your course\'s server\nCOMPETITION = "tiny"\n'
    b'LANGUAGE = "en"\nprint("none yet")\n'
)
IN_CHINESE = (
    'SERVER = "http://testserver"  # 你課程的伺服器\nCOMPETITION = "tiny"\n'
    'LANGUAGE = "zh-TW"\nprint("還沒有")\n'
).encode()


def notebook(code: bytes) -> bytes:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "source": code.decode().splitlines(keepends=True)}
    return (json.dumps({"cells": [cell]}, ensure_ascii=False, indent=1) + "\n").encode()


def file(name: Starter, code: bytes) -> bytes:
    """The code as this kind of starter."""
    return notebook(code) if name is Starter.NOTEBOOK else code


@pytest.fixture
def with_starters(installation: Installation) -> Installation:
    """A competition with both starters, as `build` writes them."""
    competition_id = installation.competition().id
    rows = []
    for name in Starter:
        data = file(name, KEPT)
        sha256 = hashlib.sha256(data).hexdigest()
        installation.context.store.keep(data, sha256)
        row = CompetitionFile(competition_id=competition_id, name=name.value, sha256=sha256, size=len(data))
        rows.append(row)
    installation.db.write(lambda session: session.add_all(rows))
    return installation


@pytest.mark.parametrize("name", list(Starter), ids=str)
@pytest.mark.parametrize(
    ("language", "code"),
    [(None, HANDED_OUT), ("fr", HANDED_OUT), ("zh-TW", IN_CHINESE)],
    ids=["none", "unknown", "chinese"],
)
def test_page_and_api_hand_out_the_bytes_that_the_list_names(
    with_starters: Installation, name: Starter, language: str | None, code: bytes
) -> None:
    headers = {} if language is None else {"Accept-Language": language}
    student, page = with_starters.client("student0"), browser(with_starters, "student0")
    content = file(name, code)

    listed = {each["name"]: each for each in student.get(FILES, headers=headers).json()["files"]}[name.value]
    by_api = student.get(listed["url"], headers=headers)
    by_page = page.get(f"{TINY}/starters/{name.value}", headers=headers)
    again = student.get(listed["url"], headers=headers | {"If-None-Match": by_api.headers["etag"]})

    in_zip = ZipFile(BytesIO(page.get(f"{TINY}/data.zip", headers=headers).content)).read(name.value)

    assert by_api.content == by_page.content == in_zip == content
    assert listed["sha256"] in page.get(f"{TINY}/data", headers=headers).text
    assert (listed["size"], listed["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert by_api.headers["etag"] == f'"{listed["sha256"]}"'
    assert by_api.headers["content-disposition"] == f'attachment; filename="{name.value}"'
    assert again.status_code == 304


@pytest.mark.parametrize("name", list(Starter), ids=str)
@pytest.mark.parametrize("data", [b"\xff", b"{}", b"[1]", b"def :", b"\0"], ids=repr)
def test_a_file_of_staff_that_is_no_starter_is_handed_out_as_it_is(name: Starter, data: bytes) -> None:
    assert starters.in_language(name, data, templates("zh-TW")) == data


def test_the_page_s_starter_is_in_the_language_of_the_account(with_starters: Installation) -> None:
    def choose(session: Session) -> None:
        session.get_one(User, with_starters.user("student0").id).language = "zh-TW"

    with_starters.db.write(choose)

    answer = browser(with_starters, "student0").get(f"{TINY}/starters/starter.py")

    assert answer.content == IN_CHINESE
