"""A course has a first day, and holidays on which nothing is due."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("holidays", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.alter_column("holidays", existing_type=sa.JSON(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_column("holidays")
        batch_op.drop_column("first_day")
