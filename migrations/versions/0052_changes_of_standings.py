"""Boards in memory are brought up to date by what has changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE, INDEX = "standing_changes", "ix_standing_changes_competition_id_revision"


def upgrade() -> None:
    with op.batch_alter_table("board_revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rebuilt", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("board_revisions", schema=None) as batch_op:
        batch_op.alter_column("rebuilt", server_default=None)
    op.create_table(
        TABLE,
        sa.Column("team_id", NUMBER, nullable=False),
        sa.Column("competition_id", NUMBER, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competitions.id"],
            name=op.f("fk_standing_changes_competition_id_competitions"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_standing_changes_team_id_teams")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_standing_changes")),
    )
    op.create_index(INDEX, TABLE, ["competition_id", "revision"])


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.drop_table(TABLE)
    with op.batch_alter_table("board_revisions", schema=None) as batch_op:
        batch_op.drop_column("rebuilt")
