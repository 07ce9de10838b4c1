"""Asking and replying with their mails, as pages do it: one transaction for both."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.competitions.access import Access
from server.domain.questions import letters, questions
from server.models import Question, Submission
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
    letters.write_to_staff(session, settings, question, now=now)
    return question


def reply(
    session: Session, settings: Settings, *, question: Question, body_md: str, by: Actor, now: datetime
) -> None:
    """Reply, and write to the team where the installation sends mails. Raises Invalid."""
    written = questions.reply(session, question=question, body_md=body_md, by=by, now=now)
    letters.write_to_team(session, settings, question, written, now=now)
