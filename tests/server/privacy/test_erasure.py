"""Deleting a person's data: what goes, what stays, and that the boards stay what they were."""

import json
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from grader.similarity.sketches import Sketch
from server.domain.boards import standings
from server.domain.files import file_uses
from server.domain.grading.answer_keys import KeyChange
from server.domain.integrity.report_files import IntegrityFiles
from server.models import AuditEntry, Invitation, Mail, Submission, Unscored, WebSession
from server.services.privacy import erasure
from tests.support import rescored, teamwork
from tests.support.browser import browser, form_token
from tests.support.installation import Installation
from tests.support.person import (
    BOARDS,
    SECRETS,
    WHY,
    age_files,
    board,
    erase,
    everything,
    furnish_person,
    take_snapshots,
)
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both


@pytest.fixture
def known(installation: Installation) -> Installation:
    """An installation that knows a person well."""
    furnish_person(installation)
    return installation


def test_nothing_in_the_database_names_the_person_any_more(known: Installation) -> None:
    before = everything(known)

    report = erase(known)

    after = everything(known)
    assert [word for word in SECRETS if word not in before] == []
    assert [word for word in SECRETS if word in after] == []
    assert str(report["pseudonym"]).startswith("Deleted student ")


def test_boards_ranks_and_thresholds_stay_but_for_the_name(known: Installation) -> None:
    before = {path: board(known, path) for path in BOARDS}

    report = erase(known)

    for path in BOARDS:
        renamed = [
            row | ({"team": report["pseudonym"]} if row["team"] == "Wei-Ling" else {}) for row in before[path]
        ]
        assert board(known, path) == renamed
        assert renamed != before[path]
    competition = known.competition()
    wrong = known.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )
    assert wrong == []


def test_files_go_but_for_those_that_somebody_else_sent_too(known: Installation) -> None:
    rows = known.db.read(lambda session: list(session.scalars(select(Submission).order_by(Submission.id))))
    own, shared = rows[1].sha256, rows[2].sha256
    store = known.context.store
    sketches = IntegrityFiles(store.root)
    for sha256 in (own, shared):
        sketches.keep_sketch(1, sha256, Sketch("d" * 64, np.array([1.0])))

    report = erase(known)

    assert (sketches.sketch(1, own) is None, sketches.sketch(1, shared) is None) == (True, False)
    assert (report["submissions"], report["files_removed"], report["files_shared"], report["files_left"]) == (
        2,
        1,
        1,
        0,
    )
    assert (store.path(own).exists(), store.path(shared).exists()) == (False, True)
    missing = known.db.read(
        lambda session: file_uses.without_file(session, competition_id=rows[1].competition_id), private=True
    )
    assert missing == [rows[1].id]


def test_a_file_of_this_very_minute_is_left_for_tidying(known: Installation) -> None:
    known.submit("weiling", predictions(400, accuracy=0.65, seed=9))

    report = erase(known)

    assert (report["files_removed"], report["files_left"]) == (1, 1)
    age_files(known)
    litter = erasure.litter(known.db, known.context.store, older_than=timedelta(minutes=5))
    assert len(litter.orphans) == 1


def test_she_cannot_come_back_in(known: Installation) -> None:
    token = known.client("student0")
    assert token.get("/api/me").status_code == 200

    erase(known)

    assert token.get("/api/me").status_code == 401
    sign_in = browser(known).post(
        "/sign-in", data={"username": "weiling", "password": "correct horse battery"}
    )
    assert sign_in.status_code == 401
    left = known.db.read(
        lambda session: [session.scalars(select(table)).first() for table in (WebSession, Mail)]
    )
    assert left == [None, None]


def test_the_audit_trail_says_that_it_was_done_and_not_to_whom(known: Installation) -> None:
    number = known.user("weiling").id
    erase(known)

    entry = known.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == file_uses.ERASED)).one()
    )
    assert (entry.subject, entry.reason, entry.by) == (
        f"user {number}",
        "Asked for on paper",
        known.user("root").id,
    )
    assert entry.after == {"submissions": 2, "files": 2}
    shown = known.client("root").get("/api/audit?act=person_erased").json()["entries"]
    assert [each["subject"] for each in shown] == [f"user deleted-{number}"]


def test_the_board_of_the_deadline_bears_the_pseudonym_too(known: Installation) -> None:
    known.clock.now = known.competition().deadline_at + timedelta(hours=1)
    take_snapshots(known)
    known.clock.now = known.competition().reveal_at

    report = erase(known)

    assert "Wei-Ling" not in everything(known)
    assert str(report["pseudonym"]) in everything(known)


def test_a_team_of_several_keeps_its_own_name_and_loses_hers(known: Installation) -> None:
    teamwork.in_teams_of(known, 3)
    teamwork.join(known, "student2", "student1")
    erase(known, "student2")

    names = [row["team"] for row in board(known, BOARDS[0])]
    assert "Student2" not in names
    assert any(str(name).startswith("Team ") for name in names)
    assert known.db.read(lambda session: session.scalars(select(Invitation)).first()) is None


@pytest.mark.parametrize(
    ("username", "status"), [("student1", 403), ("iris", 403), ("mallory", 403), ("worker", 403)]
)
def test_only_an_admin_deletes_or_looks(known: Installation, username: str, status: int) -> None:
    address = f"/api/people/{known.user('weiling').id}"

    assert known.client(username).post(f"{address}/erasure", json=WHY).status_code == status
    assert known.client(username).get(f"{address}/data").status_code == status


def test_what_cannot_be_deleted_is_refused_in_words(known: Installation) -> None:
    root = known.client("root")
    address = f"/api/people/{known.user('weiling').id}/erasure"

    silent = root.post(address, json={"reason": " "})
    oneself = root.post(f"/api/people/{known.user('root').id}/erasure", json=WHY)
    unknown = root.post("/api/people/1000000/erasure", json=WHY)
    first, again = root.post(address, json=WHY), root.post(address, json=WHY)

    assert [each.status_code for each in (silent, oneself, unknown, first, again)] == [
        422,
        409,
        404,
        200,
        409,
    ]
    assert "deleted before" in again.json()["error"]["message"]


def test_a_person_whose_file_is_being_scored_waits(known: Installation) -> None:
    known.db.write(
        lambda session: (
            session.execute(update(Submission).where(Submission.id == 2).values(state="received")) and None
        )
    )

    answer = known.client("root").post(f"/api/people/{known.user('weiling').id}/erasure", json=WHY)

    assert answer.status_code == 409
    assert "being scored" in answer.json()["error"]["message"]


def test_an_admin_finds_a_person_and_deletes_the_data_on_the_pages(known: Installation) -> None:
    root, number = browser(known, "root"), known.user("weiling").id
    form = {"form_token": form_token(root), "reason": "Asked for on paper", "username": "WeiLing"}

    people = root.get("/people?name=B10902")
    person = root.get(f"/people/{number}")
    file = root.get(f"/people/{number}/data.json")
    slip = root.post(f"/people/{number}/erasure", data=form | {"username": "student1"})
    done = root.post(f"/people/{number}/erasure", data=form)

    assert f'href="/people/{number}"' in people.text
    assert "Delete this person" in person.text
    assert json.loads(file.text)["account"]["username"] == "weiling"
    assert 'filename="person-' in file.headers["content-disposition"]
    assert slip.status_code == 422
    assert (done.status_code, "were deleted" in done.text) == (200, True)
    own = browser(known, "student1").get("/account/data.json")
    assert own.json()["account"]["username"] == "student1"
    assert browser(known, "iris").get("/people").status_code == 403


def test_a_rescore_carries_the_score_of_a_deleted_file_over_and_lists_it(known: Installation) -> None:
    erase(known)
    before = rescored.public_scores(known)

    rescore = rescored.ready(known)
    rescored.apply(known, rescore.id)

    after = rescored.public_scores(known)
    gone = known.db.read(
        lambda session: file_uses.without_file(session, competition_id=known.competition().id), private=True
    )
    assert len(gone) == 1
    assert after[gone[0]] == before[gone[0]]
    assert set(after) == set(before)
    assert all(after[each] != before[each] for each in before if each not in gone)
    assert rescored.wrong_standings(known) == []
    assert f'href="/submissions/{gone[0]}"' in browser(known, "tina").get("/competitions/tiny/staff").text


def test_another_metric_leaves_a_deleted_file_without_a_score(known: Installation) -> None:
    erase(known)

    rescore = rescored.ready(known, KeyChange(metric="classification_error"))
    rescored.apply(known, rescore.id)

    problems = known.db.read(lambda session: session.scalars(select(Unscored.problems)).one())
    assert [each["code"] for each in problems] == ["file_deleted"]
    assert rescored.wrong_standings(known) == []
