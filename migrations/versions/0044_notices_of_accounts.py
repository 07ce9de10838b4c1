"""Notices tell what was changed about an account, which is of no competition."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    *("announcement", "opened", "deadline", "revealed", "rescored", "excluded", "invitation", "allowance"),
    *("reply", "question", "run_failed", "mails_refused", "look_alikes"),
)


def _admit(kinds: tuple[str, ...]) -> None:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notices", "notice_choices"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"ck_{table}_noticekind"), type_="check")
            batch_op.create_check_constraint(batch_op.f(f"ck_{table}_noticekind"), f"kind in ({values})")


def upgrade() -> None:
    _admit((*KINDS, "security"))
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("competition_id", existing_type=KEY, nullable=True)


def downgrade() -> None:
    op.execute("delete from notices where competition_id is null")
    _admit(KINDS)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("competition_id", existing_type=KEY, nullable=False)
