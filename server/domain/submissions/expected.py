"""What is known of a file before its bytes come, and whether they are worth reading.

A file costs memory from its first byte on. So whoever has no slot left, or has sent too many invalid files,
learns it first; but a file that may be an earlier one again is read, since its answer costs nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.domain.audit.actor import Actor
from server.domain.competitions.access import Access
from server.domain.submissions import slots
from server.domain.submissions import submit as submissions
from server.domain.submissions.upload import require_short_key
from server.domain.teams import trials
from server.models import Submission

SIZE_DIGITS = 15  # of a length that every database can compare with
_SUBMISSION = table_of(Submission)
_LIKE_IT = (
    select(_SUBMISSION.c.id)
    .where(
        _SUBMISSION.c.team_id == bindparam("team_id"),
        or_(
            _SUBMISSION.c.idempotency_key == bindparam("idempotency_key"),
            _SUBMISSION.c.size.between(bindparam("least"), bindparam("most")),
        ),
    )
    .limit(1)
)


@dataclass(frozen=True)
class ExpectedFile:
    """A file that a request announces. least, most: the bytes between which its size lies."""

    idempotency_key: str | None
    least: int
    most: int

    @classmethod
    def of(cls, content_length: str | None, *, around: int = 0, key: str | None = None) -> "ExpectedFile":
        """What a request's head tells of its file. around: bytes of the body that may not be the file's.

        A length that is missing or no number fits no file.

        >>> ExpectedFile.of("1000", around=100)
        ExpectedFile(idempotency_key=None, least=900, most=1000)
        """
        if content_length is None or not content_length.isdecimal() or len(content_length) > SIZE_DIGITS:
            return cls(key, 1, 0)
        return cls(key, int(content_length) - around, int(content_length))


def require_welcome(
    session: Session, file: ExpectedFile, *, access: Access, now: datetime, invalid_most: int
) -> None:
    """Raise what `submit` would raise whatever the file holds: NotOpen, Closed, Invalid, LimitReached.

    Reads only.
    """
    competition, terms = access.competition, access.terms
    submissions.require_window(competition, terms, now, role=access.role)
    require_short_key(file.idempotency_key)
    team_id = trials.team_id_as(
        session, competition_id=competition.id, user_id=access.user_id, role=access.role
    )
    if team_id is not None and _may_repeat(session, file, team_id=team_id):
        return
    slots.require_few_invalid(session, by=Actor(access.user_id), now=now, most=invalid_most)
    if team_id is not None:
        slots.require_few_failed(session, team_id=team_id, now=now)
    slots.require_free(session, competition=competition, terms=terms, team_id=team_id, now=now)


def _may_repeat(session: Session, file: ExpectedFile, *, team_id: int) -> bool:
    values = {
        "team_id": team_id,
        "idempotency_key": file.idempotency_key,
        "least": file.least,
        "most": file.most,
    }
    return execute(session, _LIKE_IT, values).first() is not None
