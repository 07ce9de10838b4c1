"""Drafts are competitions to be, saved step by step, with the files that their steps name."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNDER_WAY = sa.text("state in ('written', 'launching')")


def states(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=20)


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("source", states("draftsource", "box", "folder", "form"), nullable=False),
        sa.Column("homework", sa.String(length=200), nullable=False),
        sa.Column(
            "state", states("draftstate", "written", "launching", "launched", "dropped"), nullable=False
        ),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("trains", sa.Boolean(), nullable=False),
        sa.Column("launched_by", KEY, nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("competition_id", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source in ('box', 'folder', 'form')", name=op.f("ck_drafts_draftsource")),
        sa.CheckConstraint(
            "state in ('written', 'launching', 'launched', 'dropped')", name=op.f("ck_drafts_draftstate")
        ),
        sa.CheckConstraint(
            "(state = 'launched') = (competition_id is not null)",
            name=op.f("ck_drafts_launched_means_competition"),
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_drafts_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_drafts_course_id_courses")),
        sa.ForeignKeyConstraint(["launched_by"], ["users.id"], name=op.f("fk_drafts_launched_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_course_id"), "drafts", ["course_id"], unique=False)
    op.create_index(
        "uq_drafts_slug",
        "drafts",
        ["slug"],
        unique=True,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    op.create_table(
        "draft_steps",
        sa.Column("id", KEY, nullable=False),
        sa.Column("draft_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_steps_draft_id_drafts")),
        sa.ForeignKeyConstraint(["saved_by"], ["users.id"], name=op.f("fk_draft_steps_saved_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_steps")),
        sa.UniqueConstraint("draft_id", "number", name=op.f("uq_draft_steps_draft_id_number")),
    )
    op.create_table(
        "draft_files",
        sa.Column("id", KEY, nullable=False),
        sa.Column("draft_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_files_draft_id_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_files")),
        sa.UniqueConstraint("draft_id", "name", "sha256", name=op.f("uq_draft_files_draft_id_name_sha256")),
    )


def downgrade() -> None:
    op.drop_table("draft_files")
    op.drop_table("draft_steps")
    op.drop_table("drafts")
