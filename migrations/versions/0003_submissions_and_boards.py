"""Submissions, standings and baseline runs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("competition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submitted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("course_day", sa.Date(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "scored",
                "invalid",
                "failed",
                name="submissionstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "slot is null or state in ('received', 'scored')",
            name=op.f("ck_submissions_only_good_files_hold_slots"),
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_submissions_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["users.id"], name=op.f("fk_submissions_submitted_by_users")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_submissions_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint(
            "team_id", "course_day", "slot", name=op.f("uq_submissions_team_id_course_day_slot")
        ),
        sa.UniqueConstraint(
            "team_id", "idempotency_key", name=op.f("uq_submissions_team_id_idempotency_key")
        ),
    )
    op.create_index(
        "ix_submissions_competition_id_state_received_at",
        "submissions",
        ["competition_id", "state", "received_at"],
        unique=False,
    )
    op.create_index(op.f("ix_submissions_submitted_by"), "submissions", ["submitted_by"], unique=False)
    op.create_index("ix_submissions_team_id_sha256", "submissions", ["team_id", "sha256"], unique=False)
    op.create_table(
        "baseline_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("competition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "running",
                "succeeded",
                "failed",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("peak_memory_mb", sa.Double(), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (lease_token is not null)",
            name=op.f("ck_baseline_runs_running_means_leased"),
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_baseline_runs_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_baseline_runs_requested_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_baseline_runs_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_baseline_runs_tier_id_tiers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_runs")),
    )
    op.create_index(
        op.f("ix_baseline_runs_competition_id"), "baseline_runs", ["competition_id"], unique=False
    )
    op.create_index("ix_baseline_runs_due", "baseline_runs", ["state", "requested_at"], unique=False)
    op.create_table(
        "private_scores",
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sort_key", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_key_id"], ["answer_keys.id"], name=op.f("fk_private_scores_answer_key_id_answer_keys")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_private_scores_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("submission_id", "answer_key_id", name=op.f("pk_private_scores")),
    )
    op.create_table(
        "private_standings",
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("competition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sort_key", sa.Double(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competitions.id"],
            name=op.f("fk_private_standings_competition_id_competitions"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_private_standings_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_private_standings_team_id_teams")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_private_standings")),
    )
    op.create_index(
        "ix_private_standings_order",
        "private_standings",
        ["competition_id", "sort_key", "received_at", "team_id"],
        unique=False,
    )
    op.create_table(
        "public_scores",
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sort_key", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_key_id"], ["answer_keys.id"], name=op.f("fk_public_scores_answer_key_id_answer_keys")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_public_scores_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("submission_id", "answer_key_id", name=op.f("pk_public_scores")),
    )
    op.create_table(
        "standings",
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("competition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sort_key", sa.Double(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_standings_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_standings_submission_id_submissions")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_standings_team_id_teams")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_standings")),
    )
    op.create_index(
        "ix_standings_order",
        "standings",
        ["competition_id", "sort_key", "received_at", "team_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_standings_order", table_name="standings")
    op.drop_table("standings")
    op.drop_table("public_scores")
    op.drop_index("ix_private_standings_order", table_name="private_standings")
    op.drop_table("private_standings")
    op.drop_table("private_scores")
    op.drop_index("ix_baseline_runs_due", table_name="baseline_runs")
    op.drop_index(op.f("ix_baseline_runs_competition_id"), table_name="baseline_runs")
    op.drop_table("baseline_runs")
    op.drop_index("ix_submissions_team_id_sha256", table_name="submissions")
    op.drop_index(op.f("ix_submissions_submitted_by"), table_name="submissions")
    op.drop_index("ix_submissions_competition_id_state_received_at", table_name="submissions")
    op.drop_table("submissions")
