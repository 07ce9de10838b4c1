"""Announcements: what staff tell everybody in a competition.

A posted text is never changed: it can be withdrawn, and a new one be posted. Mails about it are the outbox's
(`outbox.py`), in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from grader.parted_text import whole_of
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid, NotFound
from server.models import Announcement, Competition, User

TITLE_MOST = 150  # characters; a mail's subject holds the course's title too
BODY_MOST = 20_000


@dataclass(frozen=True)
class PostedAnnouncement:
    """An announcement and the name of who posted it; empty for the command line."""

    row: Announcement
    posted_by: str


@dataclass(frozen=True)
class NewAnnouncement:
    """An announcement to be: a title of one line, and a text in Markdown."""

    title: str
    body_md: str


def post(
    session: Session, new: NewAnnouncement, *, competition: Competition, by: Actor, now: datetime
) -> Announcement:
    """A new announcement, on the competition's page from now on.

    Raises Invalid without title or text, or if one is too long.
    """
    title, body_md = " ".join(new.title.split()), new.body_md.strip()
    if not 1 <= len(title) <= TITLE_MOST or not title.isprintable():
        raise Invalid(
            Message(
                "A title has 1 to {most} printable characters; this one has {length}.",
                most=TITLE_MOST,
                length=len(title),
            )
        )
    if not 1 <= len(body_md) <= BODY_MOST:
        raise Invalid(
            Message(
                "A text has 1 to {most:,} characters; this one has {length:,}.",
                most=BODY_MOST,
                length=len(body_md),
            )
        )
    posted = Announcement(
        competition_id=competition.id, title=title, body_md=body_md, posted_by=by.user_id, posted_at=now
    )
    session.add(posted)
    session.flush()
    act = audit.Act(
        "announcement_posted",
        f"announcement {posted.id}",
        competition=competition,
        after={"title": title, "body_md": body_md},
    )
    audit.record(session, act, by=by, now=now)
    return posted


def withdraw(
    session: Session,
    *,
    competition: Competition,
    announcement_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Announcement:
    """Take an announcement off the pages; that there was one stays to be seen.

    Raises NotFound, and Conflict when it is withdrawn already.
    """
    reason = reasons.required(reason)
    announcement = session.scalar(
        select(Announcement).where(
            Announcement.id == announcement_id, Announcement.competition_id == competition.id
        )
    )
    if announcement is None:
        raise NotFound(
            Message(
                "There is no announcement {announcement_id} in this competition.",
                announcement_id=announcement_id,
            )
        )
    withdrawn = session.scalar(
        update(Announcement)
        .where(Announcement.id == announcement_id, Announcement.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(Announcement.id)
    )
    if withdrawn is None:
        raise Conflict(Message("This announcement is withdrawn already."))
    act = audit.Act(
        "announcement_withdrawn",
        f"announcement {announcement_id}",
        competition=competition,
        reason=reason,
        before={"title": whole_of(announcement.title), "body_md": announcement.body_md},
    )
    audit.record(session, act, by=by, now=now)
    session.refresh(announcement)
    return announcement


def of_competition(session: Session, competition_id: int) -> list[PostedAnnouncement]:
    """All announcements, the newest first, the withdrawn ones among them."""
    rows = session.execute(
        select(Announcement, User.display_name)
        .outerjoin(User, User.id == Announcement.posted_by)
        .where(Announcement.competition_id == competition_id)
        .order_by(Announcement.posted_at.desc(), Announcement.id.desc())
    )
    return [PostedAnnouncement(row, name or "") for row, name in rows]


def latest(session: Session, *, competition_id: int, most: int) -> list[PostedAnnouncement]:
    """The newest announcements that stand."""
    standing = (each for each in of_competition(session, competition_id) if each.row.withdrawn_at is None)
    return [each for each, _ in zip(standing, range(most), strict=False)]
