"""Addresses that take one file each: announced by a user, open for an hour, and told by a secret alone.

The client sends the file without saying who it is, so whoever has the secret may send it. What has come is
used by the user who announced it, for the competition that they named, and by nobody else. Only the secret's
hash is kept. All of it lies in the database and among the stored files, so that any server process takes
each of the steps.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Conflict, NotFound
from server.domain.files.file_store import StoredFile
from server.domain.people.accounts import secrets
from server.domain.texts.letters import legible
from server.models import KaggleUpload

LASTS = timedelta(hours=1)
AGAIN = timedelta(
    minutes=5
)  # for which an entered file may be entered again, by a client that heard no answer
OPEN_MOST = 5  # addresses of a user that stand open, so that files which nobody enters do not fill the disk
OF_DRAFTS_MOST = 200  # of an instructor, for competitions to be
PREFIX = "sbu_"
NAME_MOST = 200


@dataclass(frozen=True)
class AnnouncedFile:
    """A file that is to come. competition_id: None for one of a competition to be."""

    user_id: int
    competition_id: int | None
    file_name: str
    most_bytes: int


def announce(session: Session, file: AnnouncedFile, *, now: datetime) -> str:
    """Open an address for the file, and return its secret, which nobody can show again.

    The oldest that still wait for a file end. Raises Conflict where each holds one that was not entered.
    """
    if file.competition_id is None:
        _require_few_of_drafts(session, user_id=file.user_id, now=now)
    else:
        _make_room(session, user_id=file.user_id, now=now)
    secret = secrets.new_token(PREFIX)
    session.add(
        KaggleUpload(
            secret_sha256=secrets.sha256_of(secret),
            user_id=file.user_id,
            competition_id=file.competition_id,
            file_name=legible(file.file_name)[-NAME_MOST:] or "submission.csv",
            most_bytes=file.most_bytes,
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return secret


def _make_room(session: Session, *, user_id: int, now: datetime) -> None:
    standing = session.execute(
        select(KaggleUpload.id, KaggleUpload.sha256)
        .where(
            KaggleUpload.user_id == user_id,
            KaggleUpload.competition_id.is_not(None),
            KaggleUpload.expires_at > now + AGAIN,
        )
        .order_by(KaggleUpload.id)
    ).all()
    too_many = len(standing) + 1 - OPEN_MOST
    if too_many <= 0:
        return
    empty = [row.id for row in standing if row.sha256 is None]
    if len(empty) < too_many:
        raise Conflict(
            Message(
                "{count} files of yours came and were never entered. Enter them, or try again in an hour.",
                count=len(standing),
            )
        )
    session.execute(update(KaggleUpload).where(KaggleUpload.id.in_(empty[:too_many])).values(expires_at=now))


def _require_few_of_drafts(session: Session, *, user_id: int, now: datetime) -> None:
    """Raise Conflict where an instructor has sent more files than a competition to be can want."""
    of_drafts = (KaggleUpload.user_id == user_id, KaggleUpload.competition_id.is_(None))
    standing = session.scalar(
        select(func.count())
        .select_from(KaggleUpload)
        .where(*of_drafts, KaggleUpload.expires_at > now + AGAIN)
    )
    if (standing or 0) >= OF_DRAFTS_MOST:
        raise Conflict(
            Message(
                "{count} files of yours came and were never entered. Enter them, or try again in an hour.",
                count=OF_DRAFTS_MOST,
            )
        )


def awaited(session: Session, secret: str, *, now: datetime) -> KaggleUpload:
    """The file that this secret takes; raises NotFound for an unknown one, and once its hour is over."""
    row = session.scalar(
        select(KaggleUpload).where(
            KaggleUpload.secret_sha256 == secrets.sha256_of(secret), KaggleUpload.expires_at > now
        )
    )
    if row is None:
        raise NotFound(Message("This address takes no file: its hour is over, or it never was one."))
    return row


def arrive(session: Session, upload_id: int, file: StoredFile, *, now: datetime) -> None:
    """Let this be the address' file; the same bytes may come again, others raise Conflict."""
    changed = session.execute(
        update(KaggleUpload)
        .where(KaggleUpload.id == upload_id, KaggleUpload.arrived_at.is_(None))
        .values(arrived_at=now, sha256=file.sha256, size=file.size)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount == 1:
        return
    row = session.get(KaggleUpload, upload_id, populate_existing=True)
    if row is None or row.sha256 != file.sha256:
        raise Conflict(Message("A file has come to this address already, and it takes no other."))


def arrived(
    session: Session, secret: str, *, user_id: int, competition_id: int | None, now: datetime
) -> KaggleUpload:
    """The file that came for this secret, for whoever announced it for this competition.

    Raises NotFound for everybody and everything else, Conflict where no file has come.
    """
    row = awaited(session, secret, now=now)
    if row.user_id != user_id or row.competition_id != competition_id:
        raise NotFound(Message("This address takes no file: its hour is over, or it never was one."))
    if row.sha256 is None:
        raise nothing_came()
    return row


def note_entered(session: Session, upload_id: int, *, now: datetime) -> None:
    """Let the address of an entered file end soon; it no longer counts among its user's."""
    session.execute(
        update(KaggleUpload)
        .where(KaggleUpload.id == upload_id, KaggleUpload.expires_at > now + AGAIN)
        .values(expires_at=now + AGAIN)
    )


def nothing_came() -> Conflict:
    """The refusal of an upload whose file has not come, or not wholly."""
    return Conflict(Message("No file has come to the address of this upload. Send it, and try again."))


def expired_files(session: Session, *, now: datetime) -> set[str]:
    """The hashes of the files that had come to addresses whose hour is over."""
    rows = session.scalars(select(KaggleUpload.sha256).where(KaggleUpload.expires_at <= now))
    return {sha256 for sha256 in rows if sha256 is not None}


def drop_expired(session: Session, *, but: Collection[str], now: datetime) -> set[str]:
    """Forget the addresses whose hour is over, except those of the files `but`; the hashes of their files."""
    is_free = or_(KaggleUpload.sha256.is_(None), KaggleUpload.sha256.not_in(but))
    gone = delete(KaggleUpload).where(KaggleUpload.expires_at <= now, is_free).returning(KaggleUpload.sha256)
    return {sha256 for sha256 in session.scalars(gone) if sha256 is not None}
