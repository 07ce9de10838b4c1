"""Notices of what was changed about who can open an account: the bell and a mail tell its owner.

Their mail is nobody's choice: whoever has taken an account over could choose against it, or read the notice.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from server.clock import iso
from server.database.database import table_of, upsert
from server.models import Notice, NoticeKind, SecurityChange

_NOTICE = table_of(Notice)


def tell(session: Session, change: SecurityChange, *, user_id: int, now: datetime) -> None:
    """Tell the owner of an account what was changed about it."""
    values = {
        "user_id": user_id,
        "kind": NoticeKind.SECURITY,
        "key": f"security:{change.value}:{iso(now)}",
        "facts": {"change": change.value},
        "made_at": now,
    }
    session.execute(upsert(_NOTICE).values(values).on_conflict_do_nothing())
