"""People sign in by an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAYS = "in ('password', 'provider', 'proxy')"


def upgrade() -> None:
    op.create_table(
        "linked_identities",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("shown_as", sa.String(length=200), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_linked_identities_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_linked_identities_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_linked_identities_user_id_issuer")),
    )
    op.create_table(
        "sign_on_tickets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("state_sha256", sa.String(length=64), nullable=False),
        sa.Column("browser_sha256", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("next_path", sa.String(length=2000), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_on_tickets_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on_tickets")),
        sa.UniqueConstraint("state_sha256", name=op.f("uq_sign_on_tickets_state_sha256")),
    )
    op.create_table(
        "identity_offers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("shown_as", sa.String(length=200), nullable=False),
        sa.Column("needs_password", sa.Boolean(), nullable=False),
        sa.Column("next_path", sa.String(length=2000), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identity_offers_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_offers")),
        sa.UniqueConstraint("sha256", name=op.f("uq_identity_offers_sha256")),
    )
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        way = sa.Column("way", sa.String(length=20), nullable=False, server_default="password")
        batch_op.add_column(way)
        batch_op.create_check_constraint(batch_op.f("ck_web_sessions_sessionway"), f"way {WAYS}")
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.alter_column("way", existing_type=sa.String(length=20), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_web_sessions_sessionway"), type_="check")
        batch_op.drop_column("way")
    for table in ("identity_offers", "sign_on_tickets", "linked_identities"):
        op.drop_table(table)
