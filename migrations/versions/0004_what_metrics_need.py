"""What metrics beyond one target column need of a competition."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = {"labels": "[]", "prediction_columns": "[]", "auxiliary_columns": "{}", "metric_arguments": "{}"}


def upgrade() -> None:
    for name, empty in COLUMNS.items():
        op.add_column("competitions", sa.Column(name, sa.JSON(), nullable=False, server_default=empty))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("competitions", name)
