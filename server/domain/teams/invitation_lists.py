"""Invitations that wait for an answer: those of a team, those to a student, and what accepting would mean."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.domain.competitions.access import Access
from server.domain.errors import DomainError
from server.domain.teams import membership as teams
from server.domain.teams import merging
from server.domain.teams.merging import TeamUnion
from server.models import Competition, Invitation, InvitationState, Team, User

_INVITATION = table_of(Invitation)
_TO_USER = (
    select(
        _INVITATION.c.id,
        _INVITATION.c.team_id,
        _INVITATION.c.state,
        _INVITATION.c.created_at,
        _INVITATION.c.answered_at,
    )
    .where(
        _INVITATION.c.user_id == bindparam("user_id"),
        _INVITATION.c.competition_id.in_(bindparam("competition_ids", expanding=True)),
        _INVITATION.c.state.in_((InvitationState.PENDING, InvitationState.DECLINED)),
    )
    .order_by(_INVITATION.c.id)
)


@dataclass(frozen=True)
class SentInvitation:
    """An invitation of one's own team that waits, and which member asked."""

    invitation: Invitation
    inviter: User


@dataclass(frozen=True)
class ReceivedInvitation:
    """An invitation that waits for one's answer: whose, and what accepting it would come to.

    `refusal` is the sentence that accepting would be answered with now, None where it would succeed.
    """

    invitation: Invitation
    team: Team
    inviter: User
    members: list[User]
    union: TeamUnion
    refusal: str | None


def shown_to(session: Session, *, user_id: int, competition_ids: Collection[int]) -> dict[int, int]:
    """The invitations that a student is to answer, by team: of each team the first that waits.

    What a team wrote under another word is not shown beside it, nor after the student has said no to it.
    """
    values = {"user_id": user_id, "competition_ids": list(competition_ids)}
    rows = execute(session, _TO_USER, values).all()
    refused: dict[int, datetime] = {}
    for row in rows:
        if row.state is InvitationState.DECLINED and row.answered_at is not None:
            refused[row.team_id] = max(row.answered_at, refused.get(row.team_id, row.answered_at))
    shown: dict[int, int] = {}
    for row in rows:
        is_refused = row.team_id in refused and row.created_at < refused[row.team_id]
        if row.state is InvitationState.PENDING and not is_refused:
            shown.setdefault(row.team_id, row.id)
    return shown


def sent(session: Session, *, team_id: int) -> list[SentInvitation]:
    """The team's invitations that wait for an answer, the oldest first."""
    rows = session.execute(
        select(Invitation, User)
        .join(User, User.id == Invitation.invited_by)
        .where(Invitation.team_id == team_id, Invitation.state == InvitationState.PENDING)
        .order_by(Invitation.id)
    ).all()
    return [SentInvitation(invitation, inviter) for invitation, inviter in rows]


def received(
    session: Session, *, competition: Competition, user: User, now: datetime
) -> list[ReceivedInvitation]:
    """The invitations that wait for this user's answer, the oldest first, with what accepting would mean."""
    shown = shown_to(session, user_id=user.id, competition_ids=[competition.id])
    rows = session.execute(
        select(Invitation, Team, User)
        .join(Team, Team.id == Invitation.team_id)
        .join(User, User.id == Invitation.invited_by)
        .where(Invitation.id.in_(shown.values()))
        .order_by(Invitation.id)
    ).all()
    own = teams.team_id_of(session, competition_id=competition.id, user_id=user.id)
    return [
        _foreseen(
            session, competition=competition, row=(invitation, team, inviter), own=own, user=user, now=now
        )
        for invitation, team, inviter in rows
    ]


def _foreseen(
    session: Session,
    *,
    competition: Competition,
    row: tuple[Invitation, Team, User],
    own: int | None,
    user: User,
    now: datetime,
) -> ReceivedInvitation:
    invitation, team, inviter = row
    union = merging.foresee(session, competition=competition, survivor=team.id, absorbed=own, now=now)
    refusal: DomainError | None = merging.refusal(union, competition=competition)
    if refusal is None and now >= teams.merges_end(competition):
        refusal = teams.closed(competition)
    return ReceivedInvitation(
        invitation,
        team,
        inviter,
        teams.members_of(session, team.id),
        union,
        None if refusal is None else refusal.message,
    )


def waiting(session: Session, *, user: User, accesses: list[Access], now: datetime) -> dict[int, list[str]]:
    """The teams, by name, that wait for this user's answer and can still grow, by competition."""
    open_ids = [each.competition.id for each in accesses if now < teams.merges_end(each.competition)]
    shown = shown_to(session, user_id=user.id, competition_ids=open_ids)
    if not shown:
        return {}
    rows = session.execute(
        select(Invitation.competition_id, Team.name)
        .join(Team, Team.id == Invitation.team_id)
        .where(Invitation.id.in_(shown.values()))
        .order_by(Invitation.id)
    )
    names: dict[int, list[str]] = {}
    for competition_id, name in rows:
        names.setdefault(competition_id, []).append(name)
    return names
