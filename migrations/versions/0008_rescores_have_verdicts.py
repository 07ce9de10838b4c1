"""What a rescore has to remember beyond scores: files without one, and what known files came to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unscored",
        sa.Column("submission_id", KEY, nullable=False),
        sa.Column("answer_key_id", KEY, nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_unscored_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(
            ["answer_key_id"], ["answer_keys.id"], name=op.f("fk_unscored_answer_key_id_answer_keys")
        ),
        sa.PrimaryKeyConstraint("submission_id", "answer_key_id", name=op.f("pk_unscored")),
    )
    op.create_table(
        "private_known_scores",
        sa.Column("answer_key_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Double(), nullable=False),
        sa.Column("private", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_key_id"],
            ["answer_keys.id"],
            name=op.f("fk_private_known_scores_answer_key_id_answer_keys"),
        ),
        sa.PrimaryKeyConstraint("answer_key_id", "name", name=op.f("pk_private_known_scores")),
    )


def downgrade() -> None:
    op.drop_table("private_known_scores")
    op.drop_table("unscored")
