"""Writing the audit trail: each act of staff, in the transaction that does it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.models import AuditEntry, Competition


def record(
    session: Session,
    *,
    act: str,
    subject: str,
    by: int | None,
    now: datetime,
    competition: Competition | None = None,
    course_id: int | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one entry: user `by` did `act` to `subject` at `now`, for this reason.

    `by` is None for the installation's command line. `before` and `after` hold what changed, as JSON;
    `details` what else one may ask later. An act in a competition names it, and so its course.
    """
    session.add(
        AuditEntry(
            at=now,
            by=by,
            act=act,
            subject=subject,
            details=details or {},
            course_id=competition.course_id if competition is not None else course_id,
            competition_id=competition.id if competition is not None else None,
            reason=reason,
            before=before,
            after=after,
        )
    )
