"""A key in which an order shows the answers is taken where staff say why, and students never read that."""

from pathlib import Path

from sqlalchemy import select

from grader.grade import read_answer_key
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.file_store import FileStore
from server.domain.grading import grading_key
from server.domain.setup import importing
from server.models import AuditEntry, Competition, Course
from tests.support import tiny_homework
from tests.support.browser import TINY, browser
from tests.support.installation import Installation

RULES = "/api/competitions/tiny/rules"
RESCORES = "/api/competitions/tiny/rescores"


def sorted_key() -> str:
    """The key with its labels in order: whoever sees the ids has them."""
    rows = zip(sorted(tiny_homework.truth(400)), tiny_homework.usage(400), strict=True)
    return "id,label,Usage\n" + "".join(
        f"{number},{label},{word}\n" for number, (label, word) in enumerate(rows)
    )


def test_staff_accept_a_leak_before_a_new_key_and_the_audit_trail_keeps_the_reason(
    installation: Installation,
) -> None:
    staff = installation.client("tina")
    request = {"answer_key": sorted_key(), "reason": "A forecast."}

    refused = staff.post(RESCORES, json=request)
    changes = {"changes": {"leaks_accepted": "ids are weeks"}, "version": staff.get(RULES).json()["version"]}
    changed = staff.put(RULES, json={**changes, "reason": "It is one."})
    taken = staff.post(RESCORES, json=request)

    assert (refused.status_code, changed.status_code, taken.status_code) == (422, 200, 201)
    assert "leaks_accepted" in refused.text
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "rules_changed")).one()
    )
    assert (entry.before, entry.after) == ({"leaks_accepted": ""}, {"leaks_accepted": "ids are weeks"})


def test_students_do_not_read_why_a_leak_is_accepted(installation: Installation) -> None:
    staff, student = installation.client("tina"), installation.client("student0")
    version = staff.get(RULES).json()["version"]
    changes = {"changes": {"leaks_accepted": "ids are weeks"}, "version": version, "reason": "It is one."}

    answer = staff.put(RULES, json=changes).json()

    assert answer["rules"]["leaks_accepted"] == "ids are weeks"
    assert "ids are weeks" in browser(installation, "tina").get(f"{TINY}/rules/change").text
    assert "leaks_accepted" not in student.get(RULES).json()["rules"]
    assert "weeks" not in student.get(RULES).text + browser(installation, "student0").get(TINY).text


def test_an_imported_leak_is_a_warning_and_stands_in_the_audit_trail(
    installation: Installation, tmp_path: Path
) -> None:
    tmp_path = tiny_homework.write(tmp_path / "homework")
    (tmp_path / "built" / "private" / "answer_key.csv").write_text(sorted_key())
    file = tmp_path / "tiny" / "competition.toml"
    file.write_text('leaks_accepted = "ids are weeks"\n' + file.read_text())

    homework = importing.read_homework(
        FileStore(tmp_path / "files"), folder=tmp_path / "tiny", built=tmp_path / "built"
    )
    competition = installation.db.write(
        lambda session: (
            importing.import_homework(
                session,
                course=session.scalars(select(Course)).first() or Course(),
                homework=homework,
                slug="weeks",
                by=COMMAND_LINE,
                now=installation.clock(),
            ).id
        ),
        private=True,
    )

    assert "Accepted by leaks_accepted: ids are weeks" in {warning.hint for warning in homework.warnings}
    row, entry = installation.db.read(
        lambda session: (
            session.get_one(Competition, competition),
            session.scalars(select(AuditEntry).where(AuditEntry.subject == "competition weeks")).first(),
        )
    )
    assert row.leaks_accepted == "ids are weeks"
    row.leaks_accepted = ""  # as staff may write it later; the key that was taken still grades
    key = installation.db.read(lambda session: grading_key.current_key(session, row))
    assert read_answer_key(FileStore(tmp_path / "files").read(key.sha256), key.spec).rows == 400
    assert entry is not None
    assert (entry.after or {})["leaks_accepted"] == "ids are weeks"
