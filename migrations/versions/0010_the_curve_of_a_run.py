"""What a baseline run told after each epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("baseline_runs", sa.Column("curve", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("baseline_runs", "curve")
