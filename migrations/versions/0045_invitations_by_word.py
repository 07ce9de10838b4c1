"""A team may invite one student under several words: no answer tells that two of them are one person."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NAME, PENDING = "uq_pending_invitations", sa.text("state = 'pending'")


def upgrade() -> None:
    op.drop_index(NAME, table_name="invitations")
    _unique("team_id", "user_id", "asked_for")


def downgrade() -> None:
    """Of several that wait for one student the first stays."""
    op.execute(
        "update invitations set state = 'withdrawn', answered_at = created_at where state = 'pending' "
        "and exists (select 1 from invitations as earlier where earlier.team_id = invitations.team_id and "
        "earlier.user_id = invitations.user_id and earlier.state = 'pending' and earlier.id < invitations.id)"
    )
    op.drop_index(NAME, table_name="invitations")
    _unique("team_id", "user_id")


def _unique(*columns: str) -> None:
    op.create_index(NAME, "invitations", columns, unique=True, sqlite_where=PENDING, postgresql_where=PENDING)
