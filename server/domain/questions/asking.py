"""Asking and replying with their mails, as pages do it: one transaction for both."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.competitions.access import Access
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.domain.questions import letters, questions
from server.models import NoticeKind, Question, Right, Submission
from server.settings import Settings


def ask(
    session: Session,
    settings: Settings,
    *,
    submission: Submission,
    access: Access,
    body_md: str,
    now: datetime,
) -> Question:
    """Ask, and write to the staff where mails are sent. Raises NotAllowed, Invalid, TooManyQuestions."""
    question = questions.ask(session, submission=submission, access=access, body_md=body_md, now=now)
    new = _notice(NoticeKind.QUESTION, question.id, submission)
    notices.write(session, new, to=receivers.staff(question.course_id, Right.SEE_NAMES), now=now)
    letters.write_to_staff(session, settings, question, now=now)
    return question


def reply(
    session: Session, settings: Settings, *, question: Question, body_md: str, by: Actor, now: datetime
) -> None:
    """Reply, and write to the team where the installation sends mails. Raises Invalid."""
    written = questions.reply(session, question=question, body_md=body_md, by=by, now=now)
    submission = session.get_one(Submission, question.submission_id)
    new = _notice(NoticeKind.REPLY, written.id, submission)
    notices.write(session, new, to=receivers.team(submission.team_id), now=now)
    letters.write_to_team(session, settings, question, written, now=now)


def _notice(kind: NoticeKind, number: int, about: Submission) -> NewNotice:
    return NewNotice(kind, f"{kind.value}:{number}", about.competition_id, {"submission": about.id})
