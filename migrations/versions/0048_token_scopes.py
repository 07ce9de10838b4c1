"""A personal token says what it may do and until when; those there are keep doing what they did."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

SCOPES = ("can_read", "can_submit", "can_act_as_staff")


def upgrade() -> None:
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        for name in SCOPES:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("expires_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        for name in SCOPES:
            batch_op.alter_column(name, existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """A token that may do less, or no more, would do all again, so it ends."""
    all_of_it = " and ".join(SCOPES)
    op.execute(f"delete from api_tokens where not ({all_of_it}) or expires_at is not null")  # noqa: S608
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        for name in (*SCOPES, "expires_at"):
            batch_op.drop_column(name)
