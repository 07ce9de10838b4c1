"""The second factor of an account: its key, what stands in for it, and who has shown the first alone."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.sign_on import PATH_MOST
from server.models.types import Instant, Key, Sha256


class SecondFactor(Base):
    """The key of an account's app for codes, sealed with a secret that is not in the database."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    sealed_key: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # of the last code used: each works once
    made_at: Mapped[Instant]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcMicros)  # None: being set up, asked of nobody


class RecoveryCode(Base):
    """A code that works once where the app is not at hand; a used one is removed."""

    __tablename__ = "recovery_codes"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    sealed: Mapped[Sha256] = mapped_column(unique=True)  # a keyed hash


class HalfSignIn(Base):
    """A browser in which the password was right and the code is still to come; it opens nothing else."""

    __tablename__ = "half_sign_ins"

    id: Mapped[Key]
    sha256: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    next_path: Mapped[str] = mapped_column(String(PATH_MOST))
    expires_at: Mapped[Instant]
