"""Snapshots: both boards as they stood at the deadline, kept as they were whatever happens later."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.database.database import Base, PrivateTable
from server.models.types import Instant


class BoardSnapshot(Base):
    """The public board of one competition at its deadline."""

    __tablename__ = "board_snapshots"

    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    as_of: Mapped[Instant]
    taken_at: Mapped[Instant]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class PrivateSnapshot(PrivateTable):
    """The private board at the same instant."""

    __tablename__ = "private_snapshots"

    competition_id: Mapped[int] = mapped_column(ForeignKey("competitions.id"), primary_key=True)
    as_of: Mapped[Instant]
    taken_at: Mapped[Instant]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
