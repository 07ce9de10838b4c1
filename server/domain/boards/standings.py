"""Standings: kept rows, recomputed from a team's submissions in the transaction that scores or selects.

A student team stands on the public board with its best public score, and on the private board with the best
private score of its final selections; without any, with the submission that the competition counts then: the
first, the best on the public rows, or the best on the private ones. A baseline stands with the run that its
tier's rule makes the threshold (`thresholds.py` says which). Late and excluded submissions keep their scores
and count on neither board.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import Table
from sqlalchemy.sql.dml import ReturningInsert

from server.database.database import execute, lock, table_of, upsert
from server.domain.boards import counted_runs as run_sql
from server.domain.boards.counted_runs import RUN, THEN, TIER, Ended
from server.models import (
    BoardRevision,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Standing,
    StandingChange,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    ThresholdRule,
    TierName,
    Unselected,
)

StandingTable = type[Standing] | type[PrivateStanding]

_SUBMISSION, _TEAM, _COMPETITION = table_of(Submission), table_of(Team), table_of(Competition)
_PUBLIC, _PRIVATE, _REVISION = table_of(PublicScore), table_of(PrivateScore), table_of(BoardRevision)
_NEW_REVISION = (
    update(_REVISION)
    .where(_REVISION.c.competition_id == bindparam("of"))
    .values(public=_REVISION.c.public + 1, private=_REVISION.c.private + 1)
)
_REBUILT = _NEW_REVISION.values(rebuilt=_REVISION.c.public + 1)
_CHANGE = upsert(table_of(StandingChange)).from_select(
    ["team_id", "competition_id", "revision"],
    select(bindparam("team_id", type_=_TEAM.c.id.type), _REVISION.c.competition_id, _REVISION.c.public).where(
        _REVISION.c.competition_id == bindparam("of")
    ),
)
_NOTE_CHANGE = _CHANGE.on_conflict_do_update(
    index_elements=["team_id"], set_={"revision": _CHANGE.excluded.revision}
)
_BY_THEN = (_SUBMISSION.c.received_at <= THEN) & (_SUBMISSION.c.finished_at <= THEN)
Order = tuple[ColumnElement[Any], ...]


def _counted(ended: Ended) -> ColumnElement[bool]:
    """Whether a student's file came in time, or a baseline's is of a run that its tier's rule counts."""
    return and_(
        _SUBMISSION.c.state == SubmissionState.SCORED,
        _SUBMISSION.c.excluded_at.is_(None),
        or_(
            (_TEAM.c.kind == TeamKind.STUDENT) & _SUBMISSION.c.is_late.is_(False),
            run_sql.is_counted(ended),
        ),
    )


def _candidates(score: Table, ended: Ended) -> Select[Any]:
    """The rows of which one becomes a team's standing.

    They are its counted submissions under the current answer key. A baseline has a row for each run, so that
    two runs with the same file count twice.
    """
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
        .outerjoin(TIER, TIER.c.id == _TEAM.c.tier_id)
        .outerjoin(RUN, run_sql.is_of(_SUBMISSION.c.id, ended))
        .where(_counted(ended), _PUBLIC.c.answer_key_id == competition.answer_key_id)
    )


_EARLIEST: Order = (_SUBMISSION.c.received_at, _SUBMISSION.c.id)
_PUBLIC_ORDER: Order = (_PUBLIC.c.sort_key.desc(), *_EARLIEST)
_UNSELECTED = _COMPETITION.c.unselected
_PRIVATE_ORDER: Order = (
    _SUBMISSION.c.is_final.desc(),
    case(
        (
            _SUBMISSION.c.is_final | (_UNSELECTED == Unselected.BEST) | (_TEAM.c.kind == TeamKind.BASELINE),
            _PRIVATE.c.sort_key,
        ),
        (_UNSELECTED == Unselected.BEST_PUBLIC, _PUBLIC.c.sort_key),
        else_=None,  # the first: whichever was received earliest
    ).desc(),
    *_EARLIEST,
)
_AND_PRIVATE = (_PRIVATE.c.submission_id == _SUBMISSION.c.id) & (
    _PRIVATE.c.answer_key_id == _PUBLIC.c.answer_key_id
)
_PUBLIC_CANDIDATES = _candidates(_PUBLIC, run_sql.ever)
_PRIVATE_CANDIDATES = _candidates(_PRIVATE, run_sql.ever).join(_PRIVATE, _AND_PRIVATE)
_PUBLIC_THEN = _candidates(_PUBLIC, run_sql.by_then).where(_BY_THEN)
_PRIVATE_THEN = _candidates(_PRIVATE, run_sql.by_then).join(_PRIVATE, _AND_PRIVATE).where(_BY_THEN)


def _standing(candidates: Select[Any], order: Order) -> Select[Any]:
    """Of each team's candidates the one that stands: the first in the order.

    Of a baseline whose runs all count it is the one in the middle, of an even number the worse of two; of the
    tier `simple` it is the last.
    """
    team = _SUBMISSION.c.team_id
    number = func.count().over(partition_by=team)
    all_count = TIER.c.threshold_rule == ThresholdRule.ALL_RUNS
    counted_place = case(
        (all_count & (TIER.c.name == TierName.SIMPLE), number),
        (all_count, number // 2 + 1),
        else_=1,
    )
    numbered = candidates.add_columns(
        func.row_number().over(partition_by=team, order_by=order).label("place"),
        counted_place.label("counted_place"),
    ).subquery()
    names = [column for column in numbered.c if column.name not in ("place", "counted_place")]
    return select(*names).where(numbered.c.place == numbered.c.counted_place)


def _best(candidates: Select[Any], order: Order) -> Select[Any]:
    """The row that the standing of one team must be."""
    return _standing(candidates.where(_SUBMISSION.c.team_id == bindparam("team_id")), order)


def _best_of_each(candidates: Select[Any], order: Order) -> Select[Any]:
    """The rows that the standings of a whole competition must be, in one pass."""
    return _standing(candidates.where(_SUBMISSION.c.competition_id == bindparam("of")), order)


_BEST_PUBLIC = _best(_PUBLIC_CANDIDATES, _PUBLIC_ORDER)
_BEST_PRIVATE = _best(_PRIVATE_CANDIDATES, _PRIVATE_ORDER)


def _placing(table: StandingTable, best: Select[Any]) -> ReturningInsert[int]:
    """The statement that makes the best row the team's standing; it answers nothing for no row."""
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
_PLACING_ALL = [
    (table_of(table), _best_of_each(candidates, order))
    for table, candidates, order in (
        (Standing, _PUBLIC_CANDIDATES, _PUBLIC_ORDER),
        (PrivateStanding, _PRIVATE_CANDIDATES, _PRIVATE_ORDER),
    )
]
# The standings of the competition `of`, from what had been received and scored at the instant `then`.
BEST_BY_THEN: dict[StandingTable, Select[Any]] = {
    Standing: _best_of_each(_PUBLIC_THEN, _PUBLIC_ORDER),
    PrivateStanding: _best_of_each(_PRIVATE_THEN, _PRIVATE_ORDER),
}


def best_received_by_then(team_ids: Select[int]) -> Select[Any]:
    """The public standings of these teams alone, from what had been received by the instant `then`."""
    in_time = (_SUBMISSION.c.received_at <= THEN) & _SUBMISSION.c.team_id.in_(team_ids)
    return _standing(_PUBLIC_CANDIDATES.where(in_time), _PUBLIC_ORDER)


# Standings are recomputed under one answer key: whoever does so for a team shares this lock, and a switch to
# another key, which does so for all, holds the row alone.
_STEADY_KEY = select(_COMPETITION.c.id).where(_COMPETITION.c.id == bindparam("of")).with_for_update(read=True)


@dataclass(frozen=True)
class BestSubmission:
    """The submission that a team stands with on one board, and its score there."""

    submission_id: int
    received_at: datetime
    score: float
    sort_key: float


def refresh(session: Session, *, competition_id: int, team_id: int, gone: Collection[int] = ()) -> None:
    """Recompute the team's two standings, and give both boards a new revision. gone: whose were deleted.

    The caller holds the team's lock and a session that may see private scores.
    """
    hold_key(session, competition_id)
    for table, placing in _PLACING:
        if execute(session, placing, {"team_id": team_id}).scalar() is None:
            session.execute(delete(table_of(table)).where(table_of(table).c.team_id == team_id))
    new_revision(session, competition_id, team_ids=[team_id, *gone])


def hold_key(session: Session, competition_id: int) -> None:
    """Keep the answer key from being switched until the transaction ends.

    Whoever changes standings has locked the teams before, and holds the key before the first row is changed.
    """
    lock(session, _STEADY_KEY, {"of": competition_id})


def refresh_all(session: Session, *, competition_id: int) -> None:
    """Recompute all standings of a competition at once, without a new revision.

    The caller holds the competition's row alone, and a session that may see private scores.
    """
    for table, best in _PLACING_ALL:
        session.execute(delete(table).where(table.c.competition_id == competition_id))
        names = [column.name for column in best.selected_columns]
        execute(session, insert(table).from_select(names, best), {"of": competition_id})


def computed(session: Session, *, team_id: int) -> tuple[BestSubmission | None, BestSubmission | None]:
    """What the team's standings must be, from its submissions alone: public and private."""
    public = execute(session, _BEST_PUBLIC, {"team_id": team_id}).one_or_none()
    private = execute(session, _BEST_PRIVATE, {"team_id": team_id}).one_or_none()
    return (
        None if public is None else BestSubmission(*public[2:]),
        None if private is None else BestSubmission(*private[2:]),
    )


def new_revision(session: Session, competition_id: int, *, team_ids: Collection[int] | None = None) -> None:
    """Say that the boards may look different now; whoever serves them reads this number first.

    team_ids: of whom alone the standings have changed, of nobody where names did; None: of anybody.
    """
    execute(session, _REBUILT if team_ids is None else _NEW_REVISION, {"of": competition_id})
    for team_id in team_ids or ():
        execute(session, _NOTE_CHANGE, {"of": competition_id, "team_id": team_id})


def all_differences(session: Session) -> list[str]:
    """Where a kept standing of any competition is wrong, a line each; asks what `differences` asks."""
    return [
        f"{competition.slug}: {difference}"
        for competition in session.scalars(select(Competition).order_by(Competition.id))
        for difference in differences(session, competition=competition)
    ]


def differences(session: Session, *, competition: Competition) -> list[str]:
    """Where a kept standing is not what its team's submissions say; empty when all is well.

    Needs a session that may see private scores.
    """
    sentences = []
    for team in session.scalars(select(Team).where(Team.competition_id == competition.id)):
        public, private = computed(session, team_id=team.id)
        rows = (session.get(Standing, team.id), session.get(PrivateStanding, team.id))
        standings = tuple(map(_as_best, rows))
        if standings != (public, private):
            difference = f"kept {standings}, but its submissions say {(public, private)}"
            sentences.append(f"team {team.id} '{team.name}': {difference}")
    return sentences


def _as_best(standing: Standing | PrivateStanding | None) -> BestSubmission | None:
    if standing is None:
        return None
    return BestSubmission(standing.submission_id, standing.received_at, standing.score, standing.sort_key)
