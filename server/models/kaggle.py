"""Files that Kaggle's client sends in steps: announced first, then sent to an address of one use."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, UtcMicros
from server.models.types import Instant, Key, Name, Sha256


class KaggleUpload(Base):
    """An address that takes one file of one user, and the file once it has come; it lasts an hour."""

    __tablename__ = "kaggle_uploads"
    __table_args__ = (Index("ix_kaggle_uploads_user_id_id", "user_id", "id"),)

    id: Mapped[Key]
    secret_sha256: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # None: a file for a competition to be
    competition_id: Mapped[int | None] = mapped_column(ForeignKey("competitions.id"))
    file_name: Mapped[Name]
    most_bytes: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[Instant]
    arrived_at: Mapped[datetime | None] = mapped_column(UtcMicros)
    sha256: Mapped[Sha256 | None]  # of the file, once it has come
    size: Mapped[int | None] = mapped_column(BigInteger)
