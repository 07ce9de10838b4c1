"""Points of students on their way to learning platforms, and the columns that take them there."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

STATES = "state IN ('waiting', 'sent', 'refused', 'newer')"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lti_items",
        sa.Column("context_id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["lti_contexts.id"], name=op.f("fk_lti_items_context_id_lti_contexts")
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_lti_items_competition_id_competitions")
        ),
        sa.PrimaryKeyConstraint("context_id", "competition_id", name=op.f("pk_lti_items")),
    )
    op.create_table(
        "lti_scores",
        sa.Column("id", KEY, nullable=False),
        sa.Column("context_id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("most", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["context_id"], ["lti_contexts.id"], name=op.f("fk_lti_scores_context_id_lti_contexts")
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_lti_scores_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_lti_scores_user_id_users")),
        sa.CheckConstraint(STATES, name=op.f("ck_lti_scores_scorestate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_scores")),
        sa.UniqueConstraint(
            "context_id",
            "competition_id",
            "user_id",
            name=op.f("uq_lti_scores_context_id_competition_id_user_id"),
        ),
    )
    op.create_index("ix_lti_scores_due", "lti_scores", ["state", "next_try_at"])
    op.create_index(op.f("ix_lti_scores_user_id"), "lti_scores", ["user_id"])


def downgrade() -> None:
    for table in ("lti_scores", "lti_items"):
        op.drop_table(table)
