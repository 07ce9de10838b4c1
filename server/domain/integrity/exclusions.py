"""Excluding a submission and restoring it: it keeps its scores, and counts on no board and in no grade."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.errors import Conflict
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.domain.teams import membership as teams
from server.models import AuditEntry, Competition, NoticeKind, Submission, Team, TeamKind

EXCLUDED, RESTORED = "submission_excluded", "submission_restored"  # acts of the audit trail
_COUNTS, _EXCLUDED = Submission.excluded_at.is_(None), Submission.excluded_at.is_not(None)


def exclude(
    session: Session,
    *,
    submission: Submission,
    competition: Competition,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Let a student team's submission count nowhere, final selection or not; the team is shown the reason.

    Needs a session that may see private scores, since both standings follow. Raises Archived, Invalid without
    a reason, Conflict for a baseline's submission, a trial or one that is excluded already.
    """
    archiving.require_live(competition)
    reason = reasons.required(reason)
    team = session.get_one(Team, submission.team_id)
    if team.kind is TeamKind.TRIAL:
        raise Conflict(
            Message("This is a trial of the staff. It counts on no board, so there is nothing to exclude.")
        )
    if team.kind is TeamKind.BASELINE:
        raise Conflict(Message("This is a baseline's submission. To replace it, run the baseline again."))
    was, becomes = submission.excluded_at, now
    if not _moved(session, submission, _COUNTS, becomes):
        raise Conflict(
            Message(
                "Submission {submission_id} is excluded already; reload the page to see why.",
                submission_id=submission.id,
            )
        )
    _follow(session, submission, competition)
    act = _act(EXCLUDED, submission, competition, was=was, becomes=becomes, reason=reason)
    audit.record(session, act, by=by, now=now)
    _notify(session, submission, is_restored=False, now=now)


def restore(
    session: Session,
    *,
    submission: Submission,
    competition: Competition,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Let an excluded submission count again as if it had never been excluded.

    Needs a session that may see private scores. Raises Archived, Invalid without a reason, Conflict for a
    submission that is not excluded.
    """
    archiving.require_live(competition)
    reason = reasons.required(reason)
    was, becomes = submission.excluded_at, None
    if not _moved(session, submission, _EXCLUDED, becomes):
        raise Conflict(
            Message(
                "Submission {submission_id} is not excluded, so there is nothing to restore.",
                submission_id=submission.id,
            )
        )
    _follow(session, submission, competition)
    act = _act(RESTORED, submission, competition, was=was, becomes=becomes, reason=reason)
    audit.record(session, act, by=by, now=now)
    _notify(session, submission, is_restored=True, now=now)


def _notify(session: Session, submission: Submission, *, is_restored: bool, now: datetime) -> None:
    facts = {"submission": submission.id, "is_restored": is_restored}
    key = f"{'restored' if is_restored else 'excluded'}:{submission.id}:{iso(now)}"
    new = NewNotice(NoticeKind.EXCLUDED, key, submission.competition_id, facts)
    notices.write(session, new, to=receivers.team(submission.team_id), now=now)


def reasons_of(session: Session, *, competition_ids: Collection[int], ids: list[int]) -> dict[int, str]:
    """Why each of these submissions is excluded, by submission id, as staff wrote it last."""
    if not ids:
        return {}
    subjects = {subject_of(each): each for each in ids}
    rows = session.execute(
        select(AuditEntry.subject, AuditEntry.reason)
        .where(
            AuditEntry.competition_id.in_(competition_ids),
            AuditEntry.act == EXCLUDED,
            AuditEntry.subject.in_(subjects),
        )
        .order_by(AuditEntry.id)
    )
    return {subjects[subject]: reason for subject, reason in rows}


def subject_of(submission_id: int) -> str:
    """What the audit trail calls a submission."""
    return f"submission {submission_id}"


def _moved(
    session: Session, submission: Submission, was: ColumnElement[bool], becomes: datetime | None
) -> bool:
    """Set `excluded_at` if it still is as said; whether it was."""
    teams.lock_team_of(session, submission)
    moving = update(Submission).where(Submission.id == submission.id, was).values(excluded_at=becomes)
    return session.execute(moving.returning(Submission.id)).scalar() is not None


def _follow(session: Session, submission: Submission, competition: Competition) -> None:
    session.refresh(submission)
    standings.refresh(session, competition_id=competition.id, team_id=submission.team_id)


def _act(
    name: str,
    submission: Submission,
    competition: Competition,
    *,
    was: datetime | None,
    becomes: datetime | None,
    reason: str,
) -> audit.Act:
    return audit.Act(
        name,
        subject_of(submission.id),
        competition=competition,
        reason=reason,
        before={"excluded_at": None if was is None else iso(was)},
        after={"excluded_at": None if becomes is None else iso(becomes)},
        details={"team_id": submission.team_id},
    )
