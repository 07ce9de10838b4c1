"""Partners of rows in other systems' gradebooks are remembered; exports have more kinds, and a command."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "kind in ('canvas', 'blackboard', 'moodle', 'gradescope', 'json')"
AFTER = "kind in ('canvas', 'canvas_plain', 'blackboard', 'moodle', 'gradescope', 'xlsx', 'json')"


def upgrade() -> None:
    op.create_table(
        "gradebook_partners",
        sa.Column("id", KEY, nullable=False),
        sa.Column("course_id", KEY, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("confirmed_by", KEY, nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["users.id"], name=op.f("fk_gradebook_partners_confirmed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_gradebook_partners_course_id_courses")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_gradebook_partners_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gradebook_partners")),
        sa.UniqueConstraint("course_id", "key", name=op.f("uq_gradebook_partners_course_id_key")),
    )
    op.create_index(op.f("ix_gradebook_partners_user_id"), "gradebook_partners", ["user_id"])
    with op.batch_alter_table("private_exports") as batch_op:
        batch_op.alter_column("made_by", existing_type=KEY, nullable=True)
        batch_op.drop_constraint(batch_op.f("ck_private_exports_exportkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_private_exports_exportkind"), AFTER)


def downgrade() -> None:
    """What the old version cannot hold goes: exports of its new kinds, and those of the command line."""
    op.execute("delete from private_exports where kind in ('canvas_plain', 'xlsx') or made_by is null")
    with op.batch_alter_table("private_exports") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_private_exports_exportkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_private_exports_exportkind"), BEFORE)
        batch_op.alter_column("made_by", existing_type=KEY, nullable=False)
    op.drop_table("gradebook_partners")
