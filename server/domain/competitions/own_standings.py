"""How a student stands in each of several competitions: as many statements for all of them as for one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from server.clock import course_day
from server.database.database import execute, table_of
from server.domain.competitions.access import Access, Today, day_with
from server.models import Standing, Submission, Team, TeamMember

_MEMBER, _TEAM, _SUBMISSION = table_of(TeamMember), table_of(Team), table_of(Submission)
_OWN, _OTHER = table_of(Standing), table_of(Standing).alias("other")
_BETTER = (
    select(func.count())
    .select_from(_OTHER)
    .where(_OTHER.c.competition_id == _MEMBER.c.competition_id, _OTHER.c.sort_key > _OWN.c.sort_key)
    .correlate(_MEMBER, _OWN)
)
_BETTER_BASELINES = (
    select(func.count())
    .select_from(_TEAM.join(_OTHER, _OTHER.c.team_id == _TEAM.c.id))
    .where(
        _TEAM.c.competition_id == _MEMBER.c.competition_id,
        _TEAM.c.tier_id.is_not(None),
        _OTHER.c.sort_key > _OWN.c.sort_key,
    )
    .correlate(_MEMBER, _OWN)
)
_STANDINGS = (
    select(
        _MEMBER.c.competition_id,
        _MEMBER.c.team_id,
        _OWN.c.score,
        _OWN.c.submission_id,
        _SUBMISSION.c.file_name,
        1 + _BETTER.scalar_subquery() - _BETTER_BASELINES.scalar_subquery(),
    )
    .select_from(_MEMBER)
    .outerjoin(_OWN, _OWN.c.team_id == _MEMBER.c.team_id)
    .outerjoin(_SUBMISSION, _SUBMISSION.c.id == _OWN.c.submission_id)
    .where(
        _MEMBER.c.user_id == bindparam("user_id"),
        _MEMBER.c.competition_id.in_(bindparam("competition_ids", expanding=True)),
    )
)
_USED = (
    select(_SUBMISSION.c.team_id, _SUBMISSION.c.course_day, func.count())
    .where(
        _SUBMISSION.c.team_id.in_(bindparam("team_ids", expanding=True)),
        _SUBMISSION.c.course_day.in_(bindparam("days", expanding=True)),
        _SUBMISSION.c.slot.is_not(None),
    )
    .group_by(_SUBMISSION.c.team_id, _SUBMISSION.c.course_day)
)


@dataclass(frozen=True)
class CountedFile:
    """What stands on the public board for a team, and its rank among the teams of students."""

    score: float
    submission_id: int
    file_name: str
    rank: int


@dataclass(frozen=True)
class OwnStanding:
    """A student's team in one competition; counted: None before its first score in time."""

    team_id: int
    counted: CountedFile | None


def own_standings(
    session: Session, *, user_id: int, competition_ids: Collection[int]
) -> dict[int, OwnStanding]:
    """By competition, the user's team and how it stands; nothing where they have no team."""
    values = {"user_id": user_id, "competition_ids": list(competition_ids)}
    return {
        competition_id: OwnStanding(team_id, None if file[1] is None else CountedFile(*file))
        for competition_id, team_id, *file in execute(session, _STANDINGS, values)
    }


def days_of(session: Session, accesses: Sequence[Access], *, now: datetime) -> dict[int, Today]:
    """By competition, the course day of a student's team; of those alone that the user meets as a student."""
    studied = [each for each in accesses if not each.role.is_staff]
    teams = {
        competition_id: standing.team_id
        for each in studied[:1]
        for competition_id, standing in own_standings(
            session, user_id=each.user_id, competition_ids=[each.competition.id for each in studied]
        ).items()
    }
    days = {each.competition.id: course_day(now, each.competition.reset_zone) for each in studied}
    used = used_slots(session, team_ids=teams.values(), days=set(days.values())) if teams else {}
    result = {}
    for each in studied:
        row, day = each.competition, days[each.competition.id]
        count = used.get((teams.get(row.id, 0), day), 0)
        result[row.id] = day_with(row, terms=each.terms, day=day, used=count)
    return result


def used_slots(
    session: Session, *, team_ids: Collection[int], days: Collection[date]
) -> dict[tuple[int, date], int]:
    """By team and course day, how many slots are used; nothing where none is."""
    values = {"team_ids": list(team_ids), "days": list(days)}
    return {(team_id, day): count for team_id, day, count in execute(session, _USED, values)}
