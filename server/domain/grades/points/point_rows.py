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
from server.domain.grades.earned.team_grades import FEW, Grades, grades_of_teams, tiers_on
from server.domain.grades.points.kept_rows import (
    Adjustments,
    Enrolled,
    Items,
    Places,
    Teams,
    adjustments_in_force,
    adjustments_of_course,
    items_of_users,
    places_on,
    students_of,
    teams_of,
)
from server.domain.grades.results import places_of
from server.models import Competition, GradeItem, ItemPoints, PrivateStanding, TeamMember


@dataclass(frozen=True)
class OpenRows:
    """What anybody may know: by competition, and then by user. students: by student number.

    grades: by competition and team, on the public split. competitions: those that have opened, the first
    deadline first. adjustments: by competition (None: of the course's total) and user, in the order in which
    they were given. team_ids: of these alone; None for all.
    """

    competitions: Sequence[Competition]
    countings: CourseCountings
    students: Sequence[Enrolled]
    teams: Mapping[int, Teams]
    grades: Mapping[int, Grades]
    tiers: Mapping[int, Sequence[TierPoints]]
    items: Mapping[int, Items]
    adjustments: Adjustments
    team_ids: Collection[int] | None


@dataclass(frozen=True)
class SealedRows:
    """The private half of some competitions. grades: by competition and team.

    places: rank and number of teams on the private board, of those competitions alone that give a bonus.
    """

    competition_ids: frozenset[int]
    grades: Mapping[int, Grades]
    places: Mapping[int, Places]


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
    if user_ids is None:
        teams, items = teams_of(session, ids), items_of_users(session, ids)
        adjustments, team_ids = adjustments_of_course(session, course_id=course_id), None
    else:
        teams, items = _teams(session, ids, user_ids), _items(session, ids, user_ids)
        adjustments = adjustments_in_force(session, course_id=course_id, user_ids=user_ids)
        team_ids = {team_id for of_users in teams.values() for team_id in of_users.values()}
    tiers = tiers_on(session, ids, split="public")
    return OpenRows(
        competitions=competitions,
        countings=countings_of(session, course_id=course_id, competition_ids=ids),
        students=students_of(session, course_id=course_id, user_ids=user_ids),
        teams=teams,
        grades=grades_of_teams(session, competitions, tiers, split="public", team_ids=team_ids),
        team_ids=team_ids,
        tiers=tiers,
        items=items,
        adjustments=adjustments,
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
    are_few = team_ids is not None and len(team_ids) <= FEW * len(ids)
    return SealedRows(
        competition_ids=frozenset(ids),
        grades=grades_of_teams(session, competitions, tiers, split="private", team_ids=team_ids),
        places=_places_of(session, paying, open_part) if are_few else places_on(session, paying),
    )


def _teams(session: Session, ids: Sequence[int], user_ids: Collection[int]) -> dict[int, Teams]:
    query = select(TeamMember.competition_id, TeamMember.user_id, TeamMember.team_id)
    query = query.where(TeamMember.competition_id.in_(ids), TeamMember.user_id.in_(user_ids))
    teams: dict[int, dict[int, int]] = {each: {} for each in ids}
    for competition_id, user_id, team_id in session.execute(query):
        teams[competition_id][user_id] = team_id
    return dict(teams)


def _items(session: Session, ids: Sequence[int], user_ids: Collection[int]) -> dict[int, Items]:
    query = (
        select(GradeItem.competition_id, GradeItem.name, ItemPoints.user_id, ItemPoints.points)
        .join(GradeItem, GradeItem.id == ItemPoints.item_id)
        .where(GradeItem.competition_id.in_(ids), ItemPoints.user_id.in_(user_ids))
    )
    items: dict[int, dict[int, dict[str, float]]] = {each: defaultdict(dict) for each in ids}
    for competition_id, name, user_id, points in session.execute(query):
        items[competition_id][user_id][name] = points
    return {competition_id: dict(of_users) for competition_id, of_users in items.items()}


def _places_of(session: Session, ids: Sequence[int], open_part: OpenRows) -> dict[int, Places]:
    """The same of the few teams of these students, without a whole board."""
    places = places_of(
        session, [team for each in ids for team in open_part.teams[each].values()], PrivateStanding
    )
    return {
        each: {
            team: (places[team].rank, places[team].teams)
            for team in open_part.teams[each].values()
            if team in places
        }
        for each in ids
    }
