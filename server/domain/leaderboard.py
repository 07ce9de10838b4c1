"""Boards: the rows that are read off the kept standings, ranks, and the thresholds that the baselines set."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from grader.standings import is_at_least
from server.db import execute
from server.domain.standings import Placed
from server.models import (
    AnswerKeyVersion,
    Competition,
    PrivateStanding,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    Tier,
    TierName,
)

LEAST_DECIMALS, MOST_DECIMALS = 3, 6

_MINE = select(Standing.sort_key).where(Standing.team_id == bindparam("team_id")).scalar_subquery()
_ON_BOARD = (
    select(func.count()).select_from(Standing).where(Standing.competition_id == bindparam("competition_id"))
)
_BASELINES = (
    select(func.count())
    .select_from(Team)
    .join(Standing, Standing.team_id == Team.id)
    .where(Team.competition_id == bindparam("competition_id"), Team.tier_id.is_not(None))
)
_BETTER = Standing.sort_key > _MINE
# All but the few baselines, which the index on (competition, tier) finds; to look at each team costs more.
_PLACE = select(
    _ON_BOARD.scalar_subquery() - _BASELINES.scalar_subquery(),
    _ON_BOARD.where(_BETTER).scalar_subquery() - _BASELINES.where(_BETTER).scalar_subquery(),
    _MINE.is_not(None),
)
_THRESHOLDS: dict[Placed, Select[TierName, float]] = {
    split: select(Tier.name, split.score)
    .join(Team, Team.tier_id == Tier.id)
    .join(split, split.team_id == Team.id)
    .where(Tier.competition_id == bindparam("competition_id"))
    .order_by(Tier.place)
    for split in (Standing, PrivateStanding)
}


@dataclass(frozen=True)
class BoardRow:
    """One row of a board. A baseline has a tier and no rank: it marks a threshold and takes no place."""

    rank: int | None
    team_id: int
    team: str
    tier: str | None
    hint: str | None
    minutes: float | None
    score: float
    received_at: datetime
    submissions: int


def decimals_for(rows: int) -> int:
    """How many decimals a score over `rows` rows is shown with: a step well below one standard error, 3 to 6.

    More digits would show noise, and tell a patient student about single labels.
    Source: Whitehill 2017, arXiv 1707.01825, on what a log-loss shown with many digits gives away.
    """
    return max(LEAST_DECIMALS, min(MOST_DECIMALS, math.ceil(math.log10(max(rows, 1)) / 2) + 2))


def shown(session: Session, competition: Competition) -> int:
    """The decimals with which this competition's scores are shown, from the size of its public split."""
    rows = session.scalar(
        select(AnswerKeyVersion.public_rows).where(AnswerKeyVersion.id == competition.answer_key_id)
    )
    return decimals_for(rows or 1)


def board(session: Session, *, competition: Competition, split: Placed) -> list[BoardRow]:
    """All rows of one board: better score first, then earlier receipt; equal scores share a rank (1, 2, 2,
    4).

    `split` is the table to read: PrivateStanding needs a session that may see private scores.
    """
    counts = _scored_counts(session, competition.id)
    rows = session.execute(
        select(Team, Tier, split.score, split.sort_key, split.received_at)
        .join(split, split.team_id == Team.id)
        .outerjoin(Tier, Tier.id == Team.tier_id)
        .where(split.competition_id == competition.id)
        .order_by(split.sort_key.desc(), split.received_at, split.team_id)
    ).all()
    decimals = shown(session, competition)
    result: list[BoardRow] = []
    students, rank, last = 0, 0, math.nan
    for team, tier, score, sort_key, received_at in rows:
        is_student = team.kind is TeamKind.STUDENT
        if is_student:
            students += 1
            rank = rank if sort_key == last else students
            last = sort_key
        result.append(
            BoardRow(
                rank=rank if is_student else None,
                team_id=team.id,
                team=team.name,
                tier=None if is_student else tier.name.value,
                hint=None if is_student else tier.hint,
                minutes=None if is_student else tier.minutes,
                score=round(score, decimals),
                received_at=received_at,
                submissions=counts.get(team.id, 0),
            )
        )
    return result


def _scored_counts(session: Session, competition_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Submission.team_id, func.count())
        .where(Submission.competition_id == competition_id, Submission.state == SubmissionState.SCORED)
        .group_by(Submission.team_id)
    ).all()
    return {team_id: count for team_id, count in rows}  # noqa: C416 - dict() loses the row's types


def public_rank(session: Session, *, competition_id: int, team_id: int) -> tuple[int | None, int]:
    """The team's public rank (None before its first score), and how many student teams stand on the board."""
    count, better, is_placed = execute(
        session, _PLACE, {"competition_id": competition_id, "team_id": team_id}
    ).one()
    return 1 + better if is_placed else None, count


def thresholds(session: Session, *, competition_id: int, split: Placed) -> dict[str, float]:
    """The score that earns each trained tier on one split, by the tier's name, unrounded."""
    rows = execute(session, _THRESHOLDS[split], {"competition_id": competition_id})
    return {name.value: score for name, score in rows}


def tiers_passed(session: Session, *, competition: Competition, public_score: float) -> list[str]:
    """The tiers whose public threshold this score reaches, the easiest first."""
    limits = thresholds(session, competition_id=competition.id, split=Standing)
    return [
        name
        for name, limit in limits.items()
        if is_at_least(public_score, limit, higher_is_better=competition.higher_is_better)
    ]
