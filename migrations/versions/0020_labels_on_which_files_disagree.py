"""A competition may tell a team on which labels of the public rows two of its files disagree."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("shows_disagreement", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.alter_column("shows_disagreement", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_column("shows_disagreement")
