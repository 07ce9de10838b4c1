"""Grades: the points of each student in one competition, and the file that takes them elsewhere.

Points come from standings: a tier's public points are earned by a public standing at least as good as the
baseline's, its private points likewise. Standings count files received in time and no others; a late
submission earns its share of the points where the competition's late penalty leaves one, and each split
counts whichever earns more. Members of one team earn the same.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards.leaderboard import IS_TEAM_OF_TIER
from server.domain.grades.earned.split_grade import NO_GRADE, POINT_DIGITS, Split, SplitGrade
from server.domain.grades.earned.team_grades import Grades, grades_of_teams
from server.domain.texts.csv_cells import number_cell as _number
from server.domain.texts.csv_cells import text_cell as _text
from server.models import (
    Competition,
    Member,
    PrivateStanding,
    Role,
    Standing,
    Team,
    TeamMember,
    Tier,
    User,
)

SPLITS: tuple[Split, Split] = ("public", "private")
HEADER = (
    "student_number",
    "username",
    "name",
    "department",
    "section",
    "points",
    "points_public",
    "points_private",
    "public_score",
    "public_submission",
    "public_tiers",
    "private_score",
    "private_submission",
    "private_tiers",
    "public_days_late",
    "private_days_late",
)


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One student's grade in one competition."""

    user_id: int
    student_number: str
    username: str
    name: str
    department: str
    section: str
    public: SplitGrade
    private: SplitGrade

    @property
    def points(self) -> float:
        """Both splits together."""
        return self.public.points + self.private.points


def grades_of(session: Session, *, competition: Competition) -> list[GradeRow]:
    """A row for each student of the course by student number, those who submitted nothing included.

    Needs a session that may see private scores. Students who left the course are not listed; staff never are.
    """
    tiers = tier_points(session, competition_id=competition.id)
    public, private = (_on(split, session, competition, tiers) for split in SPLITS)
    rows = session.execute(
        select(
            User.id,
            Member.student_number,
            User.username,
            User.display_name,
            Member.department,
            Member.section,
            TeamMember.team_id,
        )
        .join(User, User.id == Member.user_id)
        .outerjoin(
            TeamMember, (TeamMember.user_id == User.id) & (TeamMember.competition_id == competition.id)
        )
        .where(
            Member.course_id == competition.course_id,
            Member.role == Role.STUDENT,
            Member.is_active.is_(True),
        )
    )
    grades = [
        GradeRow(
            row.id,
            row.student_number or "",
            row.username,
            row.display_name,
            row.department,
            row.section,
            public.get(row.team_id, NO_GRADE),
            private.get(row.team_id, NO_GRADE),
        )
        for row in rows
    ]
    return sorted(grades, key=lambda grade: (grade.student_number, grade.username))


def _on(split: Split, session: Session, competition: Competition, tiers: list[TierPoints]) -> Grades:
    """What each team has on a split."""
    thresholds = [
        replace(each, threshold_private=None) if split == "public" else replace(each, threshold_public=None)
        for each in tiers
    ]
    return grades_of_teams(session, [competition], {competition.id: tuple(thresholds)}, split=split)[
        competition.id
    ]


def tier_points(session: Session, *, competition_id: int) -> list[TierPoints]:
    """The tiers, the easiest first; thresholds are the baselines' standings, None before a run has succeeded.

    Needs a session that may see private scores.
    """
    rows = session.execute(
        select(Tier, Standing.score, PrivateStanding.score)
        .outerjoin(Team, IS_TEAM_OF_TIER)
        .outerjoin(Standing, Standing.team_id == Team.id)
        .outerjoin(PrivateStanding, PrivateStanding.team_id == Team.id)
        .where(Tier.competition_id == competition_id)
        .order_by(Tier.place)
    )
    return [
        TierPoints(tier.name.value, public, private, tier.points_public, tier.points_private)
        for tier, public, private in rows
    ]


def to_csv(rows: Iterable[GradeRow]) -> bytes:
    """The rows as a CSV file that spreadsheets open well: UTF-8 with its mark, CRLF, no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        texts = (row.student_number, row.username, row.name, row.department, row.section)
        numbers = (row.points, row.public.points, row.private.points)
        writer.writerow(
            [_text(text) for text in texts]
            + [_number(round(number, POINT_DIGITS)) for number in numbers]
            + [cell for earned in (row.public, row.private) for cell in _cells(earned)]
            + [_number(row.public.days_late), _number(row.private.days_late)]
        )
    return out.getvalue().encode("utf-8-sig")


def _cells(earned: SplitGrade) -> list[str]:
    return [_number(earned.score), _number(earned.submission_id), _text(" ".join(earned.tiers))]


def record_export(session: Session, *, competition: Competition, by: Actor, now: datetime) -> None:
    """Record that somebody took the grades of this competition away as a file."""
    subject = f"competition {competition.slug}"
    audit.record(session, audit.Act("grades_exported", subject, competition=competition), by=by, now=now)
