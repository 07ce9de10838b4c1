"""Standings: kept rows, recomputed from a team's submissions in the transaction that scores or selects.

A student team stands on the public board with its best public score, and on the private board with the best
private
score of its final selections, or else the private score of its best public submission. A baseline stands
with its latest successful run. Late submissions keep their scores and count on neither board.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

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


@dataclass(frozen=True)
class Best:
    """The submission that a team stands with on one board, and its score there."""

    submission_id: int
    received_at: datetime
    score: float
    sort_key: float


def refresh(session: Session, *, competition: Competition, team_id: int) -> None:
    """Recompute the team's two standings, and give both boards a new revision.

    The caller holds the team's lock and a session that may see private scores.
    """
    public, private = computed(session, competition=competition, team_id=team_id)
    _place(session, Standing, competition.id, team_id, public)
    _place(session, PrivateStanding, competition.id, team_id, private)
    new_revision(session, competition.id)


def computed(session: Session, *, competition: Competition, team_id: int) -> tuple[Best | None, Best | None]:
    """What the team's standings must be, from its submissions alone: public and private."""
    team = session.get_one(Team, team_id)
    counted = _baseline_counts(team) if team.kind is TeamKind.BASELINE else _student_counts(team_id)
    public = _best(session, PublicScore, competition, counted)
    if public is None:
        return None, None
    private = _best(session, PrivateScore, competition, counted & Submission.is_final.is_(True))
    return public, private or _best(session, PrivateScore, competition, Submission.id == public.submission_id)


def _student_counts(team_id: int) -> ColumnElement[bool]:
    return (
        (Submission.team_id == team_id)
        & (Submission.state == SubmissionState.SCORED)
        & Submission.is_late.is_(False)
    )


def _baseline_counts(team: Team) -> ColumnElement[bool]:
    latest = (
        select(BaselineRun.submission_id)
        .where(BaselineRun.tier_id == team.tier_id, BaselineRun.state == RunState.SUCCEEDED)
        .order_by(BaselineRun.finished_at.desc(), BaselineRun.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (Submission.id == latest) & (Submission.state == SubmissionState.SCORED)


def _best(
    session: Session,
    table: type[PublicScore] | type[PrivateScore],
    competition: Competition,
    counted: ColumnElement[bool],
) -> Best | None:
    row = session.execute(
        select(Submission.id, Submission.received_at, table.score, table.sort_key)
        .join(table, table.submission_id == Submission.id)
        .where(counted, table.answer_key_id == competition.answer_key_id)
        .order_by(table.sort_key.desc(), Submission.received_at, Submission.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Best(row[0], row[1], row[2], row[3])


def _place(session: Session, table: Placed, competition_id: int, team_id: int, best: Best | None) -> None:
    if best is None:
        session.execute(delete(table).where(table.team_id == team_id))
        return
    session.merge(
        table(
            team_id=team_id,
            competition_id=competition_id,
            submission_id=best.submission_id,
            score=best.score,
            sort_key=best.sort_key,
            received_at=best.received_at,
        )
    )
    session.flush()


def new_revision(session: Session, competition_id: int) -> None:
    """Say that the boards may look different now; whoever serves them reads this number first."""
    session.execute(
        update(BoardRevision)
        .where(BoardRevision.competition_id == competition_id)
        .values(public=BoardRevision.public + 1, private=BoardRevision.private + 1)
    )


def differences(session: Session, *, competition: Competition) -> list[str]:
    """Where a kept standing is not what its team's submissions say; empty when all is well.

    Needs a session that may see private scores.
    """
    found = []
    for team in session.scalars(select(Team).where(Team.competition_id == competition.id)):
        public, private = computed(session, competition=competition, team_id=team.id)
        kept = (_as_best(session.get(Standing, team.id)), _as_best(session.get(PrivateStanding, team.id)))
        if kept != (public, private):
            said = f"kept {kept}, but its submissions say {(public, private)}"
            found.append(f"team {team.id} '{team.name}': {said}")
    return found


def _as_best(kept: Standing | PrivateStanding | None) -> Best | None:
    return None if kept is None else Best(kept.submission_id, kept.received_at, kept.score, kept.sort_key)
