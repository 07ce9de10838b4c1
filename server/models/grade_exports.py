"""Exports of a course's points, kept as they left: who made which, when, and its very bytes."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, PrivateTable
from server.models.types import Instant, Key, Name, Sha256, states


class ExportKind(StrEnum):
    """Whose importer an export is for."""

    CANVAS = "canvas"
    CANVAS_PLAIN = "canvas_plain"  # one column, without a file of its own
    BLACKBOARD = "blackboard"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    XLSX = "xlsx"
    JSON = "json"


class PrivateExport(PrivateTable):
    """One export. Private, since its file, and so its hash, may hold private scores before a reveal.

    facts: numbers of students, of cells changed and of grades left, and who has no partner on either side,
    under `not_here`, each with its keys and those it may be, and `not_there`; who has several rows, under
    `twice`, and whom the file's own keys name, under `exact`; columns of another maximum, under `maxima`; by
    column of the other system the homework that went into it, under `columns`.
    """

    __tablename__ = "private_exports"
    __table_args__ = (UniqueConstraint("course_id", "version"),)

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    version: Mapped[int]  # 1 is the course's first
    kind: Mapped[ExportKind] = mapped_column(states(ExportKind))
    made_at: Mapped[Instant]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)  # None: the command line
    file_name: Mapped[Name]
    sha256: Mapped[Sha256]
    size: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class GradebookPartner(Base):
    """Who a row of another system's gradebook is, as staff have confirmed: remembered for the next export."""

    __tablename__ = "gradebook_partners"
    __table_args__ = (UniqueConstraint("course_id", "key"),)

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    key: Mapped[Name]  # a login or a number, as the other system writes it
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the command line
    confirmed_at: Mapped[Instant]
