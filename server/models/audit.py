"""The audit trail: each act of staff, appended and never changed."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base
from server.models.types import Instant, Key, LongText, Name


class AuditEntry(Base):
    """Who did what to which thing, when and why; what it was before and after.

    The database refuses to change or delete a row.
    """

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[Instant]
    by: Mapped[int | None] = mapped_column(
        ForeignKey("users.id")
    )  # None: the installation's own command line
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[Name]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    competition_id: Mapped[int | None] = mapped_column(ForeignKey("competitions.id"), index=True)
    reason: Mapped[LongText] = mapped_column(default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
