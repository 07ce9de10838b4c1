"""Notices: what the bell tells one person, written with the act or when its time has come, once.

A notice has a key, which names what it is about, and a person has one notice of a key: of two servers, and of
one that was killed and does it again, the second writes nothing. It holds no score and no name, and whoever
writes one before the reveal looks at nothing that depends on private rows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from server.database.database import execute, table_of, upsert
from server.models import Competition, Course, Notice, NoticeEvent, NoticeKind, User

LISTED_MOST = 200  # the newest on the page
READ_LIFE, LIFE = timedelta(days=30), timedelta(days=180)  # how long read ones stay, and all others
# Their mails are written with what they are about: an announcement, a question, a reply.
WITH_OWN_MAIL = frozenset({NoticeKind.ANNOUNCEMENT, NoticeKind.QUESTION, NoticeKind.REPLY})
_NOTICE, _EVENT = table_of(Notice), table_of(NoticeEvent)


@dataclass(frozen=True)
class NewNotice:
    """A notice to be, of one thing in a competition: `key` names the thing."""

    kind: NoticeKind
    key: str
    competition_id: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlacedNotice:
    """A notice with the competition and the course it is of; None of one about the person's account."""

    row: Notice
    competition: Competition | None
    course: Course | None


def write(session: Session, new: NewNotice, *, to: Select[int], now: datetime) -> int:
    """The notice for everybody whose id `to` selects and who has none of its key; how many those are."""
    values = {
        "kind": new.kind,
        "key": new.key,
        "competition_id": new.competition_id,
        "facts": dict(new.facts),
        "made_at": now,
        "mail_decided_at": now if new.kind in WITH_OWN_MAIL else None,
    }
    columns = [literal(value, _NOTICE.c[name].type) for name, value in values.items()]
    receivers = select(User.id, *columns).where(User.id.in_(to)).order_by(User.id)
    adding = upsert(_NOTICE).from_select(["user_id", *values], receivers).on_conflict_do_nothing()
    return len(session.execute(adding.returning(_NOTICE.c.user_id)).all())


def claim_event(session: Session, key: str, *, now: datetime) -> bool:
    """Whether this transaction is the first that tells of the event, and so the only one."""
    adding = upsert(_EVENT).values(key=key, made_at=now).on_conflict_do_nothing()
    return session.execute(adding.returning(_EVENT.c.key)).scalar() is not None


def claimed_events(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the events of which notices are written already."""
    return set(session.scalars(select(NoticeEvent.key).where(NoticeEvent.key.in_(keys))))


def listed(session: Session, *, user: User, most: int = LISTED_MOST) -> list[PlacedNotice]:
    """The person's notices, the newest first."""
    rows = session.execute(
        select(Notice, Competition, Course)
        .outerjoin(Competition, Competition.id == Notice.competition_id)
        .outerjoin(Course, Course.id == Competition.course_id)
        .where(Notice.user_id == user.id)
        .order_by(Notice.id.desc())
        .limit(most)
    )
    return [PlacedNotice(*row) for row in rows]


def count_unread(session: Session, *, user: User) -> int:
    """How many notices the person has not read."""
    unread = select(func.count()).where(Notice.user_id == user.id, Notice.read_at.is_(None))
    return session.execute(unread).scalar_one()


def mark_read(session: Session, *, user: User, keys: Collection[str], now: datetime) -> None:
    """Mark these notices of the person as read; keys that they have no notice of are passed over."""
    _mark(session, user, Notice.key.in_(keys), now)


def mark_all_read(session: Session, *, user: User, now: datetime) -> None:
    """Mark all notices of the person as read."""
    _mark(session, user, Notice.id > 0, now)


def _mark(session: Session, user: User, which: Any, now: datetime) -> None:
    session.execute(
        update(Notice)
        .where(Notice.user_id == user.id, Notice.read_at.is_(None), which)
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


def take_back(session: Session, *, key: str) -> None:
    """Remove everybody's notice of a thing that is no more."""
    session.execute(delete(Notice).where(Notice.key == key).execution_options(synchronize_session=False))


def tidy(session: Session, *, now: datetime) -> int:
    """Remove notices that were read a month ago, and all that are half a year old; how many those are."""
    is_old = or_(
        Notice.made_at < now - LIFE, and_(Notice.read_at.is_not(None), Notice.read_at < now - READ_LIFE)
    )
    removing = delete(Notice).where(is_old).execution_options(synchronize_session=False)
    count = execute(session, removing, {}).rowcount
    session.execute(delete(NoticeEvent).where(NoticeEvent.made_at < now - LIFE))
    return count
