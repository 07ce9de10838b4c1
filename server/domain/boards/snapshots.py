"""Snapshots: both boards as they stood at the deadline, stored once and kept whatever happens later.

Taken by whichever server's sweep comes first after the deadline and its grace, once no file that came in time
is still being scored. Another answer key, an extension or an exclusion changes the boards and not these. Only
a deadline that staff move to a later day makes them be taken anew, when it has passed.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.database.database import table_of, upsert
from server.domain.boards import leaderboard
from server.domain.boards.standings import StandingTable
from server.domain.errors import NotFound
from server.models import (
    BoardSnapshot,
    Competition,
    PrivateSnapshot,
    PrivateStanding,
    Standing,
    Submission,
    SubmissionState,
)

Split = Literal["public", "private"]
TABLES: dict[str, tuple[type[BoardSnapshot] | type[PrivateSnapshot], StandingTable]] = {
    "public": (BoardSnapshot, Standing),
    "private": (PrivateSnapshot, PrivateStanding),
}


def due(session: Session, *, now: datetime) -> list[int]:
    """The competitions whose deadline has passed and whose boards of that instant are not stored yet."""
    rows = session.scalars(
        select(Competition)
        .outerjoin(BoardSnapshot, BoardSnapshot.competition_id == Competition.id)
        .where(
            Competition.deadline_at <= now,
            BoardSnapshot.as_of.is_(None) | (BoardSnapshot.as_of < Competition.deadline_at),
            ~exists().where(
                Submission.competition_id == Competition.id,
                Submission.state == SubmissionState.RECEIVED,
                Submission.is_late.is_(False),
            ),
        )
    )
    return [row.id for row in rows if now >= row.deadline_at + timedelta(seconds=row.grace_seconds)]


def take(session: Session, *, competition_id: int, now: datetime) -> None:
    """Store both boards as they stand; does nothing where another server has stored them.

    Needs a session that may see private scores.
    """
    competition = session.get_one(Competition, competition_id)
    for snapshot, standing in TABLES.values():
        rows = [
            asdict(row)
            | {
                "kind": "student" if row.tier is None else "baseline",
                "received_at": iso(row.received_at),
            }
            for row in leaderboard.board(session, competition=competition, split=standing)
        ]
        table = table_of(snapshot)
        storing = upsert(table).values(
            competition_id=competition_id, as_of=competition.deadline_at, taken_at=now, rows=rows
        )
        changes = {name: storing.excluded[name] for name in ("as_of", "taken_at", "rows")}
        session.execute(
            storing.on_conflict_do_update(
                index_elements=["competition_id"],
                set_=changes,
                where=table.c.as_of < storing.excluded.as_of,
            )
        )


def of_deadline(session: Session, *, competition: Competition, split: Split) -> dict[str, Any]:
    """The stored board: as_of, taken_at, rows. Raises NotFound before it is taken.

    The private one needs a session that may see private scores.
    """
    table = table_of(TABLES[split][0])
    snapshot = session.execute(select(table).where(table.c.competition_id == competition.id)).one_or_none()
    if snapshot is None:
        raise NotFound(
            Message("The boards of the deadline are stored when it has passed and every file is scored.")
        )
    return {"as_of": snapshot.as_of, "taken_at": snapshot.taken_at, "rows": snapshot.rows}
