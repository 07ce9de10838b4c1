"""Which runs set a tier's threshold: so far it was the latest."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RULES = "threshold_rule in ('latest', 'one_run', 'all_runs')"
NAMED = "(threshold_rule = 'one_run') = (threshold_run_id is not null)"


def upgrade() -> None:
    with op.batch_alter_table("tiers", schema=None) as batch_op:
        rule = sa.Column("threshold_rule", sa.String(length=20), nullable=False, server_default="latest")
        batch_op.add_column(rule)
        batch_op.add_column(sa.Column("threshold_run_id", KEY, nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_tiers_thresholdrule"), RULES)
        batch_op.create_check_constraint(batch_op.f("ck_tiers_one_run_is_named"), NAMED)
    op.create_index(op.f("ix_baseline_runs_tier_id"), "baseline_runs", ["tier_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_baseline_runs_tier_id"), table_name="baseline_runs")
    with op.batch_alter_table("tiers", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_tiers_one_run_is_named"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_tiers_thresholdrule"), type_="check")
        batch_op.drop_column("threshold_run_id")
        batch_op.drop_column("threshold_rule")
