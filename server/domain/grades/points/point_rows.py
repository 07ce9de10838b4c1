"""The rows that a course's points come from: as many statements for one student as for a thousand.

The open rows hold nothing of the private split. The sealed ones are read apart, in a session that may see
private scores, of those competitions alone whose private half may count for whoever looks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.domain.grades.counting.counting import CourseCountings, countings_of
from server.domain.grades.earned.team_grades import Grades, grades_of_teams, tiers_on
from server.domain.grades.results import places_of
from server.models import (
    Competition,
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


@dataclass(frozen=True)
class OpenRows:
    """What anybody may know: by competition and user. students: by student number.

    grades: by competition and team, on the public split. competitions: those that have opened, the first
    deadline first. adjustments: by competition (None: of the course's total) and user, in the order in which
    they were given. team_ids: of these alone; None for all.
    """

    competitions: Sequence[Competition]
    countings: CourseCountings
    students: Sequence[Enrolled]
    teams: Mapping[tuple[int, int], int]
    grades: Mapping[int, Grades]
    tiers: Mapping[int, Sequence[TierPoints]]
    items: Mapping[tuple[int, int], Mapping[str, float]]
    adjustments: Mapping[tuple[int | None, int], Sequence[GradeAdjustment]]
    team_ids: Collection[int] | None


@dataclass(frozen=True)
class SealedRows:
    """The private half of some competitions. grades: by competition and team.

    places: rank and number of teams on the private board, of those competitions alone that give a bonus.
    """

    competition_ids: frozenset[int]
    grades: Mapping[int, Grades]
    places: Mapping[int, tuple[int, int]]


NOTHING_SEALED = SealedRows(frozenset(), {}, {})


def open_rows(
    session: Session, *, course_id: int, opened_by: datetime, user_ids: Collection[int] | None = None
) -> OpenRows:
    """The open rows of the course's competitions that have opened. user_ids: of these alone; None for all.

    Students who left the course are not among them; staff never are.
    """
    competitions = session.scalars(
        select(Competition)
        .where(Competition.course_id == course_id, Competition.opens_at <= opened_by)
        .order_by(Competition.deadline_at, Competition.id)
    ).all()
    ids = [each.id for each in competitions]
    students = _students(session, course_id, user_ids)
    teams = _teams(session, ids, user_ids)
    team_ids = None if user_ids is None else set(teams.values())
    tiers = tiers_on(session, ids, split="public")
    return OpenRows(
        competitions=competitions,
        countings=countings_of(session, course_id=course_id, competition_ids=ids),
        students=students,
        teams=teams,
        grades=grades_of_teams(session, competitions, tiers, split="public", team_ids=team_ids),
        team_ids=team_ids,
        tiers=tiers,
        items=_items(session, ids, user_ids),
        adjustments=_adjustments(session, course_id, user_ids),
    )


def sealed_rows(session: Session, open_part: OpenRows, *, competition_ids: Collection[int]) -> SealedRows:
    """The private half of these competitions, and of no other. Needs a session that may see private scores.

    Who asks has to have seen to it that each may be shown to whoever looks.
    """
    competitions = [each for each in open_part.competitions if each.id in competition_ids]
    ids = [each.id for each in competitions]
    team_ids = open_part.team_ids
    tiers = tiers_on(session, ids, split="private")
    paying = [each for each in ids if open_part.countings.of(each).rules.bonus_points is not None]
    return SealedRows(
        competition_ids=frozenset(ids),
        grades=grades_of_teams(session, competitions, tiers, split="private", team_ids=team_ids),
        places=_places(session, paying) if team_ids is None else _places_of(session, paying, open_part),
    )


def _students(session: Session, course_id: int, user_ids: Collection[int] | None) -> list[Enrolled]:
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
    rows = [
        Enrolled(user_id, username, number or "", *texts)
        for user_id, username, number, *texts in session.execute(query)
    ]
    return sorted(rows, key=lambda each: (each.student_number, each.username))


def _teams(
    session: Session, ids: Sequence[int], user_ids: Collection[int] | None
) -> dict[tuple[int, int], int]:
    query = select(TeamMember.competition_id, TeamMember.user_id, TeamMember.team_id)
    query = query.where(TeamMember.competition_id.in_(ids))
    if user_ids is not None:
        query = query.where(TeamMember.user_id.in_(user_ids))
    return {(row.competition_id, row.user_id): row.team_id for row in session.execute(query)}


def _items(
    session: Session, ids: Sequence[int], user_ids: Collection[int] | None
) -> dict[tuple[int, int], dict[str, float]]:
    query = (
        select(GradeItem.competition_id, GradeItem.name, ItemPoints.user_id, ItemPoints.points)
        .join(GradeItem, GradeItem.id == ItemPoints.item_id)
        .where(GradeItem.competition_id.in_(ids))
    )
    if user_ids is not None:
        query = query.where(ItemPoints.user_id.in_(user_ids))
    items: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for competition_id, name, user_id, points in session.execute(query):
        items[competition_id, user_id][name] = points
    return dict(items)


def _adjustments(
    session: Session, course_id: int, user_ids: Collection[int] | None
) -> dict[tuple[int | None, int], list[GradeAdjustment]]:
    query = (
        select(GradeAdjustment)
        .where(GradeAdjustment.course_id == course_id, GradeAdjustment.revoked_at.is_(None))
        .order_by(GradeAdjustment.id)
    )
    if user_ids is not None:
        query = query.where(GradeAdjustment.user_id.in_(user_ids))
    changes: dict[tuple[int | None, int], list[GradeAdjustment]] = defaultdict(list)
    for row in session.scalars(query):
        changes[row.competition_id, row.user_id].append(row)
    return dict(changes)


def _places_of(session: Session, ids: Sequence[int], open_part: OpenRows) -> dict[int, tuple[int, int]]:
    """The same of the few teams of these students, without a whole board."""
    teams = [team for (competition, _), team in open_part.teams.items() if competition in ids]
    places = places_of(session, teams, PrivateStanding)
    return {team: (place.rank, place.teams) for team, place in places.items()}


def _places(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By team, its rank on its private board and the number of teams there; equal scores share a rank."""
    query = (
        select(PrivateStanding.competition_id, PrivateStanding.team_id, PrivateStanding.sort_key)
        .join(Team, Team.id == PrivateStanding.team_id)
        .where(PrivateStanding.competition_id.in_(ids), Team.kind == TeamKind.STUDENT)
        .order_by(PrivateStanding.competition_id, PrivateStanding.sort_key.desc())
    )
    boards: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for competition_id, team_id, sort_key in session.execute(query):
        boards[competition_id].append((team_id, sort_key))
    places = {}
    for board in boards.values():
        rank, best = 0, None
        for place, (team_id, sort_key) in enumerate(board, start=1):
            rank, best = (rank, best) if sort_key == best else (place, sort_key)
            places[team_id] = (rank, len(board))
    return places
