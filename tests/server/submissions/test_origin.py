"""What a file was made by: sent along, shown to the team and the staff, bounded, and erased."""

import pytest

from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

UPLOADS = f"/api{TINY}/submissions"
CODE = {"code_name": "train.ipynb", "code_sha256": "ab" * 32, "commit": "c0" * 20 + "+"}


def test_an_origin_is_kept_for_the_team_and_the_staff(installation: Installation) -> None:
    student, stranger = installation.client("student0"), installation.client("student1")
    sent = student.put(UPLOADS, params=CODE, content=predictions(400, accuracy=0.6, seed=1)).json()
    without = student.put(UPLOADS, content=predictions(400, accuracy=0.6, seed=2)).json()

    origin = {"name": "train.ipynb", "sha256": "ab" * 32, "commit": "c0" * 20 + "+"}
    assert (sent["origin"], without["origin"]) == (origin, None)
    for reader in ("student0", "tina"):
        assert installation.client(reader).get(sent["url"]).json()["origin"] == origin
        page = words(browser(installation, reader).get(f"/submissions/{sent['id']}").text)
        assert "Made by train.ipynb" in page
        assert "commit " + "c0" * 20 in page
        assert "files differ from it" in page
    assert stranger.get(sent["url"]).status_code == 404
    assert "Made by" not in words(browser(installation, "tina").get(f"/submissions/{without['id']}").text)


@pytest.mark.parametrize(
    "params",
    [{"code_sha256": "AB" * 32}, {"commit": "HEAD"}, {"code_name": "x" * 4001}, {"commit": "c0" * 20 + "++"}],
)
def test_an_origin_of_another_form_is_refused_before_the_file_is_read(
    installation: Installation, params: dict[str, str]
) -> None:
    data = predictions(400, accuracy=0.6, seed=1)

    refused = installation.client("student0").put(UPLOADS, params=params, content=data)
    taken = installation.client("student0").put(UPLOADS, params=CODE | {"code_name": "é" * 400}, content=data)

    assert refused.status_code == 422
    assert (taken.status_code, taken.json()["repeated"]) == (201, False)
    assert len(taken.json()["origin"]["name"]) == 200


def test_an_origin_is_in_the_persons_data(installation: Installation) -> None:
    student = installation.client("student0")
    student.put(UPLOADS, params=CODE, content=predictions(400, accuracy=0.6, seed=1))

    (row,) = student.get("/api/me/data").json()["submissions"]

    assert row["origin"]["commit"] == CODE["commit"]
