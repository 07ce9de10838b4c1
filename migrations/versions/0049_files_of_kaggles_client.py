"""Kaggle's client sends files in steps, to addresses of one use."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kaggle_uploads",
        sa.Column("id", KEY, nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("most_bytes", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_kaggle_uploads_user_id_users")),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competitions.id"],
            name=op.f("fk_kaggle_uploads_competition_id_competitions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kaggle_uploads")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_kaggle_uploads_secret_sha256")),
    )
    op.create_index(op.f("ix_kaggle_uploads_user_id_id"), "kaggle_uploads", ["user_id", "id"])


def downgrade() -> None:
    op.drop_table("kaggle_uploads")
