"""Links by which people set a password of their own, and the mails that bring them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "in ('invitation', 'reset')"


def upgrade() -> None:
    op.create_table(
        "password_links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_links_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("user_id", "kind", name=op.f("uq_password_links_user_id_kind")),
        sa.UniqueConstraint("sha256", name=op.f("uq_password_links_sha256")),
        sa.CheckConstraint(f"kind {KINDS}", name=op.f("ck_password_links_linkkind")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        initial = sa.Column("password_is_initial", sa.Boolean(), nullable=False, server_default=sa.false())
        batch_op.add_column(initial)
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.alter_column("password_is_initial", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_kind", sa.String(length=20), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_mails_linkkind"), f"link_kind {KINDS}")


def downgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_mails_linkkind"), type_="check")
        batch_op.drop_column("link_kind")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("password_is_initial")
    op.drop_table("password_links")
