"""Teams, allowances, rescores, snapshots, announcements and mails."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mails_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_due", "mails", ["sent_at", "next_try_at"], unique=False)

    op.create_table(
        "announcements",
        sa.Column("id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body_md", sa.Text(), nullable=False),
        sa.Column("posted_by", KEY, nullable=True),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_announcements_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["posted_by"], ["users.id"], name=op.f("fk_announcements_posted_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(
        op.f("ix_announcements_competition_id"), "announcements", ["competition_id"], unique=False
    )

    op.create_table(
        "board_snapshots",
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competitions.id"],
            name=op.f("fk_board_snapshots_competition_id_competitions"),
        ),
        sa.PrimaryKeyConstraint("competition_id", name=op.f("pk_board_snapshots")),
    )
    op.create_table(
        "private_salts",
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_private_salts_competition_id_competitions")
        ),
        sa.PrimaryKeyConstraint("competition_id", name=op.f("pk_private_salts")),
    )
    op.create_table(
        "private_snapshots",
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competitions.id"],
            name=op.f("fk_private_snapshots_competition_id_competitions"),
        ),
        sa.PrimaryKeyConstraint("competition_id", name=op.f("pk_private_snapshots")),
    )
    op.create_table(
        "rescores",
        sa.Column("id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("from_key_id", KEY, nullable=False),
        sa.Column("to_key_id", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "grading",
                "ready",
                "applied",
                "undone",
                "cancelled",
                "failed",
                name="rescorestate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("switched_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_rescores_asked_by_users")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_rescores_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(
            ["from_key_id"], ["answer_keys.id"], name=op.f("fk_rescores_from_key_id_answer_keys")
        ),
        sa.ForeignKeyConstraint(
            ["to_key_id"], ["answer_keys.id"], name=op.f("fk_rescores_to_key_id_answer_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescores")),
    )
    op.create_index(op.f("ix_rescores_competition_id"), "rescores", ["competition_id"], unique=False)

    op.create_table(
        "allowances",
        sa.Column("id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("team_id", KEY, nullable=True),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("extra_slots", sa.Integer(), nullable=True),
        sa.Column("course_day", sa.Date(), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(extra_slots is null) <> (deadline_at is null)", name=op.f("ck_allowances_slots_or_time")
        ),
        sa.CheckConstraint("(team_id is null) <> (user_id is null)", name=op.f("ck_allowances_one_receiver")),
        sa.CheckConstraint("extra_slots is null or extra_slots > 0", name=op.f("ck_allowances_some_slots")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_allowances_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name=op.f("fk_allowances_given_by_users")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_allowances_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_allowances_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowances")),
    )
    op.create_index(op.f("ix_allowances_competition_id"), "allowances", ["competition_id"], unique=False)
    op.create_index(op.f("ix_allowances_team_id"), "allowances", ["team_id"], unique=False)
    op.create_index(op.f("ix_allowances_user_id"), "allowances", ["user_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("competition_id", KEY, nullable=False),
        sa.Column("team_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("invited_by", KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "declined",
                "withdrawn",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competitions.id"], name=op.f("fk_invitations_competition_id_competitions")
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_invitations_invited_by_users")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_invitations_team_id_teams")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_competition_id"), "invitations", ["competition_id"], unique=False)
    op.create_index(op.f("ix_invitations_team_id"), "invitations", ["team_id"], unique=False)
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)

    op.create_index(
        "uq_pending_invitations",
        "invitations",
        ["team_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "uq_open_rescores",
        "rescores",
        ["competition_id"],
        unique=True,
        sqlite_where=sa.text("state in ('grading', 'ready')"),
        postgresql_where=sa.text("state in ('grading', 'ready')"),
    )


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_table("allowances")
    op.drop_table("rescores")
    op.drop_table("private_snapshots")
    op.drop_table("private_salts")
    op.drop_table("board_snapshots")
    op.drop_table("announcements")
    op.drop_table("mails")
