"""Teams: a student's, made at the first need, and the baselines'."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.models import Team, TeamKind, TeamMember, User


def team_of(session: Session, *, competition_id: int, user_id: int) -> Team | None:
    """The user's team in this competition, or None before their first submission."""
    return session.scalar(
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.competition_id == competition_id, TeamMember.user_id == user_id)
    )


def enter(session: Session, *, competition_id: int, user: User, now: datetime) -> Team:
    """The user's team, made now if there is none. Two parallel first uploads end in the same team."""
    team = team_of(session, competition_id=competition_id, user_id=user.id)
    if team is not None:
        return team
    try:
        with session.begin_nested():
            team = Team(
                competition_id=competition_id, kind=TeamKind.STUDENT, name=user.display_name, created_at=now
            )
            session.add(team)
            session.flush()
            session.add(TeamMember(team_id=team.id, competition_id=competition_id, user_id=user.id))
        return team
    except IntegrityError:
        found = team_of(session, competition_id=competition_id, user_id=user.id)
        if found is None:
            raise
        return found


def lock_team(session: Session, team_id: int) -> Team:
    """The team's row, held until the transaction ends, so that its standing is recomputed by one at a
    time."""
    return session.execute(select(Team).where(Team.id == team_id).with_for_update()).scalar_one()


def baseline_team(session: Session, *, competition_id: int, tier_id: int) -> Team:
    """The team under which a tier's predictions are submitted; it stands since the import."""
    return session.execute(
        select(Team).where(Team.competition_id == competition_id, Team.tier_id == tier_id)
    ).scalar_one()


def members_of(session: Session, team_id: int) -> list[User]:
    """The users of a team."""
    return list(
        session.scalars(
            select(User).join(TeamMember, TeamMember.user_id == User.id).where(TeamMember.team_id == team_id)
        )
    )
