"""Starter code is the same from every door, and a list names the hash of what is handed out."""

import hashlib

import pytest

from server.domain.competitions.starters import Starter
from server.models import CompetitionFile
from tests.support.browser import TINY, browser
from tests.support.installation import Installation

FILES = "/api/competitions/tiny/files"
KEPT = b'SERVER = "https://ml.example.edu"\nCOMPETITION = "your-competition"\n'
HANDED_OUT = b'SERVER = "http://testserver"\nCOMPETITION = "tiny"\n'


@pytest.fixture
def with_starters(installation: Installation) -> Installation:
    """A competition with both starters, as `build` writes them."""
    sha256 = hashlib.sha256(KEPT).hexdigest()
    installation.context.store.keep(KEPT, sha256)
    competition_id = installation.competition().id
    rows = [
        CompetitionFile(competition_id=competition_id, name=name.value, sha256=sha256, size=len(KEPT))
        for name in Starter
    ]
    installation.db.write(lambda session: session.add_all(rows))
    return installation


@pytest.mark.parametrize("name", list(Starter), ids=str)
def test_page_and_api_hand_out_the_bytes_that_the_list_names(
    with_starters: Installation, name: Starter
) -> None:
    student = with_starters.client("student0")
    listed = {file["name"]: file for file in student.get(FILES).json()["files"]}[name.value]

    by_api = student.get(listed["url"])
    by_page = browser(with_starters, "student0").get(f"{TINY}/starters/{name.value}")
    again = student.get(listed["url"], headers={"If-None-Match": by_api.headers["etag"]})

    assert by_api.content == by_page.content == HANDED_OUT
    assert (listed["size"], listed["sha256"]) == (len(HANDED_OUT), hashlib.sha256(HANDED_OUT).hexdigest())
    assert by_api.headers["etag"] == f'"{listed["sha256"]}"'
    assert by_api.headers["content-disposition"] == f'attachment; filename="{name.value}"'
    assert again.status_code == 304
