"""Two teams become one: what that would come to, when it is refused, and the moving of what they have.

The rule is Kaggle's: a united team must not have used more slots than one team could have had. It fits into
the team size, and it happens before the merger deadline. Whoever unites two teams has locked both, so that
no upload and no other union comes between the counting and the moving.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import course_day
from server.database.database import execute, table_of
from server.domain.boards import standings
from server.domain.competitions.terms import terms_of_team
from server.domain.errors import Conflict
from server.domain.teams import lateness
from server.domain.teams import membership as teams
from server.models import (
    Allowance,
    CodeVersion,
    Competition,
    Invitation,
    InvitationState,
    PrivateStanding,
    Standing,
    Submission,
    Team,
    TeamMember,
)

_SUBMISSION, _INVITATION = table_of(Submission), table_of(Invitation)
_HELD = select(_SUBMISSION.c.course_day, _SUBMISSION.c.slot, _SUBMISSION.c.idempotency_key).where(
    _SUBMISSION.c.team_id == bindparam("team_id")
)
_TO_MOVE = _HELD.add_columns(_SUBMISSION.c.id).order_by(_SUBMISSION.c.received_at, _SUBMISSION.c.id)
_MOVE = (
    update(_SUBMISSION)
    .where(_SUBMISSION.c.id == bindparam("moved"))
    .values(team_id=bindparam("to"), slot=bindparam("at"), idempotency_key=bindparam("keyed"), is_final=False)
)
_WITHDRAW = (
    update(_INVITATION)
    .where(_INVITATION.c.id == bindparam("one"))
    .values(state=InvitationState.WITHDRAWN, answered_at=bindparam("at"))
)


@dataclass(frozen=True)
class TeamUnion:
    """What becomes of two teams that unite: their members together, and the slots that both have used.

    `is_merge`: the team that comes has submissions or several members, so more happens than that one
    student joins. `allowed`: the most slots that one team could have used by today.
    """

    is_merge: bool
    has_submissions: bool
    members: int
    used: int
    allowed: int


def slots_by_today(
    session: Session, *, competition: Competition, team_ids: Iterable[int], now: datetime
) -> int:
    """The most slots that one team can have used by now.

    That is the daily limit on each course day since the opening, today included, and what was granted to
    these teams besides.
    """
    zone = competition.reset_zone
    first, today = course_day(competition.opens_at, zone), course_day(now, zone)
    days = max(0, (today - first).days + 1)
    extras = [terms_of_team(session, competition=competition, team_id=team_id).extra for team_id in team_ids]
    granted = [
        slots * days if day is None else slots
        for extra in extras
        for day, slots in extra
        if day is None or first <= day <= today
    ]
    return competition.daily_limit * days + sum(granted)


def foresee(
    session: Session, *, competition: Competition, survivor: int, absorbed: int | None, now: datetime
) -> TeamUnion:
    """What uniting the two teams comes to; `absorbed` is None for a student who has no team yet."""
    comes = 1 if absorbed is None else teams.member_count(session, absorbed)
    has_submissions = absorbed is not None and teams.has_submissions(session, absorbed)
    both = [survivor] if absorbed is None else [survivor, absorbed]
    return TeamUnion(
        is_merge=has_submissions or comes > 1,
        has_submissions=has_submissions,
        members=teams.member_count(session, survivor) + comes,
        used=_used(session, both),
        allowed=slots_by_today(session, competition=competition, team_ids=both, now=now),
    )


def _used(session: Session, team_ids: Iterable[int]) -> int:
    counted = select(func.count()).select_from(Submission)
    query = counted.where(Submission.team_id.in_(team_ids), Submission.slot.is_not(None))
    return session.scalar(query) or 0


def refusal(union: TeamUnion, *, competition: Competition) -> Conflict | None:
    """Why the two teams cannot unite, with the numbers; None where they can."""
    if union.members > competition.team_size:
        return Conflict(
            Message(
                "Together you would be {members} members; a team has at most {team_size}.",
                members=union.members,
                team_size=competition.team_size,
            ),
            code="team_too_large",
            details={"members": union.members, "team_size": competition.team_size},
        )
    if union.has_submissions and union.used > union.allowed:
        return Conflict(
            Message(
                "Together the two teams have used {used} submissions; one team could have used at most "
                "{allowed} by today, {daily_limit} a day since the opening. Each new day adds "
                "{daily_limit}; try again when the total fits.",
                used=union.used,
                allowed=union.allowed,
                daily_limit=competition.daily_limit,
            ),
            code="too_many_slots",
            details={
                "used": union.used,
                "allowed": union.allowed,
                "daily_limit": competition.daily_limit,
            },
        )
    return None


def unite(
    session: Session,
    *,
    competition: Competition,
    survivor: int,
    absorbed: int,
    union: TeamUnion,
    now: datetime,
) -> None:
    """Move the members and submissions of one team to another, both locked.

    Nothing is left of the first but its row, which names the second. Needs a session that may see private
    scores, since both standings follow.
    """
    standings.hold_key(session, competition.id)
    movers = [user.id for user in teams.members_of(session, absorbed)]
    if union.has_submissions:
        _move_submissions(session, survivor=survivor, absorbed=absorbed)
    # Code takes up no place in the team it comes to, so that no merge can fail for it.
    code = update(CodeVersion).where(CodeVersion.team_id == absorbed)
    session.execute(code.values(team_id=survivor, place=None))
    session.execute(update(TeamMember).where(TeamMember.team_id == absorbed).values(team_id=survivor))
    session.execute(update(Team).where(Team.id == absorbed).values(merged_into=survivor))
    withdraw_all(session, competition_id=competition.id, team_ids=[absorbed], user_ids=movers, now=now)
    session.execute(update(Allowance).where(Allowance.team_id == absorbed).values(team_id=survivor))
    if union.has_submissions:
        for table in (Standing, PrivateStanding):
            session.execute(delete(table_of(table)).where(table_of(table).c.team_id == absorbed))
        standings.refresh(session, competition_id=competition.id, team_id=survivor, gone=[absorbed])
    # What was allowed to one of them holds for all now, and may make a late file timely.
    lateness.decide_again(session, competition=competition, team_ids=[survivor])


def _move_submissions(session: Session, *, survivor: int, absorbed: int) -> None:
    """Give each submission to the other team, with its slot where that is free on its day.

    Else it gets the first free one; a request's key that both have stays with the other team's. Nobody's
    final selections remain.
    """
    slots_by_day: dict[date, set[int]] = {}
    keys: set[str] = set()
    for day, slot, key in execute(session, _HELD, {"team_id": survivor}):
        if slot is not None:
            slots_by_day.setdefault(day, set()).add(slot)
        if key is not None:
            keys.add(key)
    moves: list[dict[str, Any]] = []
    for day, slot, key, submission_id in execute(session, _TO_MOVE, {"team_id": absorbed}):
        at = None if slot is None else _free(slots_by_day.setdefault(day, set()), slot)
        moves.append(
            {"moved": submission_id, "to": survivor, "at": at, "keyed": None if key in keys else key}
        )
    session.connection().execute(_MOVE, moves)
    finals = update(Submission).where(Submission.team_id == survivor, Submission.is_final.is_(True))
    session.execute(finals.values(is_final=False), execution_options={"synchronize_session": False})


def _free(slots: set[int], preferred: int) -> int:
    """The wanted slot, or the lowest one that is not taken; it is taken then."""
    slot = preferred
    if slot in slots:
        slot = next(number for number in range(1, len(slots) + 2) if number not in slots)
    slots.add(slot)
    return slot


def withdraw_all(
    session: Session, *, competition_id: int, team_ids: list[int], user_ids: list[int], now: datetime
) -> None:
    """Withdraw what is pending by teams that are no more, and for these students.

    They are locked in one order, since two unions may meet in an invitation from one to the other.
    """
    pending = session.scalars(
        select(Invitation.id)
        .where(
            Invitation.competition_id == competition_id,
            Invitation.state == InvitationState.PENDING,
            Invitation.team_id.in_(team_ids) | Invitation.user_id.in_(user_ids),
        )
        .order_by(Invitation.id)
        .with_for_update()
    ).all()
    for invitation_id in pending:
        execute(session, _WITHDRAW, {"one": invitation_id, "at": now})
