"""Teams: a student's, made at the first need, and the baselines'; who is in one, and who leaves it.

How two become one is in `merging.py`, who is asked to in `invitations.py`, what they are called in
`names.py`, what staff do to them in `staff.py`.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, lock, may_wait, table_of
from server.domain.audit.actor import Actor
from server.domain.boards import pseudonyms
from server.domain.competitions import archiving
from server.domain.errors import Closed, Conflict, NotAllowed, NotFound
from server.domain.people import courses
from server.domain.teams import names as team_names
from server.local_time import local_text
from server.models import Competition, Role, Submission, Team, TeamKind, TeamMember, Tier, User

_TEAM, _MEMBER, _USER = table_of(Team), table_of(TeamMember), table_of(User)
_TEAM_ID = (
    select(_TEAM.c.id)
    .join(_MEMBER, _MEMBER.c.team_id == _TEAM.c.id)
    .where(_MEMBER.c.competition_id == bindparam("competition_id"), _MEMBER.c.user_id == bindparam("user_id"))
)
_MEMBER_COUNT = select(func.count()).select_from(_MEMBER).where(_MEMBER.c.team_id == bindparam("team_id"))
_LOCKED_TEAM_ID = _TEAM_ID.with_for_update(of=_TEAM)
_LOCKED_TEAM = select(_TEAM.c.id).where(_TEAM.c.id == bindparam("team_id")).with_for_update()
_OWN_NAME = select(_USER.c.display_name).where(_USER.c.id == bindparam("user_id"))
_NEW_TEAM, _NEW_MEMBER = insert(_TEAM).returning(_TEAM.c.id), insert(_MEMBER)


def team_of(session: Session, *, competition_id: int, user_id: int) -> Team | None:
    """The user's team in this competition, or None before their first need of one."""
    return session.scalar(
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.competition_id == competition_id, TeamMember.user_id == user_id)
    )


def team_id_of(session: Session, *, competition_id: int, user_id: int) -> int | None:
    """The id of the user's team in this competition, or None before their first need of one."""
    team_id: int | None = execute(
        session, _TEAM_ID, {"competition_id": competition_id, "user_id": user_id}
    ).scalar()
    return team_id


def enter(session: Session, *, competition_id: int, user_id: int, now: datetime) -> int:
    """The id of the user's team, which is locked as by `lock_team`, and made now if there is none.

    Two parallel first uploads end in the same team.
    """
    member = {"competition_id": competition_id, "user_id": user_id}
    team_id = _held_team_id(session, member)
    if team_id is not None:
        return team_id
    try:
        with session.begin_nested():
            return _new_team(session, competition_id=competition_id, user_id=user_id, now=now)
    except IntegrityError:
        team_id = _held_team_id(session, member)
        if team_id is None:
            raise
        return team_id


def _held_team_id(session: Session, member: dict[str, int]) -> int | None:
    """The id of the member's team, locked; while the lock was waited for, they may have come into another."""
    while True:
        team_id: int | None = execute(session, _LOCKED_TEAM_ID, member).scalar()
        if team_id is None or not may_wait(session) or execute(session, _TEAM_ID, member).scalar() == team_id:
            return team_id


def _new_team(session: Session, *, competition_id: int, user_id: int, now: datetime) -> int:
    name = execute(session, _OWN_NAME, {"user_id": user_id}).scalar_one()
    values = {
        "competition_id": competition_id,
        "name": name,
        "pseudonym": pseudonyms.draw(session, competition_id=competition_id),
        "created_at": now,
    }
    team_id: int = execute(session, _NEW_TEAM, values | {"kind": TeamKind.STUDENT}).scalar_one()
    member = {"competition_id": competition_id, "user_id": user_id, "team_id": team_id}
    execute(session, _NEW_MEMBER, member)
    return team_id


def own_team(session: Session, *, competition_id: int, user_id: int, now: datetime) -> int:
    """The id of a new team of one for a student who has just left another."""
    return _new_team(session, competition_id=competition_id, user_id=user_id, now=now)


def lock_team(session: Session, team_id: int) -> None:
    """Hold the team until the transaction ends.

    Its slots are taken and its standing recomputed by one at a time. Who needs two teams locks them in the
    order of their ids.
    """
    lock(session, _LOCKED_TEAM, {"team_id": team_id})


def lock_team_of(session: Session, submission: Submission) -> None:
    """Lock the submission's team; where a merge was waited for, that is another team by now."""
    team_id = None
    while team_id != submission.team_id:
        team_id = submission.team_id
        lock_team(session, team_id)
        session.refresh(submission)


def add_baseline_team(session: Session, *, tier: Tier, now: datetime) -> None:
    """The team under which a new tier's predictions will be submitted; the tier has its id already."""
    session.add(
        Team(
            competition_id=tier.competition_id,
            kind=TeamKind.BASELINE,
            tier_id=tier.id,
            name=f"{tier.name.value} baseline",
            created_at=now,
        )
    )


def baseline_team(session: Session, *, competition_id: int, tier_id: int) -> Team:
    """The team under which a tier's predictions are submitted; it stands since the import."""
    return session.execute(
        select(Team).where(Team.competition_id == competition_id, Team.tier_id == tier_id)
    ).scalar_one()


def members_of(session: Session, team_id: int) -> list[User]:
    """The users of a team, in the order in which they came."""
    return list(
        session.scalars(
            select(User)
            .join(TeamMember, TeamMember.user_id == User.id)
            .where(TeamMember.team_id == team_id)
            .order_by(TeamMember.id)
        )
    )


def members_of_all(session: Session, team_ids: Collection[int]) -> dict[int, list[User]]:
    """The members of each of these teams, by the team's id, ordered by user name."""
    rows = session.execute(
        select(TeamMember.team_id, User)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.team_id.in_(team_ids))
        .order_by(User.username)
    )
    members: dict[int, list[User]] = {team_id: [] for team_id in team_ids}
    for team_id, user in rows:
        members[team_id].append(user)
    return members


def lone_members(session: Session, team_ids: Collection[int]) -> dict[int, int]:
    """The id of the one member of each of these teams that has no other, by the team's id."""
    rows = session.execute(
        select(TeamMember.team_id, func.min(TeamMember.user_id))
        .where(TeamMember.team_id.in_(team_ids))
        .group_by(TeamMember.team_id)
        .having(func.count() == 1)
    ).all()
    return dict(rows)


def names_of(session: Session, team_ids: Collection[int]) -> dict[int, str]:
    """The name of each of these teams, by the team's id."""
    rows = session.execute(select(Team.id, Team.name).where(Team.id.in_(team_ids)))
    return {row.id: row.name for row in rows}


def student_team_count(session: Session, *, competition_id: int) -> int:
    """How many teams of students stand in a competition; one that was merged into another does not count."""
    query = select(func.count()).select_from(Team)
    return (
        session.scalar(
            query.where(
                Team.competition_id == competition_id,
                Team.kind == TeamKind.STUDENT,
                Team.merged_into.is_(None),
            )
        )
        or 0
    )


def require_teams_of(session: Session, team_ids: Collection[int], *, competition: Competition) -> None:
    """Raise NotFound unless all of these are teams of this competition."""
    query = select(func.count()).where(Team.id.in_(team_ids), Team.competition_id == competition.id)
    if session.scalar(query) != len(team_ids):
        raise NotFound(Message("One of these two is no team of this competition."))


def member_count(session: Session, team_id: int) -> int:
    """How many members a team has."""
    count: int = execute(session, _MEMBER_COUNT, {"team_id": team_id}).scalar_one()
    return count


def has_submissions(session: Session, team_id: int) -> bool:
    """Whether the team ever sent a file, whatever became of it."""
    return session.scalar(select(Submission.id).where(Submission.team_id == team_id).limit(1)) is not None


def merges_end(competition: Competition) -> datetime:
    """The instant from which on teams stay as they are: the merger deadline, at the latest the deadline."""
    return min(competition.merge_until or competition.deadline_at, competition.deadline_at)


def require_changeable(session: Session, *, competition: Competition, by: Actor, now: datetime) -> None:
    """Raise unless this student's team can grow now.

    Raises NotAllowed for staff, Conflict where all stand alone, Closed from the merger deadline on.
    """
    require_student(session, competition=competition, by=by)
    if competition.team_size == 1:
        raise Conflict(Message("In this competition everybody competes alone."), code="no_teams")
    if now >= merges_end(competition):
        raise closed(competition)


def closed(competition: Competition) -> Closed:
    """The refusal from the merger deadline on."""
    end = merges_end(competition)
    time = local_text(end, competition.reset_zone)
    return Closed(Message("Inviting, joining and merging ended on {time}.", time=time), end)


def require_student(session: Session, *, competition: Competition, by: Actor) -> None:
    """Raise NotAllowed unless whoever acts is a student of the competition's course.

    Raises Archived of an archived one, whose teams stay as they are.
    """
    archiving.require_live(competition)
    member = courses.member_of(session, course_id=competition.course_id, user_id=by.person_id)
    if member is None or member.role is not Role.STUDENT:
        raise NotAllowed(
            Message("Teams are for the students of the course; staff see them on the page Teams.")
        )


def rename(session: Session, *, competition: Competition, name: str, by: Actor, now: datetime) -> None:
    """Call a student's team so; a team of one is made now if there is none.

    Raises Invalid, Conflict for a taken name, NotAllowed for staff.
    """
    require_student(session, competition=competition, by=by)
    team_id = enter(session, competition_id=competition.id, user_id=by.person_id, now=now)
    new = team_names.NewName(team_id, name)
    team_names.rename(session, competition=competition, new=new, by=by, now=now)


def refusal_to_leave(session: Session, *, team_id: int) -> Conflict | None:
    """Why nobody can leave this team, or None where one may."""
    if member_count(session, team_id) < 2:
        return Conflict(Message("You are a team of one already, so there is no team to leave."))
    if has_submissions(session, team_id):
        return Conflict(
            Message(
                "Your team has sent files, and its slots and scores cannot be parted, so nobody can "
                "leave it. Ask the staff if it must be: they can move a member, and say why."
            )
        )
    return None


def leave(session: Session, *, competition: Competition, by: Actor, now: datetime) -> None:
    """Take the student out of their team, while it has sent nothing; they are a team of one again.

    Raises Conflict for a team of one, and for a team with submissions.
    """
    require_student(session, competition=competition, by=by)
    team_id = enter(session, competition_id=competition.id, user_id=by.person_id, now=now)
    refusal = refusal_to_leave(session, team_id=team_id)
    if refusal is not None:
        raise refusal
    session.execute(
        delete(TeamMember).where(TeamMember.team_id == team_id, TeamMember.user_id == by.person_id)
    )
    team_names.let_go(
        session,
        team_id=team_id,
        former=session.get_one(User, by.person_id),
        members=members_of(session, team_id),
    )
