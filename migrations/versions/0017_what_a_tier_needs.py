"""A tier may need memory, or a card; so far it could only need PyTorch."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NEEDS = ("needs_memory_gb", "needs_card_gb")


def upgrade() -> None:
    with op.batch_alter_table("tiers", schema=None) as batch_op:
        for name in NEEDS:
            batch_op.add_column(sa.Column(name, sa.Double(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("tiers", schema=None) as batch_op:
        for name in NEEDS:
            batch_op.drop_column(name)
