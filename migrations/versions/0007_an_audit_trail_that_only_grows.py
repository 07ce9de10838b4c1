"""What the life of a competition adds to tables that stand, and an audit trail that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

REFUSAL = "the audit trail only grows"
ONLY_GROWS = {
    "sqlite": [
        f"create trigger audit_{act} before {act} on audit_entries "
        f"begin select raise(abort, '{REFUSAL}'); end"
        for act in ("update", "delete")
    ],
    "postgresql": [
        "create function audit_only_grows() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSAL}'; end $$",
        "create trigger audit_only_grows before update or delete on audit_entries "
        "for each row execute function audit_only_grows()",
    ],
}
MAY_CHANGE = {
    "sqlite": ["drop trigger audit_update", "drop trigger audit_delete"],
    "postgresql": [
        "drop trigger audit_only_grows on audit_entries",
        "drop function audit_only_grows()",
    ],
}


def upgrade() -> None:
    with op.batch_alter_table("answer_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("created_by", KEY, nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("metric", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("metric_arguments", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("metric_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("higher_is_better", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_answer_keys_created_by_users"), "users", ["created_by"], ["id"]
        )

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("course_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("competition_id", KEY, nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("before", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("after", sa.JSON(), nullable=True))
        batch_op.create_index(batch_op.f("ix_audit_entries_competition_id"), ["competition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_course_id"), ["course_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_entries_competition_id_competitions"),
            "competitions",
            ["competition_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_entries_course_id_courses"), "courses", ["course_id"], ["id"]
        )

    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "unselected",
                sa.Enum(
                    "first",
                    "best_public",
                    "best",
                    name="unselected",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=False,
                server_default="best_public",
            )
        )
        batch_op.add_column(sa.Column("team_size", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("merge_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("late_penalty", sa.Double(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("has_practice", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("ladder_step", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("commitment", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("archived_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("private_scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standard_error", sa.Double(), nullable=True))

    with op.batch_alter_table("public_scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standard_error", sa.Double(), nullable=True))

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_practice", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("excluded_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_teams_merged_into_teams"), "teams", ["merged_into"], ["id"]
        )

    op.execute(
        "update answer_keys set (metric, metric_arguments, metric_sha256, higher_is_better) = "
        "(select metric, metric_arguments, metric_sha256, higher_is_better from competitions "
        "where competitions.id = answer_keys.competition_id)"
    )
    for statement in ONLY_GROWS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in MAY_CHANGE[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_teams_merged_into_teams"), type_="foreignkey")
        batch_op.drop_column("merged_into")

    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_column("excluded_at")
        batch_op.drop_column("is_practice")

    with op.batch_alter_table("public_scores", schema=None) as batch_op:
        batch_op.drop_column("standard_error")

    with op.batch_alter_table("private_scores", schema=None) as batch_op:
        batch_op.drop_column("standard_error")

    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
        batch_op.drop_column("commitment")
        batch_op.drop_column("ladder_step")
        batch_op.drop_column("has_practice")
        batch_op.drop_column("late_penalty")
        batch_op.drop_column("merge_until")
        batch_op.drop_column("team_size")
        batch_op.drop_constraint(batch_op.f("ck_competitions_unselected"), type_="check")
        batch_op.drop_column("unselected")

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_audit_entries_course_id_courses"), type_="foreignkey")
        batch_op.drop_constraint(
            batch_op.f("fk_audit_entries_competition_id_competitions"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_audit_entries_course_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_competition_id"))
        batch_op.drop_column("after")
        batch_op.drop_column("before")
        batch_op.drop_column("reason")
        batch_op.drop_column("competition_id")
        batch_op.drop_column("course_id")

    with op.batch_alter_table("answer_keys", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_answer_keys_created_by_users"), type_="foreignkey")
        batch_op.drop_column("higher_is_better")
        batch_op.drop_column("metric_sha256")
        batch_op.drop_column("metric_arguments")
        batch_op.drop_column("metric")
        batch_op.drop_column("reason")
        batch_op.drop_column("created_by")
