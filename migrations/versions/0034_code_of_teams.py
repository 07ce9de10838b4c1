"""Teams hand in code with their final selections; a competition says how large it may be."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFERENCES = {"competition_id": "competitions", "team_id": "teams", "handed_in_by": "users"}
RULES = {
    "places_of_a_team": "place is null or place between 1 and 20",
    "some_code": "size > 0",
    "codekind": "kind in ('zip', 'tar.gz', 'ipynb', 'py')",
}


def upgrade() -> None:
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("code_limit_bytes", sa.Integer(), nullable=False, server_default="25000000")
        )
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.alter_column("code_limit_bytes", existing_type=sa.Integer(), server_default=None)
    op.create_table(
        "code_versions",
        sa.Column("id", KEY, nullable=False),
        *(sa.Column(column, KEY, nullable=False) for column in REFERENCES),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_code_versions_{name}")) for name, rule in RULES.items()),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_code_versions_{column}_{table}")
            )
            for column, table in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_versions")),
        sa.UniqueConstraint("team_id", "place", name=op.f("uq_code_versions_team_id_place")),
    )
    op.create_index("ix_code_versions_competition_id_team_id", "code_versions", ["competition_id", "team_id"])
    for column in ("handed_in_by", "sha256"):
        op.create_index(op.f(f"ix_code_versions_{column}"), "code_versions", [column])


def downgrade() -> None:
    op.drop_table("code_versions")
    with op.batch_alter_table("competitions", schema=None) as batch_op:
        batch_op.drop_column("code_limit_bytes")
