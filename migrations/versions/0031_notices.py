"""People get notices of what concerns them."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    *("announcement", "opened", "deadline", "revealed", "rescored", "excluded", "invitation", "allowance"),
    *("reply", "question", "run_failed", "mails_refused", "look_alikes"),
)


def _kind() -> sa.Enum:
    return sa.Enum(*KINDS, name="noticekind", native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("mail_decided_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_notices_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notices_user_id_key")),
    )
    for name, column, condition in (
        ("ix_notices_unread", "user_id", "read_at is null"),
        ("ix_notices_undecided", "id", "mail_decided_at is null"),
    ):
        where = sa.text(condition)
        op.create_index(name, "notices", [column], sqlite_where=where, postgresql_where=where)
    op.create_table(
        "notice_choices",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "notice_events",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice_events")),
    )


def downgrade() -> None:
    op.drop_table("notice_events")
    op.drop_table("notice_choices")
    op.drop_table("notices")
