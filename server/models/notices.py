"""Notices: what one person is told by the bell, which of them come by mail, and what was told of already."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, states


class NoticeKind(StrEnum):
    """What a notice is about: the last is one's account, four before it are for staff, all others compete."""

    ANNOUNCEMENT = "announcement"
    OPENED = "opened"
    DEADLINE = "deadline"
    REVEALED = "revealed"
    RESCORED = "rescored"
    EXCLUDED = "excluded"
    INVITATION = "invitation"
    ALLOWANCE = "allowance"
    REPLY = "reply"
    QUESTION = "question"
    RUN_FAILED = "run_failed"
    MAILS_REFUSED = "mails_refused"
    LOOK_ALIKES = "look_alikes"
    SECURITY = "security"


class SecurityChange(StrEnum):
    """What a notice about one's account says was changed."""

    TOKEN_MADE = "token_made"  # noqa: S105  # no secret
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    FACTOR_SET_UP = "factor_set_up"
    FACTOR_ENDED = "factor_ended"
    FACTOR_REMOVED = "factor_removed"
    ADDRESS_CHANGED = "address_changed"


class Notice(Base):
    """One thing that concerns one person; `key` names the thing, so that nobody hears of it twice.

    facts: what its sentence takes beside the competition: numbers, instants, never a score or a name.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(
            "ix_notices_unread",
            "user_id",
            sqlite_where=text("read_at is null"),
            postgresql_where=text("read_at is null"),
        ),
        Index(
            "ix_notices_undecided",
            "id",
            sqlite_where=text("mail_decided_at is null"),
            postgresql_where=text("mail_decided_at is null"),
        ),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NoticeKind] = mapped_column(states(NoticeKind))
    key: Mapped[str] = mapped_column(String(80))
    competition_id: Mapped[int | None] = mapped_column(ForeignKey("competitions.id"))  # None: one's account
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[Instant]
    read_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    mail_decided_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # whether a mail of it goes out


class NoticeChoice(Base):
    """Whether a person gets one kind of notices by mail too; without a row the kind's default holds."""

    __tablename__ = "notice_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(states(NoticeKind), primary_key=True)
    by_mail: Mapped[bool]


class NoticeEvent(Base):
    """Something that time brings about and of which notices are written: an opening, a deadline, a reveal."""

    __tablename__ = "notice_events"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    made_at: Mapped[Instant]
