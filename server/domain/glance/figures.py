"""The figures of a course at a glance: one statement a figure, however large the course is.

What is private is read by functions of its own, for the homeworks that the viewer may see them of.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, select, type_coerce
from sqlalchemy.orm import Session

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from server.database.snapshot_memory import Pieces
from server.domain.boards.standings import StandingTable
from server.domain.grades.earned.split_grade import Split
from server.domain.grades.earned.team_grades import revisions_of
from server.models import (
    AnswerKeyVersion,
    Competition,
    Member,
    PrivateStanding,
    PublicScore,
    Role,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
    Tier,
    TierName,
)

RUSH_MICROSECONDS = 86_400_000_000  # before a deadline
_DAYS, _PASSINGS = Pieces("days"), Pieces("passings")
_SCORES: dict[Split, Pieces] = {"public": Pieces("public scores"), "private": Pieces("private scores")}


@dataclass(frozen=True)
class Cohort:
    """Active students of one department and section."""

    department: str
    section: str
    size: int


@dataclass(frozen=True)
class DayCount:
    """Submissions of one course day; `rushed` of them came in the last day before the deadline."""

    day: date
    count: int
    rushed: int


@dataclass(frozen=True)
class Passing:
    """So many teams first reached a tier on that course day."""

    tier: str
    day: date
    count: int


@dataclass(frozen=True)
class BoardScores:
    """The scores of the teams on one board, and the thresholds of the tiers, the easiest first.

    keys, limit_keys: by which they are compared, larger is better. team_ids: whose the scores are. drawn:
    what was made of them for pages, with all else that it shows.
    """

    team_ids: Sequence[int]
    scores: Sequence[float]
    keys: Sequence[float]
    limits: dict[str, float]
    limit_keys: dict[str, float]
    drawn: dict[Hashable, tuple[object, Any]] = field(default_factory=dict, compare=False, repr=False)

    def passed(self) -> dict[str, int]:
        """How many teams reach each tier."""
        return {tier: sum(key >= limit for key in self.keys) for tier, limit in self.limit_keys.items()}


def homeworks(session: Session, *, course_id: int, now: datetime) -> list[tuple[Competition, int]]:
    """The competitions that have opened, the first deadline first, each with the decimals of its scores."""
    rows = session.execute(
        select(Competition, AnswerKeyVersion.public_rows)
        .join(AnswerKeyVersion, AnswerKeyVersion.id == Competition.answer_key_id)
        .where(Competition.course_id == course_id, Competition.opens_at <= now)
        .order_by(Competition.deadline_at, Competition.id)
    )
    return [(row, decimals_for(count, METRICS.get(row.metric))) for row, count in rows]


def cohorts(session: Session, *, course_id: int) -> list[Cohort]:
    """How many active students each department and section has."""
    rows = session.execute(
        select(Member.department, Member.section, func.count())
        .where(Member.course_id == course_id, Member.role == Role.STUDENT, Member.is_active.is_(True))
        .group_by(Member.department, Member.section)
    )
    return [Cohort(*row) for row in rows]


def days(session: Session, competitions: Sequence[Competition]) -> dict[int, list[DayCount]]:
    """The submissions of students by course day, by competition: of those anew to which one has come."""
    of = {each.id: each for each in competitions}
    counts = select(Submission.competition_id, func.count()).where(Submission.competition_id.in_(of))
    counts = counts.group_by(Submission.competition_id)
    states = {key: (count, of[key].deadline_at) for key, count in session.execute(counts)}
    by_day: dict[int, list[DayCount]] = _DAYS.of_each(session, states)
    missing = [key for key in states if key not in by_day]
    return {**by_day, **_DAYS.keep_each(session, states, _days(session, missing))} if missing else by_day


def _days(session: Session, competition_ids: Sequence[int]) -> dict[int, list[DayCount]]:
    at, deadline = (
        type_coerce(column, BigInteger) for column in (Submission.received_at, Competition.deadline_at)
    )
    rushed = case(((at >= deadline - RUSH_MICROSECONDS) & (at < deadline), 1), else_=0)
    rows = session.execute(
        select(Submission.competition_id, Submission.course_day, func.count(), func.sum(rushed))
        .join(Competition, Competition.id == Submission.competition_id)
        .join(Team, Team.id == Submission.team_id)
        .where(Submission.competition_id.in_(competition_ids), Team.kind == TeamKind.STUDENT)
        .group_by(Submission.competition_id, Submission.course_day)
        .order_by(Submission.course_day)
    )
    result: dict[int, list[DayCount]] = {each: [] for each in competition_ids}
    for competition_id, day, count, last in rows:
        result[competition_id].append(DayCount(day, count, int(last)))
    return result


def taking_part(session: Session, *, course_id: int) -> dict[int, list[Cohort]]:
    """How many active students of each department and section stand on the public board, by competition."""
    rows = session.execute(
        select(Standing.competition_id, Member.department, Member.section, func.count())
        .join(TeamMember, TeamMember.team_id == Standing.team_id)
        .join(Competition, Competition.id == Standing.competition_id)
        .join(Member, (Member.user_id == TeamMember.user_id) & (Member.course_id == Competition.course_id))
        .where(Member.course_id == course_id, Member.role == Role.STUDENT, Member.is_active.is_(True))
        .group_by(Standing.competition_id, Member.department, Member.section)
    )
    result: dict[int, list[Cohort]] = defaultdict(list)
    for competition_id, department, section, count in rows:
        result[competition_id].append(Cohort(department, section, count))
    return result


def split_scores(
    session: Session, *, competition_ids: Sequence[int], split: StandingTable
) -> dict[int, BoardScores]:
    """The scores on one board of each competition; PrivateStanding needs a session that may see it."""
    board: Split = "public" if split is Standing else "private"
    revisions = revisions_of(session, competition_ids, split=board)
    scores: dict[int, BoardScores] = _SCORES[board].of_each(session, revisions)
    missing = [each for each in competition_ids if each not in scores]
    if not missing:
        return scores
    return {**scores, **_SCORES[board].keep_each(session, revisions, _split_scores(session, missing, split))}


def _split_scores(
    session: Session, competition_ids: Sequence[int], split: StandingTable
) -> dict[int, BoardScores]:
    rows = session.execute(
        select(split.competition_id, Team.kind, Tier.name, split.team_id, split.score, split.sort_key)
        .join(Team, Team.id == split.team_id)
        .outerjoin(Tier, Tier.id == Team.tier_id)
        .where(split.competition_id.in_(competition_ids), Team.kind != TeamKind.TRIAL)
        .order_by(Tier.place, split.team_id)
    )
    result = {competition_id: BoardScores([], [], [], {}, {}) for competition_id in competition_ids}
    scores: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for competition_id, kind, tier, team_id, score, key in rows:
        if kind is TeamKind.BASELINE:
            result[competition_id].limits[tier.value] = score
            result[competition_id].limit_keys[tier.value] = key
        else:
            scores[competition_id].append((team_id, score, key))
    return {
        competition_id: BoardScores(
            [team_id for team_id, _, _ in scores[competition_id]],
            [score for _, score, _ in scores[competition_id]],
            [key for _, _, key in scores[competition_id]],
            each.limits,
            each.limit_keys,
        )
        for competition_id, each in result.items()
    }


def private_scores(session: Session, *, competition_ids: Sequence[int]) -> dict[int, BoardScores]:
    """The scores on the private boards of these competitions; needs a session that may see them."""
    return split_scores(session, competition_ids=competition_ids, split=PrivateStanding)


def passings(session: Session, competitions: Sequence[Competition]) -> dict[int, list[Passing]]:
    """On which course days teams first reached each tier on the public rows, by competition."""
    of = {each.id: each for each in competitions}
    revisions = revisions_of(session, list(of), split="public")
    states = {key: (revision, of[key].answer_key_id) for key, revision in revisions.items()}
    result: dict[int, list[Passing]] = _PASSINGS.of_each(session, states)
    missing = [key for key in of if key not in result]
    return (
        {**result, **_PASSINGS.keep_each(session, states, _passings(session, missing))} if missing else result
    )


def _passings(session: Session, competition_ids: Sequence[int]) -> dict[int, list[Passing]]:
    rows = session.execute(_first_days(competition_ids))
    counts: Counter[tuple[int, str, date]] = Counter()
    for competition_id, *firsts in rows:
        counts.update(
            (competition_id, tier.value, day)
            for tier, day in zip(TierName, firsts, strict=True)
            if day is not None
        )
    result: dict[int, list[Passing]] = {each: [] for each in competition_ids}
    for (competition_id, tier, day), count in sorted(counts.items(), key=lambda entry: entry[0][2]):
        result[competition_id].append(Passing(tier, day, count))
    return result


def _first_days(competition_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """Of each team the first day on which a file that counts reached each threshold, a column a tier."""
    limits = (
        select(
            Standing.competition_id,
            *(func.max(case((Tier.name == tier, Standing.sort_key))).label(tier.value) for tier in TierName),
        )
        .join(Team, Team.id == Standing.team_id)
        .join(Tier, Tier.id == Team.tier_id)
        .group_by(Standing.competition_id)
        .subquery()
    )
    days = (
        func.min(case((PublicScore.sort_key >= limits.c[tier.value], Submission.course_day)))
        for tier in TierName
    )
    return (
        select(Submission.competition_id, *days)
        .join(Competition, Competition.id == Submission.competition_id)
        .join(Team, Team.id == Submission.team_id)
        .join(
            PublicScore,
            (PublicScore.submission_id == Submission.id)
            & (PublicScore.answer_key_id == Competition.answer_key_id),
        )
        .join(limits, limits.c.competition_id == Submission.competition_id)
        .where(
            Submission.competition_id.in_(competition_ids),
            Team.kind == TeamKind.STUDENT,
            Submission.state == SubmissionState.SCORED,
            Submission.is_late.is_(False),
            Submission.is_practice.is_(False),
            Submission.excluded_at.is_(None),
        )
        .group_by(Submission.competition_id, Submission.team_id)
    )


def own_scores(session: Session, *, course_id: int, user_id: int) -> dict[int, float]:
    """The public score on the board of the user's team, by competition."""
    rows = session.execute(
        select(Standing.competition_id, Standing.score)
        .join(TeamMember, TeamMember.team_id == Standing.team_id)
        .join(Competition, Competition.id == Standing.competition_id)
        .where(TeamMember.user_id == user_id, Competition.course_id == course_id)
    ).all()
    return dict(rows)
