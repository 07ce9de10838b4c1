"""Rescores as staff work with them, by pages and API, and what students see of them: nothing private."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import AuditEntry, PrivateScore, PublicScore
from server.services.rescores.acts import checked_preview
from tests.server.first_law.test_first_law import addresses, crawl, spellings
from tests.support import tiny_homework
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.rescored import (
    REASON,
    apply,
    as_it_is,
    claimed,
    other_key,
    other_truth,
    ready,
    score_under,
    undo,
)

API = "/api/competitions/tiny/rescores"


def file_of(accuracy: float, seed: int) -> bytes:
    return tiny_homework.predictions(400, accuracy=accuracy, seed=seed)


def furnished(installation: Installation) -> dict[str, bytes]:
    """Two tiers and two students, whose files are given by name."""
    installation.train("simple")
    installation.train("medium")
    files = {"student0": file_of(0.72, 1), "student1": file_of(0.9, 2)}
    for name, data in files.items():
        installation.submit(name, data)
    return files


@pytest.mark.both
def test_the_preview_says_what_the_switch_then_does(installation: Installation) -> None:
    files = furnished(installation)
    rescore = ready(installation)
    staff = installation.client("tina")
    before = staff.get("/api/competitions/tiny/leaderboard/private").json()["rows"]

    preview = staff.get(f"{API}/{rescore.id}/preview").json()
    unchanged = staff.get("/api/competitions/tiny/leaderboard/private").json()["rows"]
    apply(installation, rescore.id)

    assert unchanged == before
    after = {
        split: {
            row["team"]: row["score"]
            for row in staff.get(f"/api/competitions/tiny/leaderboard/{split}").json()["rows"]
        }
        for split in ("public", "private")
    }
    for change in preview["changes"]:
        for split in ("public", "private"):
            assert change["after"][f"{split}_score"] == after[split][change["team"]]
    mine = next(each for each in preview["changes"] if each["username"] == "student0")
    expected = score_under(files["student0"], other_truth(), "Private")
    assert mine["after"]["private_score"] == pytest.approx(expected, abs=1e-4)
    grades = staff.get("/api/competitions/tiny/grades.csv").content.decode("utf-8-sig")
    points = {row["username"]: float(row["points"]) for row in csv.DictReader(io.StringIO(grades))}
    assert {each["username"]: each["after"]["points"] for each in preview["changes"] if each["username"]} == {
        name: points[name] for name in files
    }
    assert preview["counts"]["submissions"] == 4
    again = staff.get(f"{API}/{rescore.id}/preview").json()
    assert again["changes"] == preview["changes"]


def test_the_proof_keeps_the_reason_of_the_asking_whatever_the_switch_says(
    installation: Installation,
) -> None:
    furnished(installation)
    rescore = ready(installation)
    form = browser(installation, "tina").get(f"{TINY}/rescores/{rescore.id}").text

    apply(installation, rescore.id, "Forty labels are right now.")

    student = installation.client("student0")
    versions = student.get("/api/competitions/tiny/commitment").json()["versions"]
    proof = words(student.get(f"{TINY}/trust").text)
    announced = words(student.get(TINY).text)
    assert [each["reason"] for each in versions] == ["", REASON]
    assert (REASON in proof, "Forty labels are right now." in proof) == (True, False)
    assert "Forty labels are right now." in announced
    assert f'value="{REASON}"' in form


def test_the_boards_are_switched_below_what_would_change_and_not_before(installation: Installation) -> None:
    furnished(installation)
    rescore = ready(installation)
    client = browser(installation, "tina")

    page = words(client.get(f"{TINY}/rescores/{rescore.id}").text)
    apply(installation, rescore.id)
    applied = words(client.get(f"{TINY}/rescores/{rescore.id}").text)

    assert 0 < page.index("What would change") < page.index("Students who change") < page.index("Switch the")
    assert "Switch the boards" not in applied


def test_the_known_files_stand_in_the_preview_under_both_versions(installation: Installation) -> None:
    furnished(installation)
    rescore = ready(installation)

    preview = installation.client("tina").get(f"{API}/{rescore.id}/preview").json()

    sample = b"id,label\n" + b"".join(b"%d,a\n" % number for number in range(400))
    assert [check["name"] for check in preview["checks"]] == [
        "sample_submission.csv",
        "simple baseline",
        "medium baseline",
    ]
    assert preview["checks"][0]["before"]["public"] == tiny_homework.score_of(sample, "Public")
    assert preview["checks"][0]["after"]["private"] == score_under(sample, other_truth(), "Private")
    assert all(check["is_same_again"] for check in preview["checks"])
    assert all(check["before"] != check["after"] for check in preview["checks"][1:])


@pytest.mark.both
def test_the_whole_way_by_the_api(installation: Installation) -> None:
    furnished(installation)
    staff = installation.client("tina")
    body = {"answer_key": other_key().decode(), "reason": REASON}

    creation = staff.post(API, json=body)
    early = staff.get(f"{creation.json()['url']}/preview")
    claimed(installation, creation.json()["id"]).work()
    shown = staff.get(creation.headers["location"]).json()
    table = staff.get(f"{creation.json()['url']}/preview.csv")
    applied = staff.post(f"{creation.json()['url']}/apply", json={"reason": REASON})
    undone = staff.post(f"{creation.json()['url']}/undo", json={"reason": "A mistake."})
    cancelled = staff.post(f"{creation.json()['url']}/cancel", json={"reason": "No."})

    assert (creation.status_code, creation.json()["state"], creation.json()["to"]["version"]) == (
        201,
        "grading",
        2,
    )
    assert early.status_code == 409
    assert (shown["state"], shown["done"], shown["total"]) == ("ready", 4, 4)
    assert table.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [row["username"] for row in rows if row["username"]] == ["student0", "student1"]
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    assert applied.json()["can_be_undone"]
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert cancelled.status_code == 409
    assert [each["state"] for each in staff.get(API).json()["rescores"]] == ["undone"]


@pytest.mark.parametrize(
    ("username", "status"), [("student0", 403), ("mallory", 404), ("ivan", 404), (None, 401)]
)
def test_rescores_are_the_staffs(installation: Installation, username: str | None, status: int) -> None:
    client = installation.client(username)

    answers = [
        client.get(API),
        client.post(API, json={"reason": "x", "metric": "classification_error"}),
        client.get(f"{API}/1/preview"),
        client.post(f"{API}/1/apply", json={"reason": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 4


def test_a_bad_key_is_refused_with_every_problem(installation: Installation) -> None:
    key = other_key().replace(b"\n7,", b"\n8,", 1).replace(b",Public\n", b",public\n", 1)

    answer = installation.client("tina").post(API, json={"answer_key": key.decode(), "reason": REASON})

    assert answer.status_code == 422
    problems = answer.json()["error"]["details"]["problems"]
    assert len(problems) >= 2
    assert all(problem["message"] in answer.json()["error"]["message"] for problem in problems)


def test_the_whole_way_by_forms(installation: Installation) -> None:
    furnished(installation)
    client = browser(installation, "tina")
    fields = {"form_token": form_token(client), "reason": REASON, "metric": "", "metric_arguments": ""}

    creation = client.post(
        f"{TINY}/rescores",
        data=fields,
        files={"answer_key": ("key.csv", other_key())},
        follow_redirects=False,
    )
    one = creation.headers["location"]
    grading = words(client.get(one).text)
    claimed(installation, 1).work()
    preview = words(client.get(one).text)
    act = {"form_token": fields["form_token"], "reason": "The labels of forty rows were wrong."}
    forged = client.post(f"{one}/apply", data=act | {"form_token": "x"}, follow_redirects=False)
    applied = client.post(f"{one}/apply", data=act, follow_redirects=False)
    student = words(browser(installation, "student0").get(TINY).text)
    undone = client.post(f"{one}/undo", data=act | {"reason": "A slip."}, follow_redirects=False)
    later = words(browser(installation, "student0").get(TINY).text)

    assert (creation.status_code, one) == (303, f"{TINY}/rescores/1")
    assert "0 of 4 files" in grading
    assert "What would change" in preview
    assert "Student0" in preview
    assert [forged.status_code, applied.status_code, undone.status_code] == [403, 303, 303]
    assert "Scores were computed again" in student
    assert "The labels of forty rows were wrong." in student
    assert "Taken back: A slip." in later


@pytest.mark.parametrize("arguments", ["{", "[1]"])
def test_settings_that_are_no_json_object_are_refused(installation: Installation, arguments: str) -> None:
    client = browser(installation, "tina")
    fields = {"form_token": form_token(client), "reason": REASON, "metric_arguments": arguments}

    answer = client.post(f"{TINY}/rescores", data=fields, files={"answer_key": ("", b"")})

    assert answer.status_code == 422
    assert "settings" in answer.text


def test_a_student_reads_why_a_file_has_no_score_any_more(installation: Installation) -> None:
    data = file_of(0.7, 2)
    sent = installation.submit("student0", b"\n".join(data.split(b"\n")).replace(b"\n5,", b"\n5,x", 1))
    source = b"""
class ParticipantVisibleError(Exception):
    pass

def score(solution, submission, row_id_column_name):
    if submission["label"].str.startswith("x").any():
        raise ParticipantVisibleError("No label begins with x.")
    return float((solution["label"] == submission["label"]).mean())
"""
    creation = installation.client("tina").post(
        API,
        json={
            "metric": "custom",
            "metric_file": source.decode(),
            "higher_is_better": True,
            "reason": REASON,
        },
    )
    claimed(installation, creation.json()["id"]).work()
    preview = installation.client("tina").get(f"{creation.json()['url']}/preview").json()
    apply(installation, creation.json()["id"])

    page = words(browser(installation, "student0").get(f"/submissions/{sent.id}").text)

    assert creation.status_code == 201, creation.text
    assert preview["counts"]["without_score"] == 1
    assert "No label begins with x." in preview["without_score"][0]["why"]
    assert "This file has no score now." in page
    assert "No label begins with x." in page


@pytest.mark.parametrize("username", ["student0", "student2", "mallory", None])
def test_no_answer_holds_a_private_score_of_any_version(
    installation: Installation, username: str | None
) -> None:
    run = installation.train("simple")
    submission = installation.submit("student0", file_of(0.63, 1))
    installation.submit("student1", file_of(0.84, 2))
    first = ready(installation)
    apply(installation, first.id)
    undo(installation, first.id)
    ready(installation)
    secrets = installation.db.read(_private_spellings, private=True)
    installation.clock.now = installation.competition().reveal_at - timedelta(microseconds=1)

    answers = crawl(installation.client(username), list(addresses(installation, submission.id, run)))

    leaks = {path: text for path, answer in answers.items() for text in secrets if text in answer}
    assert len(secrets) > 20
    assert leaks == {}


def _private_spellings(session: Session) -> set[str]:
    """Every private score under every version in every spelling, less what is public."""
    private = session.scalars(select(PrivateScore.score))
    public = session.scalars(select(PublicScore.score))
    shown = {text for score in public for text in spellings(score)}
    return {text for score in private for text in spellings(score)} - shown


@pytest.mark.both
def test_a_preview_leaves_no_trace(installation: Installation) -> None:
    furnished(installation)
    rescore = ready(installation)

    looked = [
        checked_preview(installation.context, competition_id=rescore.competition_id, rescore_id=rescore.id)
        for _ in range(2)
    ]

    assert looked[0].preview == looked[1].preview
    assert installation.competition().answer_key_id == rescore.from_key_id
    assert as_it_is(installation, rescore.id).switched_at is None


def test_staff_take_the_present_key_to_correct_it_and_the_trail_says_who(installation: Installation) -> None:
    address = "/api/competitions/tiny/answer-key.csv"
    rescore = ready(installation)
    apply(installation, rescore.id)

    key = installation.client("tina").get(address)
    strangers = [installation.client(name).get(address).status_code for name in ("student0", "mallory")]
    page = browser(installation, "tina").get(f"{TINY}/rescores").text

    assert key.content == other_key()
    assert key.headers["content-disposition"] == 'attachment; filename="tiny-answer-key-2.csv"'
    assert key.headers["cache-control"] == "no-store"
    assert strangers == [403, 404]
    assert f'href="{address}"' in page
    entry = installation.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.act == "answer_key_downloaded")
        ).one()
    )
    assert (entry.by, entry.subject) == (installation.user("tina").id, "tiny, version 2")
