"""What an invitation says of the student: what was typed, and so far the user name."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INVITATIONS = sa.table("invitations", sa.column("user_id"), sa.column("asked_for"))
USERS = sa.table("users", sa.column("id"), sa.column("username"))


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_for", sa.String(length=200), nullable=True))
    username = sa.select(USERS.c.username).where(USERS.c.id == INVITATIONS.c.user_id).scalar_subquery()
    op.execute(sa.update(INVITATIONS).values(asked_for=username))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("asked_for", existing_type=sa.String(length=200), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("asked_for")
