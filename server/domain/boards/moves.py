"""How ranks moved on the public board since an instant, and from the public board to the private one."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, select, union_all
from sqlalchemy.orm import Session

from grader.scores.ranks import rank_scores
from server.clock import course_day, day_ends
from server.database.database import execute
from server.domain.boards import standings
from server.domain.boards.counted_runs import THEN
from server.domain.boards.leaderboard import BoardRow
from server.models import Standing, Team, TeamKind

_OF: BindParameter[int] = bindparam("of")
_OF_STUDENTS = (
    select(Standing.team_id, Standing.sort_key)
    .join(Team, Team.id == Standing.team_id)
    .where(Standing.competition_id == _OF, Team.kind == TeamKind.STUDENT)
)
_IMPROVED = _OF_STUDENTS.with_only_columns(Standing.team_id).where(Standing.received_at > THEN)
_BEFORE = standings.best_received_by_then(_IMPROVED).subquery()
# A team that stands with an older file stood with it then, too; only of the others the files are read.
_SORT_KEYS = union_all(
    _OF_STUDENTS.where(Standing.received_at <= THEN), select(_BEFORE.c.team_id, _BEFORE.c.sort_key)
)


def ranks_at(session: Session, *, competition_id: int, then: datetime) -> dict[int, int]:
    """Each student team's public rank by what had been received at the instant `then`, by its id.

    Told with what holds now, as by the time machine, which leaves out besides what was still being scored.
    """
    rows = execute(session, _SORT_KEYS, {"of": competition_id, "then": then}).all()
    ranks = rank_scores([row.sort_key for row in rows])
    return {row.team_id: rank for row, rank in zip(rows, ranks, strict=True)}


def ranks_of(rows: Iterable[BoardRow]) -> dict[int, int]:
    """The ranks of a board, by the teams' ids."""
    return {row.team_id: row.rank for row in rows if row.rank is not None}


def changes(rows: Iterable[BoardRow], *, before: Mapping[int, int]) -> dict[int, int | None]:
    """How many ranks each team won since `before`, negative for lost ones; None for one without a rank then.

    Empty where nobody had a rank or nobody's is another now, since there is nothing to tell.
    """
    ranks = ranks_of(rows)
    won = {team: before[team] - rank if team in before else None for team, rank in ranks.items()}
    return won if before and any(change != 0 for change in won.values()) else {}


def day_begins(now: datetime, *, zone: str) -> datetime:
    """The instant at which the course day of `now` began."""
    return day_ends(course_day(now, zone) - timedelta(days=1), zone)
