"""A course says at which hour its files are compared, or that they are not."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look_alikes_hour", sa.Integer(), server_default="3"))
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.alter_column("look_alikes_hour", existing_type=sa.Integer(), server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_courses_an_hour"), "look_alikes_hour is null or look_alikes_hour between 0 and 23"
        )


def downgrade() -> None:
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_courses_an_hour"), type_="check")
        batch_op.drop_column("look_alikes_hour")
