"""Posting an announcement with its mails, as pages, API and demonstration do it: one transaction for both."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from grader.parted_text import whole_of
from server.domain.audit.actor import Actor
from server.domain.notices import announcements, notices, outbox, receivers
from server.domain.notices.announcements import NewAnnouncement
from server.domain.notices.notices import NewNotice
from server.models import Announcement, Competition, NoticeKind
from server.settings import Settings


@dataclass(frozen=True)
class MailedAnnouncement:
    """A posted announcement, and to how many it goes by mail."""

    row: Announcement
    mails: int


def announce(
    session: Session,
    settings: Settings,
    new: NewAnnouncement,
    *,
    competition: Competition,
    by: Actor,
    now: datetime,
) -> MailedAnnouncement:
    """Post it with its notices, and write its mails where the installation sends any. Raises Invalid."""
    posted = announcements.post(session, new, competition=competition, by=by, now=now)
    facts = {"announcement": posted.id, "title": whole_of(posted.title)}
    notice = NewNotice(NoticeKind.ANNOUNCEMENT, _key(posted.id), competition.id, facts)
    notices.write(session, notice, to=receivers.in_course(competition.course_id), now=now)
    if not settings.sends_mail:
        return MailedAnnouncement(posted, 0)
    count = outbox.write_mails(session, announcement=posted, competition=competition, origin=settings.origin)
    return MailedAnnouncement(posted, count)


def take_back(
    session: Session,
    *,
    competition: Competition,
    announcement_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Announcement:
    """Withdraw it, its notices, and its mails that have not gone out. Raises NotFound, Conflict, Invalid."""
    withdrawn = announcements.withdraw(
        session, competition=competition, announcement_id=announcement_id, reason=reason, by=by, now=now
    )
    outbox.drop_unsent(session, announcement_id=announcement_id)
    notices.take_back(session, key=_key(announcement_id))
    return withdrawn


def _key(announcement_id: int) -> str:
    return f"announcement:{announcement_id}"
