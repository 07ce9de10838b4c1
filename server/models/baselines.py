"""Baseline runs: one training and prediction of a tier, leased to one worker at a time."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LongSentence, LongText, Name, states

CurveRow = list[float | None]  # [epoch, loss, score]; the epoch is always there


class RunState(StrEnum):
    """Where a run stands; a `running` one whose lease has run out is due again."""

    REQUESTED = "requested"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"  # by staff


class BaselineRun(Base):
    """One run of a tier. The row is the truth: a broker's message only says that it may be due."""

    __tablename__ = "baseline_runs"
    __table_args__ = (
        Index("ix_baseline_runs_due", "state", "requested_at"),
        CheckConstraint("(state = 'running') = (lease_token is not null)", name="running_means_leased"),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), index=True)
    tier_id: Mapped[int] = mapped_column(ForeignKey("tiers.id"), index=True)
    seed: Mapped[int]
    state: Mapped[RunState] = mapped_column(states(RunState), default=RunState.REQUESTED)
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[Instant]
    started_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    finished_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(64))  # names the one worker whose words count
    lease_until: Mapped[datetime | None] = mapped_column(UtcMicros)
    worker: Mapped[Name] = mapped_column(default="")
    device: Mapped[Name] = mapped_column(default="")
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The curve so far; not loaded with a list of runs, which does not show it.
    curve: Mapped[list[CurveRow]] = mapped_column(JSON, default=list, deferred=True)
    log: Mapped[LongText] = mapped_column(default="")
    seconds: Mapped[float | None]
    peak_memory_mb: Mapped[float | None]
    # What the machine tells of the cost; null is what its driver does not tell.
    cpu_count: Mapped[int | None]
    gpu_peak_memory_mb: Mapped[float | None]
    gpu_utilisation: Mapped[float | None]  # mean percent
    gpu_joules: Mapped[float | None]
    cpu_joules: Mapped[float | None]
    gflops: Mapped[float | None]  # of a float32 matrix product on the device
    versions: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"))
    error: Mapped[LongSentence] = mapped_column(default="")
