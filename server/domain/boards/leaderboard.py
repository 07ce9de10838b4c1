"""Boards: the rows that are read off the kept standings, ranks, and the thresholds that the baselines set."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from grader.scores.ranks import is_at_least
from grader.scores.uncertainty import tied_groups
from server.database.database import execute, table_of
from server.database.snapshot_memory import remembered
from server.domain.boards import board_index
from server.domain.boards.decimals import decimals_of
from server.domain.boards.standings import StandingTable
from server.models import (
    AnswerKeyVersion,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    Tier,
    TierName,
)

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
_TEAMS = select(_ON_BOARD.scalar_subquery() - _BASELINES.scalar_subquery())
_PLACE = select(
    _ON_BOARD.where(_BETTER).scalar_subquery() - _BASELINES.where(_BETTER).scalar_subquery(),
    _MINE.is_not(None),
)

_SCORES: dict[StandingTable, type[PublicScore] | type[PrivateScore]] = {
    Standing: PublicScore,
    PrivateStanding: PrivateScore,
}


def board_of(placed: FromClause, split: StandingTable) -> Select[Any]:
    """The rows of a board in its order. placed: the columns of `split`'s table, one row a team."""
    standing, scores = placed.c, _SCORES[split]
    return (
        select(
            Team.id.label("team_id"),
            Team.name.label("team"),
            Team.kind,
            Tier.name.label("tier"),
            Tier.hint,
            Tier.minutes,
            Tier.hardware,
            standing.score,
            standing.sort_key,
            standing.received_at,
            scores.standard_error,
        )
        .join(placed, standing.team_id == Team.id)
        .join(Competition, Competition.id == Team.competition_id)
        .outerjoin(
            scores,
            (scores.submission_id == standing.submission_id)
            & (scores.answer_key_id == Competition.answer_key_id),
        )
        .outerjoin(Tier, Tier.id == Team.tier_id)
        .order_by(standing.sort_key.desc(), standing.received_at, standing.team_id)
    )


_BOARD = {
    split: board_of(table_of(split), split).where(split.competition_id == bindparam("competition_id"))
    for split in (Standing, PrivateStanding)
}
_PUBLIC_ROWS = select(AnswerKeyVersion.public_rows).where(AnswerKeyVersion.id == bindparam("answer_key_id"))
_SCORED_COUNTS = (
    select(Submission.team_id, func.count().label("scored"))
    .where(
        Submission.competition_id == bindparam("competition_id"),
        Submission.state == SubmissionState.SCORED,
        Submission.is_practice.is_(False),
    )
    .group_by(Submission.team_id)
)
# By both columns of an index: no other one finds the team of a tier.
IS_TEAM_OF_TIER = (Team.competition_id == Tier.competition_id) & (Team.tier_id == Tier.id)
_THRESHOLDS: dict[StandingTable, Select[TierName, float]] = {
    split: select(Tier.name, split.score)
    .join(Team, IS_TEAM_OF_TIER)
    .join(split, split.team_id == Team.id)
    .where(Tier.competition_id == bindparam("competition_id"))
    .order_by(Tier.place)
    for split in (Standing, PrivateStanding)
}


@dataclass(frozen=True)
class BoardRow:
    """One row of a board. A baseline has a tier and no rank: it marks a threshold and takes no place.

    score: with the decimals that its split supports, and one more where a neighbour's would read the same.
    tied_with: the rank of a better standing from which this one differs by no more than chance brings about;
    None where there is none, or where the scores have no standard error.
    """

    rank: int | None
    tied_with: int | None
    team_id: int
    team: str
    tier: str | None
    hint: str | None
    minutes: float | None
    hardware: str | None
    score: float
    received_at: datetime
    submissions: int


def shown(session: Session, competition: Competition) -> int:
    """The decimals with which this competition's scores are shown, from the size of its public split."""
    key_id = competition.answer_key_id
    rows = remembered(
        session,
        ("public rows", key_id),
        lambda: execute(session, _PUBLIC_ROWS, {"answer_key_id": key_id}).scalar(),
    )
    return decimals_for(rows or 1, METRICS.get(competition.metric))


def board(session: Session, *, competition: Competition, split: StandingTable) -> list[BoardRow]:
    """All rows of one board: better score first, then earlier receipt.

    Equal scores share a rank: 1, 2, 2, 4. `split` is the table to read: PrivateStanding needs a session that
    may see private scores.
    """
    scored = execute(session, _SCORED_COUNTS, {"competition_id": competition.id})
    counts: dict[int, int] = {row.team_id: row.scored for row in scored}
    rows = execute(session, _BOARD[split], {"competition_id": competition.id})
    return ranked(rows, counts=counts, decimals=shown(session, competition))


def ranked(rows: Iterable[Row[*tuple[Any, ...]]], *, counts: dict[int, int], decimals: int) -> list[BoardRow]:
    """What `board_of` selects, with ranks. counts: each team's scored submissions, by its id."""
    listed = list(rows)
    scores = _told_apart(listed, decimals)
    students = [row for row in listed if row.kind is TeamKind.STUDENT]
    ranks = _ranks(students)
    places = iter(zip(ranks, _ties(students, ranks), strict=True))
    result: list[BoardRow] = []
    for row, score in zip(listed, scores, strict=True):
        is_student = row.kind is TeamKind.STUDENT
        rank, tied_with = next(places) if is_student else (None, None)
        result.append(
            BoardRow(
                rank=rank,
                tied_with=tied_with,
                team_id=row.team_id,
                team=row.team,
                tier=None if is_student else row.tier.value,
                hint=row.hint,
                minutes=row.minutes,
                hardware=row.hardware,
                score=score,
                received_at=row.received_at,
                submissions=counts.get(row.team_id, 0),
            )
        )
    return result


def _told_apart(rows: Sequence[Row[*tuple[Any, ...]]], decimals: int) -> list[float]:
    """The scores as they are shown: rounded, with more decimals where neighbours would read the same."""
    scores = [row.score for row in rows]
    return [round(score, places) for score, places in zip(scores, decimals_of(scores, decimals), strict=True)]


def _ranks(students: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    """The rank of each standing, whose order is the board's; equal ones share theirs."""
    ranks: list[int] = []
    for place, row in enumerate(students):
        is_equal = place and row.sort_key == students[place - 1].sort_key
        ranks.append(ranks[-1] if is_equal else place + 1)
    return ranks


def _ties(students: Sequence[Row[*tuple[Any, ...]]], ranks: Sequence[int]) -> list[int | None]:
    """For each standing the rank of the first of its group, within whose noise it lies; None for that one."""
    errors = [math.nan if row.standard_error is None else row.standard_error for row in students]
    groups = tied_groups([row.score for row in students], errors)
    first = {group: groups.index(group) for group in set(groups)}
    return [None if first[group] == place else ranks[first[group]] for place, group in enumerate(groups)]


def public_rank(session: Session, *, competition_id: int, team_id: int) -> tuple[int | None, int]:
    """The team's public rank (None before its first score), and how many student teams stand on the board."""
    columns = board_index.at_hand(session, competition_id=competition_id)
    if columns is not None:
        place = columns.place_of(team_id)
        better = None if place is None else columns.better_than(columns.key[place])
        return None if better is None else 1 + better, columns.students
    values = {"competition_id": competition_id, "team_id": team_id}
    teams: int = remembered(
        session, ("teams on board", competition_id), lambda: execute(session, _TEAMS, values).scalar_one()
    )
    if not team_id:
        return None, teams
    better, is_placed = execute(session, _PLACE, values).one()
    return 1 + better if is_placed else None, teams


def thresholds(session: Session, *, competition_id: int, split: StandingTable) -> dict[str, float]:
    """The score that earns each trained tier on one split, by the tier's name, unrounded."""
    limits = remembered(
        session,
        ("thresholds", competition_id, split),
        lambda: {
            name.value: score
            for name, score in execute(session, _THRESHOLDS[split], {"competition_id": competition_id})
        },
    )
    return dict(limits)


def tiers_passed(session: Session, *, competition: Competition, public_score: float) -> list[str]:
    """The tiers whose public threshold this score reaches, the easiest first."""
    limits = thresholds(session, competition_id=competition.id, split=Standing)
    return reached(limits, public_score, higher_is_better=competition.higher_is_better)


def reached(limits: Mapping[str, float], score: float, *, higher_is_better: bool) -> list[str]:
    """The tiers of `thresholds` that this score reaches, in their order."""
    return [
        name for name, limit in limits.items() if is_at_least(score, limit, higher_is_better=higher_is_better)
    ]
