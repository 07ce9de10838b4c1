"""Exports of a course's points, each kept with its version, its time and who made it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import NotFound
from server.domain.grades.exports.export_files import ExportedPoints
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.models import Course, ExportKind, PrivateExport, Right, User

NEEDED = (Right.SEE_PRIVATE, Right.SEE_NAMES, Right.EXPORT)
ENDINGS = {ExportKind.JSON: "json", ExportKind.BLACKBOARD: "txt", ExportKind.XLSX: "xlsx"}


@dataclass(frozen=True)
class MadeExport:
    """An export and the name of whoever made it; "" for the command line."""

    row: PrivateExport
    by: str


def may_export(session: Session, *, slug: str, user: User) -> Membership:
    """The user's part in the course; refuses whoever may not take its points away."""
    own = courses.as_staff(session, slug=slug, user=user)
    for right in NEEDED:
        own.require(right)
    return own


def keep(
    session: Session,
    points: ExportedPoints,
    *,
    course: Course,
    sha256: str,
    by: Actor,
    now: datetime,
) -> PrivateExport:
    """Enter an export whose file is stored, as the course's next version. Needs a private session."""
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())
    last = session.scalar(select(func.max(PrivateExport.version)).where(PrivateExport.course_id == course.id))
    version = (last or 0) + 1
    ending = ENDINGS.get(points.kind, "csv")
    row = PrivateExport(
        course_id=course.id,
        version=version,
        kind=points.kind,
        made_at=now,
        made_by=by.user_id,
        file_name=f"{course.slug}-{points.kind.value.replace('_', '-')}-{version}.{ending}",
        sha256=sha256,
        size=len(points.data),
        facts=points.facts,
    )
    session.add(row)
    session.flush()
    act = audit.Act(
        "grades_exported", f"course {course.slug}", course_id=course.id, after={"version": version}
    )
    audit.record(session, act, by=by, now=now)
    return row


def of_course(session: Session, *, course: Course) -> list[MadeExport]:
    """The exports of the course, the newest first. Needs a private session."""
    rows = session.execute(
        select(PrivateExport, func.coalesce(User.display_name, ""))
        .outerjoin(User, User.id == PrivateExport.made_by)
        .where(PrivateExport.course_id == course.id)
        .order_by(PrivateExport.version.desc())
    )
    return [MadeExport(*row) for row in rows]


def last_columns(session: Session, *, course_id: int, kind: ExportKind) -> dict[str, str]:
    """Which homework went into which column of this system the last time. Needs a private session."""
    facts = session.scalar(
        select(PrivateExport.facts)
        .where(PrivateExport.course_id == course_id, PrivateExport.kind == kind)
        .order_by(PrivateExport.version.desc())
        .limit(1)
    )
    return dict((facts or {}).get("columns", {}))


def one_of(session: Session, *, course: Course, version: int) -> PrivateExport:
    """An export of the course; NotFound where there is none of that version. Needs a private session."""
    row = session.scalar(
        select(PrivateExport).where(PrivateExport.course_id == course.id, PrivateExport.version == version)
    )
    if row is None:
        raise NotFound(Message("The course has no export of version {version}.", version=version))
    return row
