"""The shake-up: how ranks moved between the public board and the private one, and how much of it was chance.

For those who may see the private board. The numbers come from the standings and from the scores' standard
errors, so they hold for this competition's split sizes and not in general.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import nan, sqrt
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from grader.scores.chance import flattery, moves_by_chance
from grader.scores.ranks import rank_scores
from server.database.snapshot_memory import Pieces
from server.models import (
    BoardRevision,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
)


@dataclass(frozen=True)
class RankMove:
    """A team's two ranks; `change` is positive for places won. Scores are unrounded."""

    team_id: int
    team: str
    public_rank: int
    private_rank: int
    public_score: float
    private_score: float
    submissions: int

    @property
    def change(self) -> int:
        """Places won on the private board, negative for lost ones."""
        return self.public_rank - self.private_rank


@dataclass(frozen=True)
class ShakeUp:
    """All moves by private rank, and what chance explains of them.

    public_error, private_error: a typical standard error on each split, in the score's unit, NaN where none
    is known. difference: by how much the two scores of one file differ by chance, one standard error of it.
    median_move: places. chance_move: the same if chance alone moved teams, NaN where no errors are known.
    typical_tries: submissions of the median team; flattery: by how much the best of so many is flattered.
    """

    moves: list[RankMove]
    public_error: float
    private_error: float
    difference: float
    median_move: float
    chance_move: float
    typical_tries: int
    flattery: float


def shake_up(session: Session, *, competition: Competition) -> ShakeUp:
    """The competition's shake-up as the boards stand. Needs a session that may see private scores."""
    revisions = session.execute(
        _REVISIONS.where(BoardRevision.competition_id == competition.id)
    ).one_or_none()
    state = None if revisions is None else (*revisions, competition.answer_key_id)
    summary: ShakeUp | None = _KEPT.of(session, competition.id, state)
    if summary is None:
        summary = _computed(session, competition)
        _KEPT.keep(session, competition.id, state, summary)
    return summary


def _computed(session: Session, competition: Competition) -> ShakeUp:
    rows = session.execute(_on_both_boards(competition)).all()
    counts = _tries(session, competition)
    ranks = [rank_scores([row.public_key for row in rows]), rank_scores([row.private_key for row in rows])]
    moves = [
        RankMove(row.id, row.name, first, second, row.public_score, row.private_score, counts.get(row.id, 0))
        for row, first, second in zip(rows, *ranks, strict=True)
    ]
    public = [nan if row.public_error is None else row.public_error for row in rows]
    private = [nan if row.private_error is None else row.private_error for row in rows]
    errors = _middle(public), _middle(private)
    tries = round(median([move.submissions for move in moves])) if moves else 0
    return ShakeUp(
        moves=moves,
        public_error=errors[0],
        private_error=errors[1],
        difference=sqrt(errors[0] ** 2 + errors[1] ** 2),
        median_move=median([abs(move.change) for move in moves]) if moves else 0.0,
        chance_move=_by_chance(tuple(row.private_key for row in rows), tuple(public), tuple(private)),
        typical_tries=tries,
        flattery=flattery(max(1, tries), errors[0]),
    )


_KEPT = Pieces("shake-ups")
_REVISIONS = select(BoardRevision.public, BoardRevision.private)
# At the reveal a whole course asks for the same two hundred simulated boards.
_by_chance = lru_cache(maxsize=8)(moves_by_chance)


def _on_both_boards(competition: Competition) -> Select[*tuple[Any, ...]]:
    """The student teams that stand on both boards, with scores and standard errors, by private rank."""
    key = competition.answer_key_id
    return (
        select(
            Team.id,
            Team.name,
            Standing.score.label("public_score"),
            Standing.sort_key.label("public_key"),
            PublicScore.standard_error.label("public_error"),
            PrivateStanding.score.label("private_score"),
            PrivateStanding.sort_key.label("private_key"),
            PrivateScore.standard_error.label("private_error"),
        )
        .join(Standing, Standing.team_id == Team.id)
        .join(PrivateStanding, PrivateStanding.team_id == Team.id)
        .outerjoin(
            PublicScore,
            (PublicScore.submission_id == Standing.submission_id) & (PublicScore.answer_key_id == key),
        )
        .outerjoin(
            PrivateScore,
            (PrivateScore.submission_id == PrivateStanding.submission_id)
            & (PrivateScore.answer_key_id == key),
        )
        .where(Team.competition_id == competition.id, Team.kind == TeamKind.STUDENT)
        .order_by(PrivateStanding.sort_key.desc(), PrivateStanding.received_at, Team.id)
    )


def _tries(session: Session, competition: Competition) -> dict[int, int]:
    rows = session.execute(
        select(Submission.team_id, func.count())
        .where(
            Submission.competition_id == competition.id,
            Submission.state == SubmissionState.SCORED,
            Submission.is_late.is_(False),
        )
        .group_by(Submission.team_id)
    ).all()
    return dict(rows)


def _middle(errors: list[float]) -> float:
    known = [error for error in errors if error == error]
    return median(known) if known else nan
