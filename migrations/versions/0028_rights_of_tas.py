"""Instructors may withhold rights of a TA."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RIGHTS = ("see_private", "see_names", "rescore", "exclude", "change_rules", "grant", "export")


def upgrade() -> None:
    op.create_table(
        "withheld_rights",
        sa.Column("member_id", KEY, nullable=False),
        sa.Column(
            "withheld",
            sa.Enum(*RIGHTS, name="right", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_withheld_rights_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "withheld", name=op.f("pk_withheld_rights")),
    )


def downgrade() -> None:
    op.drop_table("withheld_rights")
