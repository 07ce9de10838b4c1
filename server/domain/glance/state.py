"""What a course at a glance is made from, as one value: the same as long as nothing in it has changed."""

from collections.abc import Hashable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.models import AuditEntry, BoardRevision, Competition, Submission, TeamMember


def state_of(session: Session, *, course_id: int, opened_by: datetime) -> Hashable:
    """A value that is another one after every file, score, act of staff and change of a team.

    Boards have revisions, acts of staff stand in the audit trail, files only come, and who is in which team
    is summed up: a few reads of an index in place of all rows.
    """
    opened = (Competition.course_id == course_id, Competition.opens_at <= opened_by)
    boards = session.execute(
        select(Competition.id, BoardRevision.public, BoardRevision.private)
        .outerjoin(BoardRevision, BoardRevision.competition_id == Competition.id)
        .where(*opened)
        .order_by(Competition.id)
    )
    teams = session.execute(
        select(func.count(), func.sum(TeamMember.id), func.sum(TeamMember.team_id))
        .join(Competition, Competition.id == TeamMember.competition_id)
        .where(*opened)
    ).one()
    newest = session.execute(
        select(
            select(func.max(Submission.id)).scalar_subquery(),
            select(func.max(AuditEntry.id)).scalar_subquery(),
        )
    ).one()
    return (tuple(map(tuple, boards)), tuple(teams), tuple(newest))
