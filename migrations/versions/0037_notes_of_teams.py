"""A submission has a note of its team, and says by which way it came."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

WAYS = "via in ('page', 'api', 'client', 'kaggle', 'agent')"


def upgrade() -> None:
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("via", sa.String(length=20)))
        batch_op.create_check_constraint(op.f("ck_submissions_via"), WAYS)
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.String(length=500), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_submissions_via"), type_="check")
        batch_op.drop_column("via")
        batch_op.drop_column("note")
