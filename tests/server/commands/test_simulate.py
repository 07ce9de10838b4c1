"""A simulated course keeps every rule, fills a board, and learns from the baselines alone."""

import gzip
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.spec import GradingSpec
from server.domain.audit.actor import COMMAND_LINE
from server.domain.boards import standings
from server.domain.errors import Conflict
from server.domain.grading import grading_key
from server.domain.people import courses
from server.models import (
    AnswerKeyVersion,
    Competition,
    PublicScore,
    Role,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    User,
)
from server.services import sweeper
from server.services.demo.fill import store_boards_of_deadline
from server.services.demo.predictions import Flaw, Mixer
from server.services.demo.simulate import Student, UploadTally, plan, simulate, students_of
from tests.support import tiny_homework
from tests.support.installation import Installation, new_user

STUDENTS = 40
BOARD = "/api/competitions/tiny/leaderboard/public"
NUMBERS = GradingSpec(metric="rmse", id_column="id", target_columns=("x", "y"))
LABELS = GradingSpec(metric="accuracy", id_column="id", target_columns=("label",))


def enrol(installation: Installation, count: int = STUDENTS) -> list[Student]:
    """So many more students in the course; all of its students."""

    def work(session: Session) -> list[Student]:
        course = courses.course_named(session, "ml")
        for number in range(count):
            user = new_user(session, f"s{number}", now=installation.clock())
            courses.add_member(
                session,
                course=course,
                user=user,
                enrolment=courses.Enrolment(Role.STUDENT, department=f"Department {number % 3}"),
                by=COMMAND_LINE,
                now=installation.clock(),
            )
        return students_of(session, course.id)

    return installation.db.write(work)


def run(installation: Installation, students: list[Student], *, seed: int = 1) -> UploadTally:
    """The simulation of the competition's whole time."""
    competition = installation.competition()
    return simulate(
        installation.context,
        competition=competition,
        students=students,
        until=competition.late_until,
        seed=seed,
        tell=lambda done, total: None,
    )


def public_scores(installation: Installation) -> list[float]:
    """The students' public scores in the order of team, time and id."""
    query = (
        select(PublicScore.score)
        .join(Submission, Submission.id == PublicScore.submission_id)
        .join(Team, Team.id == Submission.team_id)
        .where(Team.kind == TeamKind.STUDENT)
        .order_by(Submission.received_at, Submission.sha256)
    )
    return installation.db.read(lambda session: list(session.scalars(query)))


def test_a_simulated_course_fills_the_board_and_breaks_no_rule(installation: Installation) -> None:
    for tier in tiny_homework.TIERS:
        installation.train(tier)
    students = enrol(installation)

    tally = run(installation, students)

    competition = installation.competition()
    rows = installation.client("tina").get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    assert sum(row["kind"] == "student" for row in rows) >= STUDENTS * 0.9
    assert len({row["score"] for row in rows}) > STUDENTS / 2
    assert set(tally.states) <= {"scored", "invalid"}
    assert most_slots_of_a_day(installation) <= competition.daily_limit
    assert (
        installation.db.read(
            lambda session: standings.differences(session, competition=competition), private=True
        )
        == []
    )


def most_slots_of_a_day(installation: Installation) -> int:
    """The most scored files that one team has had on one course day."""
    counted = (
        select(func.count())
        .where(Submission.slot.is_not(None))
        .group_by(Submission.team_id, Submission.course_day)
    )
    return installation.db.read(lambda session: max(session.scalars(counted)))


def test_refusals_are_counted_and_not_hidden(installation: Installation) -> None:
    installation.train("simple")
    installation.db.write(lambda session: session.execute(limit_of_one()))
    students = enrol(installation)

    tally = run(installation, students)

    planned = plan(installation.competition(), students, levels=1, seed=1)
    assert tally.refused["daily_limit_reached"] > 0
    assert tally.files == len(planned)
    assert most_slots_of_a_day(installation) == 1


def limit_of_one() -> object:
    """The statement that leaves each team one submission a day."""
    return Competition.__table__.update().values(daily_limit=1)  # type: ignore[attr-defined]


def test_the_simulation_never_reads_the_answer_key(installation: Installation) -> None:
    for tier in ("simple", "boss"):
        installation.train(tier)
    students = enrol(installation, 5)
    version = installation.db.read(lambda session: session.scalars(select(AnswerKeyVersion)).one())
    key = installation.db.read(lambda session: grading_key.current_key(session, installation.competition()))
    installation.context.keys.get(key)  # the grader has prepared the key; from here on the file is of no use

    installation.context.store.path(version.sha256).write_bytes(b"poison")
    tally = run(installation, students)

    assert tally.states["scored"] > 0
    assert tally.states["failed"] == 0
    # The best file is a mixture of two baselines of accuracy 0.55 and 0.9, and not the truth.
    assert max(public_scores(installation)) < 0.96


def test_simulating_again_adds_nothing(installation: Installation) -> None:
    installation.train("simple")
    students = enrol(installation, 5)

    run(installation, students)
    first = public_scores(installation)
    again = run(installation, students)

    assert public_scores(installation) == first
    assert again.refused == Counter()


def test_students_cannot_learn_before_a_baseline_is_trained(installation: Installation) -> None:
    with pytest.raises(Conflict, match="No baseline of tiny is trained yet"):
        run(installation, enrol(installation, 1))


def test_a_plan_keeps_to_the_window_and_rushes_before_the_deadline() -> None:
    now = tiny_homework.NOW
    competition = Competition(
        slug="tiny", opens_at=now, deadline_at=now + timedelta(days=20), grace_seconds=60
    )
    competition.late_until = competition.deadline_at + timedelta(days=2)
    students = [Student(User(username=f"s{number}"), f"Department {number % 12}") for number in range(400)]

    planned = plan(competition, students, levels=4, seed=3)

    times = [file.at for file in planned]
    last_day = sum(
        competition.deadline_at - timedelta(days=1) <= at < competition.deadline_at for at in times
    )
    assert times == sorted(times)
    assert competition.opens_at <= times[0]
    assert times[-1] < competition.late_until
    assert last_day > len(times) / 3
    assert {file.needs for file in planned} == {0, 1, 2, 3}
    assert {file.flaw for file in planned} == {None, *Flaw}


def test_a_mixture_of_numbers_lies_between_its_baselines_whatever_their_row_order() -> None:
    easy = b"id,x,y\na,0,10\nb,1,20\nc,2,30\n"
    hard = b"id,y,x\nc,34,4\na,12,2\nb,24,3\n"
    mixer = Mixer([easy, gzip.compress(hard)], NUMBERS)

    half = gzip.decompress(mixer.file(level=0.5, noise=0.0, seed=1)).decode()
    best = gzip.decompress(mixer.file(level=9.0, noise=0.0, seed=1)).decode()

    assert [line.split(",") for line in half.splitlines()[1:]] == [
        ["a", "1", "11"],
        ["b", "2", "22"],
        ["c", "3", "32"],
    ]
    assert [line.split(",")[1] for line in best.splitlines()[1:]] == ["2", "3", "4"]


def test_a_mixture_of_labels_takes_each_row_from_one_of_its_baselines() -> None:
    ids = [f"row {number}" for number in range(400)]
    easy, hard = (
        ("id,label\n" + "".join(f"{each},{label}\n" for each in ids)).encode() for label in ("cat", "007")
    )
    mixer = Mixer([easy, hard], LABELS)

    lines = gzip.decompress(mixer.file(level=0.25, noise=0.2, seed=1)).decode().splitlines()

    labels = Counter(line.split(",")[1] for line in lines[1:])
    assert lines[0] == "id,label"
    assert [line.split(",")[0] for line in lines[1:]] == ids
    assert set(labels) == {"cat", "007"}
    assert 60 < labels["007"] < 140


@pytest.mark.parametrize("spec", [NUMBERS, LABELS], ids=["numbers", "labels"])
def test_a_better_baseline_changes_no_file_that_was_made_from_the_easier_ones(spec: GradingSpec) -> None:
    header = ",".join(["id", *spec.target_columns])
    easy, hard = (
        "\n".join(
            [header, *(f"{n}" + f",{n % factor}" * len(spec.target_columns) for n in range(50))]
        ).encode()
        for factor in (7, 11)
    )

    before = Mixer([easy], spec).file(level=0.0, noise=0.3, seed=4)
    after = Mixer([easy, hard], spec).file(level=0.0, noise=0.3, seed=4)

    assert after == before


@pytest.mark.parametrize("flaw", list(Flaw))
def test_each_flaw_makes_a_file_invalid_and_costs_no_slot(installation: Installation, flaw: Flaw) -> None:
    good = tiny_homework.predictions(400, accuracy=0.5, seed=2)
    mixer = Mixer([good], grading_key.spec_of(installation.competition()))

    submission = installation.submit("student0", mixer.flawed_file(flaw, level=0, noise=0.1, seed=11))

    assert submission.state is SubmissionState.INVALID
    assert submission.slot is None
    assert submission.problems


def test_a_simulated_file_is_scored_when_it_is_received(installation: Installation) -> None:
    installation.train("simple")
    competition = installation.competition()
    run(installation, enrol(installation, 5))

    late = installation.db.read(
        lambda session: session.scalars(
            select(Submission.id).where(
                Submission.finished_at != Submission.received_at,
                Submission.received_at < competition.deadline_at,
            )
        ).all()
    )
    past = (competition.deadline_at - timedelta(hours=1)).isoformat()
    board = installation.client("tina").get(f"{BOARD}/at", params={"time": past}).json()

    assert late == []
    assert len(board["rows"]) > 0


def test_the_demonstrations_board_of_the_deadline_has_its_students(installation: Installation) -> None:
    installation.train("simple")
    competition = installation.competition()
    installation.clock.now = competition.reveal_at + timedelta(days=1)
    sweeper.take_snapshots(installation.context)  # as the demonstration's server does before anybody submits
    run(installation, enrol(installation, 5))

    installation.db.write(
        lambda session: store_boards_of_deadline(session, competition, now=installation.clock()),
        private=True,
    )

    board = installation.client("student0").get(f"{BOARD}/deadline").json()
    grace = datetime.fromisoformat(board["taken_at"]) - datetime.fromisoformat(board["as_of"])
    assert len([row for row in board["rows"] if row["kind"] == "student"]) > 0
    assert grace == timedelta(seconds=competition.grace_seconds)
