"""Teams have pseudonyms, and a course says under which names and with how many rows its boards are shown."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

COLOURS = (
    *("Amber", "Azure", "Coral", "Golden", "Hazel", "Indigo", "Ivory", "Lilac", "Olive", "Pearl", "Ruby"),
    *("Sage", "Silver", "Velvet"),
)
ANIMALS = (
    *("Badger", "Bison", "Crane", "Dolphin", "Eagle", "Falcon", "Finch", "Fox", "Heron", "Ibex", "Koala"),
    *("Lynx", "Otter", "Owl", "Puffin", "Seal"),
)
NAMES = sa.Enum("real", "chosen", "pseudonyms", name="boardnames", native_enum=False, length=20)


def upgrade() -> None:
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pseudonym", sa.String(length=60)))
    _draw()
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            op.f("uq_teams_competition_id_pseudonym"), ["competition_id", "pseudonym"]
        )
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("board_names", NAMES, nullable=False, server_default="real"))
        batch_op.add_column(sa.Column("board_rows", sa.Integer()))
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.alter_column("board_names", existing_type=NAMES, server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_courses_boardnames"), "board_names in ('real', 'chosen', 'pseudonyms')"
        )
        batch_op.create_check_constraint(op.f("ck_courses_some_rows"), "board_rows is null or board_rows > 0")


def _draw() -> None:
    """A pseudonym by chance for each student team that stands, like no other in its competition."""
    connection = op.get_bind()
    teams = sa.table("teams", sa.column("id"), sa.column("competition_id"), sa.column("kind"))
    drawn: set[tuple[int, str]] = set()
    change = sa.text("update teams set pseudonym = :pseudonym where id = :id")
    for team_id, competition_id in connection.execute(
        sa.select(teams.c.id, teams.c.competition_id).where(teams.c.kind == "student")
    ).all():
        pseudonym = _name()
        while (competition_id, pseudonym) in drawn:
            pseudonym = _name()
        drawn.add((competition_id, pseudonym))
        connection.execute(change, {"id": team_id, "pseudonym": pseudonym})


def _name() -> str:
    return f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)} {secrets.choice(range(1000, 10_000))}"


def downgrade() -> None:
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_courses_some_rows"), type_="check")
        batch_op.drop_constraint(op.f("ck_courses_boardnames"), type_="check")
        batch_op.drop_column("board_rows")
        batch_op.drop_column("board_names")
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_teams_competition_id_pseudonym"), type_="unique")
        batch_op.drop_column("pseudonym")
