"""Reminders: a deadline is within a day, and somebody has handed in nothing that counts.

Each deadline is looked at once, a day before it: the competition's own, and each that was extended. Who is
reminded of which follows from the terms that they meet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.competitions.terms import terms_of_user
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.models import (
    Allowance,
    Competition,
    NoticeKind,
    Submission,
    SubmissionState,
    TeamMember,
    User,
)

NEAR = timedelta(days=1)


@dataclass(frozen=True)
class NearDeadline:
    """A deadline of a competition that is near, and of which nobody was reminded yet."""

    competition_id: int
    deadline_at: datetime

    @property
    def key(self) -> str:
        """What names it; a deadline that staff move is another one."""
        return f"deadline:{self.competition_id}:{iso(self.deadline_at)}"


def due(session: Session, *, now: datetime) -> list[NearDeadline]:
    """The deadlines within a day, general and extended, of which nobody was reminded yet."""
    is_live = (Competition.opens_at <= now, Competition.archived_at.is_(None))
    general = session.execute(
        select(Competition.id, Competition.deadline_at).where(
            *is_live, Competition.deadline_at > now, Competition.deadline_at <= now + NEAR
        )
    )
    extended = session.execute(
        select(Competition.id, Allowance.deadline_at)
        .join(Competition, Competition.id == Allowance.competition_id)
        .where(
            *is_live,
            Allowance.revoked_at.is_(None),
            Allowance.deadline_at > now,
            Allowance.deadline_at <= now + NEAR,
        )
    )
    rows = [*general.all(), *extended.all()]
    near = dict.fromkeys(NearDeadline(number, at) for number, at in rows if at is not None)
    claimed = notices.claimed_events(session, [each.key for each in near])
    return [each for each in near if each.key not in claimed]


def write(session: Session, near: NearDeadline, *, now: datetime) -> int:
    """The reminders of this deadline, unless another server was first; how many those are."""
    if not notices.claim_event(session, near.key, now=now):
        return 0
    competition = session.get_one(Competition, near.competition_id)
    extended = _extended(session, competition)
    if near.deadline_at == competition.deadline_at:
        meets_it = User.id.not_in(extended)
    else:
        meets_it = User.id.in_([user_id for user_id, at in extended.items() if at == near.deadline_at])
    idle = receivers.students(competition.course_id).where(meets_it, ~_has_handed_in(competition.id))
    facts = {"deadline_at": iso(near.deadline_at)}
    new = NewNotice(NoticeKind.DEADLINE, near.key, competition.id, facts)
    return notices.write(session, new, to=idle, now=now)


def _extended(session: Session, competition: Competition) -> dict[int, datetime]:
    """The deadline of everybody who meets an extended one, by their ids."""
    extending = select(Allowance.user_id, Allowance.team_id).where(
        Allowance.competition_id == competition.id,
        Allowance.revoked_at.is_(None),
        Allowance.deadline_at.is_not(None),
    )
    rows = session.execute(extending).all()
    user_ids = [row.user_id for row in rows if row.user_id is not None]
    beside = select(TeamMember.team_id).where(
        TeamMember.competition_id == competition.id, TeamMember.user_id.in_(user_ids)
    )
    team_ids = [row.team_id for row in rows if row.team_id is not None]
    mates = session.scalars(
        select(TeamMember.user_id).where(TeamMember.team_id.in_(team_ids) | TeamMember.team_id.in_(beside))
    )
    deadlines = {
        user_id: terms_of_user(session, [competition], user_id=user_id)[competition.id].deadline_at
        for user_id in {*user_ids, *mates}
    }
    return {user_id: at for user_id, at in deadlines.items() if at != competition.deadline_at}


def _has_handed_in(competition_id: int) -> Exists:
    """Whether the team of the user of a query has a file that is scored, or being scored."""
    return exists().where(
        TeamMember.competition_id == competition_id,
        TeamMember.user_id == User.id,
        Submission.team_id == TeamMember.team_id,
        Submission.state.in_((SubmissionState.RECEIVED, SubmissionState.SCORED)),
    )
