"""Learning platforms (Canvas, Moodle) that people come from: their courses, who is in them, their points."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.sign_on import PROVIDER_TEXT_MOST
from server.models.types import Instant, Key, Name, states

ADDRESS_MOST = 2000


class LtiPlatform(Base):
    """A platform as an admin has registered it; without one, LTI is off.

    matches: what of the roster its launches say of a person, a value of `RosterFact`.
    """

    __tablename__ = "lti_platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Key]
    label: Mapped[Name]
    issuer: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    client_id: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    deployment_ids: Mapped[list[str]] = mapped_column(JSON)
    authorization_url: Mapped[str] = mapped_column(String(ADDRESS_MOST))
    token_url: Mapped[str] = mapped_column(String(ADDRESS_MOST))
    keys_url: Mapped[str] = mapped_column(String(ADDRESS_MOST))
    matches: Mapped[str] = mapped_column(String(20))
    registered_at: Mapped[Instant]


class LtiContext(Base):
    """A course on a platform, and the course here that it is linked with.

    members_url, items_url: of its services, "" where it offers none. scopes: of AGS, as its launches grant.
    """

    __tablename__ = "lti_contexts"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id"),)

    id: Mapped[Key]
    platform_id: Mapped[int] = mapped_column(ForeignKey("lti_platforms.id"))
    deployment_id: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    context_id: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    title: Mapped[Name]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    members_url: Mapped[str] = mapped_column(String(ADDRESS_MOST), default="")
    items_url: Mapped[str] = mapped_column(String(ADDRESS_MOST), default="")
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    launched_at: Mapped[Instant]
    linked_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class LtiMember(Base):
    """Whom a platform knows in one of its courses, by its subject; user_id: who that is here, if anybody."""

    __tablename__ = "lti_members"

    context_id: Mapped[int] = mapped_column(ForeignKey("lti_contexts.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    is_instructor: Mapped[bool] = mapped_column(default=False)


class ScoreState(StrEnum):
    """What became of a score: to be sent, taken, refused, or left since the platform has a newer grade."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    NEWER = "newer"


class LtiItem(Base):
    """The column of a competition in a platform's gradebook."""

    __tablename__ = "lti_items"

    context_id: Mapped[int] = mapped_column(ForeignKey("lti_contexts.id"), primary_key=True)
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(ADDRESS_MOST))


class LtiScore(Base):
    """The points of a student for one column, as they are to stand there; revealed ones alone.

    changed_at: since when they are these; the platform refuses them where its grade is newer. error: why they
    are not there yet.
    """

    __tablename__ = "lti_scores"
    __table_args__ = (
        UniqueConstraint("context_id", "competition_id", "user_id"),
        Index("ix_lti_scores_due", "state", "next_try_at"),
    )

    id: Mapped[Key]
    context_id: Mapped[int] = mapped_column(ForeignKey("lti_contexts.id"))
    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subject: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    points: Mapped[float]
    most: Mapped[float]
    changed_at: Mapped[Instant]
    state: Mapped[ScoreState] = mapped_column(states(ScoreState))
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[Instant]
    error: Mapped[Name] = mapped_column(default="")
