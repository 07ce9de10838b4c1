"""What late submissions may earn: their scores, and the share of the points that each day has left.

The share falls by the competition's late penalty for each day begun since the team's own deadline, which an
extension moves. Each split counts by itself. Practice earns nothing, nor does what staff have excluded.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, select, type_coerce
from sqlalchemy.orm import Session

from server.clock import days_later
from server.database.database import EPOCH, execute
from server.domain.competitions.terms import terms_with
from server.domain.grades.earned.split_grade import Candidate
from server.models import (
    Allowance,
    Competition,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
)

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
ScoreTable = type[PublicScore] | type[PrivateScore]
Deadlines = Mapping[int, datetime]  # by team


@dataclass(frozen=True)
class Lateness:
    """How late a file is: begun days, 0 for one in time; share: of the points that it may earn, in [0, 1]."""

    days: int
    share: float


IN_TIME = Lateness(0, 1.0)


def lateness_of(row: Submission, *, competition: Competition, deadline_at: datetime) -> Lateness:
    """How late this file is, and what a late one may still earn. deadline_at: its team's own."""
    if not row.is_late:
        return IN_TIME
    grace = timedelta(seconds=competition.grace_seconds)
    days = days_begun(deadline_at, row.received_at, zone=competition.reset_zone, grace=grace)
    counts = row.state is SubmissionState.SCORED and not row.is_practice and row.excluded_at is None
    share = share_left(late_penalty=competition.late_penalty, days_late=days) if counts else 0.0
    return Lateness(days, share)


def share_left(*, late_penalty: float, days_late: int) -> float:
    """The share of the points that is left so many begun days after the deadline, in [0, 1].

    >>> share_left(late_penalty=0.2, days_late=1), share_left(late_penalty=0.2, days_late=9)
    (0.8, 0.0)
    """
    return max(0.0, 1.0 - late_penalty * days_late)


def days_begun(deadline_at: datetime, received_at: datetime, *, zone: str, grace: timedelta) -> int:
    """How many days had begun between the deadline and then, 1 or more.

    A day begins at the deadline's local time in `zone`, so it has 23 or 25 hours where the clocks change. A
    file that comes within `grace` of a day's beginning counts to the day before, as at the deadline itself.
    """
    days = max(1, (received_at - grace - deadline_at) // DAY)  # no more than one day short
    while received_at >= days_later(deadline_at, days=days, zone=zone) + grace:
        days += 1
    return days


class DayEnds:
    """When each day after a deadline ends: many files are placed without a look at the clocks each."""

    def __init__(self, competition: Competition, deadline_at: datetime) -> None:
        self._deadline_at, self._of = deadline_at, competition
        self._ends: list[int] = []  # microseconds since 1970, of the first day on
        self._shares: list[float] = [1.0]  # of a file in time, and then of each day

    def begun(self, received_at: int) -> tuple[int, float]:
        """How many days had begun by then, 1 or more, and the share that is left.

        received_at: microseconds since 1970.
        """
        while not self._ends or self._ends[-1] <= received_at:
            days = len(self._ends) + 1
            end = days_later(self._deadline_at, days=days, zone=self._of.reset_zone)
            end += timedelta(seconds=self._of.grace_seconds)
            self._ends.append((end - EPOCH) // MICROSECOND)
            self._shares.append(share_left(late_penalty=self._of.late_penalty, days_late=days))
        days = bisect_right(self._ends, received_at) + 1
        return days, self._shares[days]


def late_files(
    session: Session,
    *,
    competitions: Sequence[Competition],
    table: ScoreTable,
    deadlines: Mapping[int, Deadlines],
    team_ids: Collection[int] | None = None,
) -> dict[int, dict[int, list[Candidate]]]:
    """By competition and team, the late files that may earn something on a split, as they came.

    table: of the split's scores; PrivateScore needs a session that may see it. deadlines: those that
    `extended_deadlines` has of each competition. team_ids: of these teams alone, None for all.
    """
    lenient = {each.id: each for each in competitions if each.late_penalty < 1.0}
    if not lenient:
        return {}
    usual = {each.id: DayEnds(each, each.deadline_at) for each in lenient.values()}
    extended: dict[tuple[int, datetime], DayEnds] = {}
    files: dict[int, dict[int, list[Candidate]]] = {each: {} for each in lenient}
    query = _late_rows(table, [each.answer_key_id for each in lenient.values()])
    if team_ids is None:
        query = query.where(Submission.competition_id.in_(lenient))
    else:  # of which each is of one competition: a condition on that would lead away from the teams' index
        query = query.where(Submission.team_id.in_(team_ids))
    for competition_id, team_id, submission_id, received_at, score in execute(session, query, {}).all():
        of_teams = files.get(competition_id)
        if of_teams is None:
            continue
        ends, deadline_at = usual[competition_id], deadlines[competition_id].get(team_id)
        if deadline_at is not None:
            ends = extended.get((competition_id, deadline_at)) or extended.setdefault(
                (competition_id, deadline_at), DayEnds(lenient[competition_id], deadline_at)
            )
        days, share = ends.begun(received_at)
        if share > 0:
            candidate = Candidate(score, submission_id, share, days)
            if team_id in of_teams:
                of_teams[team_id].append(candidate)
            else:
                of_teams[team_id] = [candidate]
    return files


def extended_deadlines(
    session: Session, competitions: Sequence[Competition], team_ids: Collection[int] | None = None
) -> dict[int, Deadlines]:
    """By competition and team, the deadline of those that have an extension, by themselves or by a member.

    team_ids: of these alone, None for all. One statement.
    """
    of = {each.id: each for each in competitions}
    of_here = [Allowance.revoked_at.is_(None), Allowance.deadline_at.is_not(None)]
    if team_ids is None:
        of_here.append(Allowance.competition_id.in_(of))
    columns = (Allowance.competition_id, Allowance.deadline_at, Allowance.extra_slots, Allowance.course_day)
    direct = select(Allowance.team_id, *columns).where(*of_here, Allowance.team_id.is_not(None))
    by_member = (
        select(TeamMember.team_id, *columns)
        .join(
            Allowance,
            (Allowance.user_id == TeamMember.user_id)
            & (Allowance.competition_id == TeamMember.competition_id),
        )
        .where(*of_here)
    )
    if team_ids is not None:
        direct = direct.where(Allowance.team_id.in_(team_ids))
        by_member = by_member.where(TeamMember.team_id.in_(team_ids))
    allowances: dict[int, list[Any]] = {}
    for row in session.execute(direct.union_all(by_member)):
        if row.competition_id in of:
            allowances.setdefault(row.team_id, []).append(row)
    deadlines: dict[int, dict[int, datetime]] = {each: {} for each in of}
    for team_id, rows in allowances.items():
        competition_id = rows[0].competition_id
        deadlines[competition_id][team_id] = terms_with(of[competition_id], rows).deadline_at
    return dict(deadlines)


def _late_rows(
    table: ScoreTable, answer_key_ids: Collection[int | None]
) -> Select[int, int, int, int, float]:
    """Competition, team, id, receipt and score of each late submission that counts, as they came."""
    return (
        select(
            Submission.competition_id,
            Submission.team_id,
            Submission.id,
            type_coerce(Submission.received_at, BigInteger),
            table.score,
        )
        .join(Team, Team.id == Submission.team_id)
        .join(
            table,
            (table.submission_id == Submission.id) & table.answer_key_id.in_(answer_key_ids),
        )
        .where(
            Submission.state == SubmissionState.SCORED,
            Submission.is_late.is_(True),
            Submission.is_practice.is_(False),
            Submission.excluded_at.is_(None),
            Team.kind == TeamKind.STUDENT,
        )
        .order_by(Submission.received_at, Submission.id)
    )
