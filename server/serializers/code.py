"""Code that teams hand in, as its team and the staff read it."""

from datetime import datetime

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.code.versions import HandedInCode, StudentCode
from server.domain.competitions.access import Access
from server.models.code import VERSIONS_MOST
from server.serializers.values import Time


class CodeVersionJson(TypedDict):
    """A version of a team's code; `size` in bytes, `number` 1 is the team's first."""

    id: int
    number: int
    file_name: str
    kind: str
    size: int
    sha256: str
    received_at: Time
    handed_in_by: str
    is_late: bool
    url: str


class OwnCodeJson(TypedDict):
    """The versions of the viewer's team, the newest first, and until when and how large others are taken."""

    versions: list[CodeVersionJson]
    is_open: bool
    closes_at: Time
    limit_bytes: int
    most_versions: int


class NewCodeJson(TypedDict):
    """A version that was handed in; `repeated` when it was the newest one before, to the byte."""

    version: CodeVersionJson
    repeated: bool


class StudentCodeJson(TypedDict):
    """A student, and what their team has handed in."""

    user_id: int
    student_number: str
    username: str
    name: str
    team_id: int | None
    has_submissions: bool
    versions: list[CodeVersionJson]


class AllCodeJson(TypedDict):
    """The code of every student of the course."""

    students: list[StudentCodeJson]


def version(entry: HandedInCode) -> CodeVersionJson:
    """A version of a team's code."""
    row = entry.row
    return {
        "id": row.id,
        "number": entry.number,
        "file_name": row.file_name,
        "kind": row.kind.value,
        "size": row.size,
        "sha256": row.sha256,
        "received_at": iso(row.received_at),
        "handed_in_by": entry.by,
        "is_late": entry.is_late,
        "url": f"/api/code/{row.id}/file",
    }


def own(entries: list[HandedInCode], *, access: Access, limit: int, now: datetime) -> OwnCodeJson:
    """The versions of the viewer's team. limit: bytes of the largest file that is taken."""
    terms, competition = access.terms, access.competition
    is_open = competition.opens_at <= now and not terms.is_over(now) and competition.archived_at is None
    return {
        "versions": [version(each) for each in entries],
        "is_open": is_open and limit > 0 and not access.role.is_staff,
        "closes_at": iso(terms.late_until),
        "limit_bytes": limit,
        "most_versions": VERSIONS_MOST,
    }


def student(entry: StudentCode) -> StudentCodeJson:
    """A student with the versions of their team, the newest first."""
    return {
        "user_id": entry.user_id,
        "student_number": entry.student_number,
        "username": entry.username,
        "name": entry.name,
        "team_id": entry.team_id,
        "has_submissions": entry.has_submissions,
        "versions": [version(each) for each in entry.versions],
    }
