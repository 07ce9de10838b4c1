"""Results: all that one person has in the homeworks of a course, without any private value.

A constant number of statements, however many homeworks there are. `private_results.py` has the other half,
for those who may see it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from grader.scores.points import TierPoints
from server.database.snapshot_memory import remembered
from server.domain.boards.leaderboard import IS_TEAM_OF_TIER
from server.domain.boards.standings import StandingTable
from server.domain.competitions.terms import Terms, terms_with
from server.domain.grades.earned.late_points import Lateness, lateness_of
from server.domain.grades.earned.split_grade import Candidate, SplitGrade, split_grade
from server.models import (
    Allowance,
    AnswerKeyVersion,
    Competition,
    PublicScore,
    Standing,
    Submission,
    Team,
    TeamKind,
    TeamMember,
    Tier,
    User,
)


@dataclass(frozen=True)
class BoardPlace:
    """Where a team stands on one board: with which submission and score, its rank, the teams there."""

    submission_id: int
    score: float
    rank: int
    teams: int


@dataclass(frozen=True)
class SentFile:
    """A submission of the person's team, or a trial of theirs: who sent it, its public score, how late."""

    submission: Submission
    submitted_by: str
    public_score: float | None
    is_trial: bool
    lateness: Lateness


@dataclass(frozen=True)
class AllowanceInForce:
    """What staff gave, and the name of who gave it; None: the command line."""

    allowance: Allowance
    given_by: str | None


@dataclass(frozen=True)
class PersonResult:
    """What a person has in one homework, but for the private rows.

    team: as a student, None before the first file. members: of that team. files: the newest first. tiers:
    with their public thresholds alone. decimals: with which scores are shown.
    """

    competition: Competition
    team: Team | None
    members: tuple[User, ...]
    terms: Terms
    allowances: tuple[AllowanceInForce, ...]
    files: tuple[SentFile, ...]
    place: BoardPlace | None
    tiers: tuple[TierPoints, ...]
    decimals: int

    @property
    def grade(self) -> SplitGrade:
        """What counts on the public rows, and the points for it."""
        scores = {each.submission.id: each.public_score for each in self.files}
        return self.graded("public", self.place, scores, self.tiers)

    def graded(
        self,
        split: Literal["public", "private"],
        place: BoardPlace | None,
        scores: Mapping[int, float | None],
        tiers: Sequence[TierPoints],
    ) -> SplitGrade:
        """What counts on a split, of the standing and the late files that may earn something."""
        candidates = [] if place is None else [Candidate(place.score, place.submission_id)]
        for each in reversed(self.files):
            score, late = scores.get(each.submission.id), each.lateness
            if score is not None and late.days and late.share > 0 and not each.is_trial:
                candidates.append(Candidate(score, each.submission.id, late.share, late.days))
        return split_grade(split, candidates, tiers, higher_is_better=self.competition.higher_is_better)


def results_of(
    session: Session, *, course_id: int, user_id: int, opened_by: datetime | None = None
) -> list[PersonResult]:
    """What the person has in each homework of the course, the first deadline first.

    opened_by: without the homeworks that open later; None for all.
    """
    query = (
        select(Competition, AnswerKeyVersion.public_rows)
        .outerjoin(AnswerKeyVersion, AnswerKeyVersion.id == Competition.answer_key_id)
        .where(Competition.course_id == course_id)
        .order_by(Competition.deadline_at, Competition.id)
    )
    if opened_by is not None:
        query = query.where(Competition.opens_at <= opened_by)
    rows = session.execute(query).all()
    parts = _Parts(session, [row.id for row, _ in rows], user_id)
    return [parts.result(row, public_rows or 1) for row, public_rows in rows]


class _Parts:
    """What the homeworks' results are put together from, by the homework or the team."""

    def __init__(self, session: Session, competition_ids: list[int], user_id: int) -> None:
        self._user_id = user_id
        own = _teams(session, competition_ids, user_id)
        self._teams = {team.competition_id: team for team in own if team.kind is not TeamKind.TRIAL}
        self._trial_ids = {team.id for team in own if team.kind is TeamKind.TRIAL}
        team_ids = [team.id for team in self._teams.values()]
        self._members = _members(session, team_ids)
        self._files = _files(session, [team.id for team in own])
        self._places = places_of(session, team_ids, Standing)
        self._tiers = tiers_of(session, competition_ids, Standing)
        people = {user_id, *(user.id for users in self._members.values() for user in users)}
        self._allowances = _allowances(session, competition_ids, people, team_ids)

    def result(self, row: Competition, public_rows: int) -> PersonResult:
        """The person's part in one homework."""
        team = self._teams.get(row.id)
        members = self._members[team.id] if team is not None else []
        allowances = [
            each
            for each in self._allowances[row.id]
            if each.allowance.user_id in {self._user_id, *(user.id for user in members)}
            or (team is not None and each.allowance.team_id == team.id)
        ]
        terms = terms_with(row, [each.allowance for each in allowances])
        return PersonResult(
            competition=row,
            team=team,
            members=tuple(members),
            terms=terms,
            allowances=tuple(allowances),
            files=tuple(self._sent_files(row, terms)),
            place=None if team is None else self._places.get(team.id),
            tiers=tuple(self._tiers.get(row.id, ())),
            decimals=decimals_for(public_rows, METRICS.get(row.metric)),
        )

    def _sent_files(self, row: Competition, terms: Terms) -> Iterable[SentFile]:
        for submission, username, score in self._files[row.id]:
            late = lateness_of(submission, competition=row, deadline_at=terms.deadline_at)
            yield SentFile(submission, username, score, submission.team_id in self._trial_ids, late)


def _teams(session: Session, competition_ids: list[int], user_id: int) -> Sequence[Team]:
    """The person's teams in these homeworks, and those of their trials."""
    joined = select(TeamMember.team_id).where(
        TeamMember.competition_id.in_(competition_ids), TeamMember.user_id == user_id
    )
    query = select(Team).where(or_(Team.id.in_(joined), Team.trial_of == user_id))
    return session.scalars(query.where(Team.competition_id.in_(competition_ids))).all()


def _members(session: Session, team_ids: list[int]) -> dict[int, list[User]]:
    members: dict[int, list[User]] = defaultdict(list)
    query = select(TeamMember.team_id, User).join(User, User.id == TeamMember.user_id)
    for team_id, user in session.execute(
        query.where(TeamMember.team_id.in_(team_ids)).order_by(TeamMember.id)
    ):
        members[team_id].append(user)
    return members


def _files(session: Session, team_ids: list[int]) -> dict[int, list[tuple[Submission, str, float | None]]]:
    files: dict[int, list[tuple[Submission, str, float | None]]] = defaultdict(list)
    query = (
        select(Submission, User.username, PublicScore.score)
        .join(User, User.id == Submission.submitted_by)
        .join(Competition, Competition.id == Submission.competition_id)
        .outerjoin(
            PublicScore,
            (PublicScore.submission_id == Submission.id)
            & (PublicScore.answer_key_id == Competition.answer_key_id),
        )
        .where(Submission.team_id.in_(team_ids))
        .order_by(Submission.received_at.desc(), Submission.id.desc())
    )
    for submission, username, score in session.execute(query):
        files[submission.competition_id].append((submission, username, score))
    return files


def _allowances(
    session: Session, competition_ids: list[int], user_ids: Collection[int], team_ids: list[int]
) -> dict[int, list[AllowanceInForce]]:
    allowances: dict[int, list[AllowanceInForce]] = defaultdict(list)
    query = (  # without the competitions, by whose index SQLite would read everybody's
        select(Allowance, User.display_name)
        .outerjoin(User, User.id == Allowance.given_by)
        .where(
            Allowance.revoked_at.is_(None),
            or_(Allowance.user_id.in_(user_ids), Allowance.team_id.in_(team_ids)),
        )
        .order_by(Allowance.id)
    )
    for allowance, giver in session.execute(query):
        if allowance.competition_id in competition_ids:
            allowances[allowance.competition_id].append(AllowanceInForce(allowance, giver))
    return allowances


def places_of(session: Session, team_ids: Collection[int], split: StandingTable) -> dict[int, BoardPlace]:
    """Where each of these student teams stands on its board; PrivateStanding needs a session that may see it.

    Equal scores share a rank, as on the board.
    """
    rows = session.execute(_places(split), {"team_ids": list(team_ids)})
    return {
        row.team_id: BoardPlace(row.submission_id, row.score, 1 + row.better, row.teams) for row in rows.all()
    }


@cache
def _places(split: StandingTable) -> Select[Any]:
    """Of the teams `team_ids`; made once, which takes longer than to ask it."""
    other, baseline = aliased(split), aliased(Team)
    on_board = select(func.count()).select_from(other).where(other.competition_id == split.competition_id)
    # All but the few baselines, which an index finds; to look at each team would cost more.
    baselines = (
        select(func.count())
        .select_from(baseline)
        .join(other, other.team_id == baseline.id)
        .where(baseline.competition_id == split.competition_id, baseline.tier_id.is_not(None))
    )
    is_better = other.sort_key > split.sort_key
    teams = on_board.scalar_subquery() - baselines.scalar_subquery()
    better = on_board.where(is_better).scalar_subquery() - baselines.where(is_better).scalar_subquery()
    return select(
        split.team_id, split.submission_id, split.score, teams.label("teams"), better.label("better")
    ).where(split.team_id.in_(bindparam("team_ids", expanding=True)))


def tiers_of(
    session: Session, competition_ids: Collection[int], split: StandingTable
) -> dict[int, list[TierPoints]]:
    """By homework, its tiers in their order, with the thresholds of this split alone (None before a run).

    PrivateStanding needs a session that may see it.
    """
    ids = sorted(competition_ids)
    return remembered(session, ("tiers of", split, *ids), lambda: _tiers_of(session, ids, split))


def _tiers_of(session: Session, ids: list[int], split: StandingTable) -> dict[int, list[TierPoints]]:
    tiers: dict[int, list[TierPoints]] = defaultdict(list)
    query = (
        select(Tier.competition_id, Tier.name, split.score, Tier.points_public, Tier.points_private)
        .outerjoin(Team, IS_TEAM_OF_TIER)
        .outerjoin(split, split.team_id == Team.id)
        .where(Tier.competition_id.in_(ids))
        .order_by(Tier.place)
    )
    for competition_id, name, score, *points in session.execute(query):
        limits = (score, None) if split is Standing else (None, score)
        tiers[competition_id].append(TierPoints(name.value, *limits, *points))
    return dict(tiers)
