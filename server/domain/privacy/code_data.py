"""What code a person has handed in, for the person to take along."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import iso
from server.models import CodeVersion, Competition, User

Json = dict[str, object]


def versions(session: Session, user: User) -> list[Json]:
    """The versions that the person has handed in for their teams, the oldest first."""
    rows = session.execute(
        select(CodeVersion, Competition.slug)
        .join(Competition, Competition.id == CodeVersion.competition_id)
        .where(CodeVersion.handed_in_by == user.id)
        .order_by(CodeVersion.id)
    )
    return [
        {
            "id": row.id,
            "competition": slug,
            "team_id": row.team_id,
            "received_at": iso(row.received_at),
            "file_name": row.file_name,
            "kind": row.kind.value,
            "size": row.size,
            "sha256": row.sha256,
        }
        for row, slug in rows
    ]
