"""A homework's own metric, and why grading failed, which staff alone may read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("competitions", sa.Column("metric_sha256", sa.String(64), nullable=True))
    op.create_table(
        "private_failures",
        sa.Column("submission_id", BIG, sa.ForeignKey("submissions.id"), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("private_failures")
    op.drop_column("competitions", "metric_sha256")
