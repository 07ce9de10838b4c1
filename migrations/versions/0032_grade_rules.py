"""Homeworks become a course's points by rules, with items that staff check and what they adjust by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BONUS = (
    "(bonus_points is null and bonus_places is null and bonus_percent is null) or (bonus_points is "
    "not null and (bonus_places is null) <> (bonus_percent is null))"
)


def upgrade() -> None:
    _create_rules()
    _create_items()
    _create_adjustments()


def _create_rules() -> None:
    op.create_table(
        "course_grade_rules",
        _key("course_id"),
        sa.Column("drop_lowest", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Double()),
        _check("course_grade_rules", "drops_none_or_some", "drop_lowest >= 0"),
        _check("course_grade_rules", "cap_is_no_debt", "cap >= 0"),
        _foreign("course_grade_rules", "course_id", "courses"),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_course_grade_rules")),
    )
    op.create_table(
        "grade_rules",
        _key("competition_id"),
        sa.Column("weight", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in ("cap", "bonus_points", "bonus_percent")),
        sa.Column("bonus_places", sa.Integer()),
        _check("grade_rules", "weight_is_no_debt", "weight >= 0"),
        _check("grade_rules", "cap_is_no_debt", "cap >= 0"),
        _check("grade_rules", "bonus_is_some", "bonus_points > 0"),
        _check("grade_rules", "some_places", "bonus_places > 0"),
        _check("grade_rules", "some_percent", "bonus_percent > 0 and bonus_percent <= 100"),
        _check("grade_rules", "bonus_is_whole", BONUS),
        _foreign("grade_rules", "competition_id", "competitions"),
        sa.PrimaryKeyConstraint("competition_id", name=op.f("pk_grade_rules")),
    )


def _create_items() -> None:
    op.create_table(
        "grade_items",
        _key("id"),
        _key("competition_id"),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("most", sa.Double(), nullable=False),
        _check("grade_items", "most_is_no_debt", "most >= 0"),
        _foreign("grade_items", "competition_id", "competitions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_items")),
        sa.UniqueConstraint("competition_id", "name", name=op.f("uq_grade_items_competition_id_name")),
    )
    op.create_table(
        "item_points",
        _key("item_id"),
        _key("user_id"),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("checked_by", KEY),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        _check("item_points", "points_are_no_debt", "points >= 0"),
        _foreign("item_points", "item_id", "grade_items"),
        _foreign("item_points", "user_id", "users"),
        _foreign("item_points", "checked_by", "users"),
        sa.PrimaryKeyConstraint("item_id", "user_id", name=op.f("pk_item_points")),
    )
    op.create_index(op.f("ix_item_points_user_id"), "item_points", ["user_id"])


def _create_adjustments() -> None:
    name = "grade_adjustments"
    op.create_table(
        name,
        *(_key(column) for column in ("id", "course_id", "user_id")),
        sa.Column("competition_id", KEY),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("is_excused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", KEY),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        _check(name, "factor_is_no_debt", "factor >= 0"),
        _check(name, "a_homework_is_excused", "not is_excused or competition_id is not null"),
        _check(name, "has_a_reason", "reason <> ''"),
        _foreign(name, "course_id", "courses"),
        _foreign(name, "competition_id", "competitions"),
        _foreign(name, "user_id", "users"),
        _foreign(name, "given_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_adjustments")),
    )
    op.create_index("ix_grade_adjustments_course_id_user_id", name, ["course_id", "user_id"])
    op.create_index(op.f("ix_grade_adjustments_user_id"), name, ["user_id"])


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, KEY, nullable=False)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _foreign(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"))


def downgrade() -> None:
    for table in ("grade_adjustments", "item_points", "grade_items", "grade_rules", "course_grade_rules"):
        op.drop_table(table)
