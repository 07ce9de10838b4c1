"""Identities of learning platforms are of one registration; each knows whether a password confirmed it."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

WAYS = ("password", "provider", "proxy")
SHARED = (
    "select 'lti:' || cast(id as varchar) from lti_platforms where issuer in "
    "(select issuer from lti_platforms group by issuer having count(*) > 1)"
)


def _admit(ways: tuple[str, ...]) -> None:
    values = ", ".join(f"'{way}'" for way in ways)
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_web_sessions_sessionway"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_web_sessions_sessionway"), f"way in ({values})")


def upgrade() -> None:
    _admit((*WAYS, "launch"))
    confirmed = sa.Column("by_password", sa.Boolean(), nullable=False, server_default=sa.false())
    with op.batch_alter_table("linked_identities", schema=None) as batch_op:
        batch_op.add_column(confirmed)
    with op.batch_alter_table("linked_identities", schema=None) as batch_op:
        batch_op.alter_column("by_password", existing_type=sa.Boolean(), server_default=None)
    # Which of several registrations of one issuer has linked an identity was not kept: it is asked anew.
    op.execute("delete from identity_offers")
    op.execute(
        "delete from linked_identities where issuer in "
        "(select issuer from lti_platforms group by issuer having count(*) > 1)"
    )
    op.execute(
        "update linked_identities set issuer = (select 'lti:' || cast(id as varchar) from lti_platforms "
        "where lti_platforms.issuer = linked_identities.issuer) "
        "where issuer in (select issuer from lti_platforms)"
    )


def downgrade() -> None:
    op.execute("delete from identity_offers")
    op.execute("delete from web_sessions where way = 'launch'")
    # Of several registrations of one issuer each may have linked the same account or subject.
    op.execute(f"delete from linked_identities where issuer in ({SHARED})")  # noqa: S608  # a constant
    op.execute(
        "update linked_identities set issuer = (select lti_platforms.issuer from lti_platforms "
        "where 'lti:' || cast(lti_platforms.id as varchar) = linked_identities.issuer) "
        "where issuer like 'lti:%'"
    )
    with op.batch_alter_table("linked_identities", schema=None) as batch_op:
        batch_op.drop_column("by_password")
    _admit(WAYS)
