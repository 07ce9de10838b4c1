"""Exports of a course's points are kept as they left."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind in ('canvas', 'blackboard', 'moodle', 'gradescope', 'json')"


def upgrade() -> None:
    op.create_table(
        "private_exports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", KEY, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_private_exports_exportkind")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_private_exports_course_id_courses")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_private_exports_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_exports")),
        sa.UniqueConstraint("course_id", "version", name=op.f("uq_private_exports_course_id_version")),
    )
    op.create_index(op.f("ix_private_exports_made_by"), "private_exports", ["made_by"])


def downgrade() -> None:
    op.drop_table("private_exports")
