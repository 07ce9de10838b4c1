"""A link that a course's staff were shown says so, and works only as long as they may see one."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLE, COLUMN = "password_links", "handed_by_course"
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Who was shown the links that stand is not known, so they end; their owners ask for new ones.
    op.execute("DELETE FROM password_links")
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.add_column(sa.Column(COLUMN, KEY, nullable=True))
        batch_op.create_foreign_key(op.f(f"fk_{TABLE}_{COLUMN}_courses"), "courses", [COLUMN], ["id"])


def downgrade() -> None:
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(f"fk_{TABLE}_{COLUMN}_courses"), type_="foreignkey")
        batch_op.drop_column(COLUMN)
