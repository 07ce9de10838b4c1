"""All code of a competition as one zip for staff: a file a team, named by student number, and a list."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.code.versions import HandedInCode, StudentCode
from server.domain.files.archive import ArchivedFile
from server.domain.texts.csv_cells import text_cell
from server.models import Competition

ACT = "code_exported"
LIST_NAME = "list.csv"
HEADER = (
    *("student_number", "username", "name", "team_id", "file", "received_at", "is_late", "versions"),
    *("file_name", "size", "sha256"),
)
UNPLAIN = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class TeamCode:
    """The version that counts of one team, by the students who are in it."""

    students: tuple[StudentCode, ...]
    newest: HandedInCode
    name: str  # of the file in the zip


def team_codes(students: Iterable[StudentCode]) -> list[TeamCode]:
    """The code of each team that has handed some in, in the order of the first student of each.

    Names are of student numbers, user names where a student has none, and are different even where letters
    that no system takes were all that parted them.
    """
    by_team: dict[int, list[StudentCode]] = {}
    for each in students:
        if each.team_id is not None and each.versions:
            by_team.setdefault(each.team_id, []).append(each)
    names: set[str] = set()
    codes = []
    for members in by_team.values():
        newest = members[0].versions[0]
        stem = "_".join(_plain(each.student_number or each.username) for each in members)
        name = _free(f"{stem}{'-late' if newest.is_late else ''}", newest.row.kind.value, names)
        codes.append(TeamCode(tuple(members), newest, name))
    return codes


def archived(
    students: list[StudentCode], *, path_of: Callable[[str], Path], is_there: Callable[[Path], bool]
) -> list[ArchivedFile]:
    """What the zip holds: the list of all students first, then each file that is still kept."""
    codes = team_codes(students)
    files = [
        ArchivedFile(each.name, each.newest.row.size, path)
        for each in codes
        if is_there(path := path_of(each.newest.row.sha256))
    ]
    stored = {file.name for file in files}
    listed = _list(students, {each.students[0].team_id: each.name for each in codes if each.name in stored})
    return [ArchivedFile(LIST_NAME, len(listed), listed), *files]


def record_export(session: Session, *, competition: Competition, by: Actor, now: datetime) -> None:
    """Record that somebody took the code of all teams away as one file."""
    act = audit.Act(ACT, f"competition {competition.slug}", competition=competition)
    audit.record(session, act, by=by, now=now)


def _list(students: Iterable[StudentCode], names: dict[int | None, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for each in students:
        newest = each.newest
        person = [text_cell(each.student_number), text_cell(each.username), text_cell(each.name)]
        team = "" if each.team_id is None else str(each.team_id)
        writer.writerow([*person, team, *_cells(each, newest, names.get(each.team_id, ""))])
    return out.getvalue().encode("utf-8-sig")


def _cells(student: StudentCode, newest: HandedInCode | None, name: str) -> list[str]:
    if newest is None:
        return [""] * (len(HEADER) - 4)
    row = newest.row
    late = "yes" if newest.is_late else "no"
    facts = [name, iso(row.received_at), late, str(len(student.versions))]
    return [*facts, text_cell(row.file_name), str(row.size), row.sha256]


def _plain(name: str) -> str:
    """A name of letters, digits, dots and dashes alone, for any system.

    >>> _plain("b10901001"), _plain("a/../b"), _plain("...")
    ('b10901001', 'a-..-b', 'student')
    """
    plain = UNPLAIN.sub("-", name).strip(".-")
    return plain or "student"


def _free(stem: str, ending: str, names: set[str]) -> str:
    stem, number = stem[:150], 1
    name = f"{stem}.{ending}"
    while name.casefold() in names:
        number += 1
        name = f"{stem}-{number}.{ending}"
    names.add(name.casefold())
    return name
