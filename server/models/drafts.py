"""Drafts: competitions to be, saved step by step. No query of a student's reads these tables."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, LongSentence, Name, Sha256, states


class DraftSource(StrEnum):
    """Where what a draft is made of comes from."""

    BOX = "box"  # a homework folder of the installation, whose data are built at the launch
    FOLDER = "folder"  # an uploaded archive of a homework folder with its data
    FORM = "form"  # what is typed and uploaded, step by step


class DraftState(StrEnum):
    """Where a draft stands: being written, waiting for its launch, a competition by now, or given up."""

    WRITTEN = "written"
    LAUNCHING = "launching"
    LAUNCHED = "launched"
    DROPPED = "dropped"


class Draft(Base):
    """A competition to be. What it consists of stands in its steps, of which `step` is the one that holds."""

    __tablename__ = "drafts"
    __table_args__ = (
        Index(
            "uq_drafts_slug",
            "slug",
            unique=True,
            sqlite_where=text("state in ('written', 'launching')"),
            postgresql_where=text("state in ('written', 'launching')"),
        ),
        CheckConstraint(
            "(state = 'launched') = (competition_id is not null)", name="launched_means_competition"
        ),
    )

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60))
    source: Mapped[DraftSource] = mapped_column(states(DraftSource))
    homework: Mapped[Name]  # the folder's name, by which a worker finds the tiers' code
    state: Mapped[DraftState] = mapped_column(states(DraftState), default=DraftState.WRITTEN)
    step: Mapped[int] = mapped_column(default=1)  # the number of the step that holds
    place: Mapped[int] = mapped_column(default=0)  # among those that open at the same instant
    trains: Mapped[bool] = mapped_column(default=False)  # whether its launch asks for a run of each tier
    launched_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcMicros)
    error: Mapped[LongSentence] = mapped_column(default="")  # why the last launch came to nothing
    competition_id: Mapped[int | None] = mapped_column(ForeignKey("competitions.id"))
    created_at: Mapped[Instant]


class DraftStep(Base):
    """All parts of a draft as one save left them; a save after an undo drops what was undone."""

    __tablename__ = "draft_steps"
    __table_args__ = (UniqueConstraint("draft_id", "number"),)

    id: Mapped[Key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    parts: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[Instant]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DraftFile(Base):
    """A stored file that some step of a draft names; it keeps the file from being tidied away."""

    __tablename__ = "draft_files"
    __table_args__ = (UniqueConstraint("draft_id", "name", "sha256"),)

    id: Mapped[Key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))
    name: Mapped[Name]
    sha256: Mapped[Sha256]
    size: Mapped[int]
    added_at: Mapped[Instant]
