"""The shapes of what students can check themselves: commitments to answer keys."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain import commitments, competitions
from server.domain.commitments import Opened, Published
from server.domain.competitions import Access
from server.shapes import Json


def commitment(session: Session, found: Access, *, now: datetime) -> Json:
    """A competition's commitments: sealed until the reveal, then opened with salt and text.

    The session must be allowed private tables exactly when the competition is revealed.
    """
    row = found.competition
    is_opened = competitions.is_revealed(row, now)
    secrets = commitments.opened(session, competition=row, now=now) if is_opened else {}
    versions = commitments.published(session, competition=row)
    return {
        "competition": row.slug,
        "commitment": row.commitment,
        "state": ("opened" if is_opened else "sealed") if versions else "none",
        "reveal_at": iso(row.reveal_at),
        "versions": [_version(each, secrets.get(each.version)) for each in versions],
    }


def _version(row: Published, secret: Opened | None) -> Json:
    sealed = {
        "version": row.version,
        "commitment": row.commitment,
        "made_at": iso(row.made_at),
        "reason": row.reason,
        "is_current": row.is_current,
    }
    return sealed if secret is None else sealed | {"salt": secret.salt, "text": secret.text}
