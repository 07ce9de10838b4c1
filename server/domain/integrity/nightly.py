"""The nightly comparison: which competitions' files are compared tonight, and who hears of what is new.

A course names the hour, in its own zone, or none. The competitions that take files then, or did until lately,
are compared one after the other where a file came since yesterday. A night has a few tries, so that a
comparison that breaks is not begun for ever.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE
from server.domain.integrity.standing_out import stands_out
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.models import Competition, Course, NoticeKind, Right, Submission, SubmissionState

COMPARED = "look_alikes_compared"  # an act of the installation itself
HOURS = 4  # how long after its hour a night's comparison may still begin
SINCE = timedelta(hours=26)  # a file of the last day, and of the hours in which the last one may have run
TRIES = 3
Pairs = set[tuple[int, int]]


def due(session: Session, *, now: datetime) -> list[int]:
    """The competitions whose files are to be compared now, the longest open first."""
    came = exists().where(
        Submission.competition_id == Competition.id,
        Submission.state == SubmissionState.SCORED,
        Submission.received_at > now - SINCE,
    )
    rows = session.execute(
        select(Competition.id, Course.zone, Course.look_alikes_hour)
        .join(Course, Course.id == Competition.course_id)
        .where(
            Course.look_alikes_hour.is_not(None),
            Competition.opens_at <= now,
            Competition.archived_at.is_(None),
            came,
        )
        .order_by(Competition.opens_at, Competition.id)
    ).all()
    nights = {number: _night(zone, hour, now) for number, zone, hour in rows}
    ends = {
        number: {_done(number, night), _tries(number, night)[-1]}
        for number, night in nights.items()
        if night is not None
    }
    claimed = notices.claimed_events(session, {key for keys in ends.values() for key in keys})
    return [number for number, keys in ends.items() if claimed.isdisjoint(keys)]


def _night(zone: str, hour: int | None, now: datetime) -> str | None:
    """The local day on which the hours of this night began; None outside of them."""
    if hour is None:
        return None
    local = now.astimezone(ZoneInfo(zone))
    since = (local.hour - hour) % 24
    return (local - timedelta(hours=since)).date().isoformat() if since < HOURS else None


def _done(competition_id: int, night: str) -> str:
    return f"look_alikes:{competition_id}:{night}"


def _tries(competition_id: int, night: str) -> list[str]:
    return [f"{_done(competition_id, night)}:{number}" for number in range(TRIES)]


def begin(session: Session, *, competition_id: int, now: datetime) -> str | None:
    """The night in which this process may compare the competition's files, as one of its tries; else None."""
    if competition_id not in due(session, now=now):
        return None
    zone, hour = session.execute(
        select(Course.zone, Course.look_alikes_hour)
        .join(Competition, Competition.course_id == Course.id)
        .where(Competition.id == competition_id)
    ).one()
    night = _night(zone, hour, now)
    if night is None:
        return None
    is_ours = any(notices.claim_event(session, key, now=now) for key in _tries(competition_id, night))
    return night if is_ours else None


def finish(
    session: Session, *, competition_id: int, night: str, new: Pairs, facts: dict[str, Any], now: datetime
) -> None:
    """Keep that it was done, in the trail, and tell the staff who may see it of pairs that are new.

    night: as `begin` gave it. Does nothing where another process was first.
    """
    competition = session.get_one(Competition, competition_id)
    key = _done(competition_id, night)
    if not notices.claim_event(session, key, now=now):
        return
    act = audit.Act(
        COMPARED,
        f"competition {competition.slug}",
        competition=competition,
        details=facts | {"new_pairs": len(new)},
    )
    audit.record(session, act, by=COMMAND_LINE, now=now)
    if new:
        rights = (Right.SEE_PRIVATE, Right.SEE_NAMES)
        notice = NewNotice(NoticeKind.LOOK_ALIKES, key, competition_id)
        notices.write(session, notice, to=receivers.staff(competition.course_id, *rights), now=now)


def pairs_of(report: dict[str, Any] | None) -> Pairs:
    """The teams of each pair that stands out in a report, none before the first."""
    pairs: Collection[dict[str, Any]] = [] if report is None else report["pairs"]
    compared = 0 if report is None else report["pairs_compared"]
    return {
        (min(both), max(both))
        for pair in pairs
        if stands_out(pair, compared=compared)
        for both in [(pair["one"]["team_id"], pair["other"]["team_id"])]
    }
