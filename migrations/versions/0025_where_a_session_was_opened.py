"""What a person is told of each session: which browser, from which network, when it was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TEXTS = {"browser": 200, "network": 64}


def upgrade() -> None:
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        for name, length in TEXTS.items():
            text = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            batch_op.add_column(text)
        batch_op.add_column(sa.Column("seen_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        for name, length in TEXTS.items():
            batch_op.alter_column(name, existing_type=sa.String(length=length), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        for name in ("seen_at", *TEXTS):
            batch_op.drop_column(name)
