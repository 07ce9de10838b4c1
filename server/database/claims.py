"""Rows of work that several processes share, such as mails: who claims one has it until its lease is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.orm import Session


def claim(
    session: Session,
    table: Table,
    *,
    due: ColumnElement[bool],
    most: int,
    lease_ends: datetime,
    columns: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Claim some of the due rows, the longest due first; these columns of them, by their ids.

    The table has `tries`, which counts up, and `next_try_at`, which becomes the end of the lease. What
    another process is about to claim is left out.
    """
    first = select(table.c.id).where(due).order_by(table.c.next_try_at, table.c.id).limit(most)
    # Read first: as a part of the update PostgreSQL may look them up again for each row, and take more.
    ids = session.scalars(first.with_for_update(skip_locked=True)).all()
    rows = session.execute(
        update(table)
        .where(table.c.id.in_(ids), due)
        .values(tries=table.c.tries + 1, next_try_at=lease_ends)
        .returning(*(table.c[name] for name in columns))
    )
    return [tuple(row) for row in sorted(rows, key=lambda row: row.id)]
