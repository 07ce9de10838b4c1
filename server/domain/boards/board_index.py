"""The columns of a board that a process keeps, brought up to date by what has changed since it looked.

A read that sees an older board than the process knows already is overtaken, and has to begin anew: columns
and names must be of one instant.
"""

import threading
from collections.abc import Iterable
from math import nan
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import BigInteger, Select, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from server.database.database import execute
from server.database.private_tables import PrivateScoresGuarded
from server.database.snapshot_memory import SNAPSHOT, Snapshot, snapshot_of
from server.domain.boards.board_columns import COLUMNS, BoardColumns, Column, Placed
from server.domain.boards.standings import StandingTable
from server.models import (
    BoardRevision,
    Competition,
    PrivateScore,
    PrivateStanding,
    PublicScore,
    Standing,
    StandingChange,
    Team,
)

TOGETHER = 10_000  # rows that are read at once
CHANGES_MOST = 1_000  # with more, the whole board is read anew
MANY = 10_000  # rows from which on it is quicker to look into the columns than to count by an index
KINDS = {name: kind for name, kind in COLUMNS.items() if name != "is_student"}
_OF = bindparam("of", type_=BoardRevision.competition_id.type)
_STATE = (
    select(Competition.id, Competition.answer_key_id, BoardRevision.public, BoardRevision.rebuilt)
    .join(BoardRevision, BoardRevision.competition_id == Competition.id)
    .where(Competition.id == _OF)
)
_BASELINES = select(Team.id).where(Team.competition_id == _OF, Team.tier_id.is_not(None))
_SCORES: dict[StandingTable, type[PublicScore] | type[PrivateScore]] = {
    Standing: PublicScore,
    PrivateStanding: PrivateScore,
}


class BoardState(NamedTuple):
    """Under which key and at which revision a session sees a board, and when that was rebuilt."""

    competition_id: int
    answer_key_id: int | None
    revision: int
    rebuilt: int


class Overtaken(RuntimeError):
    """The process knows a later board than this session sees."""


def _placed(split: StandingTable) -> tuple[Any, ...]:
    """The columns of Placed but the last."""
    scores = _SCORES[split]
    received = type_coerce(split.received_at, BigInteger)  # an integer, as it is stored
    return -split.sort_key, received, split.team_id, split.score, scores.standard_error


def _scored(split: StandingTable) -> Any:
    """On which row a standing's error stands."""
    scores = _SCORES[split]
    return (scores.submission_id == split.submission_id) & (
        scores.answer_key_id == bindparam("answer_key_id")
    )


def _whole(split: StandingTable) -> Select[Any]:
    return (
        select(*_placed(split)).outerjoin(_SCORES[split], _scored(split)).where(split.competition_id == _OF)
    )


def _changed(split: StandingTable) -> Select[Any]:
    return (
        select(StandingChange.team_id, Team.tier_id.is_(None), *_placed(split))
        .join(Team, Team.id == StandingChange.team_id)
        .outerjoin(split, split.team_id == StandingChange.team_id)
        .outerjoin(_SCORES[split], _scored(split))
        .where(StandingChange.competition_id == _OF, StandingChange.revision > bindparam("known"))
        .limit(CHANGES_MOST + 1)
    )


WHOLE = {split: _whole(split) for split in _SCORES}
CHANGED = {split: _changed(split) for split in _SCORES}


def columns_of(
    session: Session, *, competition_id: int, split: StandingTable, alone: bool = False
) -> BoardColumns:
    """The board as this session sees it; raises Overtaken, unless `alone`, where it is read anew instead.

    `split` is the table to read: PrivateStanding needs a session that may see private scores.
    """
    snapshot, key = snapshot_of(session), ("board columns", competition_id, split)
    if split is PrivateStanding and not snapshot.private:
        raise PrivateScoresGuarded("this session may not see private scores: the columns of the board")
    state = _state(session, competition_id)
    with _lock(snapshot, key):
        known: BoardColumns | None = snapshot.memory.lasting.get(key)
        if known is not None and known.revision > state.revision:
            if not alone:
                raise Overtaken
            return _read(session, state, split)
        newest = None if known is None else _advanced(session, known, state, split)
        snapshot.memory.lasting[key] = newest = newest or _read(session, state, split)
        return newest


def at_hand(session: Session, *, competition_id: int) -> BoardColumns | None:
    """The public board as this session sees it, where it is large and little more than the known one.

    Else None: to count on it is quicker then, or all that may be done where others wait.
    """
    snapshot: Snapshot | None = session.info.get(SNAPSHOT)
    key = ("board columns", competition_id, Standing)
    if snapshot is None or len(snapshot.memory.lasting.get(key, ())) < MANY:
        return None
    lock = _lock(snapshot, key)
    if not lock.acquire(blocking=False):
        return None
    try:
        known: BoardColumns = snapshot.memory.lasting[key]
        newest = _advanced(session, known, _state(session, competition_id), Standing)
        if newest is not None:
            snapshot.memory.lasting[key] = newest
        return newest
    finally:
        lock.release()


def _state(session: Session, competition_id: int) -> "BoardState":
    return BoardState(*execute(session, _STATE, {"of": competition_id}).one())


def _lock(snapshot: Snapshot, key: tuple[object, ...]) -> threading.Lock:
    lock: threading.Lock = snapshot.memory.lasting.setdefault((*key, "lock"), threading.Lock())
    return lock


def _advanced(
    session: Session, known: BoardColumns, state: "BoardState", split: StandingTable
) -> BoardColumns | None:
    """The known board with what has changed since; None where that is too much, or it is a later one."""
    if not state.rebuilt <= known.revision <= state.revision:
        return None
    if known.revision == state.revision:
        return known
    values = {"of": state.competition_id, "known": known.revision, "answer_key_id": state.answer_key_id}
    changes = execute(session, CHANGED[split], values).all()
    if len(changes) > CHANGES_MOST:
        return None
    rows = [
        Placed(key, received, team_id, score, nan if error is None else error, bool(is_student))
        for team_id, is_student, key, received, stands, score, error in changes
        if stands is not None
    ]
    return known.advanced(state.revision, [change[0] for change in changes], rows)


def _read(session: Session, state: "BoardState", split: StandingTable) -> BoardColumns:
    """The whole board, in pieces, so that no list holds all rows."""
    values = {"of": state.competition_id, "answer_key_id": state.answer_key_id}
    baselines = execute(session, _BASELINES, {"of": state.competition_id}).scalars().all()
    options = {"yield_per": TOGETHER}
    pieces = [[np.empty(0, kind) for kind in KINDS.values()]]
    for piece in session.connection().execute(WHOLE[split], values, execution_options=options).partitions():
        of_each = zip(zip(*piece, strict=True), KINDS.values(), strict=True)
        pieces.append([_column(of_one, kind) for of_one, kind in of_each])
    columns = {
        name: np.concatenate(parts) for name, parts in zip(KINDS, zip(*pieces, strict=True), strict=True)
    }
    order = np.lexsort([columns[name] for name in ("team_id", "received", "key")])
    columns = {name: column[order] for name, column in columns.items()}
    is_student = ~np.isin(columns["team_id"], np.array(baselines, np.int64))
    return BoardColumns.of(state.revision, columns | {"is_student": is_student})


def _column(values: Iterable[Any], kind: np.dtype[Any]) -> Column:
    return np.array([*values], kind)  # None becomes NaN
