"""The outbox: mails that wait in the database, so that no request waits for a mail server.

A mail is written in the transaction of what it tells. A sender claims due ones by a conditional update, which
counts the try and sets the next one to the end of a lease; what it reports of a mail counts only under that
number of tries. So of two servers one sends it. It is sent twice only where a server dies after the mail
server has taken it and before that is committed. A refused mail stays, and is due no more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Select, Text, and_, case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from grader.messages import Joined, Message, joined
from grader.messages import Text as Words
from grader.parted_text import PartedText, parted
from languages.catalogue import ENGLISH, available, templates
from server.database import claims
from server.database.database import execute, table_of
from server.domain.notices import choices, notices, receivers
from server.domain.notices.notices import NewNotice
from server.domain.notices.plain_text import plain_text
from server.models import (
    Announcement,
    Competition,
    Course,
    LinkKind,
    Mail,
    Member,
    NoticeKind,
    Right,
    User,
)

SUBJECT_MOST = 200  # as wide as the column
ADDRESS_MOST = 254
NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # the next try of a mail that was refused
LEASE = timedelta(minutes=10)  # a sender that says nothing for so long has died
ERROR_MOST = 500
PERMANENT_TRIES = 3  # some servers say 5xx and mean later
DELAY_FIRST, DELAY_MOST = timedelta(minutes=1), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
_MAIL, _MEMBER, _USER = table_of(Mail), table_of(Member), table_of(User)
UNSENT = _MAIL.c.sent_at.is_(None)


class MailOutcome(StrEnum):
    """What became of a try: taken by the mail server, not now, refused for good, or no mail at all."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class ClaimedMail:
    """A mail that is ours to send until the lease is over; `tries` is the number by which we report.

    announcement_id: which announcement it tells; None: it is about its receiver's own account, and goes out
    whatever they want of announcements. link_kind: of the link that is to be made for it. confirms_address:
    whether its link says that this address is its receiver's.
    """

    id: int
    address: str
    subject: str
    body: str
    tries: int
    created_at: datetime
    user_id: int = 0
    announcement_id: int | None = None
    link_kind: LinkKind | None = None
    confirms_address: bool = False


def write_mails(
    session: Session, *, announcement: Announcement, competition: Competition, origin: str | None
) -> int:
    """One mail to each active member with an address who wants mails, due now; how many those are.

    One statement, whatever the size of the course. `origin` is the installation's address, for links.
    """
    course = session.get_one(Course, competition.course_id)
    subject = joined(joined("[", course.title, "]", between=""), announcement.title)
    body = letter(announcement, competition=competition, course=course, origin=origin)
    constants = {
        "announcement_id": announcement.id,
        "created_at": announcement.posted_at,
        "tries": 0,
        "next_try_at": announcement.posted_at,
        "error": "",
    }
    values = [literal(value, _MAIL.c[name].type) for name, value in constants.items()]
    receivers = _receivers(competition).with_only_columns(
        _USER.c.id,
        _USER.c.email,
        _in_own_language(body, course),
        _in_own_language(subject, course, shape=_as_subject),
        *values,
    )
    names = ["user_id", "address", "body", "subject", *constants]
    return execute(
        session, insert(_MAIL).from_select(names, receivers).execution_options(preserve_rowcount=True), {}
    ).rowcount


def _in_own_language(
    text: Joined, course: Course, *, shape: Callable[[str], str] = str
) -> ColumnElement[str]:
    """The text in the language of each receiver's account, where none is chosen in the course's.

    shape: what becomes of the text of each language.
    """
    texts = {each: literal(shape(text.in_language(templates(each))), Text()) for each in available()}
    return case(texts, value=_USER.c.language, else_=texts.get(course.language, texts[ENGLISH]))


def count_receivers(session: Session, *, competition: Competition) -> int:
    """How many mails an announcement would make now."""
    return session.execute(_receivers(competition).with_only_columns(func.count())).scalar_one()


def _receivers(competition: Competition) -> Select[Any]:
    return (
        select(_USER.c.id)
        .join(_MEMBER, _MEMBER.c.user_id == _USER.c.id)
        .where(
            _MEMBER.c.course_id == competition.course_id,
            _MEMBER.c.is_active.is_(True),
            _USER.c.is_active.is_(True),
            choices.by_mail(NoticeKind.ANNOUNCEMENT),
            has_address(),
        )
    )


def has_address() -> ColumnElement[bool]:
    """Whether a mail can go to the user of a query."""
    return and_(_USER.c.email.like("%_@_%"), func.length(_USER.c.email) <= ADDRESS_MOST)


def one_line(text: str) -> str:
    """Text in one line, without what no reader sees: fit for a mail's head."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _as_subject(text: str) -> str:
    return one_line(text)[:SUBJECT_MOST]


def _plain(text_md: str) -> PartedText:
    """What staff wrote as plain text, in each of its languages."""
    parts = {language: plain_text(part) for language, part in parted(text_md).items()}
    return PartedText.of(parts)


def letter(
    announcement: Announcement, *, competition: Competition, course: Course, origin: str | None
) -> Joined:
    """An announcement as the text of a mail: what staff wrote, where it stands, how to get no more.

    What staff wrote has the languages they wrote it in; the rest has its own.
    """
    ending = [Message("{competition}, {course}", competition=competition.title, course=course.title)]
    if origin:
        pages = f"{origin.rstrip('/')}/competitions/{competition.slug}/announcements"
        ending.append(Message("All announcements: {address}", address=pages))
        account = f"{origin.rstrip('/')}/account"
        ending.append(Message("No more of these mails: {address}", address=account))
    lines = (announcement.title, "", _plain(announcement.body_md), "", "-- ", *ending, "")
    return Joined(lines, "\n")


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether `claim` would find a mail."""
    return session.scalar(select(Mail.id).where(UNSENT, Mail.next_try_at <= now).limit(1)) is not None


def claim(session: Session, *, most: int, now: datetime) -> list[ClaimedMail]:
    """Some due mails, the longest due first: ours until the lease is over."""
    rows = claims.claim(
        session,
        _MAIL,
        due=and_(UNSENT, _MAIL.c.next_try_at <= now),
        most=most,
        lease_ends=now + LEASE,
        columns=[field.name for field in fields(ClaimedMail)],
    )
    return [ClaimedMail(*row) for row in rows]


def note(session: Session, mail: ClaimedMail, outcome: MailOutcome, *, error: str, now: datetime) -> None:
    """Keep what became of a mail, and when it is due again; nothing, if it is no longer ours."""
    again_at = now + delay(mail.tries)
    match outcome:
        case MailOutcome.SENT:
            _report(session, mail, sent_at=now, error="")
            return
        case MailOutcome.DELAYED:
            again_at = NEVER if now - mail.created_at >= GIVEN_UP_AFTER else again_at
        case MailOutcome.REFUSED:
            again_at = NEVER if mail.tries >= PERMANENT_TRIES else again_at
        case MailOutcome.IMPOSSIBLE:
            again_at = NEVER
        case _:
            assert_never(outcome)
    _report(session, mail, next_try_at=again_at, error=_short(error))
    if again_at == NEVER and mail.announcement_id is not None:
        _notify_staff(session, mail.announcement_id, now=now)


def _notify_staff(session: Session, announcement_id: int, *, now: datetime) -> None:
    """Tell the staff, who see the refusals below the announcements, once for each of these."""
    competition_id, course_id = session.execute(
        select(Competition.id, Competition.course_id)
        .join(Announcement, Announcement.competition_id == Competition.id)
        .where(Announcement.id == announcement_id)
    ).one()
    new = NewNotice(NoticeKind.MAILS_REFUSED, f"mails_refused:{announcement_id}", competition_id)
    notices.write(session, new, to=receivers.staff(course_id, Right.SEE_NAMES), now=now)


def _short(error: str) -> str:
    """What a mail server said, in one line that fits; a text of ours is short, and keeps its languages."""
    return error if isinstance(error, Words) else one_line(error)[:ERROR_MOST]


def give_back(session: Session, mails: Iterable[ClaimedMail], *, now: datetime) -> None:
    """These were not tried: they are due for whoever comes next."""
    for mail in mails:
        _report(session, mail, next_try_at=now, tries=mail.tries - 1)


def delay(tries: int) -> timedelta:
    """How long to wait after so many tries: a minute, doubled each time, an hour at the most."""
    doublings = min(max(tries, 1) - 1, 10)
    return min(DELAY_MOST, DELAY_FIRST * (1 << doublings))


def _report(session: Session, mail: ClaimedMail, **values: object) -> None:
    ours = and_(_MAIL.c.id == mail.id, _MAIL.c.tries == mail.tries, UNSENT)
    session.execute(update(_MAIL).where(ours).values(values))


def drop_unsent(session: Session, *, announcement_id: int) -> None:
    """Forget the mails of a withdrawn announcement that have not gone out."""
    session.execute(
        delete(Mail).where(Mail.announcement_id == announcement_id, UNSENT, Mail.next_try_at < NEVER)
    )
