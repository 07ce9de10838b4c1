"""Learning platforms (Canvas, Moodle) that people come from, their courses, and who is in them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.sign_on import PROVIDER_TEXT_MOST
from server.models.types import Instant, Key, Name

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
