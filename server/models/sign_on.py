"""Signing in by an identity provider: whom it knows as whom, and what waits for its answer or for theirs."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, Name, Sha256

PROVIDER_TEXT_MOST = 255  # characters of an issuer and of a subject, which OpenID Connect bounds so
PATH_MOST = 2000


class LinkedIdentity(Base):
    """One of a provider's identities, and the account that it opens.

    An account has one identity of a provider, and an identity one account. by_password: whether the account's
    password has confirmed the link.
    """

    __tablename__ = "linked_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    subject: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    shown_as: Mapped[Name]  # what the provider called the person when it was linked
    by_password: Mapped[bool] = mapped_column(default=False)
    linked_at: Mapped[Instant]
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMicros)


class SignOnTicket(Base):
    """A browser that was sent to the provider; its answer is taken once, from this browser.

    issuer: of the provider that is to answer; of a learning platform its number here.
    """

    __tablename__ = "sign_on_tickets"

    id: Mapped[Key]
    state_sha256: Mapped[Sha256] = mapped_column(unique=True)
    browser_sha256: Mapped[Sha256]  # of the secret in its cookie
    issuer: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # who wants to link; None: nobody yet
    next_path: Mapped[str] = mapped_column(String(PATH_MOST))
    expires_at: Mapped[Instant]


class IdentityOffer(Base):
    """An identity that waits until its owner says that this account is theirs; of its cookie the hash."""

    __tablename__ = "identity_offers"

    id: Mapped[Key]
    sha256: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    subject: Mapped[str] = mapped_column(String(PROVIDER_TEXT_MOST))
    label: Mapped[Name]  # what people call the provider
    shown_as: Mapped[Name]
    needs_password: Mapped[bool]
    next_path: Mapped[str] = mapped_column(String(PATH_MOST))
    expires_at: Mapped[Instant]
