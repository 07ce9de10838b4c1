"""What a score teaches, from public scores alone: the file's own rank, its gain, and what the next tier asks.

One statement of scalar subqueries, since it is on the way of every upload.
"""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from grader.scores.ranks import sort_key
from grader.scores.uncertainty import CONFIDENCE_95
from server.database.database import execute
from server.domain.boards import board_index, leaderboard
from server.models import Competition, PublicScore, Standing, Submission, Team, Tier, TierName

_Earlier, _EarlierScore = aliased(Submission), aliased(PublicScore)
_KEY: BindParameter[int] = bindparam("answer_key_id")
_TEAM: BindParameter[int] = bindparam("team_id")


def _earlier(column: InstrumentedAttribute[Any], order: tuple[ColumnElement[Any], ...]) -> ScalarSelect[Any]:
    """A column of one of the team's earlier scored files, the first in this order."""
    return (
        select(column)
        .select_from(_Earlier)
        .join(_EarlierScore, _EarlierScore.submission_id == _Earlier.id)
        .where(
            _Earlier.team_id == _TEAM,
            _Earlier.id != bindparam("submission_id"),
            _Earlier.received_at <= bindparam("received_at"),
            _Earlier.excluded_at.is_(None),
            _EarlierScore.answer_key_id == _KEY,
        )
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
    )


_BEST = (_EarlierScore.sort_key.desc(), _Earlier.received_at.asc())
_LATEST = (_Earlier.received_at.desc(), _Earlier.id.desc())
_BETTER = (
    select(func.count())
    .select_from(Standing)
    .where(
        Standing.competition_id == bindparam("competition_id"),
        Standing.sort_key > bindparam("sort_key"),
        Standing.team_id != _TEAM,
    )
)
_BASELINES = select(Team.id).where(
    Team.competition_id == bindparam("competition_id"), Team.tier_id.is_not(None)
)
_OF_FILES = (
    select(PublicScore.standard_error)
    .where(PublicScore.submission_id == bindparam("submission_id"), PublicScore.answer_key_id == _KEY)
    .scalar_subquery(),
    _earlier(_EarlierScore.score, _BEST),
    _earlier(_EarlierScore.score, _LATEST),
    _earlier(_EarlierScore.standard_error, _LATEST),
    select(Tier.hint)
    .where(Tier.competition_id == bindparam("competition_id"), Tier.name == bindparam("tier"))
    .scalar_subquery(),
)
_FACTS = select(*_OF_FILES)
_FACTS_AND_BETTER = select(*_OF_FILES, _BETTER.where(Standing.team_id.not_in(_BASELINES)).scalar_subquery())


@dataclass(frozen=True)
class NextTier:
    """The easiest tier that a score does not reach. distance: what is missing, in the score's unit."""

    name: str
    threshold: float
    distance: float
    hint: str


@dataclass(frozen=True)
class Feedback:
    """What one public score means. Scores are in the metric's unit, unrounded.

    tiers_passed: whose public thresholds it reaches, the easiest first.
    rank: that the file would have as its team's best, among all teams. best_before, last: the team's best and
    its latest earlier score, None where this is the first. gain: how much better than `best_before` this is,
    below 0 for worse, whatever the metric's direction. error: the standard error of the score, None where
    there is none. is_within_noise: whether it differs from `last` by less than chance brings about, None
    where that cannot be said; two files on the same rows differ by less chance than this allows for.
    """

    score: float
    higher_is_better: bool
    tiers_passed: list[str]
    rank: int
    best_before: float | None
    last: float | None
    gain: float | None
    error: float | None
    is_within_noise: bool | None
    next_tier: NextTier | None

    @property
    def is_best(self) -> bool:
        """Whether no earlier file of the team was as good."""
        return self.gain is None or self.gain > 0


def meaning_of(
    session: Session, submission: Submission, *, competition: Competition, public_score: float
) -> Feedback:
    """What this public score of a submission means now; from public scores alone."""
    up = competition.higher_is_better
    limits = leaderboard.thresholds(session, competition_id=competition.id, split=Standing)
    passed = leaderboard.reached(limits, public_score, higher_is_better=up)
    tier = next((name for name in limits if name not in passed), None)
    key = sort_key(public_score, higher_is_better=up)
    facts = {
        "competition_id": competition.id,
        "answer_key_id": competition.answer_key_id,
        "submission_id": submission.id,
        "team_id": submission.team_id,
        "received_at": submission.received_at,
        "sort_key": key,
        "tier": None if tier is None else TierName(tier),
    }
    columns = board_index.at_hand(session, competition_id=competition.id)
    if columns is None:
        error, best, last, last_error, hint, better = execute(session, _FACTS_AND_BETTER, facts).one()
    else:
        error, best, last, last_error, hint = execute(session, _FACTS, facts).one()
        better = columns.better_than(-key, but=submission.team_id)
    return Feedback(
        score=public_score,
        higher_is_better=up,
        tiers_passed=passed,
        rank=1 + better,
        best_before=best,
        last=last,
        gain=None if best is None else (public_score - best if up else best - public_score),
        error=error,
        is_within_noise=_within_noise(public_score - last, error, last_error) if last is not None else None,
        next_tier=None
        if tier is None
        else NextTier(tier, limits[tier], abs(limits[tier] - public_score), hint),
    )


def _within_noise(difference: float, error: float | None, last_error: float | None) -> bool | None:
    if error is None or last_error is None:
        return None
    return abs(difference) <= CONFIDENCE_95 * math.hypot(error, last_error)
