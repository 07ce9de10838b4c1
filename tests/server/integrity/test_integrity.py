"""Look-alikes and excluded submissions, on both databases."""

import random
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.boards import standings
from server.domain.errors import Conflict
from server.domain.grades import report as grades
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.people import courses
from server.models import AuditEntry, Course, PrivateStanding, Role, Standing, Submission
from server.services.look_alikes import run
from tests.support import tiny_homework
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation, new_user

pytestmark = pytest.mark.both

API = "/api/competitions/tiny/integrity"


def edited(data: bytes, rows: int, seed: int) -> bytes:
    """The file with that many of its labels changed."""
    source = random.Random(seed)
    lines = data.decode().splitlines()
    for row in source.sample(range(1, len(lines)), rows):
        number, label = lines[row].split(",")
        lines[row] = f"{number},{source.choice(tiny_homework.CLASSES.replace(label, ''))}"
    return ("\n".join(lines) + "\n").encode()


def shuffled(data: bytes) -> bytes:
    """The file with its rows in another order and other line ends."""
    head, *rows = data.decode().splitlines()
    random.Random(0).shuffle(rows)
    return ("\r\n".join([head, *rows]) + "\r\n").encode()


def enrol(installation: Installation, count: int) -> list[str]:
    """So many more students."""
    names = [f"more{number}" for number in range(count)]

    def add(session: Session) -> None:
        course = session.scalars(select(Course).where(Course.slug == "ml")).one()
        for name in names:
            user = new_user(session, name, now=installation.clock())
            courses.add_member(
                session,
                course=course,
                user=user,
                enrolment=courses.Enrolment(Role.STUDENT),
                by=COMMAND_LINE,
                now=installation.clock(),
            )

    installation.db.write(add)
    return names


def compared(installation: Installation) -> dict[str, object]:
    run(
        installation.db,
        installation.context.store,
        competition=installation.competition(),
        now=installation.clock(),
    )
    answer = installation.client("tina").get(API).json()
    assert answer["running_since"] is None
    report: dict[str, object] = answer["report"]
    return report


def stands_with(installation: Installation, submission: Submission) -> tuple[int | None, int | None]:
    """The submissions that its team stands with on the two boards."""

    def look(session: Session) -> tuple[int | None, int | None]:
        rows = [session.get(table, submission.team_id) for table in (Standing, PrivateStanding)]
        public, private = (None if each is None else each.submission_id for each in rows)
        return public, private

    return installation.db.read(look, private=True)


def exclude(
    installation: Installation, submission: Submission, username: str = "tina", reason: str = "copied"
) -> int:
    answer = installation.client(username).put(
        f"/api/submissions/{submission.id}/excluded", json={"excluded": True, "reason": reason}
    )
    return answer.status_code


def restore(installation: Installation, submission: Submission) -> int:
    answer = installation.client("iris").put(
        f"/api/submissions/{submission.id}/excluded", json={"excluded": False, "reason": "it was their own"}
    )
    return answer.status_code


def test_an_excluded_submission_counts_on_no_board_and_in_no_grade_until_it_is_restored(
    installation: Installation,
) -> None:
    for tier in ("simple", "strong"):
        installation.train(tier)
    good = installation.submit_accuracy("student0", 0.9, seed=1)
    fair = installation.submit_accuracy("student0", 0.65, seed=2)
    points = {"before": points_of(installation, "student0")}

    assert exclude(installation, good) == 200
    points["excluded"] = points_of(installation, "student0")
    stood = stands_with(installation, good)
    assert restore(installation, good) == 200
    points["restored"] = points_of(installation, "student0")

    assert stood == (fair.id, fair.id)
    assert stands_with(installation, good) == (good.id, good.id)
    assert points == {"before": 4.0, "excluded": 2.0, "restored": 4.0}
    assert differences(installation) == []


def test_a_team_whose_only_submission_is_excluded_leaves_the_boards(installation: Installation) -> None:
    only = installation.submit_accuracy("student0", 0.9, seed=1)

    exclude(installation, only)

    assert stands_with(installation, only) == (None, None)
    rows = installation.client("student1").get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    assert rows == []


def test_an_excluded_final_selection_stops_counting_and_makes_room_for_another(
    installation: Installation,
) -> None:
    sent = [
        installation.submit_accuracy("student0", accuracy, seed=n)
        for n, accuracy in enumerate((0.6, 0.7, 0.9))
    ]
    student = installation.client("student0")
    for each in sent[:2]:
        student.put(f"/api/submissions/{each.id}/final", json={"selected": True}).raise_for_status()
    before = stands_with(installation, sent[0])

    exclude(installation, sent[1])
    after = stands_with(installation, sent[0])
    third = student.put(f"/api/submissions/{sent[2].id}/final", json={"selected": True})
    again = student.put(f"/api/submissions/{sent[1].id}/final", json={"selected": True})

    assert (before[1], after[1]) == (sent[1].id, sent[0].id)
    assert (third.status_code, again.status_code) == (200, 409)
    assert stands_with(installation, sent[0])[1] == sent[2].id


def test_excluding_and_restoring_are_told_in_the_audit_trail_with_before_and_after(
    installation: Installation,
) -> None:
    sent = installation.submit_accuracy("student0", 0.9, seed=1)
    exclude(installation, sent)
    restore(installation, sent)

    entries = installation.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"submission {sent.id}").order_by(AuditEntry.id)
        ).all()
    )

    trail = [
        (e.act, e.by, e.reason, e.before["excluded_at"] is None, e.after["excluded_at"] is None)
        for e in entries
    ]
    assert trail == [
        ("submission_excluded", installation.user("tina").id, "copied", True, False),
        ("submission_restored", installation.user("iris").id, "it was their own", False, True),
    ]
    assert {each.competition_id for each in entries} == {installation.competition().id}


def test_excluding_is_refused_twice_without_a_reason_for_students_and_for_baselines(
    installation: Installation,
) -> None:
    run_id = installation.train("simple")
    sent = installation.submit_accuracy("student0", 0.9, seed=1)
    baseline = installation.db.read(
        lambda session: session.scalars(select(Submission).where(Submission.id != sent.id)).one()
    )

    answers = [
        exclude(installation, sent, reason="  "),
        exclude(installation, sent, reason="x" * 2_001),
        exclude(installation, sent, username="student0"),
        exclude(installation, sent, username="student1"),
        exclude(installation, sent, username="mallory"),
        exclude(installation, sent, username="ivan"),
        exclude(installation, baseline),
        restore(installation, sent),
        exclude(installation, sent),
        exclude(installation, sent),
    ]

    assert run_id
    assert answers == [422, 422, 403, 404, 404, 404, 409, 409, 200, 409]


def test_the_team_reads_on_its_pages_that_a_submission_is_excluded_and_why(
    installation: Installation,
) -> None:
    sent = installation.submit_accuracy("student0", 0.9, seed=1)
    staff = browser(installation, "tina")
    form = {"form_token": form_token(staff), "excluded": "true", "reason": "This is another file of team B."}
    done = staff.post(f"/submissions/{sent.id}/excluded", data=form, follow_redirects=False)

    student = browser(installation, "student0")
    pages = [words(student.get(path).text) for path in (f"{TINY}/submissions", f"/submissions/{sent.id}")]

    assert done.status_code == 303
    assert all("This is another file of team B." in page and "excluded" in page for page in pages)
    assert all("Restore this submission" not in page for page in pages)
    assert "Restore this submission" in words(staff.get(f"/submissions/{sent.id}").text)


def test_a_copy_among_honest_teams_is_told_of_with_its_base_rate(installation: Installation) -> None:
    installation.train("strong")
    for number, name in enumerate(enrol(installation, 30)):
        installation.submit(name, tiny_homework.predictions(400, accuracy=0.6 + number / 200, seed=number))
    source = tiny_homework.predictions(400, accuracy=0.7, seed=77)
    installation.submit("student0", source)
    installation.submit("student1", edited(source, 20, seed=1))

    report = compared(installation)

    pair = report["pairs"][0]
    assert {pair["one"]["team"], pair["other"]["team"]} == {"Student0", "Student1"}
    assert pair["shared"] > pair["expected_shared"] + 6 * pair["give_or_take"]
    assert pair["expected"] < 0.01 < report["pairs"][1]["expected"]
    assert pair["base_rate"].startswith("1 of 496 pairs is so alike or more")
    assert {"id", "said", "true", "others"} == set(pair["examples"][0])
    assert all(row["said"] != row["true"] for row in pair["examples"])


def test_the_pages_of_look_alikes_show_the_pair_and_both_teams_uploads(installation: Installation) -> None:
    for number, name in enumerate(enrol(installation, 12)):
        installation.submit(name, tiny_homework.predictions(400, accuracy=0.7, seed=number))
    source = tiny_homework.predictions(400, accuracy=0.7, seed=77)
    one = installation.submit("student0", source)
    other = installation.submit("student1", edited(source, 20, seed=1))
    staff = browser(installation, "tina")
    empty = words(staff.get(f"{TINY}/integrity").text)
    compared(installation)

    page = words(staff.get(f"{TINY}/integrity").text)
    pair = words(staff.get(f"{TINY}/integrity/{one.team_id}/{other.team_id}").text)
    usual = staff.get(f"{TINY}/integrity/{other.team_id}/{one.team_id + 10_000}")

    assert "Nothing has been compared yet" in empty
    assert "Student0 and Student1" in page or "Student1 and Student0" in page
    assert "not a verdict" in page
    assert "not a verdict" in pair
    assert pair.count("pred.csv") == 2
    assert usual.status_code == 404


def test_the_same_predictions_in_other_words_are_told_as_shared_with_the_time_between(
    installation: Installation,
) -> None:
    source = tiny_homework.predictions(400, accuracy=0.7, seed=77)
    sample = (installation.folder / "built" / "public" / "sample_submission.csv").read_bytes()
    for student in ("student0", "student1", "student2"):
        installation.submit(student, sample)
        installation.submit(student, sample.replace(b",a", b",b"))
    installation.submit("student0", source)
    installation.clock.advance(timedelta(minutes=3))
    installation.submit("student1", shuffled(source))
    installation.clock.advance(timedelta(minutes=3))
    installation.submit("student2", source)

    shared = compared(installation)["shared"]

    assert [(each["teams"], each["seconds"], each["is_same_file"]) for each in shared] == [(3, 180.0, False)]
    assert [each["team"] for each in shared[0]["uploads"]] == ["Student0", "Student1", "Student2"]


def test_five_small_edits_of_one_file_are_told_and_four_or_honest_uploads_are_not(
    installation: Installation,
) -> None:
    source = tiny_homework.predictions(400, accuracy=0.7, seed=77)
    series = {
        "student0": [source, *(edited(source, 3, seed=seed) for seed in range(7))],
        "student1": [tiny_homework.predictions(400, accuracy=0.8, seed=seed) for seed in range(8)],
        "student2": [source, *(edited(source, 1, seed=100 + seed) for seed in range(4)), shuffled(source)],
    }
    for student, files in series.items():
        for number, data in enumerate(files):
            installation.clock.now = tiny_homework.NOW + timedelta(days=number // 4, minutes=number)
            installation.submit(student, data)

    probing = compared(installation)["probing"]

    assert [(each["team"], each["edits"], each["uploads"]) for each in probing] == [("Student0", 7, 8)]
    assert 0 < probing[0]["median_share"] <= 0.01


def test_a_second_comparison_reads_what_is_new_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    compared(installation)
    installation.submit_accuracy("student1", 0.7, seed=2)
    read: list[str] = []
    store = installation.context.store
    real = type(store).read
    monkeypatch.setattr(type(store), "read", lambda self, sha256: read.append(sha256) or real(self, sha256))

    report = compared(installation)

    assert (report["teams"], report["pairs_compared"], len(read)) == (2, 1, 2)  # the key and the new file


def test_nobody_but_staff_sees_a_report_or_starts_a_comparison(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    compared(installation)
    paths = [API, f"{TINY}/integrity", f"{TINY}/integrity/1/2"]

    statuses = {
        name: [installation.client(name).get(path).status_code for path in paths]
        for name in ("student0", "mallory")
    }
    started = [installation.client(name).post(API).status_code for name in ("student0", "mallory")]

    assert statuses == {"student0": [403, 403, 403], "mallory": [404, 404, 404]}
    assert started == [403, 404]
    assert installation.client(None).get(API).status_code == 401


def test_two_comparisons_of_one_competition_do_not_run_at_once(installation: Installation) -> None:
    files = IntegrityFiles(installation.context.store.root)
    competition = installation.competition()

    with files.alone(competition.id, now=installation.clock()):
        answer = installation.client("tina").post(API)
        since = installation.client("tina").get(API).json()["running_since"]
        page = browser(installation, "tina").get(f"{TINY}/integrity").text
        with pytest.raises(Conflict):
            run(
                installation.db, installation.context.store, competition=competition, now=installation.clock()
            )

    assert answer.status_code == 409
    assert since.startswith("2030-03-13T04:00:00")
    assert "Comparing since" in words(page)
    assert files.running_since(competition.id) is None


def test_a_comparison_that_a_page_asks_for_runs_in_a_process_of_its_own(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    staff = browser(installation, "tina")

    answer = staff.post(f"{TINY}/integrity", data={"form_token": form_token(staff)}, follow_redirects=False)

    assert answer.status_code == 303
    end = time.monotonic() + 60
    while installation.client("tina").get(API).json()["report"] is None:
        assert time.monotonic() < end
        time.sleep(0.1)


def points_of(installation: Installation, username: str) -> float:
    competition = installation.competition()
    rows = installation.db.read(
        lambda session: grades.grades_of(session, competition=competition), private=True
    )
    return next(row.points for row in rows if row.username == username)


def differences(installation: Installation) -> list[str]:
    competition = installation.competition()
    return installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )
