"""When a person was here last, as far as sessions and tokens that are left can tell."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

USERS = sa.table("users", sa.column("id"), sa.column("last_seen_at"))
TOKENS = sa.table("api_tokens", sa.column("user_id"), sa.column("kind"), sa.column("last_used_at"))
SESSIONS = sa.table("web_sessions", sa.column("user_id"), sa.column("created_at"))


def upgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_seen_at", sa.BigInteger(), nullable=True))
    used = sa.select(sa.func.max(TOKENS.c.last_used_at)).where(
        TOKENS.c.user_id == USERS.c.id, TOKENS.c.kind == "personal"
    )
    opened = sa.select(sa.func.max(SESSIONS.c.created_at)).where(SESSIONS.c.user_id == USERS.c.id)
    for newest in (used.scalar_subquery(), opened.scalar_subquery()):
        is_later = (USERS.c.last_seen_at.is_(None)) | (USERS.c.last_seen_at < newest)
        op.execute(sa.update(USERS).where(newest.is_not(None), is_later).values(last_seen_at=newest))


def downgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("last_seen_at")
