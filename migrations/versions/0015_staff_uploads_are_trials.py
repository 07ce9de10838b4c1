"""What staff upload is sent under a team of its own kind, which stands on no board."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE, AFTER = "kind in ('student', 'baseline')", "kind in ('student', 'baseline', 'trial')"
SENT_BY_ONE = "(kind = 'trial') = (trial_of is not null)"


def upgrade() -> None:
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trial_of", KEY, nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_teams_teamkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_teams_teamkind"), AFTER)
        batch_op.create_check_constraint(batch_op.f("ck_teams_trials_have_a_sender"), SENT_BY_ONE)
        batch_op.create_unique_constraint(
            batch_op.f("uq_teams_competition_id_trial_of"), ["competition_id", "trial_of"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_teams_trial_of_users"), "users", ["trial_of"], ["id"])
    op.create_index(op.f("ix_teams_trial_of"), "teams", ["trial_of"], unique=False)


def downgrade() -> None:
    """Trials compete again, as they did; the sender comes back into the team, unless they are in another."""
    op.execute(
        "insert into team_members (team_id, competition_id, user_id) "
        "select id, competition_id, trial_of from teams where kind = 'trial' and not exists ("
        "select 1 from team_members as other where other.competition_id = teams.competition_id "
        "and other.user_id = teams.trial_of)"
    )
    op.drop_index(op.f("ix_teams_trial_of"), table_name="teams")
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_teams_trials_have_a_sender"), type_="check")
    op.execute("update teams set kind = 'student', trial_of = null where kind = 'trial'")
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_teams_trial_of_users"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_teams_competition_id_trial_of"), type_="unique")
        batch_op.drop_constraint(batch_op.f("ck_teams_teamkind"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_teams_teamkind"), BEFORE)
        batch_op.drop_column("trial_of")
