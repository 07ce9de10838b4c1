"""What the machine told of a baseline run's cost; null where it told nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MEASURED = ("gpu_peak_memory_mb", "gpu_utilisation", "gpu_joules", "cpu_joules", "gflops")


def upgrade() -> None:
    op.add_column("baseline_runs", sa.Column("cpu_count", sa.Integer(), nullable=True))
    for name in MEASURED:
        op.add_column("baseline_runs", sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    for name in reversed(MEASURED):
        op.drop_column("baseline_runs", name)
    op.drop_column("baseline_runs", "cpu_count")
