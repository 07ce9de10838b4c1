"""Questions about a submission: its team asks, the staff of the course reply, close and reopen.

Nothing of a score is kept with a question: a reply is what staff wrote, and a letter names the file alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions.access import Access
from server.domain.errors import Conflict, Invalid, LimitReached, NotAllowed, NotFound
from server.domain.people import courses
from server.domain.teams import membership as teams
from server.models import Competition, Question, Reply, Right, Submission, Team, User

BODY_MOST = 4000  # characters
ASKED_MOST = 10  # questions of one person within DAY
DAY = timedelta(days=1)


class TooManyQuestions(LimitReached):
    """One person has asked as often as a day allows."""

    code = "too_many_questions"

    def __init__(self, again_at: datetime, now: datetime) -> None:
        super().__init__(
            Message(
                "You have asked {most} questions within a day. Wait for the replies, or put more into one.",
                most=ASKED_MOST,
            ),
            details={
                "resets_at": iso(again_at),
                "resets_in_seconds": max(1, round((again_at - now).total_seconds())),
            },
        )


@dataclass(frozen=True)
class WrittenReply:
    """A reply, and the name of whoever wrote it."""

    row: Reply
    author: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question with the name of whoever asked, the file it is about, and its replies in their order."""

    row: Question
    asker: str
    submission: Submission
    team: str
    competition: Competition
    replies: tuple[WrittenReply, ...]


def ask(session: Session, *, submission: Submission, access: Access, body_md: str, now: datetime) -> Question:
    """Ask the staff about a submission of one's own team.

    Raises NotAllowed for staff and for other teams, Invalid for a text that is empty or too long,
    TooManyQuestions beyond ASKED_MOST within a day.
    """
    user_id = access.user_id
    team = teams.team_of(session, competition_id=submission.competition_id, user_id=user_id)
    if access.role.is_staff or team is None or team.id != submission.team_id:
        raise NotAllowed(Message("Only the team itself asks about its submission; staff reply."))
    body = checked_text(body_md)
    # Whoever asks twice at once waits here, so that the count below is exact.
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    _require_rate(session, user_id, now)
    question = Question(
        course_id=access.course.id,
        submission_id=submission.id,
        asked_by=user_id,
        body_md=body,
        asked_at=now,
    )
    session.add(question)
    session.flush()
    return question


def checked_text(text: str) -> str:
    """The text of a question or a reply without blanks around it; Invalid for none, or one too long."""
    body = text.replace("\r\n", "\n").strip()
    if not 1 <= len(body) <= BODY_MOST:
        raise Invalid(
            Message(
                "A text has 1 to {most:,} characters; this one has {length:,}.",
                most=BODY_MOST,
                length=len(body),
            )
        )
    return body


def _require_rate(session: Session, user_id: int, now: datetime) -> None:
    instants = session.scalars(
        select(Question.asked_at)
        .where(Question.asked_by == user_id, Question.asked_at > now - DAY)
        .order_by(Question.asked_at)
    ).all()
    if len(instants) >= ASKED_MOST:
        again_at = instants[-ASKED_MOST] + DAY
        raise TooManyQuestions(again_at, now)


def for_staff(session: Session, *, question_id: int, user: User) -> Question:
    """A question of a course that the user is staff of.

    Raises NotFound for all others, NotAllowed for a TA who may not see who is behind a team.
    """
    question = session.get(Question, question_id)
    own = {each.course.id: each for each in courses.courses_of(session, user=user) if each.role.is_staff}
    if question is None or question.course_id not in own:
        raise NotFound(Message("There is no question {number} of your courses.", number=question_id))
    own[question.course_id].require(Right.SEE_NAMES)
    return question


def reply(session: Session, *, question: Question, body_md: str, by: Actor, now: datetime) -> Reply:
    """Write below a question, which is closed by it. Raises Invalid for an empty or too long text."""
    row = Reply(
        question_id=question.id, author_id=by.person_id, body_md=checked_text(body_md), written_at=now
    )
    session.add(row)
    if question.closed_at is None:
        question.closed_at = now
    session.flush()
    _record(session, "question_replied", question, by=by, now=now)
    return row


def close(session: Session, *, question: Question, by: Actor, now: datetime) -> None:
    """Take an open question off the list without a reply. Raises Conflict for one that is closed."""
    _move(session, question, to=now)
    _record(session, "question_closed", question, by=by, now=now)


def reopen(session: Session, *, question: Question, by: Actor, now: datetime) -> None:
    """Put a closed question on the list again. Raises Conflict for one that is open."""
    _move(session, question, to=None)
    _record(session, "question_reopened", question, by=by, now=now)


def _move(session: Session, question: Question, *, to: datetime | None) -> None:
    was = Question.closed_at.is_not(None) if to is None else Question.closed_at.is_(None)
    moving = update(Question).where(Question.id == question.id, was).values(closed_at=to)
    if session.scalar(moving.returning(Question.id)) is None:
        raise Conflict(Message("Somebody else has closed or reopened this question; reload the page."))
    session.refresh(question)


def _record(session: Session, name: str, question: Question, *, by: Actor, now: datetime) -> None:
    # The trail cannot be changed, so it tells that something was written, and not what.
    submission = session.get_one(Submission, question.submission_id)
    competition = session.get_one(Competition, submission.competition_id)
    act = audit.Act(name, f"submission {submission.id}", competition=competition)
    audit.record(session, act, by=by, now=now)


def about(session: Session, *, submission: Submission) -> list[AskedQuestion]:
    """The questions about a submission, the oldest first."""
    rows = session.scalars(
        select(Question).where(Question.submission_id == submission.id).order_by(Question.id)
    )
    return with_replies(session, rows)


def of_course(session: Session, *, course_id: int, is_open: bool, most: int) -> list[AskedQuestion]:
    """The open questions of a course, the oldest first; or the closed ones, the newest first."""
    query = select(Question).where(Question.course_id == course_id).limit(most)
    if is_open:
        query = query.where(Question.closed_at.is_(None)).order_by(Question.id)
    else:
        query = query.where(Question.closed_at.is_not(None)).order_by(Question.id.desc())
    return with_replies(session, session.scalars(query))


def count_open(session: Session, *, course_ids: list[int]) -> dict[int, int]:
    """How many questions are open, by course; courses without one are left out."""
    query = (
        select(Question.course_id, func.count())
        .where(Question.course_id.in_(course_ids), Question.closed_at.is_(None))
        .group_by(Question.course_id)
    )
    return dict(session.execute(query).all())


def with_replies(session: Session, rows: Iterable[Question]) -> list[AskedQuestion]:
    """These questions with all that is shown beside them."""
    questions = list(rows)
    replies: dict[int, list[WrittenReply]] = defaultdict(list)
    for row, author in session.execute(
        select(Reply, User.display_name)
        .join(User, User.id == Reply.author_id)
        .where(Reply.question_id.in_([each.id for each in questions]))
        .order_by(Reply.id)
    ):
        replies[row.question_id].append(WrittenReply(row, author))
    facts = session.execute(
        select(Question.id, User.display_name, Submission, Team.name, Competition)
        .join(User, User.id == Question.asked_by)
        .join(Submission, Submission.id == Question.submission_id)
        .join(Team, Team.id == Submission.team_id)
        .join(Competition, Competition.id == Submission.competition_id)
        .where(Question.id.in_([each.id for each in questions]))
    )
    by_id = {row[0]: row[1:] for row in facts}
    return [AskedQuestion(each, *by_id[each.id], tuple(replies[each.id])) for each in questions]
