"""A crowd of students with scores, written into the database at once: their files are of no matter here."""

import random

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.clock import course_day
from server.models import (
    Competition,
    Member,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Role,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
    User,
)
from tests.support.installation import Installation

FIRST = 1_000_000  # of the ids, far from those of others


def enrol(
    installation: Installation, sizes: dict[str, int], *, files: int = 2, seed: int = 1, first: int = FIRST
) -> None:
    """So many students of each department, each a team with some files; sections are "1" and "2" in turn."""
    departments = [name for name, size in sizes.items() for _ in range(size)]
    draw = random.Random(seed)

    def work(session: Session) -> None:
        competitions = session.query(Competition).order_by(Competition.id).all()
        session.execute(insert(User), [_user(first + n, installation) for n in range(len(departments))])
        session.execute(
            insert(Member),
            [
                {
                    "course_id": competitions[0].course_id,
                    "user_id": first + n,
                    "role": Role.STUDENT,
                    "student_number": f"x{first + n}",
                    "department": department,
                    "section": str(n % 2 + 1),
                    "is_active": True,
                }
                for n, department in enumerate(departments)
            ],
        )
        for place, competition in enumerate(competitions):
            _compete(session, competition, first + place * 100_000, first, len(departments), files, draw)

    installation.db.write(work, private=True)


def _user(user_id: int, installation: Installation) -> dict[str, object]:
    name = f"crowd{user_id}"
    facts = {"username": name, "username_key": name, "display_name": f"C {user_id}", "email": ""}
    flags = {"is_admin": False, "is_active": True, "wants_mail": True, "password_is_initial": False}
    return {"id": user_id, "created_at": installation.clock(), "language": "", "zone": "", **facts, **flags}


def _compete(
    session: Session,
    competition: Competition,
    first: int,
    first_user: int,
    students: int,
    files: int,
    draw: random.Random,
) -> None:
    """A team of one for each student, with so many files; the best counts, of both splits."""
    shared = {"competition_id": competition.id}
    team = {**shared, "kind": TeamKind.STUDENT, "created_at": competition.opens_at}
    numbers = range(students)
    session.execute(insert(Team), [{**team, "id": first + n, "name": f"T{first + n}"} for n in numbers])
    members = [{**shared, "team_id": first + n, "user_id": first_user + n} for n in numbers]
    session.execute(insert(TeamMember), members)
    for number in numbers:
        drawn = [
            (first * 20 + number * files + file, draw.uniform(0.3, 0.95), draw.random())
            for file in range(files)
        ]
        rows = [_submission(competition, first + number, first_user + number, *each[::2]) for each in drawn]
        session.execute(insert(Submission), rows)
        for table, less in ((PublicScore, 0.0), (PrivateScore, 0.01)):
            session.execute(insert(table), [_score(competition, *each[:2], less) for each in drawn])
        submission_id, best, _ = max(drawn, key=lambda each: each[1])
        standing = {**shared, "team_id": first + number, "submission_id": submission_id}
        for table, less in ((Standing, 0.0), (PrivateStanding, 0.01)):
            at = {"score": best - less, "sort_key": best - less, "received_at": competition.opens_at}
            session.execute(insert(table), [standing | at])


def _score(competition: Competition, submission_id: int, score: float, less: float) -> dict[str, object]:
    of_file = {"submission_id": submission_id, "answer_key_id": competition.answer_key_id}
    return {**of_file, "score": score - less, "sort_key": score - less, "standard_error": 0.01}


def _submission(
    competition: Competition, team_id: int, user_id: int, submission_id: int, share: float
) -> dict[str, object]:
    """A scored file that came when this share of the time until the deadline had passed."""
    at = competition.opens_at + share * (competition.deadline_at - competition.opens_at)
    facts = {"file_name": "x.csv", "sha256": f"{submission_id:064d}", "size": 1, "problems": [], "slot": None}
    flags = {"is_late": False, "is_practice": False, "is_final": False, "state": SubmissionState.SCORED}
    ids = {"id": submission_id, "competition_id": competition.id, "team_id": team_id, "submitted_by": user_id}
    return {**ids, "received_at": at, "course_day": course_day(at, competition.reset_zone), **facts, **flags}
