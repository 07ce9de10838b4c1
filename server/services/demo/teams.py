"""The demonstration's teams of several: students who work together from the first day on."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.models import Competition, Team, User
from server.services.demo.course import BUSY, FRESH
from server.services.demo.simulate import students_of

MEMBERS_MOST = 3
STEP = timedelta(minutes=5)
# What each is called, and how many its members are.
TEAMS = (
    ("Gradient Ascent", 2),
    ("深度學習小隊", 3),
    ("Overfitters Anonymous", 3),
    ("早睡早起", 2),
    ("The Null Hypothesis", 2),
    ("梯度不會消失", 3),
)
EACH = 7  # places in the list of students between the beginnings of two teams


def form(session: Session, competition: Competition) -> None:
    """Let a few students be teams, by invitation, in the first hours; safe to repeat.

    Needs a session that may see private scores.
    """
    named = select(Team.id).where(Team.competition_id == competition.id, Team.name == TEAMS[0][0])
    students = [each.user for each in students_of(session, competition.course_id)]
    students = [user for user in students if user.username not in (BUSY, FRESH)]
    if session.scalar(named) is not None or len(students) < EACH * len(TEAMS):
        return
    times = (competition.opens_at + STEP * number for number in count(1))
    for number, (name, size) in enumerate(TEAMS):
        first, *others = students[EACH * number : EACH * number + size]
        for other in others:
            _join(session, competition, first, other, next(times))
        teams.rename(session, competition=competition, name=name, by=Actor(first.id), now=next(times))


def _join(session: Session, competition: Competition, first: User, other: User, now: datetime) -> None:
    invitation = invitations.invite(
        session, competition=competition, student=other.username, by=Actor(first.id), now=now
    )
    invitations.accept(
        session, competition=competition, invitation_id=invitation.id, by=Actor(other.id), now=now
    )
