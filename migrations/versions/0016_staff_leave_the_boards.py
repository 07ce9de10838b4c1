"""Teams of one who is staff today become trials, and leave the standings and the stored boards.

Who was a student when a file came is not known any more, so today's role decides. A team in which students
are, too, stays as it is.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OF_STAFF = """
    select min(tm.team_id) as team_id, min(tm.competition_id) as competition_id, min(tm.user_id) as user_id
    from team_members as tm
    join teams as t on t.id = tm.team_id
    join competitions as c on c.id = tm.competition_id
    join users as u on u.id = tm.user_id
    left join members as m on m.course_id = c.course_id and m.user_id = tm.user_id
    where t.kind = 'student'
    group by tm.team_id
    having count(*) = 1 and max(case when u.is_admin or m.role in ('ta', 'instructor') then 1 else 0 end) = 1
"""
FOR_ONE = [
    "update teams set kind = 'trial', trial_of = :user_id where id = :team_id",
    "delete from team_members where team_id = :team_id",
    "delete from standings where team_id = :team_id",
    "delete from private_standings where team_id = :team_id",
    "update submissions set is_final = false, is_late = false, is_practice = false where team_id = :team_id",
    "update board_revisions set public = public + 1, private = private + 1 "
    "where competition_id = :competition_id",
]


def upgrade() -> None:
    connection = op.get_bind()
    teams = connection.execute(sa.text(OF_STAFF)).mappings().all()
    for team in teams:
        for statement in FOR_ONE:
            connection.execute(sa.text(statement), dict(team))
    for table in ("board_snapshots", "private_snapshots"):
        _clear_snapshots(connection, table, {team["team_id"] for team in teams})


def downgrade() -> None:
    """Nothing to do: what was found out about them stands in `kind`, which 0015 takes back."""


def _clear_snapshots(connection: sa.Connection, table: str, team_ids: set[int]) -> None:
    snapshots = sa.table(table, sa.column("competition_id"), sa.column("rows", sa.JSON))
    for competition_id, rows in connection.execute(sa.select(snapshots)).all():
        rest = without(rows, team_ids)
        if rest != rows:
            connection.execute(
                sa.update(snapshots)
                .where(snapshots.c.competition_id == competition_id)
                .values(rows=json.loads(json.dumps(rest)))
            )


def without(rows: list[dict[str, Any]], team_ids: set[int]) -> list[dict[str, Any]]:
    """The rows of a stored board without those of these teams; whoever stood behind one moves up."""
    gone = [row["rank"] for row in rows if row["team_id"] in team_ids and row["rank"] is not None]

    def moved(rank: int | None) -> int | None:
        return None if rank is None else rank - sum(each < rank for each in gone)

    rest = []
    for row in rows:
        if row["team_id"] not in team_ids:
            rank, tied = moved(row["rank"]), moved(row["tied_with"])
            rest.append({**row, "rank": rank, "tied_with": None if tied == rank else tied})
    return rest
