"""Notices of what time brings about: a competition opens, its private scores are revealed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.models import Competition, NoticeKind

RECENT = timedelta(days=3)  # after an outage; what is longer ago is no news


@dataclass(frozen=True)
class TimedEvent:
    """What has come about in a competition, and of which no notice is written yet."""

    kind: NoticeKind
    competition_id: int
    course_id: int

    @property
    def key(self) -> str:
        """What names the event."""
        return f"{self.kind.value}:{self.competition_id}"


def due(session: Session, *, now: datetime) -> list[TimedEvent]:
    """The openings and reveals of the last days of which nobody has a notice yet."""
    events = [
        *_between(session, NoticeKind.OPENED, Competition.opens_at, now),
        *_between(session, NoticeKind.REVEALED, Competition.reveal_at, now),
    ]
    claimed = notices.claimed_events(session, [event.key for event in events])
    return [event for event in events if event.key not in claimed]


def _between(
    session: Session, kind: NoticeKind, instant: InstrumentedAttribute[datetime], now: datetime
) -> list[TimedEvent]:
    rows = session.execute(
        select(Competition.id, Competition.course_id).where(
            instant <= now, instant > now - RECENT, Competition.archived_at.is_(None)
        )
    )
    return [TimedEvent(kind, *row) for row in rows]


_RECEIVERS: dict[NoticeKind, Callable[[TimedEvent], Select[int]]] = {
    NoticeKind.OPENED: lambda event: receivers.students(event.course_id),
    NoticeKind.REVEALED: lambda event: receivers.competitors(event.competition_id),
}


def write(session: Session, event: TimedEvent, *, now: datetime) -> int:
    """The event's notices, unless another server was first; how many those are."""
    if not notices.claim_event(session, event.key, now=now):
        return 0
    new = NewNotice(event.kind, event.key, event.competition_id)
    return notices.write(session, new, to=_RECEIVERS[event.kind](event), now=now)
