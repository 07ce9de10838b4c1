"""The time machine: a board as it was at any instant, recomputed from the submissions.

It knows what had been received and scored by then, and tells it with what holds now: the teams as they are
(merged ones as one), the answer key that counts, the final selections, and without what staff have taken off
the boards since. At the present instant it is the board itself.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import EPOCH, execute
from server.database.snapshot_memory import Pieces
from server.domain.boards import leaderboard
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.standings import BEST_BY_THEN, StandingTable
from server.domain.errors import Invalid
from server.models import (
    BoardRevision,
    Competition,
    PrivateStanding,
    Standing,
    Submission,
    SubmissionState,
)

_KEPT: dict[StandingTable, Pieces] = {
    Standing: Pieces("public boards then"),
    PrivateStanding: Pieces("private boards then"),
}
_REVISION = select(BoardRevision.public, BoardRevision.private)
_THEN = bindparam("then", type_=Submission.received_at.type)
_BOARD = {split: leaderboard.board_of(best.subquery(), split) for split, best in BEST_BY_THEN.items()}
_SCORED_COUNTS = (
    select(Submission.team_id, func.count().label("scored"))
    .where(
        Submission.competition_id == bindparam("of"),
        Submission.state == SubmissionState.SCORED,
        Submission.is_practice.is_(False),
        Submission.received_at <= _THEN,
        Submission.finished_at <= _THEN,
    )
    .group_by(Submission.team_id)
)


def board_at(
    session: Session, *, competition: Competition, split: StandingTable, then: datetime
) -> list[BoardRow]:
    """The rows of one board as of the instant `then`, in the board's order and with its ranks.

    PrivateStanding needs a session that may see private scores. The one that was looked at last is kept until
    the board has another revision.
    """
    revision = session.execute(_REVISION.where(BoardRevision.competition_id == competition.id)).one_or_none()
    state = None if revision is None else (*revision, competition.answer_key_id, then)
    pieces, key = _KEPT[split], competition.id
    rows: list[BoardRow] | None = pieces.of(session, key, state)
    if rows is None:
        rows = _board_at(session, competition, split, then)
        pieces.keep(session, key, state, rows)
    return rows


def _board_at(
    session: Session, competition: Competition, split: StandingTable, then: datetime
) -> list[BoardRow]:
    values = {"of": competition.id, "then": then}
    counts: dict[int, int] = {row.team_id: row.scored for row in execute(session, _SCORED_COUNTS, values)}
    rows = execute(session, _BOARD[split], values)
    return leaderboard.ranked(rows, counts=counts, decimals=leaderboard.shown(session, competition))


def instant(text: str | None, *, zone: str, now: datetime) -> datetime:
    """The instant that `text` names, at the latest `now`; one without an offset is local to `zone`.

    None is now. Raises Invalid for what is no time.
    """
    if not text:
        return now
    try:
        # A plus sign that was not escaped in an address arrives as a space.
        time = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        aware = time if time.tzinfo is not None else time.replace(tzinfo=ZoneInfo(zone))
        return min(max(aware.astimezone(UTC), EPOCH), now)
    except (ValueError, OverflowError):
        raise Invalid(
            Message(
                "'{text}' is no time. Write it as 2030-03-13T12:00, on the wall clock in {zone}, or with "
                "an offset, as 2030-03-13T04:00Z.",
                text=text[:40],
                zone=zone,
            )
        ) from None
