"""Grades: the points of each student in one competition, and the file that takes them elsewhere.

Points come from standings: a tier's public points are earned by a public standing at least as good as the
baseline's, its private points likewise. Standings count files received in time and no others; a late
submission earns its share of the points where the competition's late penalty leaves one, and each split
counts whichever earns more. Members of one team earn the same.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards.leaderboard import IS_TEAM_OF_TIER
from server.domain.grades.earned.late_points import LateSubmission, late_submissions
from server.domain.grades.earned.split_grade import POINT_DIGITS, Candidate, SplitGrade, split_grade
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


@dataclass(frozen=True)
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
    late = late_submissions(session, competition=competition)
    rows = session.execute(
        select(Member, User, TeamMember.team_id, Standing, PrivateStanding)
        .join(User, User.id == Member.user_id)
        .outerjoin(
            TeamMember, (TeamMember.user_id == User.id) & (TeamMember.competition_id == competition.id)
        )
        .outerjoin(Standing, Standing.team_id == TeamMember.team_id)
        .outerjoin(PrivateStanding, PrivateStanding.team_id == TeamMember.team_id)
        .where(
            Member.course_id == competition.course_id,
            Member.role == Role.STUDENT,
            Member.is_active.is_(True),
        )
    )
    grades = [_grade(row, late.get(row.team_id, []), tiers, competition) for row in rows]
    return sorted(grades, key=lambda grade: (grade.student_number, grade.username))


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


def _grade(
    row: Row[Member, User, int | None, Standing, PrivateStanding],
    late: list[LateSubmission],
    tiers: list[TierPoints],
    competition: Competition,
) -> GradeRow:
    member, user, _, public, private = row
    return GradeRow(
        user_id=user.id,
        student_number=member.student_number or "",
        username=user.username,
        name=user.display_name,
        department=member.department,
        section=member.section,
        public=_split_grade("public", public, late, tiers, competition.higher_is_better),
        private=_split_grade("private", private, late, tiers, competition.higher_is_better),
    )


def _split_grade(
    split: Literal["public", "private"],
    standing: Standing | PrivateStanding | None,
    late: list[LateSubmission],
    tiers: list[TierPoints],
    higher_is_better: bool,
) -> SplitGrade:
    """What earns most on this split: the standing, or else the earliest such late submission."""
    candidates = [] if standing is None else [Candidate(standing.score, standing.submission_id)]
    for each in late:
        score = each.public_score if split == "public" else each.private_score
        candidates.append(Candidate(score, each.submission_id, each.share, each.days_late))
    return split_grade(split, candidates, tiers, higher_is_better=higher_is_better)


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
