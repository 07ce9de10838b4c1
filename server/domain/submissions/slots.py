"""Slots: one statement takes the first free one of a team's course day, or does nothing.

The team is locked, so that nobody takes a slot between this statement's reading and its writing; behind the
lock stands the unique constraint (team, course day, slot). What limits is the count: two teams that merge
keep the slots of both, so a number may lie above the limit and leave a hole below it. It is one statement
because it runs where all wait: in the one writer of SQLite, and under the team's lock in PostgreSQL. The
words for those who get no slot stand here, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, exists, func, insert, literal, select, union_all
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.database.database import execute, table_of
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.competitions.terms import Terms
from server.domain.errors import LimitReached
from server.local_time import local_text
from server.models import Competition, Submission, SubmissionState

INVALID_WINDOW = timedelta(hours=1)
FAILED_MOST = 10  # files of a team an hour that fail by our fault: a failure costs no slot, and may be sought
NOT_GIVEN = ("id", "slot", "finished_at", "excluded_at")
Values = dict[str, Any]  # a new submission's columns by name, all but those of NOT_GIVEN
_NEW, _OTHER = table_of(Submission), table_of(Submission).alias("other")
_NAMES = [column.name for column in _NEW.c if column.name not in NOT_GIVEN]
_VALUE = {name: bindparam(name, type_=_NEW.c[name].type) for name in _NAMES}

_TODAYS = (_OTHER.c.team_id == _VALUE["team_id"]) & (_OTHER.c.course_day == _VALUE["course_day"])
_CANDIDATES = union_all(
    select(literal(1).label("slot")), select(_OTHER.c.slot + 1).where(_TODAYS, _OTHER.c.slot.is_not(None))
).subquery("candidates")
_FIRST_HOLE = (
    select(func.min(_CANDIDATES.c.slot))
    .where(~exists().where(_TODAYS, _OTHER.c.slot == _CANDIDATES.c.slot))
    .scalar_subquery()
)
_COUNT = func.count(_OTHER.c.slot)
_FREE = (
    select(
        case((func.max(_OTHER.c.slot) > _COUNT, _FIRST_HOLE), else_=_COUNT + 1).label("slot"),
        _COUNT.label("used"),
    )
    .where(_TODAYS, _OTHER.c.slot.is_not(None))
    .subquery("free")
)
_TEAMS = exists().where(_OTHER.c.team_id == _VALUE["team_id"])
_SAME_FILE = _TEAMS.where(_OTHER.c.sha256 == _VALUE["sha256"], _OTHER.c.state != SubmissionState.FAILED)
_SAME_KEY = _TEAMS.where(_OTHER.c.idempotency_key == _VALUE["idempotency_key"])
_FEW_INVALID = (
    select(func.count() < bindparam("invalid_most"))
    .select_from(_OTHER)
    .where(
        _OTHER.c.submitted_by == _VALUE["submitted_by"],
        _OTHER.c.state == SubmissionState.INVALID,
        _OTHER.c.received_at > bindparam("invalid_since", type_=_OTHER.c.received_at.type),
    )
    .scalar_subquery()
)
_FEW_FAILED = (
    select(func.count() < FAILED_MOST)
    .select_from(_OTHER)
    .where(
        _OTHER.c.team_id == _VALUE["team_id"],
        _OTHER.c.state == SubmissionState.FAILED,
        _OTHER.c.received_at > bindparam("invalid_since", type_=_OTHER.c.received_at.type),
    )
    .scalar_subquery()
)
_TAKE = (
    insert(_NEW)
    .from_select(
        [*_NAMES, "slot"],
        select(*_VALUE.values(), _FREE.c.slot).where(
            _FREE.c.used < bindparam("daily_limit"), ~_SAME_FILE, ~_SAME_KEY, _FEW_INVALID, _FEW_FAILED
        ),
    )
    .returning(_NEW.c.id)
)
_ENTER = insert(_NEW).returning(_NEW.c.id)
_INVALID_SINCE = (
    select(_NEW.c.received_at)
    .where(
        _NEW.c.submitted_by == bindparam("user_id"),
        _NEW.c.state == SubmissionState.INVALID,
        _NEW.c.received_at > bindparam("since"),
    )
    .order_by(_NEW.c.received_at)
)
_FAILED_SINCE = (
    select(_NEW.c.received_at)
    .where(
        _NEW.c.team_id == bindparam("team_id"),
        _NEW.c.state == SubmissionState.FAILED,
        _NEW.c.received_at > bindparam("since"),
    )
    .order_by(_NEW.c.received_at)
)


def take(session: Session, values: Values, *, daily_limit: int, invalid_per_hour: int) -> int | None:
    """The id of the new submission, which holds the first free slot of its day.

    The caller has locked its team. None, and nothing is written, when no slot is free, when the team has
    these bytes or this idempotency key already, or when its user has sent too many invalid files within the
    last hour, or too many of its files failed by our fault.
    """
    limits = {
        "daily_limit": daily_limit,
        "invalid_most": invalid_per_hour,
        "invalid_since": values["received_at"] - INVALID_WINDOW,
    }
    taken: int | None = execute(session, _TAKE, values | limits).scalar()
    return taken


def enter_without(session: Session, values: Values) -> int:
    """The id of the new submission, which holds no slot: a baseline's."""
    entered: int = execute(session, _ENTER, values).scalar_one()
    return entered


def daily_limit_reached(
    session: Session, *, competition: Competition, terms: Terms, team_id: int | None, now: datetime
) -> LimitReached:
    """The refusal that says how many slots were used and when the next day begins, in the course's zone."""
    today = competitions.today(session, competition=competition, terms=terms, team_id=team_id, now=now)
    return LimitReached(
        Message(
            "Your team has used {used} of {limit} submissions today. The next day begins on "
            "{resets_at}. This file was not counted; upload it again then.",
            used=today.used,
            limit=today.limit,
            resets_at=local_text(today.resets_at, competition.reset_zone),
        ),
        details={
            "limit": today.limit,
            "used": today.used,
            "resets_at": iso(today.resets_at),
            "resets_in_seconds": max(1, round((today.resets_at - now).total_seconds())),
            "zone": competition.reset_zone,
            "now": iso(now),
        },
    )


def require_free(
    session: Session, *, competition: Competition, terms: Terms, team_id: int | None, now: datetime
) -> None:
    """Raise LimitReached when the team has no slot left today."""
    today = competitions.today(session, competition=competition, terms=terms, team_id=team_id, now=now)
    if today.left == 0:
        raise daily_limit_reached(session, competition=competition, terms=terms, team_id=team_id, now=now)


def require_few_invalid(session: Session, *, by: Actor, now: datetime, most: int) -> None:
    """Raise LimitReached when the user has sent `most` invalid files within the last hour."""
    since = now - INVALID_WINDOW
    times = execute(session, _INVALID_SINCE, {"user_id": by.person_id, "since": since}).scalars().all()
    if len(times) >= most:
        raise _too_many(
            times,
            most,
            Message(
                "You have sent {count} invalid files within an hour; at most {most} are read. "
                "`splitboard check` finds every format problem on your own machine, as often as you like.",
                count=len(times),
                most=most,
            ),
            code="too_many_invalid",
            now=now,
        )


def require_few_failed(session: Session, *, team_id: int, now: datetime) -> None:
    """Raise LimitReached when so many files of the team failed by our fault within the last hour."""
    since = now - INVALID_WINDOW
    times = execute(session, _FAILED_SINCE, {"team_id": team_id, "since": since}).scalars().all()
    if len(times) >= FAILED_MOST:
        raise _too_many(
            times,
            FAILED_MOST,
            Message(
                "Grading failed for {count} files of your team within an hour, by our fault, and none "
                "was counted. The course's staff can see why. Ask them before you send more.",
                count=len(times),
            ),
            code="too_many_failed",
            now=now,
        )


def _too_many(
    times: Sequence[datetime], most: int, message: str, *, code: str, now: datetime
) -> LimitReached:
    """The refusal that ends when enough files of these times, the earliest first, have left the window."""
    again = times[len(times) - most] + INVALID_WINDOW
    return LimitReached(
        message,
        code=code,
        details={
            "limit": most,
            "resets_at": iso(again),
            "resets_in_seconds": max(1, round((again - now).total_seconds())),
        },
    )
