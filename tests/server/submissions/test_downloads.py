"""A submission's file comes back as it was sent, to its team and the staff."""

import base64
import hashlib

import pytest

from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.person import age_files, erase
from tests.support.teamwork import in_teams_of, join
from tests.support.tiny_homework import predictions

DATA = predictions(400, accuracy=0.6, seed=1)


def test_a_file_comes_back_byte_for_byte_with_its_hash(installation: Installation) -> None:
    row = installation.submit("student0", DATA, '預測 "最終".csv')

    answer = installation.client("student0").get(f"/api/submissions/{row.id}/file")
    again = installation.client("student0").get(
        f"/api/submissions/{row.id}/file", headers={"If-None-Match": answer.headers["etag"]}
    )

    digest = hashlib.sha256(DATA)
    assert answer.content == DATA
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=utf-8''%E9%A0%90%E6%B8%AC%20%22%E6%9C%80%E7%B5%82%22.csv"
    )
    assert again.status_code == 304


def test_a_download_does_not_tell_that_somebody_else_sent_the_same_file_before(
    installation: Installation,
) -> None:
    installation.submit("student1", DATA)
    age_files(installation)
    row = installation.submit("student0", DATA)
    path = f"/submissions/{row.id}/file"

    heads = [
        installation.client("student0").get(f"/api{path}").headers,
        browser(installation, "student0").get(path).headers,
    ]

    assert ["last-modified" in head for head in heads] == [False, False]
    assert [head["etag"] for head in heads] == [f'"{hashlib.sha256(DATA).hexdigest()}"'] * 2


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\temp\\pred.csv", 'attachment; filename="pred.csv"'),
        ("..", 'attachment; filename="submission.csv"'),
        ('a"; filename="b.exe', "attachment; filename*=utf-8''a%22%3B%20filename%3D%22b.exe"),
    ],
)
def test_a_hostile_name_leads_nowhere(installation: Installation, name: str, disposition: str) -> None:
    row = installation.submit("student0", DATA, name)

    answer = browser(installation, "student0").get(f"/submissions/{row.id}/file")

    assert answer.headers["content-disposition"] == disposition


def test_a_file_is_for_its_team_and_the_staff(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")
    row = installation.submit("student0", DATA)
    trial = installation.submit_accuracy("tina", 0.7, 2)

    def statuses(number: int) -> list[int]:
        return [
            client.get(address).status_code
            for name in ("student1", "iris", "student2", "mallory", "ivan")
            for client, address in (
                (installation.client(name), f"/api/submissions/{number}/file"),
                (browser(installation, name), f"/submissions/{number}/file"),
            )
        ]

    assert statuses(row.id) == [200] * 4 + [404] * 6
    assert statuses(trial.id) == [404] * 2 + [200] * 2 + [404] * 6


def test_an_erased_file_is_kept_no_more(installation: Installation) -> None:
    row = installation.submit("student0", DATA)
    age_files(installation)
    erase(installation, "student0")

    answer = installation.client("tina").get(f"/api/submissions/{row.id}/file")

    assert answer.status_code == 404
    assert "kept no more" in answer.json()["error"]["message"]
