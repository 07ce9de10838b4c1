"""Data files of a competition that stands: added, replaced, taken away; what everybody reads of it."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from server.models import AuditEntry, CompetitionFile, PrivateKnownScore
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

HERE = f"{TINY}/data/files"
NEW = b"id,feature\n0,1\n"
SAMPLE = "sample_submission.csv"


def send(client: TestClient, name: str, data: bytes, reason: str = "Two rows were wrong.") -> int:
    form = {"form_token": form_token(client), "name": name, "reason": reason}
    answer = client.post(HERE, data=form, files={"file": ("chosen.csv", data)}, follow_redirects=False)
    return answer.status_code


def remove(client: TestClient, name: str, reason: str = "It is not needed.") -> int:
    form = {"form_token": form_token(client), "name": name, "reason": reason}
    return client.post(f"{HERE}/removal", data=form, follow_redirects=False).status_code


def handed_out(installation: Installation, name: str) -> bytes:
    return installation.client("student0").get(f"/api{TINY}/files/{name}").content


def names(installation: Installation) -> set[str]:
    files = installation.client("student0").get(f"/api{TINY}/files").json()["files"]
    return {each["name"] for each in files}


def test_a_file_is_added_replaced_and_taken_away_and_everybody_reads_why(installation: Installation) -> None:
    iris, student = browser(installation, "iris"), browser(installation, "student0")
    before = names(installation)

    statuses = [
        send(iris, "more/extra.csv", b"old", "The second half."),
        send(iris, "more/extra.csv", NEW, "Two rows were wrong."),
    ]
    replaced = handed_out(installation, "more/extra.csv")
    statuses.append(remove(iris, "more/extra.csv", "It is not needed."))

    assert statuses == [303, 303, 303]
    assert replaced == NEW
    assert names(installation) == before
    page = words(student.get(f"{TINY}/data").text)
    order = [page.index(each) for each in ("It is not needed.", "Two rows were wrong.", "The second half.")]
    assert order == sorted(order)
    assert "download it again" in page
    acts = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "data_file_changed")).all()
    )
    assert [(each.subject, bool(each.before), bool(each.after)) for each in acts] == [
        ("more/extra.csv", False, True),
        ("more/extra.csv", True, True),
        ("more/extra.csv", True, False),
    ]


def test_an_earlier_version_is_downloaded_and_taken_again(installation: Installation) -> None:
    iris = browser(installation, "iris")
    first = handed_out(installation, "test.csv")
    send(iris, "test.csv", NEW)
    page = iris.get(f"{TINY}/data").text
    earlier = page.partition(f'href="{HERE}/')[2].partition('"')[0]

    bytes_of_it = iris.get(f"{HERE}/{earlier}").content
    form = {"form_token": form_token(iris), "reason": "The new one was worse."}
    status = iris.post(f"{HERE}/{earlier}", data=form, follow_redirects=False).status_code

    assert (bytes_of_it, status) == (first, 303)
    assert handed_out(installation, "test.csv") == first
    assert browser(installation, "student0").get(f"{HERE}/{earlier}").status_code == 403
    assert iris.post(f"{HERE}/{earlier}", data=form).status_code == 422, "nothing would change"


def test_a_sample_has_to_fit_the_key_and_is_what_rescores_compare(installation: Installation) -> None:
    iris, before = browser(installation, "iris"), handed_out(installation, SAMPLE)

    refused = [send(iris, SAMPLE, b"id,label\n0,a\n"), remove(iris, SAMPLE)]
    unchanged = handed_out(installation, SAMPLE)
    rows = before.splitlines(keepends=True)
    turned = b"".join([rows[0], *reversed(rows[1:])])
    accepted = send(iris, SAMPLE, turned)

    assert refused == [422, 422]
    assert unchanged == before
    assert accepted == 303
    current, scored = installation.db.read(
        lambda session: (
            session.scalars(select(CompetitionFile.sha256).where(CompetitionFile.name == SAMPLE)).one(),
            session.scalars(select(PrivateKnownScore.sha256).where(PrivateKnownScore.name == SAMPLE)).one(),
        ),
        private=True,
    )
    assert current == scored
    installation.submit("student0", predictions(400, accuracy=0.6, seed=1))


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("../test.csv", NEW, "is no name of a data file"),
        ("TEST.csv", NEW, "cannot stand beside"),
        ("test.csv/rows", NEW, "cannot stand beside"),
        ("pictures/row.png", b"no picture", "is no picture"),
    ],
)
def test_what_cannot_be_handed_out_is_refused(
    installation: Installation, name: str, data: bytes, sentence: str
) -> None:
    iris, before = browser(installation, "iris"), names(installation)
    form = {"form_token": form_token(iris), "name": name, "reason": "Because."}

    answer = iris.post(HERE, data=form, files={"file": ("chosen.csv", data)})

    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert names(installation) == before


def test_the_answer_key_is_never_handed_out_by_mistake(installation: Installation) -> None:
    iris = browser(installation, "iris")
    key = iris.get(f"/api{TINY}/answer-key.csv").content

    assert send(iris, "labels.csv", key) == 422
    assert "labels.csv" not in names(installation)


def test_only_those_who_change_rules_change_files_and_an_archive_takes_none(
    installation: Installation,
) -> None:
    student, iris = browser(installation, "student0"), browser(installation, "iris")

    assert send(student, "a.csv", NEW) == 403
    assert send(iris, "a.csv", NEW, reason=" ") == 422
    assert "Change the data files" not in student.get(f"{TINY}/data").text
    iris.post(f"{TINY}/archive", data={"form_token": form_token(iris), "reason": "The term is over."})
    assert send(iris, "a.csv", NEW) == 403
    assert "a.csv" not in names(installation)
