"""Rescores: grading every submission again under another answer key or metric, switched in one instant."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, PrivateTable, UtcMicros
from server.models.types import Instant, Key, LongSentence, LongText, Name, Sha256, Texts, states


class RescoreState(StrEnum):
    """Where a rescore stands: grading in the background, ready for the switch, switched, or given up."""

    GRADING = "grading"
    READY = "ready"
    APPLIED = "applied"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Rescore(Base):
    """One competition's way from one answer key version to another.

    The boards show one version at any time; scores under both are kept.
    """

    __tablename__ = "rescores"
    __table_args__ = (
        Index(
            "uq_open_rescores",
            "competition_id",
            unique=True,
            sqlite_where=text("state in ('grading', 'ready')"),
            postgresql_where=text("state in ('grading', 'ready')"),
        ),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    from_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"))
    to_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"))
    state: Mapped[RescoreState] = mapped_column(states(RescoreState), default=RescoreState.GRADING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    reason: Mapped[LongText]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcMicros)
    switched_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # applied or undone, the last time
    error: Mapped[LongSentence] = mapped_column(default="")


class Unscored(Base):
    """A submission that stands as scored and has no score under one answer key.

    The file or the metric refuses it there. `problems` are the student's to read; a fault of ours has none.
    """

    __tablename__ = "unscored"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    answer_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"), primary_key=True)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Texts, default=list)


class PrivateKnownScore(PrivateTable):
    """What a known file came to under one answer key when that was checked.

    The sample submission is one; it is graded again at each change.
    """

    __tablename__ = "private_known_scores"

    answer_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    sha256: Mapped[Sha256]
    public: Mapped[float]
    private: Mapped[float]
