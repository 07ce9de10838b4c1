"""Writing the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.models import AuditEntry


def record(
    session: Session,
    *,
    act: str,
    subject: str,
    by: int | None,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one entry: user `by` did `act` to `subject` at `now`; `by` is None for the installation's
    command line."""
    session.add(AuditEntry(at=now, by=by, act=act, subject=subject, details=details or {}))
