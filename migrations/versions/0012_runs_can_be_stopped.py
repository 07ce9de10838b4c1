"""A baseline run may be stopped."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = "state in ('requested', 'running', 'succeeded', 'failed')"
AFTER = "state in ('requested', 'running', 'succeeded', 'failed', 'stopped')"


def upgrade() -> None:
    allow(AFTER)


def downgrade() -> None:
    op.execute("update baseline_runs set state = 'failed', error = 'Stopped.' where state = 'stopped'")
    allow(BEFORE)


def allow(states: str) -> None:
    """Replace the constraint on the states."""
    with op.batch_alter_table("baseline_runs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_baseline_runs_runstate"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_baseline_runs_runstate"), states)
