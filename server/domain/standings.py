"""Standings: kept rows, recomputed from a team's submissions in the transaction that scores or selects.

A student team stands on the public board with its best public score, and on the private board with the best
private
score of its final selections, or else the private score of its best public submission. A baseline stands
with its latest successful run. Late submissions keep their scores and count on neither board.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, case, delete, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from server.db import execute, table_of, upsert
from server.models import (
    BaselineRun,
    BoardRevision,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    RunState,
    Standing,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
)

Placed = type[Standing] | type[PrivateStanding]

_SUBMISSION, _TEAM, _COMPETITION = table_of(Submission), table_of(Team), table_of(Competition)
_PUBLIC, _PRIVATE, _RUN = table_of(PublicScore), table_of(PrivateScore), table_of(BaselineRun)
_REVISION = table_of(BoardRevision)

_NEW_REVISION = (
    update(_REVISION)
    .where(_REVISION.c.competition_id == bindparam("of"))
    .values(public=_REVISION.c.public + 1, private=_REVISION.c.private + 1)
)
_LATEST_RUN = (
    select(_RUN.c.submission_id)
    .where(_RUN.c.tier_id == _TEAM.c.tier_id, _RUN.c.state == RunState.SUCCEEDED)
    .order_by(_RUN.c.finished_at.desc(), _RUN.c.id.desc())
    .limit(1)
    .correlate(_TEAM)
    .scalar_subquery()
)
_COUNTED = and_(
    _SUBMISSION.c.team_id == bindparam("team_id"),
    _SUBMISSION.c.state == SubmissionState.SCORED,
    or_(
        (_TEAM.c.kind == TeamKind.STUDENT) & _SUBMISSION.c.is_late.is_(False),
        (_TEAM.c.kind == TeamKind.BASELINE) & (_SUBMISSION.c.id == _LATEST_RUN),
    ),
)


def _best(score: Table, *first: ColumnElement[Any]) -> Select[Any]:
    """The row that the team's standing must be: of the counted submissions the `first`, then the earliest."""
    submission, competition = _SUBMISSION.c, _COMPETITION.c
    return (
        select(
            submission.team_id,
            submission.competition_id,
            submission.id.label("submission_id"),
            submission.received_at,
            score.c.score,
            score.c.sort_key,
        )
        .join(_TEAM, _TEAM.c.id == submission.team_id)
        .join(_COMPETITION, competition.id == submission.competition_id)
        .join(_PUBLIC, _PUBLIC.c.submission_id == submission.id)
        .where(_COUNTED, _PUBLIC.c.answer_key_id == competition.answer_key_id)
        .order_by(*first, submission.received_at, submission.id)
        .limit(1)
    )


# Without a final selection, the private board counts the submission that the public board counts.
_BEST_PUBLIC = _best(_PUBLIC, _PUBLIC.c.sort_key.desc())
_BEST_PRIVATE = _best(
    _PRIVATE,
    _SUBMISSION.c.is_final.desc(),
    case((_SUBMISSION.c.is_final, _PRIVATE.c.sort_key), else_=_PUBLIC.c.sort_key).desc(),
).join(
    _PRIVATE,
    (_PRIVATE.c.submission_id == _SUBMISSION.c.id) & (_PRIVATE.c.answer_key_id == _PUBLIC.c.answer_key_id),
)


def _placing(table: Placed, best: Select[Any]) -> ReturningInsert[int]:
    """The statement that makes the best row the team's standing; it answers nothing when there is no such
    row."""
    names = [column.name for column in best.selected_columns]
    placing = upsert(table_of(table)).from_select(names, best)
    changes = {name: placing.excluded[name] for name in names}
    return placing.on_conflict_do_update(index_elements=["team_id"], set_=changes).returning(
        table_of(table).c.team_id
    )


_PLACING = [
    (table, _placing(table, best))
    for table, best in ((Standing, _BEST_PUBLIC), (PrivateStanding, _BEST_PRIVATE))
]


@dataclass(frozen=True)
class Best:
    """The submission that a team stands with on one board, and its score there."""

    submission_id: int
    received_at: datetime
    score: float
    sort_key: float


def refresh(session: Session, *, competition_id: int, team_id: int) -> None:
    """Recompute the team's two standings, and give both boards a new revision.

    The caller holds the team's lock and a session that may see private scores.
    """
    for table, placing in _PLACING:
        if execute(session, placing, {"team_id": team_id}).scalar() is None:
            session.execute(delete(table_of(table)).where(table_of(table).c.team_id == team_id))
    new_revision(session, competition_id)


def computed(session: Session, *, team_id: int) -> tuple[Best | None, Best | None]:
    """What the team's standings must be, from its submissions alone: public and private."""
    public = execute(session, _BEST_PUBLIC, {"team_id": team_id}).one_or_none()
    private = execute(session, _BEST_PRIVATE, {"team_id": team_id}).one_or_none()
    return (
        None if public is None else Best(*public[2:]),
        None if private is None else Best(*private[2:]),
    )


def new_revision(session: Session, competition_id: int) -> None:
    """Say that the boards may look different now; whoever serves them reads this number first."""
    execute(session, _NEW_REVISION, {"of": competition_id})


def differences(session: Session, *, competition: Competition) -> list[str]:
    """Where a kept standing is not what its team's submissions say; empty when all is well.

    Needs a session that may see private scores.
    """
    found = []
    for team in session.scalars(select(Team).where(Team.competition_id == competition.id)):
        public, private = computed(session, team_id=team.id)
        kept = (_as_best(session.get(Standing, team.id)), _as_best(session.get(PrivateStanding, team.id)))
        if kept != (public, private):
            said = f"kept {kept}, but its submissions say {(public, private)}"
            found.append(f"team {team.id} '{team.name}': {said}")
    return found


def _as_best(kept: Standing | PrivateStanding | None) -> Best | None:
    return None if kept is None else Best(kept.submission_id, kept.received_at, kept.score, kept.sort_key)
