"""The audit trail: each act of staff, appended and never changed."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.models.types import Instant, Key, Name


class AuditEntry(Base):
    """Who did what to which thing, when."""

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[Instant]
    by: Mapped[int | None] = mapped_column(
        ForeignKey("users.id")
    )  # None: the installation's own command line
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[Name]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
