"""Announcements of a course or a competition, and the outbox from which their mails are sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.people import LinkKind
from server.models.types import Instant, Key, LongSentence, LongText, Name, Title, Titled, states


class Announcement(Titled, Base):
    """What staff tell everybody in a competition."""

    __tablename__ = "announcements"

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    title: Mapped[Title]
    body_md: Mapped[LongText]
    posted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    posted_at: Mapped[Instant]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class Mail(Base):
    """One message to one address, written with what caused it and sent later, once."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_due", "sent_at", "next_try_at"),)

    id: Mapped[Key]
    # None: it tells something else
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # of the link that is made when the mail is sent, and stands in it then alone; None: it has none
    link_kind: Mapped[LinkKind | None] = mapped_column(states(LinkKind))
    confirms_address: Mapped[bool] = mapped_column(default=False)  # by a link that is made as those are
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[Name]
    body: Mapped[LongText]
    created_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[Instant]
    sent_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    error: Mapped[LongSentence] = mapped_column(default="")
