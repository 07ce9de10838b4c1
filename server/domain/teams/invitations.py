"""Invitations: a team asks a student of its course to join it, and the student answers.

Accepting unites the student's own team with the inviting one. A student without submissions, alone, simply
joins; a team with submissions or with several members comes whole, and that is a merge.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.database.database import execute, table_of
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, Invalid, LimitReached, NotFound
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.domain.people.accounts import accounts, tries
from server.domain.people.accounts.tries import TryLimit
from server.domain.people.members.students import students_named
from server.domain.teams import invitation_lists, merging
from server.domain.teams import membership as teams
from server.domain.teams import names as team_names
from server.domain.texts.letters import name_key
from server.models import Competition, Invitation, InvitationState, NoticeKind, Team, User
from server.words import word

PENDING_MOST = 10  # invitations of one team that wait for an answer, so that nobody invites the whole course
INVITED_MOST, PER_DAY = 20, timedelta(days=1)  # by one team or person, so that nobody tries all numbers
SEARCHES = TryLimit(40, timedelta(minutes=30))  # with typos, and no list of numbers
_INVITATION = table_of(Invitation)


def invite(
    session: Session, *, competition: Competition, student: str, by: Actor, now: datetime
) -> Invitation:
    """Ask a student of the course, by user name, student number or e-mail address, into the user's team.

    Nothing that answers tells more of the student than what was typed, so that nobody learns whose a number
    is; under another word a student is invited once more, and notices nothing. Raises NotFound in the same
    words for everybody who is no student of the course; Conflict for a full team, a member, a word that waits
    already, or ten questions open; LimitReached after twenty within a day; Closed after the merger deadline.
    """
    teams.require_changeable(session, competition=competition, by=by, now=now)
    user = _fellow_student(session, competition=competition, student=student)
    team_id = teams.enter(session, competition_id=competition.id, user_id=by.person_id, now=now)
    _require_place(session, competition=competition, team_id=team_id, user=user, by=by, student=student)
    _require_patience(session, team_id=team_id, by=by, now=now)
    invitation = Invitation(
        competition_id=competition.id,
        team_id=team_id,
        user_id=user.id,
        invited_by=by.person_id,
        asked_for=student.strip(),
        state=InvitationState.PENDING,
        created_at=now,
    )
    is_known = team_id in invitation_lists.shown_to(
        session, user_id=user.id, competition_ids=[competition.id]
    )
    session.add(invitation)
    session.flush()
    if is_known:
        return invitation
    new = NewNotice(NoticeKind.INVITATION, _key(invitation), competition.id, {"team": team_id})
    notices.write(session, new, to=receivers.person(user.id), now=now)
    return invitation


def _key(invitation: Invitation) -> str:
    return f"invitation:{invitation.id}"


def _resets(again_at: datetime, now: datetime) -> dict[str, str | int]:
    """When the next try is open, for programs."""
    return {
        "resets_at": iso(again_at),
        "resets_in_seconds": max(1, round((again_at - now).total_seconds())),
    }


def count_search(session: Session, *, by: Actor, now: datetime) -> None:
    """Count that somebody looks for a fellow student; raises LimitReached for one who tries many names.

    In a transaction before `invite`, so that a search that finds nobody counts, too.
    """
    again_at = tries.count(session, f" invites {by.person_id}", SEARCHES, now=now)
    if again_at is not None:
        raise LimitReached(
            Message(
                "You have looked for many students. The next search is open at {again_at}.",
                again_at=iso(again_at),
            ),
            code="too_many_invitations",
            details=_resets(again_at, now),
        )


def _fellow_student(session: Session, *, competition: Competition, student: str) -> User:
    text = student.strip()
    missing = NotFound(
        Message(
            "No student of this course has that user name, student number or e-mail address. Ask "
            "your fellow student for their user name; it stands on their account page."
        ),
        code="no_such_student",
    )
    if not text or len(text) > accounts.NAME_MOST or not text.isprintable():
        raise Invalid(Message("Say whom: a user name, a student number or an e-mail address."))
    users = students_named(session, course_id=competition.course_id, text=text)
    if not users:
        raise missing
    if len(users) > 1:
        raise Conflict(Message("More than one student of this course answers to that. Write the user name."))
    return users[0]


def _require_place(
    session: Session, *, competition: Competition, team_id: int, user: User, by: Actor, student: str
) -> None:
    members = [each.id for each in teams.members_of(session, team_id)]
    if user.id in members:
        raise Conflict(
            Message("That is you.")
            if user.id == by.user_id
            else Message("'{student}' is in your team already.", student=student.strip())
        )
    if len(members) >= competition.team_size:
        raise Conflict(
            Message("Your team has {count} members, as many as a team may have.", count=len(members)),
            code="team_too_large",
        )
    pending = [
        name_key(each.invitation.asked_for) for each in invitation_lists.sent(session, team_id=team_id)
    ]
    if name_key(student) in pending:
        raise Conflict(
            Message("Your team has invited '{student}' already; the answer is open.", student=student.strip())
        )
    if len(pending) >= PENDING_MOST:
        raise Conflict(
            Message(
                "{count} invitations of your team are open, the most there may be. Withdraw one first.",
                count=len(pending),
            )
        )


def _require_patience(session: Session, *, team_id: int, by: Actor, now: datetime) -> None:
    """Raise LimitReached where the team, or the person in any team, has invited too many within a day."""
    times = session.scalars(
        select(Invitation.created_at)
        .where(
            or_(Invitation.team_id == team_id, Invitation.invited_by == by.person_id),
            Invitation.created_at > now - PER_DAY,
        )
        .order_by(Invitation.created_at)
    ).all()
    if len(times) >= INVITED_MOST:
        again_at = times[len(times) - INVITED_MOST] + PER_DAY
        raise LimitReached(
            Message(
                "Your team and you have sent {count} invitations within 24 hours, the most there may "
                "be. The next can go at {again_at}.",
                count=len(times),
                again_at=iso(again_at),
            ),
            code="too_many_invitations",
            details=_resets(again_at, now),
        )


def accept(
    session: Session, *, competition: Competition, invitation_id: int, by: Actor, now: datetime
) -> None:
    """Unite the user's own team with the one that invited them.

    Needs a session that may see private scores. Raises NotFound for an invitation that is not theirs,
    Conflict for one that is answered or withdrawn, and where the two do not fit together; Closed after the
    merger deadline.
    """
    invitation = _to_me(session, competition=competition, invitation_id=invitation_id, by=by)
    teams.require_changeable(session, competition=competition, by=by, now=now)
    own = teams.team_id_of(session, competition_id=competition.id, user_id=by.person_id)
    if own is None:
        own = teams.enter(session, competition_id=competition.id, user_id=by.person_id, now=now)
    survivor = invitation.team_id
    for team_id in sorted({own, survivor}):
        teams.lock_team(session, team_id)
    _end(session, invitation, InvitationState.ACCEPTED, now)
    if own == survivor or own != teams.team_id_of(
        session, competition_id=competition.id, user_id=by.person_id
    ):
        raise Conflict(
            Message("Your own team has just changed. Look at the page of your team, and decide again.")
        )
    union = merging.foresee(session, competition=competition, survivor=survivor, absorbed=own, now=now)
    refusal = merging.refusal(union, competition=competition)
    if refusal is not None:
        raise refusal
    if union.is_merge:
        _record(session, competition=competition, survivor=survivor, absorbed=own, by=by, now=now)
    merging.unite(session, competition=competition, survivor=survivor, absorbed=own, union=union, now=now)


def decline(
    session: Session, *, competition: Competition, invitation_id: int, by: Actor, now: datetime
) -> None:
    """Say no to an invitation. Raises NotFound for another's, Conflict for one that is answered already."""
    invitation = _to_me(session, competition=competition, invitation_id=invitation_id, by=by)
    _end(session, invitation, InvitationState.DECLINED, now)


def withdraw(
    session: Session, *, competition: Competition, invitation_id: int, by: Actor, now: datetime
) -> None:
    """Take an invitation of the user's team back.

    Raises NotFound for another team's, Conflict once it is answered.
    """
    invitation = session.get(Invitation, invitation_id)
    own = teams.team_id_of(session, competition_id=competition.id, user_id=by.person_id)
    if invitation is None or own is None or invitation.team_id != own:
        raise NotFound(Message("Your team has no invitation {invitation_id}.", invitation_id=invitation_id))
    _end(session, invitation, InvitationState.WITHDRAWN, now)


class InvitationAnswer(StrEnum):
    """What one may do to an invitation that waits."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


ANSWERS: dict[str, Callable[..., None]] = {
    InvitationAnswer.ACCEPT: accept,
    InvitationAnswer.DECLINE: decline,
    InvitationAnswer.WITHDRAW: withdraw,
}


def _to_me(session: Session, *, competition: Competition, invitation_id: int, by: Actor) -> Invitation:
    invitation = session.get(Invitation, invitation_id)
    if (
        invitation is None
        or invitation.user_id != by.person_id
        or invitation.competition_id != competition.id
    ):
        raise NotFound(Message("There is no invitation {invitation_id} to you.", invitation_id=invitation_id))
    return invitation


def _end(session: Session, invitation: Invitation, state: InvitationState, now: datetime) -> None:
    """Let a pending invitation end so; Conflict when somebody was first."""
    pending = (_INVITATION.c.id == invitation.id) & (_INVITATION.c.state == InvitationState.PENDING)
    ending = update(_INVITATION).where(pending).values(state=state, answered_at=now)
    if execute(session, ending, {}).rowcount != 1:
        session.refresh(invitation)
        raise Conflict(
            Message("This invitation is open no more: it was {state}.", state=word(invitation.state.value))
        )
    notices.take_back(session, key=_key(invitation))


def _record(
    session: Session, *, competition: Competition, survivor: int, absorbed: int, by: Actor, now: datetime
) -> None:
    names = {
        word: {
            "team": team_names.name_in_trail(session, session.get_one(Team, team_id, populate_existing=True)),
            "members": [person(user.id) for user in teams.members_of(session, team_id)],
        }
        for word, team_id in (("into", survivor), ("merged", absorbed))
    }
    act = audit.Act(
        "teams_merged",
        f"team {survivor}",
        competition=competition,
        details=names | {"merged_team": absorbed},
    )
    audit.record(session, act, by=by, now=now)
