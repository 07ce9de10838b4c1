"""Mails of notices: for each new notice it is decided once whether a mail of it goes into the outbox.

The sender's thread does this beside its mails (server/services/mail/mailer.py), so that no act waits for it
and an installation that sends no mails writes none. Who has read the notice by then gets no mail of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Joined, Message, joined
from languages.catalogue import ENGLISH, available, templates
from server.domain.notices import choices, notices
from server.domain.notices.notices import PlacedNotice
from server.domain.notices.outbox import SUBJECT_MOST, has_address, one_line
from server.domain.notices.sentences import address, deadline_of, sentence
from server.domain.notices.team_names import teams_of
from server.local_time import own_time
from server.models import Competition, Course, Mail, Member, Notice, NoticeKind, User

BATCH = 200  # notices decided in one transaction
STALE = timedelta(days=1)  # after a day at the bell alone a mail of it is no news


def is_waiting(session: Session) -> bool:
    """Whether `decide` would have something to do."""
    return session.scalar(select(Notice.id).where(Notice.mail_decided_at.is_(None)).limit(1)) is not None


def decide(session: Session, *, origin: str | None, now: datetime, most: int = BATCH) -> int:
    """Decide for some notices, the oldest first, and write the mails that are to be; how many notices."""
    ids = session.scalars(
        select(Notice.id)
        .where(Notice.mail_decided_at.is_(None))
        .order_by(Notice.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for user, notice in _mailed(session, ids, now):
        session.add(_mail(session, user, notice, origin=origin, now=now))
    session.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(mail_decided_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _mailed(session: Session, ids: Sequence[int], now: datetime) -> list[tuple[User, PlacedNotice]]:
    rows = session.execute(
        select(User, Notice, Competition, Course)
        .join(Notice, Notice.user_id == User.id)
        .outerjoin(Competition, Competition.id == Notice.competition_id)
        .outerjoin(Course, Course.id == Competition.course_id)
        .where(
            Notice.id.in_(ids),
            Notice.made_at > now - STALE,
            User.is_active,
            has_address(),
            or_(Notice.kind == NoticeKind.SECURITY, and_(Notice.read_at.is_(None), _wants())),
        )
        .order_by(Notice.id)
    )
    return [(user, PlacedNotice(notice, competition, course)) for user, notice, competition, course in rows]


def _wants() -> ColumnElement[bool]:
    kinds = [kind for kind in choices.WORDS if kind not in notices.WITH_OWN_MAIL]
    return or_(*(and_(Notice.kind == kind, choices.by_mail(kind)) for kind in kinds))


def _mail(session: Session, user: User, notice: PlacedNotice, *, origin: str | None, now: datetime) -> Mail:
    course = notice.course or _some_course(session, user)
    text = sentence(notice, teams=teams_of(session, [notice]))
    of = [] if notice.course is None else [joined("[", notice.course.title, "]", between="")]
    subject = joined(*of, text)
    catalogue = templates(_language(user, course))
    return Mail(
        user_id=user.id,
        address=user.email,
        subject=one_line(subject.in_language(catalogue))[:SUBJECT_MOST],
        body=_body(notice, text, user, origin=origin).in_language(catalogue),
        created_at=now,
        next_try_at=now,
    )


def _some_course(session: Session, user: User) -> Course | None:
    """The course that the person came into last: its language is theirs where they have chosen none."""
    query = select(Course).join(Member, Member.course_id == Course.id).where(Member.user_id == user.id)
    return session.scalar(query.order_by(Member.id.desc()).limit(1))


def _body(notice: PlacedNotice, text: str, user: User, *, origin: str | None) -> Joined:
    home = origin.rstrip("/") if origin else ""
    lines = [text, *_own_clock(notice, user), ""]
    if home:
        lines += [Message("Look at it here: {address}", address=home + address(notice)), ""]
    if notice.competition is None or notice.course is None:
        return Joined((*lines, *_if_it_was_not_you(home), ""), "\n")
    course = Message(
        "{competition}, {course}", competition=notice.competition.title, course=notice.course.title
    )
    choice = Message("Choose which notices come by mail: {address}", address=f"{home}/account#notices")
    return Joined((*lines, "-- ", course, *([choice] if home else []), ""), "\n")


def _own_clock(notice: PlacedNotice, user: User) -> list[Message]:
    """The notice's deadline on the clock of the zone that its reader chose, where that shows another time."""
    deadline = deadline_of(notice)
    if deadline is None or notice.competition is None:
        return []
    own = own_time(deadline, notice.competition.reset_zone, user.zone)
    return [Message("In your zone: {time}", time=own)] if own else []


def _if_it_was_not_you(home: str) -> list[Message]:
    if not home:
        return [Message("If it was not you, set a new password and tell your course's staff.")]
    return [
        Message(
            "If it was not you, set a new password at {address} and tell your course's staff.",
            address=f"{home}/forgotten-password",
        )
    ]


def _language(user: User, course: Course | None) -> str:
    languages = (user.language, "" if course is None else course.language)
    return next((each for each in languages if each in available()), ENGLISH)
