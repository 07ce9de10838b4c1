"""Making an export of a course's points: read as they stand, written, stored, entered."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.audit.actor import Actor
from server.domain.files.file_store import FileStore
from server.domain.grades.exports import export_files, exports
from server.domain.grades.exports.export_files import READERS, ExportOrder
from server.domain.grades.gradebooks import confirmed
from server.domain.grades.gradebooks.columns import ColumnChoice
from server.domain.grades.points.course_points import CoursePoints, course_points
from server.models import Course, PrivateExport, Right


@dataclass(frozen=True)
class Exporter:
    """Who takes the points of which course away, and what they may see of it."""

    course: Course
    rights: Collection[Right]
    by: Actor


def make_export(
    db: Database,
    store: FileStore,
    order: ExportOrder,
    *,
    exporter: Exporter,
    now: datetime,
) -> PrivateExport:
    """Export the points as they stand now, as the exporter may see them, and keep the file."""
    points, order = db.read(lambda session: _points(session, order, exporter=exporter, now=now), private=True)
    export = export_files.exported(points, order)
    stored = store.put(export.data)
    return db.write(
        lambda session: exports.keep(
            session, export, course=exporter.course, sha256=stored.sha256, by=exporter.by, now=now
        ),
        private=True,
    )


def choices_of(
    db: Database, order: ExportOrder, *, exporter: Exporter, now: datetime
) -> tuple[list[ColumnChoice], CoursePoints]:
    """The columns of the gradebook in the order, what surely goes into each, and what there is to choose."""
    points, order = db.read(lambda session: _points(session, order, exporter=exporter, now=now), private=True)
    return export_files.column_choices(points, order), points


def _points(
    session: Session, order: ExportOrder, *, exporter: Exporter, now: datetime
) -> tuple[CoursePoints, ExportOrder]:
    """The points, and the order with what an earlier export and confirmations say of the file."""
    course = exporter.course
    points = course_points(session, course_id=course.id, rights=exporter.rights, now=now)
    if order.kind not in READERS:
        return points, order
    return points, replace(
        order,
        before=exports.last_columns(session, course_id=course.id, kind=order.kind),
        confirmed=confirmed.confirmed_keys(session, course_id=course.id),
    )
