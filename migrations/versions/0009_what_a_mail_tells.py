"""Which announcement a mail tells, and who wants no mails."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("announcement_id", KEY, nullable=True))
        batch_op.create_index(batch_op.f("ix_mails_announcement_id"), ["announcement_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_mails_announcement_id_announcements"), "announcements", ["announcement_id"], ["id"]
        )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wants_mail", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("wants_mail")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_mails_announcement_id_announcements"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_mails_announcement_id"))
        batch_op.drop_column("announcement_id")
