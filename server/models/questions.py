"""Questions that teams ask the staff about a submission, and what staff reply."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LongText


class Question(Base):
    """What a member of a team asked about one of its submissions; open until staff reply or close it."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_course_id_closed_at", "course_id", "closed_at"),)

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    body_md: Mapped[LongText]
    asked_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class Reply(Base):
    """What a member of the staff wrote below a question, for the whole team to read."""

    __tablename__ = "replies"

    id: Mapped[Key]
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    body_md: Mapped[LongText]
    written_at: Mapped[Instant]
