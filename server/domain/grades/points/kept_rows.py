"""The rows of a whole course that seldom change: read once, and kept while a few values say that they stand.

Who is in which team is summed up, what staff give stands in the audit trail, adjustments come and are taken
back. A change is seen at once, since the values are read with every look.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.snapshot_memory import Pieces
from server.domain.audit.trail import TRAIL_STATE
from server.domain.grades.earned.team_grades import revisions_of
from server.models import (
    AuditEntry,
    GradeAdjustment,
    GradeItem,
    ItemPoints,
    Member,
    PrivateStanding,
    Role,
    Team,
    TeamKind,
    TeamMember,
    User,
)

Teams = Mapping[int, int]  # of one competition, by user
Items = Mapping[int, Mapping[str, float]]  # of one competition, by user and name
Adjustments = Mapping[int | None, Mapping[int, Sequence[GradeAdjustment]]]  # by competition and user
Places = Mapping[int, tuple[int, int]]  # of one competition, by team: its rank, and the teams there
_STUDENTS, _TEAMS, _ITEMS = Pieces("students"), Pieces("teams of students"), Pieces("points of items")
_ADJUSTMENTS, _PLACES = Pieces("adjustments"), Pieces("places")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A student of the course, as lists and exports call them; "" for what is not known."""

    user_id: int
    username: str
    student_number: str
    name: str
    email: str
    department: str
    section: str


def students_of(
    session: Session, *, course_id: int, user_ids: Collection[int] | None = None
) -> Sequence[Enrolled]:
    """The course's active students by number. user_ids: of these alone; None for all."""
    query = (
        select(
            User.id,
            User.username,
            Member.student_number,
            User.display_name,
            User.email,
            Member.department,
            Member.section,
        )
        .join(User, User.id == Member.user_id)
        .where(Member.course_id == course_id, Member.role == Role.STUDENT, Member.is_active.is_(True))
        .order_by(Member.student_number, User.username)
    )
    if user_ids is not None:
        query = query.where(User.id.in_(user_ids))
    rows: tuple[tuple[Any, ...], ...] = tuple(map(tuple, session.execute(query)))
    students: Sequence[Enrolled] | None = None
    if user_ids is None:
        students = _STUDENTS.of(session, course_id, rows)
    if students is None:
        enrolled = [
            Enrolled(user_id, username, number or "", *texts) for user_id, username, number, *texts in rows
        ]
        students = sorted(enrolled, key=lambda each: (each.student_number, each.username))
        if user_ids is None:
            _STUDENTS.keep(session, course_id, rows, students)
    return students


def teams_of(session: Session, ids: Sequence[int]) -> dict[int, Teams]:
    """By competition, the team of each user who is in one."""
    sums = session.execute(
        select(
            TeamMember.competition_id,
            func.count(),
            func.sum(TeamMember.id),
            func.sum(TeamMember.team_id * TeamMember.user_id),
        )
        .where(TeamMember.competition_id.in_(ids))
        .group_by(TeamMember.competition_id)
    )
    revisions = revisions_of(session, ids, split="public")
    states: dict[int, object] = dict(revisions)
    states |= {row[0]: (revisions.get(row[0]), *row[1:]) for row in sums}
    teams: dict[int, Teams] = _TEAMS.of_each(session, states)
    missing = [each for each in ids if each not in teams]
    if missing:
        new: dict[int, dict[int, int]] = {each: {} for each in missing}
        query = select(TeamMember.competition_id, TeamMember.user_id, TeamMember.team_id)
        for competition_id, user_id, team_id in session.execute(
            query.where(TeamMember.competition_id.in_(missing))
        ):
            new[competition_id][user_id] = team_id
        teams |= _TEAMS.keep_each(session, states, new)
    return teams


def items_of_users(session: Session, ids: Sequence[int]) -> dict[int, Items]:
    """By competition, the points of each user for items that staff check, by the item's name."""
    acts = session.execute(
        select(AuditEntry.competition_id, *TRAIL_STATE)
        .where(AuditEntry.competition_id.in_(ids))
        .group_by(AuditEntry.competition_id)
    )
    states: dict[int, object] = dict.fromkeys(ids, 0)
    states |= {row[0]: tuple(row[1:]) for row in acts if row[0] is not None}
    items: dict[int, Items] = _ITEMS.of_each(session, states)
    missing = [each for each in ids if each not in items]
    if missing:
        new: dict[int, dict[int, dict[str, float]]] = {each: defaultdict(dict) for each in missing}
        query = (
            select(GradeItem.competition_id, GradeItem.name, ItemPoints.user_id, ItemPoints.points)
            .join(GradeItem, GradeItem.id == ItemPoints.item_id)
            .where(GradeItem.competition_id.in_(missing))
        )
        for competition_id, name, user_id, points in session.execute(query):
            new[competition_id][user_id][name] = points
        items |= _ITEMS.keep_each(session, states, {each: dict(rows) for each, rows in new.items()})
    return items


def adjustments_of_course(session: Session, *, course_id: int) -> Adjustments:
    """By competition (None: of the course's total) and user, those in force as they were given."""
    state = tuple(
        session.execute(
            select(
                func.count(),
                func.max(GradeAdjustment.id),
                func.max(GradeAdjustment.given_at),  # SQLite gives the id of a row that is gone again
                func.count(GradeAdjustment.revoked_at),
                func.sum(func.length(GradeAdjustment.reason)),
            ).where(GradeAdjustment.course_id == course_id)
        ).one()
    )
    adjustments: Adjustments | None = _ADJUSTMENTS.of(session, course_id, state)
    if adjustments is None:
        adjustments = adjustments_in_force(session, course_id=course_id, user_ids=None)
        _ADJUSTMENTS.keep(session, course_id, state, adjustments)
    return adjustments


def adjustments_in_force(
    session: Session, *, course_id: int, user_ids: Collection[int] | None
) -> Adjustments:
    """The same read now. user_ids: of these alone; None for all."""
    query = (
        select(GradeAdjustment)
        .where(GradeAdjustment.course_id == course_id, GradeAdjustment.revoked_at.is_(None))
        .order_by(GradeAdjustment.id)
    )
    if user_ids is not None:
        query = query.where(GradeAdjustment.user_id.in_(user_ids))
    changes: dict[int | None, dict[int, list[GradeAdjustment]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(query).all():
        session.expunge(row)
        changes[row.competition_id][row.user_id].append(row)
    return {competition_id: dict(of_users) for competition_id, of_users in changes.items()}


def places_on(session: Session, ids: Sequence[int]) -> dict[int, Places]:
    """By competition, the places of all teams on its private board; equal scores share a rank."""
    states: dict[int, object] = dict(revisions_of(session, ids, split="private"))
    places: dict[int, Places] = _PLACES.of_each(session, states)
    missing = [each for each in ids if each not in places]
    if missing:
        query = (
            select(PrivateStanding.competition_id, PrivateStanding.team_id, PrivateStanding.sort_key)
            .join(Team, Team.id == PrivateStanding.team_id)
            .where(PrivateStanding.competition_id.in_(missing), Team.kind == TeamKind.STUDENT)
            .order_by(PrivateStanding.competition_id, PrivateStanding.sort_key.desc())
        )
        boards: dict[int, list[tuple[int, float]]] = {each: [] for each in missing}
        for competition_id, team_id, sort_key in session.execute(query):
            boards[competition_id].append((team_id, sort_key))
        new = {competition_id: _ranked(board) for competition_id, board in boards.items()}
        places |= _PLACES.keep_each(session, states, new)
    return places


def _ranked(board: Sequence[tuple[int, float]]) -> Places:
    places = {}
    rank, best = 0, None
    for place, (team_id, sort_key) in enumerate(board, start=1):
        rank, best = (rank, best) if sort_key == best else (place, sort_key)
        places[team_id] = (rank, len(board))
    return places
