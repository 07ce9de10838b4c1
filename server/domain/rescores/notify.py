"""Notices of a rescore to the teams of which it changed a score that they see.

Before the reveal these are public scores alone: a key that is corrected in private rows only, or in which a
team has none of the corrected rows, would tell by its notices how private scores moved.
"""

from datetime import datetime

from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.orm import Session, aliased

from server.clock import iso
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.models import (
    AnswerKeyVersion,
    Competition,
    NoticeKind,
    PrivateScore,
    PublicScore,
    Rescore,
    Submission,
)


def notify_teams(
    session: Session, *, rescore: Rescore, before: AnswerKeyVersion, after: AnswerKeyVersion, now: datetime
) -> None:
    """A notice to everybody in a team of which a score that they see is another than before, or gone."""
    competition = session.get_one(Competition, rescore.competition_id)
    changed = _changed(PublicScore, competition.id, before.id, after.id)
    if now >= competition.reveal_at:
        private = _changed(PrivateScore, competition.id, before.id, after.id)
        changed = select(union(changed, private).subquery().c.team_id)
    new = NewNotice(NoticeKind.RESCORED, f"rescored:{rescore.id}:{iso(now)}", competition.id)
    notices.write(session, new, to=receivers.teams(changed), now=now)


def _changed(
    scores: type[PublicScore] | type[PrivateScore], competition_id: int, before_id: int, after_id: int
) -> Select[int]:
    """The teams with a submission of which the two versions do not give the same score on this split."""
    old, new = aliased(scores), aliased(scores)
    of_old = and_(old.submission_id == Submission.id, old.answer_key_id == before_id)
    of_new = and_(new.submission_id == Submission.id, new.answer_key_id == after_id)
    return (
        select(Submission.team_id)
        .outerjoin(old, of_old)
        .outerjoin(new, of_new)
        .where(
            Submission.competition_id == competition_id,
            or_(
                old.score != new.score,
                and_(old.score.is_(None), new.score.is_not(None)),
                and_(old.score.is_not(None), new.score.is_(None)),
            ),
        )
    )
