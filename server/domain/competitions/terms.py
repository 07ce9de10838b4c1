"""Terms: a competition's rules of time and slots as one team meets them.

They are the competition's own, and what staff allowed besides: extra slots, of one course day or of each, and
a later deadline. A student's allowance holds for whatever team they are in, and so for their team mates.
Whoever asks whether a file is late, or how many slots a day has, asks here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, union
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.models import Allowance, Competition, TeamMember

_ALLOWANCE, _MEMBER = table_of(Allowance), table_of(TeamMember)
_OWN, _MATE = _MEMBER.alias("own"), _MEMBER.alias("mate")
_GIVEN = select(_ALLOWANCE.c.extra_slots, _ALLOWANCE.c.course_day, _ALLOWANCE.c.deadline_at).where(
    _ALLOWANCE.c.competition_id == bindparam("competition_id"), _ALLOWANCE.c.revoked_at.is_(None)
)
_OF_USER = select(
    _ALLOWANCE.c.id,
    _ALLOWANCE.c.competition_id,
    _ALLOWANCE.c.extra_slots,
    _ALLOWANCE.c.course_day,
    _ALLOWANCE.c.deadline_at,
).where(_ALLOWANCE.c.revoked_at.is_(None))
_OF_OWN_TEAMS = (
    _OWN.c.competition_id.in_(bindparam("competition_ids", expanding=True)),
    _OWN.c.user_id == bindparam("user_id"),
)
_IS_MATES = (_MATE.c.competition_id == _ALLOWANCE.c.competition_id) & (
    _MATE.c.user_id == _ALLOWANCE.c.user_id
)
# From the user to the allowances, by indexes each of which leads to a few rows: a condition on an allowance's
# competition would lead SQLite through all of that competition. What is found in two ways counts once.
_TO_USER = union(
    _OF_USER.where(
        _ALLOWANCE.c.user_id == bindparam("user_id"),
        _ALLOWANCE.c.competition_id.in_(bindparam("competition_ids", expanding=True)),
    ),
    _OF_USER.join(_OWN, _OWN.c.team_id == _ALLOWANCE.c.team_id).where(*_OF_OWN_TEAMS),
    _OF_USER.join(_MATE, _IS_MATES).join(_OWN, _OWN.c.team_id == _MATE.c.team_id).where(*_OF_OWN_TEAMS),
)
_TO_TEAM = _GIVEN.where(
    or_(
        _ALLOWANCE.c.team_id == bindparam("team_id"),
        _ALLOWANCE.c.user_id.in_(select(_MEMBER.c.user_id).where(_MEMBER.c.team_id == bindparam("team_id"))),
    )
)


@dataclass(frozen=True)
class Terms:
    """The rules of time and slots as one team meets them.

    deadline_at: with its extension, which never goes beyond the reveal. late_until: not before that.
    extra: the grants, each a course day (None: every day) and its extra slots.
    """

    deadline_at: datetime
    late_until: datetime
    grace: timedelta
    has_practice: bool
    daily_limit: int
    extra: tuple[tuple[date | None, int], ...] = ()
    is_extended: bool = False

    def is_late(self, received_at: datetime) -> bool:
        """Whether a file received then is late: at or after the deadline and its grace."""
        return received_at >= self.deadline_at + self.grace

    def is_over(self, received_at: datetime) -> bool:
        """Whether a file received then comes after the last instant for late files and its grace."""
        return received_at >= self.late_until + self.grace

    def limit_on(self, day: date) -> int:
        """How many slots that course day has."""
        return self.daily_limit + sum(slots for of, slots in self.extra if of is None or of == day)


def general_terms(competition: Competition) -> Terms:
    """The terms of a team to which nothing was given."""
    return terms_with(competition, [])


def terms_of_user(session: Session, competitions: Sequence[Competition], *, user_id: int) -> dict[int, Terms]:
    """By competition, the terms that this user meets, with their team if they have one."""
    values = {"competition_ids": [each.id for each in competitions], "user_id": user_id}
    allowances: dict[int, list[Row[Any]]] = {}
    for row in execute(session, _TO_USER, values):
        allowances.setdefault(row.competition_id, []).append(row)
    return {each.id: terms_with(each, allowances.get(each.id, [])) for each in competitions}


def terms_of_team(session: Session, *, competition: Competition, team_id: int) -> Terms:
    """The terms of a team."""
    values = {"competition_id": competition.id, "team_id": team_id}
    return terms_with(competition, execute(session, _TO_TEAM, values).all())


def terms_with(competition: Competition, allowances: Sequence[Row[Any] | Allowance]) -> Terms:
    """The terms of a team with these allowances, all of them in force."""
    extended = max((row.deadline_at for row in allowances if row.deadline_at is not None), default=None)
    deadline = competition.deadline_at
    if extended is not None:
        deadline = max(deadline, min(extended, competition.reveal_at))
    return Terms(
        deadline_at=deadline,
        late_until=max(competition.late_until, deadline),
        grace=timedelta(seconds=competition.grace_seconds),
        has_practice=competition.has_practice,
        daily_limit=competition.daily_limit,
        extra=tuple((row.course_day, row.extra_slots) for row in allowances if row.extra_slots is not None),
        is_extended=deadline > competition.deadline_at,
    )
