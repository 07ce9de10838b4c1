"""What a course at a glance is made from, as one value: the same as long as nothing in it has changed."""

from collections.abc import Hashable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.audit.trail import TRAIL_STATE
from server.models import BoardRevision, Competition, Submission, TeamMember


def state_of(session: Session, *, course_id: int, opened_by: datetime) -> Hashable:
    """A value that is another one after every file, score, act of staff and change of a team.

    Boards have revisions, acts of staff stand in the audit trail, files only come, and who is in which team
    is summed up: a few reads of an index in place of all rows. Acts and files are counted, too, since one
    with a lower id may be seen after one with a higher.
    """
    opened = (Competition.course_id == course_id, Competition.opens_at <= opened_by)
    boards = session.execute(
        select(Competition.id, BoardRevision.public, BoardRevision.private)
        .outerjoin(BoardRevision, BoardRevision.competition_id == Competition.id)
        .where(*opened)
        .order_by(Competition.id)
    )
    teams = session.execute(
        select(func.count(), func.sum(TeamMember.id), func.sum(TeamMember.team_id * TeamMember.user_id))
        .join(Competition, Competition.id == TeamMember.competition_id)
        .where(*opened)
    ).one()
    files = session.execute(
        select(func.count(Submission.id), func.max(Submission.id))
        .join(Competition, Competition.id == Submission.competition_id)
        .where(*opened)
    ).one()
    acts = session.execute(select(*TRAIL_STATE)).one()
    return (tuple(map(tuple, boards)), tuple(teams), tuple(files), tuple(acts))
