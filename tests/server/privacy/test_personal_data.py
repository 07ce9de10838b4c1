"""What is known of a person: handed out whole, and nowhere in the audit trail."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.database.engines import unguarded
from server.domain.audit.actor import Actor
from server.domain.people import courses
from server.domain.people.roster import importing as roster
from server.domain.people.roster.file import read_roster
from server.domain.teams import names as team_names
from server.models import AuditEntry, Competition, Team
from tests.support import teamwork
from tests.support.installation import Installation
from tests.support.person import furnish_person

pytestmark = pytest.mark.both


@pytest.fixture
def known(installation: Installation) -> Installation:
    """An installation that knows a person well."""
    furnish_person(installation)
    return installation


def test_everybody_gets_what_is_known_of_them_and_no_private_score_early(known: Installation) -> None:
    client = known.client("student0")
    sealed = client.get("/api/me/data").json()
    known.clock.now = known.competition().reveal_at

    opened = client.get("/api/me/data").json()

    again = client.get("/api/me/data").json()
    assert sealed["account"]["email"] == "weiling@example.edu"
    assert sealed["courses"][0]["student_number"] == "B10902042"
    assert [each["file_name"] for each in sealed["submissions"]] == ["my-name-is-wei.csv"] * 2
    assert sealed["mails"][0]["body"] == "Dear Wei-Ling"
    assert [(each["item"], each["points"]) for each in sealed["items"]] == [("code", 1.5)]
    assert sealed["adjustments"][0]["reason"] == "Wei-Ling was ill."
    assert [each["key"] for each in sealed["gradebook_keys"]] == ["weiling@old.example.edu"]
    assert sealed["tokens"][0]["prefix"].startswith("sbp_")
    assert ["private_score" in each for each in sealed["submissions"]] == [False, False]
    assert ["private_score" in each for each in opened["submissions"]] == [True, True]
    listed = client.get("/api/competitions/tiny/submissions").json()["submissions"]
    assert [each["private_score"] for each in opened["submissions"]] == [
        each["private_score"] for each in reversed(listed)
    ]
    assert known.client("root").get(f"/api/people/{known.user('weiling').id}/data").json() == again | {
        "notes": []
    }


def test_a_team_name_that_is_a_members_own_stays_out_of_the_trail(known: Installation) -> None:
    teamwork.rename(known, "weiling", "Foxes")
    teamwork.rename(known, "weiling", "weiling")

    entries = known.db.read(
        lambda session: [
            (entry.before, entry.after)
            for entry in session.scalars(select(AuditEntry).where(AuditEntry.act == "team_renamed"))
        ]
    )
    own = {"name": "(a member's own name)"}
    assert entries == [(own, {"name": "Foxes"}), ({"name": "Foxes"}, own)]
    team = known.db.read(lambda session: session.scalars(select(Team).where(Team.name == "weiling")).one())
    assert known.db.read(lambda session: team_names.name_in_trail(session, team)) == own["name"]
    assert known.db.read(lambda session: session.scalars(select(Competition)).one()).archived_at is None


def test_importing_a_roster_leaves_no_name_number_or_address_in_the_trail(known: Installation) -> None:
    header = "username,student number,name,email,department,section\n"
    first = "hsinyi,B11000001,Hsin-Yi,hsinyi@example.edu,Dept-A,1\n"
    second = "hsinyi,B11000002,Hsin-I,hsin-i@example.edu,Dept-B,2\n"

    def take(session: Session, rows: str) -> None:
        roster.import_roster(
            session,
            course=courses.course_named(session, "other"),
            roster=read_roster((header + rows).encode()),
            by=known_by,
            now=known.clock(),
        )

    known_by = Actor(known.user("ivan").id)
    known.db.write(lambda session: take(session, first))
    known.db.write(lambda session: take(session, second))

    with unguarded(known.db.engine) as connection:
        trail = "".join(str(row) for row in connection.execute(text("select * from audit_entries")))
    personal = ("hsin", "Hsin", "B1100", "Dept-", "example.edu", "weiling", "student1")
    assert [word for word in personal if word in trail] == []
    hers = known.user("hsinyi").id
    after = known.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.act == "roster_imported").order_by(AuditEntry.id.desc())
        ).first()
    )
    assert after is not None
    assert after.after is not None
    changed = after.after[f"user {hers}"]
    assert (changed["section"], changed["name"], changed["email"]) == ("2", "another", "another")
    shown = known.client("ivan").get("/api/audit").status_code
    entries = known.client("root").get("/api/audit?text=hsinyi").json()["entries"]
    assert shown == 403
    assert "user hsinyi" in entries[0]["after"]
