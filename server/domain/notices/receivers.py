"""Who gets a notice: queries of the ids of people, whose account and place in the course are active."""

from sqlalchemy import Select, select

from server.domain.rights.of_tas import holds
from server.models import Member, Right, Role, Team, TeamMember, User


def in_course(course_id: int) -> Select[int]:
    """Everybody in the course."""
    return (
        select(User.id)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == course_id, Member.is_active, User.is_active)
    )


def students(course_id: int) -> Select[int]:
    """The students of the course."""
    return in_course(course_id).where(Member.role == Role.STUDENT)


def staff(course_id: int, *rights: Right) -> Select[int]:
    """The staff of the course who have all of these rights."""
    return in_course(course_id).where(*(holds(each) for each in rights))


def team(team_id: int) -> Select[int]:
    """The members of one team."""
    return _in_teams().where(Team.id == team_id)


def teams(team_ids: Select[int]) -> Select[int]:
    """The members of these teams."""
    return _in_teams().where(Team.id.in_(team_ids))


def competitors(competition_id: int) -> Select[int]:
    """Everybody who is in a team of the competition."""
    return _in_teams().where(Team.competition_id == competition_id)


def person(user_id: int) -> Select[int]:
    """One person."""
    return select(User.id).where(User.id == user_id, User.is_active)


def _in_teams() -> Select[int]:
    return (
        select(User.id)
        .join(TeamMember, TeamMember.user_id == User.id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(User.is_active)
    )
