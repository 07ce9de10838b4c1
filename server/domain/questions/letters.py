"""Mails about a question: to the staff when it is asked, to the team when it is replied to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from grader.messages import Joined, Message, joined
from languages.catalogue import ENGLISH, available, templates
from server.domain.notices import choices
from server.domain.notices.outbox import SUBJECT_MOST, has_address, one_line
from server.domain.notices.plain_text import plain_text
from server.domain.rights.of_tas import holds
from server.models import (
    Competition,
    Course,
    Mail,
    Member,
    NoticeKind,
    Question,
    Reply,
    Right,
    Submission,
    TeamMember,
    User,
)
from server.settings import Settings


@dataclass(frozen=True)
class Letter:
    """What a mail about a question says, before where it stands."""

    title: Message
    body_md: str
    question: Question
    kind: NoticeKind


def write_to_staff(session: Session, settings: Settings, question: Question, *, now: datetime) -> int:
    """A mail to each of the course's staff who wants such mails; how many those are."""
    staff = (
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == question.course_id, Member.is_active, holds(Right.SEE_NAMES))
        .order_by(User.id)
    )
    title = Message("A question about submission {number}", number=question.submission_id)
    letter = Letter(title, question.body_md, question, NoticeKind.QUESTION)
    return _write(session, settings, letter, to=staff, now=now)


def write_to_team(
    session: Session, settings: Settings, question: Question, reply: Reply, *, now: datetime
) -> int:
    """A mail to each member of the submission's team who wants such mails; how many those are."""
    members = (
        select(User)
        .join(TeamMember, TeamMember.user_id == User.id)
        .join(Submission, Submission.team_id == TeamMember.team_id)
        .where(Submission.id == question.submission_id)
        .order_by(User.id)
    )
    title = Message("A reply about submission {number}", number=question.submission_id)
    letter = Letter(title, reply.body_md, question, NoticeKind.REPLY)
    return _write(session, settings, letter, to=members, now=now)


def _write(session: Session, settings: Settings, letter: Letter, *, to: Select[User], now: datetime) -> int:
    if not settings.sends_mail:
        return 0
    submission = session.get_one(Submission, letter.question.submission_id)
    competition = session.get_one(Competition, submission.competition_id)
    course = session.get_one(Course, letter.question.course_id)
    subject = joined(joined("[", course.title, "]", between=""), letter.title)
    body = _body(letter, submission=submission, competition=competition, origin=settings.origin)
    users = session.scalars(to.where(User.is_active, choices.by_mail(letter.kind), has_address())).all()
    for each in users:
        catalogue = templates(_language(each, course))
        session.add(
            Mail(
                user_id=each.id,
                address=each.email,
                subject=one_line(subject.in_language(catalogue))[:SUBJECT_MOST],
                body=body.in_language(catalogue),
                created_at=now,
                next_try_at=now,
            )
        )
    return len(users)


def _body(letter: Letter, *, submission: Submission, competition: Competition, origin: str | None) -> Joined:
    lines = [
        letter.title,
        "",
        plain_text(letter.body_md),
        "",
        "-- ",
        Message("File: {name}", name=submission.file_name),
    ]
    lines.append(Message("Competition: {title}", title=competition.title))
    if origin:
        page = f"{origin.rstrip('/')}/submissions/{submission.id}#questions"
        lines.append(Message("Read it and go on here: {address}", address=page))
        account = f"{origin.rstrip('/')}/account"
        lines.append(Message("No more of these mails: {address}", address=account))
    return Joined((*lines, ""), "\n")


def _language(user: User, course: Course) -> str:
    return next((each for each in (user.language, course.language) if each in available()), ENGLISH)
