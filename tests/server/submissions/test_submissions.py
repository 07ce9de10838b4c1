"""The way of one submission, over the API, on both databases."""

import gzip
from datetime import timedelta

import pytest

from server.domain.audit.actor import Actor
from server.domain.competitions.terms import general_terms
from server.domain.grading import grading_key
from server.domain.submissions import submit as submissions
from server.domain.submissions.upload import Upload
from server.models import Role, SubmissionState
from server.services.uploads.left_behind import sweep
from tests.support.browser import SUBMIT, browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions, score_of

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/submissions"


def test_a_good_file_is_scored_in_the_reply(installation: Installation) -> None:
    installation.train("simple")
    data = predictions(400, accuracy=0.75, seed=1)

    answer = installation.client("student0").post(PATH, content=data, params={"file_name": "mine.csv"})

    assert answer.status_code == 201
    receipt = answer.json()
    assert answer.headers["location"] == receipt["url"]
    assert receipt["public_score"] == pytest.approx(score_of(data, "Public"), abs=5e-4)
    assert receipt["file_name"] == "mine.csv"
    assert (receipt["rank"], receipt["teams"], receipt["tiers_passed"]) == (1, 1, ["simple"])
    assert receipt["today"]["left"] == 4
    assert receipt["today"]["resets_at"] == "2030-03-13T16:00:00.000000Z"
    assert "private_score" not in receipt


def test_the_sixth_file_of_a_day_is_refused_with_the_time_of_the_reset(installation: Installation) -> None:
    client = installation.client("student0")
    for seed in range(5):
        assert client.post(PATH, content=predictions(400, accuracy=0.6, seed=seed)).status_code == 201

    sixth = client.post(PATH, content=predictions(400, accuracy=0.6, seed=5))

    assert sixth.status_code == 429
    error = sixth.json()["error"]
    assert error["code"] == "daily_limit_reached"
    assert error["details"]["resets_at"] == "2030-03-13T16:00:00.000000Z"
    assert int(sixth.headers["retry-after"]) == 12 * 3600
    assert "Asia/Taipei" in error["message"]


def test_the_next_course_day_brings_new_slots(installation: Installation) -> None:
    client = installation.client("student0")
    for seed in range(5):
        client.post(PATH, content=predictions(400, accuracy=0.6, seed=seed))

    installation.clock.advance(timedelta(hours=12))

    assert client.post(PATH, content=predictions(400, accuracy=0.6, seed=6)).status_code == 201


def test_an_invalid_file_is_listed_with_its_problems_and_costs_no_slot(installation: Installation) -> None:
    client = installation.client("student0")
    broken = predictions(400, accuracy=0.6, seed=1).replace(b"\n7,", b"\n6,")

    answer = client.post(PATH, content=broken)

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "invalid_submission"
    assert {problem["code"] for problem in error["details"]["problems"]} >= {"repeated_id", "missing_id"}
    listed = client.get(PATH).json()["submissions"]
    assert [(each["state"], each["slot"]) for each in listed] == [("invalid", None)]
    assert client.get("/api/competitions/tiny").json()["today"]["left"] == 5


def test_the_same_file_again_is_answered_with_the_earlier_result(installation: Installation) -> None:
    client = installation.client("student0")
    data = predictions(400, accuracy=0.6, seed=1)
    first = client.post(PATH, content=data).json()

    again = client.post(PATH, content=data)

    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["repeated"] is True
    assert again.json()["today"]["left"] == 4


def test_an_idempotency_key_answers_once_and_refuses_another_file(installation: Installation) -> None:
    client = installation.client("student0")
    key = {"Idempotency-Key": "k1"}
    first = client.post(PATH, content=predictions(400, accuracy=0.6, seed=1), headers=key)
    same = client.post(PATH, content=predictions(400, accuracy=0.6, seed=1), headers=key)
    other = client.post(PATH, content=predictions(400, accuracy=0.6, seed=2), headers=key)

    assert (first.status_code, same.status_code, other.status_code) == (201, 200, 422)
    assert other.json()["error"]["code"] == "idempotency_mismatch"


def test_gzip_is_read_and_a_file_above_the_cap_is_refused(installation: Installation) -> None:
    client = installation.client("student0")
    data = predictions(400, accuracy=0.6, seed=1)

    packed = client.post(PATH, content=gzip.compress(data))
    huge = client.post(PATH, content=b"id,label\n" * 3_000_000)

    assert packed.status_code == 201
    assert huge.status_code == 413
    assert huge.json()["error"]["code"] == "too_large"


def test_too_many_invalid_files_are_held_back_for_the_account(installation: Installation) -> None:
    installation.context.settings.invalid_per_hour = 2
    client = installation.client("student0")
    for number in range(2):
        assert client.post(PATH, content=f"wrong{number}\n".encode()).status_code == 422

    third = client.post(PATH, content=b"wrong2\n")

    assert third.status_code == 429
    assert third.json()["error"]["code"] == "too_many_invalid"
    assert installation.client("student1").post(PATH, content=b"wrong3\n").status_code == 422


@pytest.mark.parametrize(
    ("after_deadline", "status", "late"),
    [
        (timedelta(microseconds=-1), 201, False),
        (timedelta(seconds=60, microseconds=-1), 201, False),
        (timedelta(seconds=60), 201, True),
    ],
)
def test_the_deadline_is_half_open_with_a_grace_and_a_time_for_late_files(
    installation: Installation, after_deadline: timedelta, status: int, late: bool | None
) -> None:
    installation.clock.now = installation.competition().deadline_at + after_deadline

    answer = installation.client("student0").post(PATH, content=predictions(400, accuracy=0.6, seed=1))

    assert answer.status_code == status
    assert answer.json().get("is_late") == late


@pytest.mark.parametrize(
    ("border", "after", "says"),
    [
        ("deadline_at", -1, []),
        (
            "deadline_at",
            0,
            ["a file that arrives within 1 min still counts as on time"],
        ),
        ("deadline_at", 60, ["A file you send now is scored, marked late"]),
        ("late_until", 0, ["one that arrives within 1 min still counts as late", "marked late"]),
        ("late_until", 60, []),
    ],
)
def test_pages_say_of_the_grace_what_counts_in_it(
    installation: Installation, border: str, after: int, says: list[str]
) -> None:
    installation.clock.now = getattr(installation.competition(), border) + timedelta(seconds=after)

    page = words(browser(installation, "student0").get(SUBMIT).text)

    sentences = ["still counts as on time", "still counts as late", "marked late"]
    assert [each for each in says if each not in page] == []
    assert [each for each in sentences if each in page and each not in " ".join(says)] == []


def test_a_late_submission_keeps_its_score_and_counts_on_no_board(installation: Installation) -> None:
    client = installation.client("student0")
    client.post(PATH, content=predictions(400, accuracy=0.6, seed=1))
    installation.clock.now = installation.competition().deadline_at + timedelta(hours=1)
    late = client.post(PATH, content=predictions(400, accuracy=0.99, seed=2)).json()

    board = client.get("/api/competitions/tiny/leaderboard/public").json()

    assert late["public_score"] > 0.9
    assert board["rows"][0]["score"] < 0.8


def test_a_failure_of_ours_is_said_and_costs_no_slot(installation: Installation) -> None:
    installation.context.store.path(_key_hash(installation)).unlink()

    answer = installation.client("student0").post(PATH, content=predictions(400, accuracy=0.6, seed=1))

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "our_fault"
    listed = installation.client("student0").get(PATH).json()["submissions"]
    assert [(each["state"], each["slot"]) for each in listed] == [("failed", None)]


def _key_hash(installation: Installation) -> str:
    competition = installation.competition()
    return installation.db.read(lambda session: grading_key.current_key(session, competition)).sha256


def test_the_sweep_scores_what_a_dead_server_left_behind(installation: Installation) -> None:
    data = predictions(400, accuracy=0.6, seed=1)
    _receive_only(installation, data)

    count = sweep(installation.context, older_than=timedelta())

    assert count == 1
    listed = installation.client("student0").get(PATH).json()["submissions"]
    assert listed[0]["state"] == SubmissionState.SCORED
    assert listed[0]["public_score"] == pytest.approx(score_of(data, "Public"), abs=5e-4)


def _receive_only(installation: Installation, data: bytes) -> None:
    stored_file = installation.context.store.put(data)
    competition, student = installation.competition(), installation.user("student0")
    installation.db.write(
        lambda session: submissions.submit(
            session,
            submissions.Arrival(
                competition,
                general_terms(competition),
                Upload("a.csv", stored_file.sha256, stored_file.size),
                Actor(student.id),
                installation.clock(),
                invalid_per_hour=10,
                role=Role.STUDENT,
            ),
        )
    )


def test_final_selections_are_limited_and_end_at_the_deadline(installation: Installation) -> None:
    client = installation.client("student0")
    ids = [client.post(PATH, content=predictions(400, accuracy=0.6, seed=n)).json()["id"] for n in range(3)]
    chosen = [client.put(f"/api/submissions/{each}/final", json={"selected": True}) for each in ids]
    installation.clock.now = installation.competition().deadline_at + timedelta(minutes=2)
    after = client.put(f"/api/submissions/{ids[0]}/final", json={"selected": False})

    assert [answer.status_code for answer in chosen] == [200, 200, 409]
    assert after.status_code == 403
    assert after.json()["error"]["code"] == "closed"


def test_nobody_sees_or_selects_anothers_submission(installation: Installation) -> None:
    submission = (
        installation.client("student0")
        .post(PATH, content=predictions(400, accuracy=0.6, seed=1))
        .json()["id"]
    )

    seen = {
        viewer: installation.client(viewer).get(f"/api/submissions/{submission}").status_code
        for viewer in installation.tokens
    }
    select = installation.client("tina").put(f"/api/submissions/{submission}/final", json={"selected": True})

    assert seen == {
        "student0": 200,
        "student1": 404,
        "student2": 404,
        "tina": 200,
        "iris": 200,
        "mallory": 404,
        "ivan": 404,
        "root": 200,
        "worker": 403,
    }
    assert select.status_code == 403
