"""Teams ask the staff about a submission, and staff reply."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
QUESTION = {"course_id": "courses", "submission_id": "submissions", "asked_by": "users"}
REPLY = {"question_id": "questions", "author_id": "users"}


def upgrade() -> None:
    _create("questions", QUESTION, instants=["asked_at"], extra=[sa.Column("closed_at", sa.BigInteger())])
    _create("replies", REPLY, instants=["written_at"], extra=[])
    op.create_index("ix_questions_course_id_closed_at", "questions", ["course_id", "closed_at"])
    for table, column in (
        ("questions", "submission_id"),
        ("questions", "asked_by"),
        ("replies", "question_id"),
        ("replies", "author_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _create(
    name: str, references: dict[str, str], *, instants: list[str], extra: list[sa.Column[int]]
) -> None:
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        *(sa.Column(column, KEY, nullable=False) for column in references),
        sa.Column("body_md", sa.Text(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in instants),
        *extra,
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}_{table}"))
            for column, table in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    op.drop_table("replies")
    op.drop_table("questions")
