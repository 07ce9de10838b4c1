"""Submissions and their scores.

Private scores have a table of their own, which student sessions cannot name.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, PrivateTable, UtcMicros
from server.models.types import Instant, Key, LongSentence, Name, Sha256, Texts, states


class SubmissionState(StrEnum):
    """What became of a submission: `invalid` is the file's fault, `failed` ours; neither costs a slot."""

    RECEIVED = "received"
    SCORED = "scored"
    INVALID = "invalid"
    FAILED = "failed"


class Via(StrEnum):
    """By which way a file came: seen by the server, or declared by whoever sent it."""

    PAGE = "page"
    API = "api"
    CLIENT = "client"
    KAGGLE = "kaggle"
    AGENT = "agent"


DECLARED_WAYS = frozenset({Via.CLIENT, Via.AGENT})  # told by whoever sends; the server sees the others itself


class Submission(Base):
    """One uploaded file.

    The unique slot is what makes the daily limit hold under any number of parallel requests.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("team_id", "course_day", "slot"),
        UniqueConstraint("team_id", "idempotency_key"),
        CheckConstraint("slot is null or state in ('received', 'scored')", name="only_good_files_hold_slots"),
        Index("ix_submissions_competition_id_state_received_at", "competition_id", "state", "received_at"),
        Index("ix_submissions_team_id_sha256", "team_id", "sha256"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    received_at: Mapped[Instant]  # when the last byte had come
    course_day: Mapped[date]
    slot: Mapped[int | None]  # 1..daily_limit; None for baselines, and given back by files without a score
    state: Mapped[SubmissionState] = mapped_column(states(SubmissionState), default=SubmissionState.RECEIVED)
    file_name: Mapped[Name]
    sha256: Mapped[Sha256]
    size: Mapped[int]
    idempotency_key: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(String(500), default="")  # of the team, for itself and the staff
    origin: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))  # as its sender says
    via: Mapped[Via | None] = mapped_column(states(Via))  # None: a baseline's, or older than this column
    is_late: Mapped[bool]
    is_practice: Mapped[bool] = mapped_column(default=False)  # after everything; scored and counted nowhere
    excluded_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # by staff; kept, and counted nowhere
    is_final: Mapped[bool] = mapped_column(default=False)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Texts, default=list)
    finished_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class PrivateFailure(PrivateTable):
    """Why grading a submission failed, for staff alone: a metric's error may quote true values."""

    __tablename__ = "private_failures"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    reason: Mapped[LongSentence]
    failed_at: Mapped[Instant]


class PublicScore(Base):
    """A submission's score on the public split under one answer key; appended, never changed."""

    __tablename__ = "public_scores"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    answer_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"), primary_key=True)
    score: Mapped[float]  # unrounded; in Ladder mode what the Ladder released
    sort_key: Mapped[float]  # 12 significant digits, larger is better
    standard_error: Mapped[float | None]  # in the score's unit; None where there is none


class PrivateScore(PrivateTable):
    """A submission's score on the private split under one answer key."""

    __tablename__ = "private_scores"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    answer_key_id: Mapped[int] = mapped_column(ForeignKey("answer_keys.id"), primary_key=True)
    score: Mapped[float]
    sort_key: Mapped[float]
    standard_error: Mapped[float | None]
