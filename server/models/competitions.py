"""Competitions, what they hand out, their answer keys and tiers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from grader.homeworks.rules import TierName, Unselected
from server.database.database import Base, PrivateTable, UtcMicros
from server.models.types import Instant, Key, LongText, Name, Sha256, Title, Titled, states


class ThresholdRule(StrEnum):
    """Which runs of a tier set its threshold."""

    LATEST = "latest"
    ONE_RUN = "one_run"
    ALL_RUNS = "all_runs"  # their median, of `simple` their worst


class Competition(Titled, Base):
    """A homework once imported into a course; its rules are columns, its times UTC."""

    __tablename__ = "competitions"
    __table_args__ = (
        CheckConstraint("daily_limit > 0", name="some_slots"),
        CheckConstraint("final_selections > 0", name="some_finals"),
        CheckConstraint("opens_at < deadline_at and deadline_at <= late_until", name="times_in_order"),
        CheckConstraint("deadline_at <= reveal_at", name="reveal_after_deadline"),
    )

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    homework: Mapped[Name]  # the folder's name, by which a worker finds the tiers' code
    title: Mapped[Title]
    description_md: Mapped[LongText]
    metric: Mapped[str] = mapped_column(String(60))
    metric_sha256: Mapped[Sha256 | None]  # the stored metric.py of a metric of the homework's own
    higher_is_better: Mapped[bool]
    id_column: Mapped[Name]
    target_columns: Mapped[list[str]] = mapped_column(JSON)
    # Of the spec as competition.toml gives it; empty where the metric wants none.
    labels: Mapped[list[str]] = mapped_column(JSON, default=list)
    prediction_columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    auxiliary_columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    metric_arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    daily_limit: Mapped[int]
    final_selections: Mapped[int]
    reset_zone: Mapped[str] = mapped_column(String(60))
    opens_at: Mapped[Instant]
    deadline_at: Mapped[Instant]
    late_until: Mapped[Instant]
    reveal_at: Mapped[Instant]
    grace_seconds: Mapped[int] = mapped_column(default=60)  # for uploads in flight at the deadline
    unselected: Mapped[Unselected] = mapped_column(states(Unselected), default=Unselected.BEST_PUBLIC)
    team_size: Mapped[int] = mapped_column(default=1)  # members at the most
    merge_until: Mapped[datetime | None] = mapped_column(UtcMicros)  # None: until the deadline
    late_penalty: Mapped[float] = mapped_column(default=1.0)  # share of the points lost for each begun day
    has_practice: Mapped[bool] = mapped_column(default=True)  # uploads after `late_until` are scored, no more
    shows_disagreement: Mapped[bool] = mapped_column(default=False)  # by label, of two files on public rows
    ladder_step: Mapped[float | None]  # the Ladder's step in the metric's unit; None: every score is shown
    commitment: Mapped[Sha256 | None]  # to the key, the split and the metric, published at the opening
    archived_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    upload_limit_bytes: Mapped[int]
    code_limit_bytes: Mapped[int] = mapped_column(default=25_000_000)  # 0: no code is handed in
    # why a key may be taken in which an order shows the targets, as in a forecast; empty: it is refused
    leaks_accepted: Mapped[LongText] = mapped_column(default="")
    # the current version; no foreign key, since the tables would form a circle
    answer_key_id: Mapped[int | None]
    created_at: Mapped[Instant]


class CompetitionFile(Base):
    """A public file that students and workers download."""

    __tablename__ = "competition_files"
    __table_args__ = (UniqueConstraint("competition_id", "name"),)

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    name: Mapped[Name]
    sha256: Mapped[Sha256]
    size: Mapped[int]


class CompetitionFileVersion(Base):
    """What a public file was from one instant on; there are none of a file that was never changed."""

    __tablename__ = "competition_file_versions"
    __table_args__ = (UniqueConstraint("competition_id", "name", "number"),)

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    name: Mapped[Name]
    number: Mapped[int]  # from 1, in the order of the changes of this file
    sha256: Mapped[Sha256 | None]  # None: taken away
    size: Mapped[int]
    since: Mapped[datetime | None] = mapped_column(UtcMicros)  # None: since the competition was made
    reason: Mapped[LongText]


class AnswerKeyVersion(Base):
    """One version of the true targets; scores name the version they were computed under."""

    __tablename__ = "answer_keys"
    __table_args__ = (UniqueConstraint("competition_id", "version"),)

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    version: Mapped[int]
    sha256: Mapped[Sha256]
    rows: Mapped[int]
    public_rows: Mapped[int]
    private_rows: Mapped[int]
    created_at: Mapped[Instant]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the command line
    reason: Mapped[LongText] = mapped_column(default="")
    # The metric that goes with it, as the competition's columns of these names were or will be.
    metric: Mapped[str] = mapped_column(String(60))
    metric_arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    metric_sha256: Mapped[Sha256 | None]
    higher_is_better: Mapped[bool]


class PrivateSalt(PrivateTable):
    """What a competition's commitment was made with; secret until the reveal."""

    __tablename__ = "private_salts"

    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))
    covers: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[Instant]


class Tier(Base):
    """One of the four baselines of a competition: its hint, its cost, what it earns.

    Its score is its team's.
    """

    __tablename__ = "tiers"
    __table_args__ = (
        UniqueConstraint("competition_id", "name"),
        CheckConstraint(
            "(threshold_rule = 'one_run') = (threshold_run_id is not null)", name="one_run_is_named"
        ),
    )

    id: Mapped[Key]
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    name: Mapped[TierName] = mapped_column(states(TierName))
    place: Mapped[int]  # 0 is the easiest
    hint: Mapped[LongText]
    minutes: Mapped[float]  # measured on the hardware named beside it
    hardware: Mapped[Name]
    needs_torch: Mapped[bool]
    needs_memory_gb: Mapped[float] = mapped_column(default=0.0)
    needs_card_gb: Mapped[float] = mapped_column(default=0.0)  # memory of a card without which it fails
    points_public: Mapped[float]
    points_private: Mapped[float]
    trained_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    threshold_rule: Mapped[ThresholdRule] = mapped_column(states(ThresholdRule), default=ThresholdRule.LATEST)
    # with the rule one_run; no foreign key, since the tables would form a circle
    threshold_run_id: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
