"""How the mails of a competition's announcements stand, and another try for those that were refused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select, update
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.notices.outbox import NEVER, UNSENT
from server.models import Announcement, Competition, Mail, User

_MAIL = table_of(Mail)


@dataclass(frozen=True)
class MailCounts:
    """How many mails of an announcement are sent, wait, and were refused for good."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Refusal:
    """A mail that will not be tried again, and what the mail server said."""

    name: str
    address: str
    error: str


def try_again(session: Session, *, competition: Competition, by: Actor, now: datetime) -> int:
    """Make the competition's refused mails due again, for another three tries each; how many those are."""
    again = (
        update(_MAIL)
        .where(_of(competition.id), UNSENT, _MAIL.c.next_try_at == NEVER)
        .values(next_try_at=now, tries=0, created_at=now)
    )
    count = execute(session, again, {}).rowcount
    if count:
        act = audit.Act(
            "mails_retried",
            f"competition {competition.slug}",
            competition=competition,
            details={"mails": count},
        )
        audit.record(session, act, by=by, now=now)
    return count


def _of(competition_id: int) -> ColumnElement[bool]:
    announcement_ids = select(Announcement.id).where(Announcement.competition_id == competition_id)
    return _MAIL.c.announcement_id.in_(announcement_ids)


def counts_of(session: Session, *, competition_id: int) -> dict[int, MailCounts]:
    """How the mails of each of the competition's announcements stand, by the announcement's id."""
    rows = session.execute(
        select(
            _MAIL.c.announcement_id,
            func.count(_MAIL.c.sent_at),
            func.count(case((and_(UNSENT, _MAIL.c.next_try_at < NEVER), 1))),
            func.count(case((and_(UNSENT, _MAIL.c.next_try_at == NEVER), 1))),
        )
        .where(_of(competition_id))
        .group_by(_MAIL.c.announcement_id)
    )
    return {row[0]: MailCounts(*row[1:]) for row in rows}


def refusals_of(session: Session, *, competition_id: int, most: int) -> list[Refusal]:
    """The newest of the competition's mails that were refused for good."""
    rows = session.execute(
        select(User.display_name, Mail.address, Mail.error)
        .join(User, User.id == Mail.user_id)
        .where(_of(competition_id), UNSENT, Mail.next_try_at == NEVER)
        .order_by(Mail.id.desc())
        .limit(most)
    )
    return [Refusal(*row) for row in rows]
