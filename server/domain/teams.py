"""Teams: a student's, made at the first need, and the baselines'."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.db import execute, lock, table_of
from server.models import Team, TeamKind, TeamMember, User

_TEAM, _MEMBER = table_of(Team), table_of(TeamMember)
_TEAM_ID = (
    select(_TEAM.c.id)
    .join(_MEMBER, _MEMBER.c.team_id == _TEAM.c.id)
    .where(_MEMBER.c.competition_id == bindparam("competition_id"), _MEMBER.c.user_id == bindparam("user_id"))
)
_LOCKED_TEAM_ID = _TEAM_ID.with_for_update(of=_TEAM)
_LOCKED_TEAM = select(_TEAM.c.id).where(_TEAM.c.id == bindparam("team_id")).with_for_update()
_NEW_TEAM, _NEW_MEMBER = insert(_TEAM).returning(_TEAM.c.id), insert(_MEMBER)


def team_of(session: Session, *, competition_id: int, user_id: int) -> Team | None:
    """The user's team in this competition, or None before their first submission."""
    return session.scalar(
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.competition_id == competition_id, TeamMember.user_id == user_id)
    )


def team_id_of(session: Session, *, competition_id: int, user_id: int) -> int | None:
    """The id of the user's team in this competition, or None before their first submission."""
    found: int | None = execute(
        session, _TEAM_ID, {"competition_id": competition_id, "user_id": user_id}
    ).scalar()
    return found


def enter(session: Session, *, competition_id: int, user: User, now: datetime) -> int:
    """The id of the user's team, which is locked as by `lock_team`, and made now if there is none.

    Two parallel first uploads end in the same team.
    """
    member = {"competition_id": competition_id, "user_id": user.id}
    team_id: int | None = execute(session, _LOCKED_TEAM_ID, member).scalar()
    if team_id is not None:
        return team_id
    team = {"competition_id": competition_id, "name": user.display_name, "created_at": now}
    try:
        with session.begin_nested():
            made: int = execute(session, _NEW_TEAM, team | {"kind": TeamKind.STUDENT}).scalar_one()
            execute(session, _NEW_MEMBER, member | {"team_id": made})
        return made
    except IntegrityError:
        found: int | None = execute(session, _LOCKED_TEAM_ID, member).scalar()
        if found is None:
            raise
        return found


def lock_team(session: Session, team_id: int) -> None:
    """Hold the team until the transaction ends: its slots are taken and its standing recomputed by one at a
    time."""
    lock(session, _LOCKED_TEAM, {"team_id": team_id})


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
